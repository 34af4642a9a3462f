// A real coturn for a test: on loopback and a free port, with the shared secret that makes TURN credentials.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stunAnswers } from './stun.mjs';
import { eventually, freePort, program } from './tools.mjs';

export const REALM = 'mesh.test';

/** Loopback peers are refused by default, and everything here is on loopback. */
const FIXED = ['-n', '--use-auth-secret', `--realm=${REALM}`, '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', '--allow-loopback-peers',
  '--no-tls', '--no-dtls', '--no-cli', '--no-rfc5780', '--relay-threads=1', '--log-file=stdout', '--verbose'];

/** Returns when it answers: { port, log(), stop() }. */
export async function startCoturn(secret) {
  const port = await freePortOfBoth();
  const folder = mkdtempSync(join(tmpdir(), 'roost-coturn-'));
  const child = spawn(program('turnserver', 'coturn'),
    [...FIXED, `--static-auth-secret=${secret}`, `--listening-port=${port}`, `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'users.db')}`],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  const exited = new Promise((done) => { child.once('exit', done); });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    process.removeListener('exit', kill);
    rmSync(folder, { recursive: true });
  };
  try {
    await eventually('the start of coturn', () => {
      if (child.exitCode !== null) throw new Error(`coturn ended:\n${output}`);
      return stunAnswers(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, log: () => output, stop };
}

/** A port that is free for TCP and for UDP: coturn listens on both. */
async function freePortOfBoth() {
  for (;;) {
    const port = await freePort();
    const socket = createSocket('udp4');
    const isFree = await new Promise((done) => { socket.once('error', () => done(false)).bind(port, '127.0.0.1', () => done(true)); });
    socket.close();
    if (isFree) return port;
  }
}
