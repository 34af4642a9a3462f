// The PROXY protocol: a client's address is what a trusted proxy says, before TLS and HTTP, and nobody else is let in.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { DEADLINE_MS } from '../lib/rawsocket.mjs';
import { java, startRoost } from '../lib/roost.mjs';

const jar = resolve(dirname(fileURLToPath(import.meta.url)), '../../target/roost.jar');
const HEADER = 'PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n';

/** A TCP proxy that sends `header` ahead of every connection. */
async function proxy(t, port, header) {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    upstream.write(header);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server.address().port;
}

async function open(t, url) {
  const ws = new WebSocket(url, { rejectUnauthorized: false });
  t.after(() => ws.terminate());
  await once(ws, 'open');
  return ws;
}

/** The status with which an upgrade is refused. */
async function refusal(url) {
  const ws = new WebSocket(url, { rejectUnauthorized: false });
  ws.on('error', () => {});
  const [, response] = await once(ws, 'unexpected-response');
  response.resume();
  return response.statusCode;
}

async function echoes(ws, text) {
  ws.send(text);
  const [answer] = await once(ws, 'message');
  assert.equal(String(answer), text);
}

/** What a connection gets that begins so, until its end. */
async function raw(port, text) {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('The connection did not end')));
  socket.write(text);
  return (await socket.toArray()).join('');
}

describe('from a trusted proxy', () => {
  let roost;
  before(async () => { roost = await startRoost(['--only', 'echo'], { PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '127.0.0.1', MAX_CONNECTIONS_PER_ADDRESS: '1' }); });
  after(() => roost?.stop());

  test('connections are counted by the address in the header', async (t) => {
    const one = await proxy(t, roost.port, HEADER);
    const other = await proxy(t, roost.port, HEADER.replace('113.9', '113.10'));
    await echoes(await open(t, `ws://127.0.0.1:${one}/echo`), 'hello');
    assert.equal(await refusal(`ws://127.0.0.1:${one}/echo`), 503);
    await echoes(await open(t, `ws://127.0.0.1:${other}/echo`), 'hello');
  });

  test('version 2', async (t) => {
    const header = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb00710bc633640112670 1bb'.replaceAll(' ', ''), 'hex');
    const port = await proxy(t, roost.port, header);
    await echoes(await open(t, `ws://127.0.0.1:${port}/echo`), 'hello');
    assert.equal(await refusal(`ws://127.0.0.1:${port}/echo`), 503);
  });

  test('a connection without a header is closed without an answer, and counted', async () => {
    assert.equal(await raw(roost.port, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n').catch((error) => { assert.equal(error.code, 'ECONNRESET'); return ''; }), '');
    const metrics = await raw(roost.port, `${HEADER}GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(metrics, /^roost_handshake_failures_total\{reason="proxy"\} 1\.0$/m);
  });
});

test('the header comes before TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-proxy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'],
    { stdio: 'ignore' });
  const roost = await startRoost(['--only', 'echo'], { PROXY_PROTOCOL: 'true', TRUST_PROXY: 'true', TLS_CERT: cert, TLS_KEY: key });
  t.after(() => roost.stop());
  const port = await proxy(t, roost.port, HEADER);
  await echoes(await open(t, `wss://127.0.0.1:${port}/echo`), 'hello');
  const bare = connectTls({ host: '127.0.0.1', port: roost.port, rejectUnauthorized: false });
  const [error] = await once(bare, 'error');
  assert.ok(error);
});

test('a proxy that is not trusted is not let in', async (t) => {
  const roost = await startRoost(['--only', 'echo'], { PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '10.0.0.1' });
  t.after(() => roost.stop());
  assert.equal(await raw(roost.port, `${HEADER}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`).catch((error) => { assert.match(error.code, /ECONNRESET|EPIPE/); return ''; }), '');
});

test('without a list of proxies the server does not start', async () => {
  const child = spawn(java, ['-jar', jar, '--only', 'echo', '--port', '0', '--proxy-protocol'], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit');
  assert.equal((await child.stderr.toArray()).join(''),
    'roost: PROXY_PROTOCOL (from the option --proxy-protocol) needs TRUSTED_PROXIES, the proxies whose headers count, or TRUST_PROXY=true\n');
  assert.deepEqual(await exit, [1, null]);
});
