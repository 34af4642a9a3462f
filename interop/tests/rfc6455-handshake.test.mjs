// RFC 6455, section 4: which requests become a WebSocket, which do not, and what the client is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BINARY, CLOSE, PING, PONG, RawSocket, TEXT, acceptFor, checkSwitched, closeBody, frame, request, upgradeRequest,
} from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

// The example of RFC 6455, section 1.3.
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

let roost;
before(async () => { roost = await startRoost(['--only', 'echo']); });
after(() => roost?.stop());

/** What the server answers to these bytes, and the connection they went over. */
async function answerTo(t, ...parts) {
  const tcp = await RawSocket.connect(t, roost.port);
  tcp.send(...parts);
  return { tcp, response: await tcp.response() };
}

/** The answer to an upgrade request with the example's key. */
const upgrade = (t, { headers, ...rest } = {}) => answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY, ...headers }, ...rest }));

function checkRefused(response, ...statuses) {
  assert.ok(statuses.includes(response.status), `expected ${statuses.join(' or ')}, but got ${response.status}: ${response.body}`);
  assert.notEqual(response.body, '', 'a refusal says why');
}

async function checkEchoes(ws) {
  ws.send(frame(TEXT, 'is anyone there?'));
  await ws.expect(TEXT, 'is anyone there?');
}

describe('a correct request becomes a WebSocket', () => {
  test('with the proof of RFC 6455, section 1.3', async (t) => {
    const { tcp, response } = await upgrade(t);
    assert.equal(response.headers['sec-websocket-accept'], ACCEPT);
    assert.equal(acceptFor(KEY), ACCEPT);
    await checkEchoes(tcp);
  });

  const shapes = [
    ['header names in lower case', { Upgrade: null, Connection: null, upgrade: 'websocket', connection: 'upgrade' }],
    ['header names in upper case', { Upgrade: null, Connection: null, UPGRADE: 'websocket', CONNECTION: 'UPGRADE' }],
    ['header names in any case', { 'Sec-WebSocket-Version': null, 'sEC-wEBsOCKET-vERSION': '13', 'Sec-WebSocket-Key': null, 'SEC-WEBSOCKET-KEY': KEY }],
    ['Upgrade: WebSocket, whose case does not count', { Upgrade: 'WebSocket' }],
    ['Connection: keep-alive, Upgrade, as Firefox has it', { Connection: 'keep-alive, Upgrade' }],
    ['Connection: Upgrade,keep-alive without a space', { Connection: 'Upgrade,keep-alive' }],
    ['Connection in two lines', { Connection: ['keep-alive', 'Upgrade'] }],
    ['spaces around values', { Upgrade: '  websocket  ', 'Sec-WebSocket-Version': ' 13 ', Connection: ' ,  Upgrade ' }],
    ['an Origin, while none is forbidden', { Origin: 'https://somewhere.example' }],
    ['headers that nobody knows', { 'X-Nobody-Knows': 'x'.repeat(2000), Cookie: 'a=b; c="d"' }],
    ['an extension on offer, which is declined', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits, x-other' }],
  ];
  for (const [name, headers] of shapes) {
    test(name, async (t) => {
      const { tcp, response } = await upgrade(t, { headers });
      checkSwitched(response, KEY);
      assert.equal(response.headers['sec-websocket-protocol'], undefined);
      await checkEchoes(tcp);
    });
  }

  for (const target of ['/', '/any/path', '/with?query=1&more=%20', '/?', '/%E2%82%AC', 'http://localhost/absolute?form=1']) {
    test(`at ${target}`, async (t) => {
      const { tcp, response } = await upgrade(t, { target });
      checkSwitched(response, KEY);
      await checkEchoes(tcp);
    });
  }

  const offers = [
    ['one', 'chat', 'chat'],
    ['the first of two', 'chat, superchat', 'chat'],
    ['the first of two without a space', 'v2.json,v1.json', 'v2.json'],
    ['the first of two lines', ['one', 'two'], 'one'],
  ];
  for (const [name, offer, chosen] of offers) {
    test(`subprotocols: ${name} is taken`, async (t) => {
      const { tcp, response } = await upgrade(t, { headers: { 'Sec-WebSocket-Protocol': offer } });
      checkSwitched(response, KEY);
      assert.equal(response.headers['sec-websocket-protocol'], chosen);
      await checkEchoes(tcp);
    });
  }

  test('after a plain request on the same connection', async (t) => {
    const { tcp, response } = await answerTo(t, request('GET', '/health'));
    assert.equal(response.status, 200);
    tcp.send(upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }));
    checkSwitched(await tcp.response(), KEY);
    await checkEchoes(tcp);
  });

  test('after an empty line, which some clients send (RFC 9112, section 2.2)', async (t) => {
    const { response } = await answerTo(t, '\r\n', upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }));
    checkSwitched(response, KEY);
  });
});

describe('how the request and the first frames travel', () => {
  test('frames in the segment of the request are answered', async (t) => {
    const { tcp, response } = await answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }),
      frame(TEXT, 'early'), frame(BINARY, Buffer.from([0, 255])));
    checkSwitched(response, KEY);
    await tcp.expect(TEXT, 'early');
    await tcp.expect(BINARY, Buffer.from([0, 255]));
    tcp.send(frame(PING, 'later'));
    await tcp.expect(PONG, 'later');
  });

  test('half a frame in the segment of the request, half after the answer', async (t) => {
    const whole = frame(TEXT, 'in two halves');
    const { tcp, response } = await answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }), whole.subarray(0, 7));
    checkSwitched(response, KEY);
    tcp.send(whole.subarray(7));
    await tcp.expect(TEXT, 'in two halves');
  });

  test('256 KiB of frames behind the request', async (t) => {
    const messages = Array.from({ length: 256 }, (_, i) => Buffer.alloc(1024, i));
    const { tcp, response } = await answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }),
      ...messages.map((message) => frame(BINARY, message)));
    checkSwitched(response, KEY);
    for (const message of messages) await tcp.expect(BINARY, message);
  });

  test('a close frame in the segment of the request', async (t) => {
    const { tcp, response } = await answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }), frame(CLOSE, closeBody(1000)));
    checkSwitched(response, KEY);
    await tcp.expectClose(1000);
  });

  test('the request and a frame, byte by byte', async (t) => {
    const tcp = await RawSocket.connect(t, roost.port);
    await tcp.sendChopped(Buffer.concat([Buffer.from(upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } })), frame(TEXT, 'slowly')]), 1);
    checkSwitched(await tcp.response(), KEY);
    await tcp.expect(TEXT, 'slowly');
  });

  const garbage = [
    ['a second HTTP request', request('GET', '/health')],
    ['zeros, a continuation of nothing', Buffer.alloc(64)],
    ['ones', Buffer.alloc(64, 0xff)],
  ];
  for (const [name, noise] of garbage) {
    test(`garbage in the segment of the request, ${name}: 101, then 1002`, async (t) => {
      const { tcp, response } = await answerTo(t, upgradeRequest({ headers: { 'Sec-WebSocket-Key': KEY } }), noise);
      checkSwitched(response, KEY);
      await tcp.expectClose(1002);
    });
  }
});

describe('a request that is not quite right is refused with a reason', () => {
  const base64 = (size) => Buffer.alloc(size, 7).toString('base64');
  const faults = [
    ['no key', { 'Sec-WebSocket-Key': null }],
    ['an empty key', { 'Sec-WebSocket-Key': '' }],
    ['a key that is not base64', { 'Sec-WebSocket-Key': '!!!! not base64 !!!!!!==' }],
    ['a key of 15 bytes', { 'Sec-WebSocket-Key': base64(15) }],
    ['a key of 17 bytes', { 'Sec-WebSocket-Key': base64(17) }],
    ['two keys', { 'Sec-WebSocket-Key': [base64(16), KEY] }],
    ['no Connection header', { Connection: null }],
    ['Connection: keep-alive', { Connection: 'keep-alive' }],
    ['Connection: Upgraded, which only looks like it', { Connection: 'Upgraded' }],
    ['no Host, which HTTP/1.1 wants (RFC 9112, section 3.2)', { Host: null }],
  ];
  for (const [name, headers] of faults) {
    test(`${name}: 400`, async (t) => checkRefused((await upgrade(t, { headers })).response, 400));
  }

  for (const version of ['0', '7', '8', '12', '14', '130', '-13', 'thirteen']) {
    test(`version ${version}: 426 and the version that is spoken`, async (t) => {
      const { response } = await upgrade(t, { headers: { 'Sec-WebSocket-Version': version } });
      checkRefused(response, 426);
      assert.equal(response.headers['sec-websocket-version'], '13');
    });
  }

  test('no version: 400, or 426 and the version that is spoken', async (t) => {
    const { response } = await upgrade(t, { headers: { 'Sec-WebSocket-Version': null } });
    checkRefused(response, 400, 426);
    assert.ok(response.status === 400 || response.headers['sec-websocket-version'] === '13');
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'BREW']) {
    test(`${method} instead of GET`, async (t) => {
      const tcp = await RawSocket.connect(t, roost.port);
      tcp.send(upgradeRequest({ method }));
      const { status } = await tcp.response({ toHead: method === 'HEAD' });
      assert.ok([400, 404, 405, 501].includes(status), `got ${status}`);
    });
  }

  test('HTTP/1.0, which has no upgrades', async (t) => checkRefused((await upgrade(t, { version: 'HTTP/1.0' })).response, 400, 426, 505));

  test('after a refusal, a new connection works', async (t) => {
    checkRefused((await upgrade(t, { headers: { 'Sec-WebSocket-Key': 'x' } })).response, 400);
    checkSwitched((await upgrade(t)).response, KEY);
  });
});

describe('what does not ask for a WebSocket does not get one', () => {
  test('an upgrade to something else is not our business: the plain answer', async (t) => {
    const { response } = await answerTo(t, request('GET', '/health', { Upgrade: 'h2c', Connection: 'Upgrade' }));
    assert.equal(response.status, 200);
  });

  test('WebSocket headers without Upgrade: the plain answer', async (t) => {
    const { response } = await upgrade(t, { target: '/health', headers: { Upgrade: null } });
    assert.equal(response.status, 200);
  });
});

describe('what is no request at all ends the connection', () => {
  const noise = [
    ['a TLS greeting', Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(192, 0x42), Buffer.from('\r\n\r\n')])],
    ['one word', 'hello\r\n\r\n'],
    ['a protocol of another name', 'GET / GOPHER/1.1\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n'],
    ['a space before the colon (RFC 9112, section 5.1)', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n'],
    ['two lengths (RFC 9112, section 6.3)', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n'],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n'],
    ['a target with a broken escape', request('GET', '/%zz')],
  ];
  for (const [name, bytes] of noise) {
    test(`${name}: a 400 and the end`, async (t) => {
      const { tcp, response } = await answerTo(t, bytes);
      assert.equal(response.status, 400);
      await tcp.ended();
    });
  }

  const oversized = [
    ['a request line of 20 KiB', request('GET', `/${'x'.repeat(20 * 1024)}`), [400, 414]],
    ['a header of 40 KiB', upgradeRequest({ headers: { Cookie: 'x'.repeat(40 * 1024) } }), [400, 431]],
    ['two thousand headers', upgradeRequest({ headers: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`X-${i}`, 'some value'])) }), [400, 431]],
    ['a request line without end', `GET /${'x'.repeat(20 * 1024)}`, [400, 414]],
    ['a header without end', `GET / HTTP/1.1\r\nCookie: ${'x'.repeat(40 * 1024)}`, [400, 431]],
  ];
  for (const [name, bytes, statuses] of oversized) {
    test(`${name}: a refusal and the end`, async (t) => {
      const { tcp, response } = await answerTo(t, bytes);
      checkRefused(response, ...statuses);
      await tcp.ended();
    });
  }
});
