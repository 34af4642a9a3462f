// A real nginx with the configuration of deploy/, for a test: on loopback and free ports, with a certificate of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { certificate, eventually, freePort, program, root, temporaryFolder } from './tools.mjs';

const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGTERM')));

/** The text with each [what, by what]; fails where there is nothing to replace, because the test would then check something else. */
function edited(text, edits) {
  return edits.reduce((result, [what, by]) => {
    assert.ok(result.includes(what), `the configuration has no "${what}"`);
    return result.replaceAll(what, by);
  }, text);
}

async function hasIpv6() {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(false)).listen(0, '::1', () => server.close(() => done(true)));
  });
}

/**
 * deploy/nginx.conf: TLS ends in nginx.
 *
 * @param {number} roostPort where Roost listens
 * @param {[string, string][]} edits settings of the file that the test wants otherwise
 * @returns { url, https, http: the plain port, accessLog() }
 */
export async function startNginx(t, roostPort, edits = []) {
  const folder = temporaryFolder(t, 'nginx');
  const { cert, key } = certificate(folder);
  const [plain, secure] = [await freePort(), await freePort()];
  const site = edited(await onLoopback('nginx.conf', { 80: plain, 443: secure }), [['127.0.0.1:8080;', `127.0.0.1:${roostPort};`], ['/etc/ssl/roost/fullchain.pem', cert],
    ['/etc/ssl/roost/privkey.pem', key], ['/var/log/nginx/roost.log', join(folder, 'access.log')], ...edits]);
  await run(t, folder, http(folder), site, secure);
  return { url: `wss://127.0.0.1:${secure}`, https: `https://127.0.0.1:${secure}`, http: `http://127.0.0.1:${plain}`, accessLog: () => readFileSync(join(folder, 'access.log'), 'utf8') };
}

/**
 * deploy/ptt/nginx.conf: PTT on two Roosts.
 *
 * @param {[number, number]} ports where they listen
 */
export async function startPttNginx(t, ports) {
  const folder = temporaryFolder(t, 'nginx');
  const { cert, key } = certificate(folder);
  const [plain, secure] = [await freePort(), await freePort()];
  const site = edited(await onLoopback('ptt/nginx.conf', { 80: plain, 443: secure }), [['roost-1:3000 ', `127.0.0.1:${ports[0]} `], ['roost-2:3000 ', `127.0.0.1:${ports[1]} `],
    ['/etc/ssl/roost/fullchain.pem', cert], ['/etc/ssl/roost/privkey.pem', key], ['/var/log/nginx/ptt.log', join(folder, 'access.log')]]);
  await run(t, folder, http(folder), site, secure);
  return { url: `wss://127.0.0.1:${secure}`, https: `https://127.0.0.1:${secure}`, accessLog: () => readFileSync(join(folder, 'access.log'), 'utf8') };
}

/** deploy/nginx-stream.conf: TLS ends in Roost, which is told the address in a PROXY header; the same arguments. */
export async function startStream(t, roostPort) {
  const secure = await freePort();
  const site = edited(await onLoopback('nginx-stream.conf', { 443: secure }), [['127.0.0.1:8080;', `127.0.0.1:${roostPort};`]]);
  const folder = temporaryFolder(t, 'nginx');
  await run(t, folder, `include ${folder}/roost.conf;`, site, secure, `load_module ${program('ngx_stream_module.so', 'libnginx-mod-stream')};`);
  return { url: `wss://127.0.0.1:${secure}`, https: `https://127.0.0.1:${secure}` };
}

/** A block that writes nowhere else. */
function http(folder) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  return `http { ${temporary} include ${folder}/roost.conf; }`;
}

/** A file of deploy/ that listens on these free ports of loopback. */
async function onLoopback(name, ports) {
  const ipv6 = await hasIpv6();
  return Object.entries(ports).reduce((file, [well, free]) => {
    const listens = new RegExp(`listen (\\[::]:)?${well}\\b`, 'g');
    assert.equal([...file.matchAll(listens)].length, 2, `deploy/${name} listens on ${well}`);
    return file.replaceAll(listens, (all, six) => (six ? `${ipv6 ? '' : '#'}listen [::1]:${free}` : `listen 127.0.0.1:${free}`));
  }, readFileSync(join(root, 'deploy', name), 'utf8'));
}

/** Checks and starts it; returns when its port answers. */
async function run(t, folder, body, site, port, head = '') {
  writeFileSync(join(folder, 'roost.conf'), site);
  writeFileSync(join(folder, 'nginx.conf'), `${head}
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log notice;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 1000; }
${body}
`);
  const nginx = program('nginx', 'nginx');
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
  execFileSync(nginx, [...args, '-t'], { stdio: 'pipe' });
  const child = spawn(nginx, args, { stdio: 'ignore' });
  const exited = new Promise((done) => child.once('exit', done));
  running.add(child);
  t.after(async () => {
    child.kill('SIGTERM');
    await exited;
    running.delete(child);
  });
  await eventually('the start of nginx', () => {
    assert.equal(child.exitCode, null, readFileSync(join(folder, 'error.log'), 'utf8'));
    return answers(port);
  });
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  return new Promise((done) => {
    socket.once('error', () => done(false)).once('connect', () => done(true));
  }).finally(() => socket.destroy());
}
