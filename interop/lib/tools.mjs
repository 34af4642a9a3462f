// Programs that check what is in deploy/; ./verify installs those that are missing.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The path of a program or module, also where only administrators have its folder on their path. */
export function program(command, debianPackage) {
  const found = [...process.env.PATH.split(':'), '/usr/sbin', '/sbin', '/usr/lib/nginx/modules'].map((folder) => join(folder, command)).find(existsSync);
  if (!found) throw new Error(`${command} is missing: run ./verify, or install the Debian package ${debianPackage}`);
  return found;
}

/** A folder that goes with the test. */
export function temporaryFolder(t, name) {
  const folder = mkdtempSync(join(tmpdir(), `roost-${name}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function freePort(host = '127.0.0.1') {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A certificate for localhost, signed by itself; the names of its files. */
export function certificate(folder) {
  const files = { cert: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') };
  execFileSync(program('openssl', 'openssl'), ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key, '-out', files.cert,
    '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  return files;
}

/** Asks again until the answer is not false; fails after the limit. */
export async function eventually(what, check, limitMs = 10_000) {
  const end = performance.now() + limitMs;
  let answer;
  while (!(answer = await check())) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await new Promise((next) => { setTimeout(next, 25); });
  }
  return answer;
}
