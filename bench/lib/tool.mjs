// Runs the load tool (`./roost bench`) and reads what it found out.
import { spawn } from 'node:child_process';
import { allowedCores } from './process.mjs';
import { roostCommand } from './servers.mjs';

const EXTRA_MS = 120_000; // opening, settling, draining
const WITH_TROUBLE = 3; // its exit code with --strict; everything above 0 else means that it could not run

/**
 * @param args preset and options, without --url and --pid
 * @param pinned on the last core alone
 * @returns the tool's JSON object
 */
export function runTool(args, server, { seconds, pinned = false }) {
  const [java, ...options] = roostCommand();
  const all = [...options, 'bench', ...args, '--url', `ws://127.0.0.1:${server.port}`, '--pid', String(server.pid), '--json'];
  const child = pinned
    ? spawn('taskset', ['--cpu-list', String(allowedCores().at(-1)), java, ...all], { stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn(java, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const timer = setTimeout(kill, seconds * 1500 + EXTRA_MS);
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { complaint += chunk; });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => { clearTimeout(timer); reject(error); });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (code === 0 || code === WITH_TROUBLE) resolve(JSON.parse(output));
      else reject(new Error(`the load tool ended with ${code ?? signal}: ${complaint.trim()}`));
    });
  });
}

/** What makes a run hard to trust, in lines for people. */
export function remarks(result) {
  const lines = result.remarks.map(({ text }) => text);
  if (result.connectionsEnded > 0) lines.push(`${result.connectionsEnded} connections ended, the first: ${result.firstEnd}`);
  if (result.watchers?.failed > 0) lines.push(`${result.watchers.failed} watchers failed, the first: ${result.watchers.firstFailure}`);
  if (result.connections.failed > 0) lines.push(`${result.connections.failed} connections failed, the first: ${result.connections.firstFailure}`);
  if (result.strays > 0) lines.push(`${result.strays} messages came to connections that should not get them`);
  if (result.misnamed > 0) lines.push(`${result.misnamed} messages named another sender than theirs`);
  if (result.errors > 0) lines.push(`${result.errors} errors from the server, the first: ${result.firstError}`);
  if (result.presence?.incompleteSnapshots > 0) lines.push(`${result.presence.incompleteSnapshots} watchers without a complete snapshot`);
  if (result.presence?.changesUnexpected > 0) lines.push(`watchers heard of ${result.presence.changesUnexpected} changes that there were not`);
  if (result.presence?.heartbeatsAccepted < result.presence?.heartbeats) lines.push('the server ignored heartbeats');
  if (result.server?.memory?.settled === false) lines.push('the server\'s memory was still changing');
  return lines;
}
