// A real nginx with the configuration of deploy/, for a test: on loopback and free ports, with a certificate of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { certificate, eventually, freePort, program, root, temporaryFolder } from './tools.mjs';

const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGTERM')));

/** The text with each [what, by what]; fails where there is nothing to replace, because the test would then check something else. */
function edited(text, edits) {
  return edits.reduce((result, [what, by]) => {
    assert.ok(result.includes(what), `deploy/nginx.conf has no "${what}"`);
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
 * @param {number} roostPort where Roost listens
 * @param {[string, string][]} edits settings of the file that the test wants otherwise
 * @returns { url, https, http: the plain port, accessLog(), errorLog() }
 */
export async function startNginx(t, roostPort, edits = []) {
  const folder = temporaryFolder(t, 'nginx');
  const { cert, key } = certificate(folder);
  const [plain, secure] = [await freePort(), await freePort()];
  const ipv6 = await hasIpv6();
  const listen = (port) => [[` listen ${port}`, ` listen 127.0.0.1:${port}`], [`listen [::]:${port}`, `${ipv6 ? '' : '#'}listen [::1]:${port}`]];
  const site = edited(edited(readFileSync(join(root, 'deploy/nginx.conf'), 'utf8'), [...listen(80), ...listen(443),
    ['127.0.0.1:8080;', `127.0.0.1:${roostPort};`], ['/etc/ssl/roost/fullchain.pem', cert], ['/etc/ssl/roost/privkey.pem', key],
    ['/var/log/nginx/roost.log', join(folder, 'access.log')], ...edits]),
  [[':80;', `:${plain};`], [':443 ', `:${secure} `]]);
  writeFileSync(join(folder, 'roost.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log notice;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 1000; }
http { ${temporary} include ${folder}/roost.conf; }
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
  const errorLog = () => readFileSync(join(folder, 'error.log'), 'utf8');
  await eventually('the start of nginx', () => {
    assert.equal(child.exitCode, null, errorLog());
    return fetch(`http://127.0.0.1:${plain}/`, { redirect: 'manual' }).catch(() => false);
  });
  return { url: `wss://127.0.0.1:${secure}`, https: `https://127.0.0.1:${secure}`, http: `http://127.0.0.1:${plain}`, errorLog,
    accessLog: () => readFileSync(join(folder, 'access.log'), 'utf8') };
}
