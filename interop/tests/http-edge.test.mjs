// What the server does as an HTTP server: its pages for operators, its limits, and how it refuses, both requests and settings.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLOSE, DEADLINE_MS, RawSocket, TEXT, closeBody, frame, request, upgradeRequest } from '../lib/rawsocket.mjs';
import { java, startRoost } from '../lib/roost.mjs';

const MIB = 1024 * 1024;

/** Starts a server for the tests of a block; its port is `server().port`. */
function serverWith(env = {}) {
  let roost;
  before(async () => { roost = await startRoost(['--only', 'echo'], env); });
  after(() => roost?.stop());
  return () => roost;
}

async function checkEchoes(ws) {
  ws.send(frame(TEXT, 'still here'));
  await ws.expect(TEXT, 'still here');
}

const residentKB = (pid) => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) : 0);

describe('HTTP', () => {
  const server = serverWith();

  /** The answer to one request. */
  async function fetchRaw(t, method, target, headers, body = '') {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request(method, target, headers), body);
    return tcp.response({ toHead: method === 'HEAD' });
  }

  function checkHealth({ status, headers, body }) {
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^application\/json\b/);
    const health = JSON.parse(body);
    assert.equal(health.status, 'ok');
    for (const key of ['rooms', 'users', 'uptime']) assert.equal(typeof health[key], 'number', key);
    assert.ok(health.uptime >= 0);
  }

  test('GET /health: status, rooms, users and uptime as JSON', async (t) => checkHealth(await fetchRaw(t, 'GET', '/health')));

  test('GET /health with a query is the same', async (t) => checkHealth(await fetchRaw(t, 'GET', '/health?from=balancer')));

  test('GET /stats: a list of rooms and the number of users', async (t) => {
    const { status, headers, body } = await fetchRaw(t, 'GET', '/stats');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^application\/json\b/);
    const stats = JSON.parse(body);
    assert.ok(Array.isArray(stats.rooms));
    assert.equal(typeof stats.totalUsers, 'number');
  });

  test('GET /ready: 200', async (t) => assert.equal((await fetchRaw(t, 'GET', '/ready')).status, 200));

  test('GET /metrics: text that Prometheus can read, with metrics of ours', async (t) => {
    const { status, headers, body } = await fetchRaw(t, 'GET', '/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain\b/);
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of samples) assert.match(line, /^[a-zA-Z_:][\w:]*(\{.*\})? (\S+)( \d+)?$/);
    assert.ok(samples.some((line) => line.startsWith('roost_')), 'no metric begins with roost_');
  });

  test('HEAD /health: the head of the answer to GET, and no body', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    // The second answer could not be read if the first had a body.
    tcp.send(request('HEAD', '/health'), request('GET', '/health'));
    const head = await tcp.response({ toHead: true });
    assert.equal(head.status, 200);
    assert.ok(Number(head.headers['content-length']) > 0);
    checkHealth(await tcp.response());
  });

  test('GET of an unknown path: 404 in words', async (t) => {
    const { status, headers, body } = await fetchRaw(t, 'GET', '/no/such/page');
    assert.equal(status, 404);
    assert.match(headers['content-type'], /^text\/plain\b/);
    assert.notEqual(body, '');
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    test(`${method} /health: 405 and what is allowed`, async (t) => {
      const { status, headers } = await fetchRaw(t, method, '/health', { 'Content-Length': 2 }, '{}');
      assert.equal(status, 405);
      assert.ok(headers.allow?.split(/\s*,\s*/).includes('GET'), `Allow: ${headers.allow}`);
    });
  }

  test('a body of 1 MiB is read', async (t) => {
    const { status } = await fetchRaw(t, 'POST', '/health', { 'Content-Length': MIB }, Buffer.alloc(MIB, 'x'));
    assert.equal(status, 405);
  });

  const tooLong = [
    ['by its length, before it is sent', { 'Content-Length': MIB + 1 }, ''],
    ['by its length, when a client asks first', { 'Content-Length': MIB + 1, Expect: '100-continue' }, ''],
    ['by a length beyond 64 bits', { 'Content-Length': '9'.repeat(18) }, ''],
    ['by what has come, when it is chunked', { 'Transfer-Encoding': 'chunked' },
      Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'x'), Buffer.from('\r\n1\r\nx\r\n')])],
  ];
  for (const [name, headers, body] of tooLong) {
    test(`a body over 1 MiB is refused ${name}: 413`, async (t) => assert.equal((await fetchRaw(t, 'POST', '/health', headers, body)).status, 413));
  }

  test('two requests, one after the other, on one connection', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    for (let i = 0; i < 2; i++) {
      tcp.send(request('GET', '/health'));
      checkHealth(await tcp.response());
    }
  });

  test('pipelined requests are answered in their order', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request('GET', '/health'), request('GET', '/nowhere'), request('GET', '/stats'), request('POST', '/health', { 'Content-Length': 0 }),
      request('GET', '/health'));
    checkHealth(await tcp.response());
    assert.equal((await tcp.response()).status, 404);
    assert.ok('totalUsers' in JSON.parse((await tcp.response()).body));
    assert.equal((await tcp.response()).status, 405);
    checkHealth(await tcp.response());
  });

  test('a refusal does not overtake an answer that is still due', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request('GET', '/metrics'), upgradeRequest(), request('GET', '/health'));
    assert.equal((await tcp.response()).status, 200);
    assert.equal((await tcp.response()).status, 400);
    await tcp.ended();
  });

  test('who asks and asks and does not read is not served on: memory stays bounded, others are served', async (t) => {
    const greedy = connect(server().port, '127.0.0.1');
    t.after(() => greedy.destroy());
    await once(greedy, 'connect');
    greedy.on('error', () => {});
    greedy.pause();
    // 20,000 pages would be 60 MB of answers. Our side stops, too, as soon as the server reads no more.
    const requests = request('GET', '/').toString().repeat(20_000);
    greedy.write(requests);
    const before = residentKB(server().pid);
    for (let i = 0; i < 20; i++) {
      const tcp = await RawSocket.connect(t, server().port);
      tcp.send(request('GET', '/health', { Connection: 'close' }));
      checkHealth(await tcp.response());
    }
    const grown = residentKB(server().pid) - before;
    assert.ok(grown < 30_000, `the server grew by ${grown} KB`);
  });

  test('Connection: close ends it after the answer', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request('GET', '/health', { Connection: 'close' }));
    checkHealth(await tcp.response());
    assert.equal(await tcp.ended(), 'FIN');
  });

  test('an HTTP/1.0 request is answered, then the connection ends', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request('GET', '/health', {}, 'HTTP/1.0'));
    checkHealth(await tcp.response());
    assert.equal(await tcp.ended(), 'FIN');
  });
});

describe('HANDSHAKE_TIMEOUT=500', () => {
  const LIMIT_MS = 500;
  const server = serverWith({ HANDSHAKE_TIMEOUT: String(LIMIT_MS) });

  const starts = [
    ['nothing', ''],
    ['half a request line', 'GET /hea'],
    ['half an upgrade', upgradeRequest().slice(0, -2)],
    ['half a body', `${request('POST', '/health', { 'Content-Length': 100 })}half`],
  ];
  // In one test, because they all wait for the same time.
  test(`who has sent only ${starts.map(([name]) => name).join(', ')} is cut off, who is a WebSocket is not`, async (t) => {
    const ws = await RawSocket.open(t, server().port);
    await Promise.all(starts.map(async ([name, start]) => {
      const tcp = await RawSocket.connect(t, server().port);
      const since = performance.now();
      tcp.send(start);
      await tcp.ended().catch((error) => assert.fail(`${name}: ${error.message}`));
      assert.ok(performance.now() - since > LIMIT_MS * 0.8, `${name}: cut off too early`);
    }));
    await checkEchoes(ws);
  });

  test('dripping a byte now and then does not help', async (t) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send('GET /health HTTP/1.1\r\nX-Slow: ');
    const drip = setInterval(() => tcp.send('x'), LIMIT_MS / 10);
    t.after(() => clearInterval(drip));
    await tcp.ended();
  });
});

describe('ALLOWED_ORIGINS=https://a.example', () => {
  const server = serverWith({ ALLOWED_ORIGINS: 'https://a.example' });
  const upgrade = async (t, headers) => {
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(upgradeRequest({ headers }));
    return tcp.response();
  };

  for (const origin of ['https://b.example', 'http://a.example', 'https://a.example:8443', 'https://a.example.evil.example', 'null']) {
    test(`${origin} is refused: 403 in words`, async (t) => {
      const { status, body } = await upgrade(t, { Origin: origin });
      assert.equal(status, 403);
      assert.notEqual(body, '');
    });
  }

  for (const [name, headers] of [['the page itself', { Origin: 'https://a.example' }], ['the page, in upper case', { Origin: 'HTTPS://A.EXAMPLE' }],
    ['a program, which has no origin', {}]]) {
    test(`${name} is let in`, async (t) => assert.equal((await upgrade(t, headers)).status, 101));
  }
});

/** Tries until the server has a place again: it learns of the end of a connection a moment after the client. */
async function openWhenFree(t, port) {
  for (const limit = Date.now() + DEADLINE_MS; ;) {
    const tcp = await RawSocket.connect(t, port);
    tcp.send(upgradeRequest());
    const { status } = await tcp.response();
    if (status === 101) return tcp;
    assert.ok(Date.now() < limit, `no place became free; the last answer was ${status}`);
  }
}

async function checkFull(t, port, options) {
  const tcp = await RawSocket.connect(t, port, options);
  tcp.send(upgradeRequest());
  const { status, body } = await tcp.response();
  assert.equal(status, 503);
  assert.notEqual(body, '');
}

test('IO=auto says so when there is no epoll where one is to be expected', { skip: process.platform !== 'linux' && 'there is none' }, async (t) => {
  // A folder that cannot be made, as good as one that must not hold programs.
  const roost = await startRoost(['--only', 'echo'], { JDK_JAVA_OPTIONS: '-Dio.netty.native.workdir=/dev/null/none' });
  t.after(() => roost.stop());
  assert.match(roost.log(), /WARN .*epoll cannot be used.*io\.netty\.native\.workdir/);
  await checkEchoes(await RawSocket.open(t, roost.port));
});

describe('MAX_CONNECTIONS=2', () => {
  const server = serverWith({ MAX_CONNECTIONS: '2' });

  const endings = {
    'closes': async (ws) => { ws.send(frame(CLOSE, closeBody(1000))); await ws.expectClose(1000); },
    'breaks the protocol': async (ws) => { ws.send(frame(TEXT, 'x', { rsv: 7 })); await ws.expectClose(1002); },
    'ends TCP': async (ws) => { ws.finish(); await ws.ended(); },
    'resets TCP': async (ws) => ws.reset(),
  };
  for (const [name, end] of Object.entries(endings)) {
    test(`a third gets 503 in words, until one of the two ${name}`, async (t) => {
      const first = await openWhenFree(t, server().port);
      const second = await openWhenFree(t, server().port);
      await checkFull(t, server().port);
      await checkFull(t, server().port);
      await end(first);
      first.destroy();
      await checkEchoes(await openWhenFree(t, server().port));
      await checkEchoes(second);
    });
  }

  test('the pages for operators answer although it is full', async (t) => {
    await openWhenFree(t, server().port);
    await openWhenFree(t, server().port);
    const tcp = await RawSocket.connect(t, server().port);
    tcp.send(request('GET', '/health'));
    assert.equal((await tcp.response()).status, 200);
  });
});

describe('MAX_CONNECTIONS_PER_ADDRESS=1', () => {
  const server = serverWith({ MAX_CONNECTIONS_PER_ADDRESS: '1' });

  // Elsewhere 127.0.0.2 is not an address of this machine unless someone has made it one.
  test('a second from 127.0.0.1 gets 503, one from 127.0.0.2 does not', { skip: process.platform !== 'linux' && 'has one loopback address' }, async (t) => {
    const first = await RawSocket.open(t, server().port);
    await checkFull(t, server().port);
    const elsewhere = await RawSocket.open(t, server().port, { localAddress: '127.0.0.2' });
    await checkFull(t, server().port, { localAddress: '127.0.0.2' });
    await checkEchoes(elsewhere);
    first.send(frame(CLOSE, closeBody(1000)));
    await first.expectClose(1000);
    first.destroy();
    await checkEchoes(await openWhenFree(t, server().port));
  });
});

describe('a wrong setting ends the start with one line that names it and its value', { concurrency: 2 }, () => {
  const START_LIMIT_MS = 20_000;
  const jar = resolve(dirname(fileURLToPath(import.meta.url)), '../../target/roost.jar');

  /** Runs the server as a person would, and waits for its end. */
  function run(t, args, env = {}) {
    const { PATH, HOME, JAVA_HOME } = process.env;
    const child = spawn(java, ['-jar', jar, ...args], {
      env: { PATH, HOME, ...(JAVA_HOME && { JAVA_HOME }), ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: START_LIMIT_MS, killSignal: 'SIGKILL',
    });
    t.after(() => child.kill('SIGKILL'));
    return new Promise((done, failed) => {
      let stderr = '';
      child.stdout.resume();
      child.stderr.on('data', (chunk) => { stderr += chunk; });
      child.on('error', failed);
      child.on('close', (code, signal) => done({ code, signal, stderr }));
    });
  }

  function checkOneLine({ code, signal, stderr }, ...names) {
    assert.equal(signal, null, 'it went on, and had to be killed');
    assert.notEqual(code, 0);
    assert.match(stderr, /^[^\n]+\n$/, `standard error is not one line:\n${stderr}`);
    for (const name of names) assert.ok(stderr.toLowerCase().includes(name.toLowerCase()), `no "${name}" in: ${stderr}`);
  }

  const wrong = [
    ['an unknown option', ['--only', 'echo', '--frobnicate'], {}, ['--frobnicate']],
    ['a port that is no number', ['--only', 'echo', '--port', '80a'], {}, ['PORT', '80a']],
    ['a port that is no number, from the environment', ['--only', 'echo'], { PORT: '80a' }, ['PORT', '80a', 'environment']],
    ['a port out of range', ['--only', 'echo', '--port', '70000'], {}, ['PORT', '70000']],
    ['a bare port that is no number', ['eighty', '--only', 'echo'], {}, ['PORT', 'eighty']],
    ['an unknown protocol', ['--only', 'gopher'], {}, ['only', 'gopher']],
    ['an unknown protocol in --listen', ['--only', 'echo', '--port', '0', '--listen', 'gopher=0'], {}, ['listen', 'gopher']],
    ['a timeout that is no number', ['--only', 'echo', '--port', '0'], { HANDSHAKE_TIMEOUT: 'soon' }, ['HANDSHAKE_TIMEOUT', 'soon']],
    ['an origin that is none', ['--only', 'echo', '--port', '0'], { ALLOWED_ORIGINS: 'a.example' }, ['ALLOWED_ORIGINS', 'a.example']],
  ];
  for (const [name, args, env, names] of wrong) {
    test(name, async (t) => checkOneLine(await run(t, args, env), ...names));
  }

  test('a port that is in use', async (t) => {
    const occupant = createServer();
    await new Promise((listening) => occupant.listen(0, '127.0.0.1', listening));
    t.after(() => occupant.close());
    const port = String(occupant.address().port);
    checkOneLine(await run(t, ['--only', 'echo', '--host', '127.0.0.1', '--port', port]), 'PORT', port);
  });
});

describe('SIGTERM', () => {
  test('open WebSockets hear 1001, and the process ends with code 0', async (t) => {
    const roost = await startRoost(['--only', 'echo']);
    t.after(() => roost.stop('SIGKILL'));
    const ws = await RawSocket.open(t, roost.port);
    const half = await RawSocket.connect(t, roost.port);
    half.send('GET /health HT');
    const stopped = roost.stop();
    const close = await ws.next();
    assert.equal(close.opcode, CLOSE);
    assert.equal(close.code, 1001);
    ws.send(frame(CLOSE, closeBody(1001)));
    await Promise.all([ws, half].map((one) => one.ended().then(() => one.finish())));
    assert.deepEqual(await stopped, { code: 0, signal: null });
  });
});
