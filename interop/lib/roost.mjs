// Starts a Roost of its own for a test file, on loopback and a free port, and stops it by its process id.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const jar = resolve(root, 'target/roost.jar');
const START_LIMIT_MS = 30_000;
export const java = process.env.ROOST_JAVA ?? `${execFileSync('sh', ['-c', '. ./scripts/jdk.sh && find_jdk && printf %s "$JDK_HOME"'], { cwd: root })}/bin/java`;

/**
 * @param {string[]} args command-line options, such as ['--only', 'echo']
 * @param {Record<string, string>} env settings, such as { SENDER_TIMEOUT: '300' }
 * @returns a running server: { port, url, http (both with TLS where it has a certificate), pid, log(), stop(), exited }
 */
export async function startRoost(args = [], env = {}) {
  if (!existsSync(jar)) throw new Error('target/roost.jar is missing: run ./verify, or ./roost once');
  const child = spawn(java,
    ['-XX:+UseCompactObjectHeaders', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-jar', jar,
      '--host', '127.0.0.1', '--port', '0', ...(args.includes('--store') ? [] : ['--store', 'memory']), ...args],
    { cwd: root, env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  // Also while it starts: a test file that fails then leaves nothing behind.
  process.once('exit', () => { if (child.exitCode === null) child.kill('SIGKILL'); });
  let output = '';
  const exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
  const { secure, port } = await new Promise((ready, failed) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      failed(new Error(`Roost did not listen within ${START_LIMIT_MS} ms:\n${output}`));
    }, START_LIMIT_MS);
    const read = (chunk) => {
      output += chunk;
      const match = /Listening on (https?):\/\/[^\s]*:(\d+)/.exec(output);
      if (match) { clearTimeout(timer); ready({ secure: match[1] === 'https', port: Number(match[2]) }); }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    exited.then(({ code, signal }) => {
      clearTimeout(timer);
      failed(new Error(`Roost ended with ${code ?? signal} before it listened:\n${output}`));
    });
  });
  const stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    const result = await exited;
    clearTimeout(killer);
    return result;
  };
  const s = secure ? 's' : '';
  return { port, url: `ws${s}://127.0.0.1:${port}`, http: `http${s}://127.0.0.1:${port}`, pid: child.pid, log: () => output, stop, exited };
}

/** The caller's environment without the settings that a developer's shell may hold. */
function cleanEnvironment() {
  const { PATH, HOME, JAVA_HOME, LANG, TMPDIR } = process.env;
  return Object.fromEntries(Object.entries({ PATH, HOME, JAVA_HOME, LANG, TMPDIR }).filter(([, value]) => value !== undefined));
}
