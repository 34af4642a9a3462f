// TLS with the real clients of Node: the certificate, its renewal, and how a wrong one is refused.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { DEADLINE_MS } from '../lib/rawsocket.mjs';
import { java, startRoost } from '../lib/roost.mjs';

const jar = resolve(dirname(fileURLToPath(import.meta.url)), '../../target/roost.jar');
const folder = mkdtempSync(join(tmpdir(), 'roost-tls-'));
after(() => rmSync(folder, { recursive: true }));
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/** A certificate of its own and its key; the names of the files. */
function certificate(name, algorithm = EC) {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  execFileSync('openssl', ['req', '-x509', ...algorithm, '-nodes', '-keyout', files.key, '-out', files.cert, '-days', '30', '-subj', `/CN=${name}`,
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  return files;
}

const settings = ({ cert, key }) => ({ TLS_CERT: cert, TLS_KEY: key });

/** The certificate that a new connection gets. */
async function servedName(port, options = {}) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return name;
}

async function metric(server, line) {
  const [response] = await once(get(`${server.http}/metrics`, { rejectUnauthorized: false }), 'response');
  const text = (await response.toArray()).join('');
  return Number(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1]);
}

/** Asks again until the answer is right. */
async function eventually(what, check) {
  const end = Date.now() + 4 * DEADLINE_MS;
  while (!(await check())) {
    assert.ok(Date.now() < end, `${what} did not happen`);
    await new Promise((next) => { setTimeout(next, 50); });
  }
}

async function open(t, url, options = {}) {
  const ws = new WebSocket(url, { rejectUnauthorized: false, ...options });
  t.after(() => ws.terminate());
  await once(ws, 'open');
  return ws;
}

async function echoes(ws, text) {
  ws.send(text);
  const [answer] = await once(ws, 'message');
  assert.equal(String(answer), text);
}

describe('a server with a certificate', () => {
  let server;
  before(async () => { server = await startRoost(['--only', 'echo'], settings(certificate('localhost'))); });
  after(() => server?.stop());

  for (const version of ['TLSv1.3', 'TLSv1.2']) {
    test(`${version}: echo, large and small, and an end in order`, async (t) => {
      const ws = await open(t, `${server.url}/echo`, { minVersion: version, maxVersion: version });
      await echoes(ws, 'hello');
      await echoes(ws, 'x'.repeat(1_000_000));
      const reset = once(ws, 'error').then(([error]) => { throw error; });
      ws.close(1000, 'bye');
      const [code] = await Promise.race([once(ws, 'close'), reset]);
      assert.equal(code, 1000);
    });
  }

  test('https, with HTTP/1.1 chosen among what browsers offer', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.end('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    assert.match((await socket.toArray()).join(''), /^HTTP\/1\.1 200 [^]*"status":"ok"/);
  });

  test('a session is taken up again', async () => {
    const first = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    first.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [session] = await once(first, 'session');
    first.destroy();
    const second = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, session });
    await once(second, 'secureConnect');
    assert.ok(second.isSessionReused());
    second.destroy();
  });

  test('cipher suites without forward secrecy are not spoken', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-SHA' });
    const [error] = await once(socket, 'error');
    assert.match(error.code, /HANDSHAKE_FAILURE/);
    await eventually('the count', async () => await metric(server, 'roost_handshake_failures_total{reason="tls"}') >= 1);
  });

  test('plain HTTP is answered with 400 and a word about TLS', async () => {
    const [response] = await once(request({ host: '127.0.0.1', port: server.port, path: '/health' }).end(), 'response');
    assert.equal(response.statusCode, 400);
    assert.match((await response.toArray()).join(''), /speaks TLS/);
  });

  test('a stop tells everybody and ends with 0', async (t) => {
    const another = await startRoost(['--only', 'echo'], settings(certificate('stopping')));
    t.after(() => another.stop());
    const ws = await open(t, `${another.url}/echo`);
    const closed = once(ws, 'close');
    const { code } = await another.stop();
    assert.equal(code, 0);
    assert.equal((await closed)[0], 1001);
    assert.doesNotMatch(another.log(), /WARN|ERROR/);
  });
});

test('a renewed certificate is served without a restart, a wrong one is not', async (t) => {
  const live = certificate('first');
  const server = await startRoost(['--only', 'echo'], settings(live));
  t.after(() => server.stop());
  const old = await open(t, `${server.url}/echo`);
  assert.equal(await servedName(server.port), 'first');
  assert.ok(await metric(server, 'roost_tls_certificate_expiry_seconds') * 1000 > Date.now() + 29 * 86_400_000);

  writeFileSync(live.cert, 'not a certificate');
  await eventually('the failure', async () => await metric(server, 'roost_tls_reload_failures_total') === 1);
  assert.equal(await servedName(server.port), 'first');
  assert.match(server.log(), /ERROR TlsFiles: The TLS certificate stays as it was: .*first\.crt holds no certificate/);

  const second = certificate('second', ['-newkey', 'rsa:2048']);
  renameSync(second.cert, live.cert);
  renameSync(second.key, live.key);
  await eventually('the renewal', async () => await servedName(server.port) === 'second');
  await echoes(old, 'still here');
});

describe('what cannot be used is refused at the start, in one line', () => {
  async function refused(env) {
    const child = spawn(java, ['-jar', jar, '--only', 'echo', '--host', '127.0.0.1', '--port', '0'], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    const exit = once(child, 'exit');
    const line = (await child.stderr.toArray()).join('');
    assert.deepEqual(await exit, [1, null]);
    assert.equal(line.trim().split('\n').length, 1, line);
    return line;
  }

  test('a certificate without its key', async () => {
    const { cert } = certificate('alone');
    assert.match(await refused({ TLS_CERT: cert }), /TLS_CERT \(from the environment\) needs TLS_KEY/);
  });

  test('the key of another certificate', async () => {
    assert.match(await refused({ TLS_CERT: certificate('one').cert, TLS_KEY: certificate('other').key }), /other\.key does not belong to the first certificate in .*one\.crt/);
  });

  test('a key in the old form of RSA, which the line says how to convert', async () => {
    const { cert, key } = certificate('rsa', ['-newkey', 'rsa:2048']);
    const old = join(folder, 'old.key');
    execFileSync('openssl', ['rsa', '-traditional', '-in', key, '-out', old], { stdio: 'ignore' });
    const line = await refused({ TLS_CERT: cert, TLS_KEY: old });
    assert.match(line, /RSA PRIVATE KEY/);
    const [, convert] = /(openssl pkcs8 .* -out )new-key\.pem/.exec(line);
    execFileSync('sh', ['-c', `${convert}'${join(folder, 'new.key')}'`]);
    const server = await startRoost(['--only', 'echo'], settings({ cert, key: join(folder, 'new.key') }));
    await server.stop();
  });
});
