// One sender to many listeners: CPU a delivery and latency, of Roost and of the reference in turn.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, readOptions } from './options.mjs';
import { allowedCores, pin } from './process.mjs';
import { compileFloor, startRelay, startRoost } from './servers.mjs';
import { fixed, grouped, printTable } from './table.mjs';

export const FANOUT_DEFAULTS = {
  listeners: 500, rate: 200, bytes: 200, seconds: 10, rounds: 3,
  warmup: 5, // seconds; the JVM compiles meanwhile, and so does Node's
  pin: false, // the load process on the last core, the server on the others
  floor: false, // also measure the least a server can pay
  'relay-sends': 'text', // or `buffer`: encoded once, the relay's best case
  subject: 'roost', // `relay` compares the relay with itself: the noise of the measurement
};
const load = fileURLToPath(new URL('../load.mjs', import.meta.url));
const LOAD_EXTRA_MS = 90_000; // opening, draining twice

export async function fanout(args) {
  const options = readOptions(args, FANOUT_DEFAULTS);
  const { listeners, rate, bytes, seconds, rounds } = options;
  if (!['roost', 'relay'].includes(options.subject)) throw new Error(`--subject must be roost or relay, but was "${options.subject}"`);
  if (options.pin && allowedCores().length < 2) throw new Error('--pin needs two cores or more');
  const floor = options.floor ? compileFloor(listeners) : null;
  if (options.floor && floor === null) console.log('No floor: there is no C compiler (cc) here.');

  const relay = () => startRelay(options['relay-sends']);
  const servers = {
    [options.subject === 'roost' ? 'roost' : 'relay (again)']: options.subject === 'roost' ? () => startRoost(rate) : relay,
    relay,
    ...(floor === null ? {} : { floor }),
  };
  console.log(`Fan-out: ${grouped(rate)} messages/s of ${bytes} bytes to ${grouped(listeners)} listeners = ${grouped(rate * listeners)} deliveries/s, `
    + `${rounds} rounds of ${seconds} s after ${options.warmup} s of warm-up`
    + `${options.pin ? ', load and server on cores of their own' : ''}\n`);
  const results = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [name, start] of Object.entries(servers)) {
      const result = { round, name, ...await measure(start, options) };
      results.push(result);
      process.stderr.write(`round ${round} ${name}: ${fixed(cpu(result), 2)} µs a delivery\n`);
    }
  }
  report(results, Object.keys(servers)[0]);
}

async function measure(start, { listeners, rate, bytes, seconds, warmup, pin: pinned }) {
  const cores = allowedCores();
  const server = await start();
  try {
    // Only now that it runs: a JVM that starts on one core chooses another collector and fewer threads.
    if (pinned) pin(server.pid, cores.slice(0, -1));
    const command = [...(pinned ? ['taskset', '--cpu-list', String(cores.at(-1))] : []), process.execPath, load];
    return await runLoad(command, { port: server.port, pid: server.pid, listeners, rate, bytes, seconds, warmup });
  } finally {
    await server.stop();
  }
}

function runLoad([command, ...first], options) {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const timer = setTimeout(kill, (options.seconds + options.warmup) * 1500 + LOAD_EXTRA_MS);
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { complaint += chunk; });
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`the load process ended with ${code ?? signal}: ${complaint.trim()}`));
    });
  });
}

const cpu = (result) => (result.serverUserMicros === null ? null : result.serverUserMicros + result.serverSystemMicros);

function report(results, subject) {
  const row = (first, name, of) => [first, name, fixed(of(cpu), 2), fixed(of((r) => r.serverUserMicros), 2), fixed(of((r) => r.serverSystemMicros), 2),
    fixed(of((r) => r.p50Ms), 2), fixed(of((r) => r.p99Ms), 2), grouped(of((r) => r.delivered)), grouped(of((r) => r.lost)),
    grouped(of((r) => r.outOfOrder)), fixed(of((r) => r.loadCores), 2)];
  const rounds = results.map((result) => row(result.round, result.name + (result.notes.length > 0 ? ' *' : ''), (pick) => pick(result)));
  const names = [...new Set(results.map((result) => result.name))];
  const medians = names.map((name) => {
    const own = results.filter((result) => result.name === name);
    return row('median', name, (pick) => (own.every((result) => pick(result) !== null) ? median(own.map(pick)) : null));
  });
  printTable(['round', 'server', 'CPU µs/delivery', 'user', 'system', 'p50 ms', 'p99 ms', 'delivered', 'lost', 'disorder', 'load cores'],
    [...rounds, ...medians]);

  console.log(`\n${subject} / relay, median of the rounds' ratios (smallest to largest):`);
  for (const [what, pick] of [['CPU', cpu], ['p50', (r) => r.p50Ms], ['p99', (r) => r.p99Ms]]) {
    console.log(`  ${what}: ${ratios(results, subject, pick)}`);
  }
  const notes = results.flatMap(({ round, name, notes: lines }) => lines.map((line) => `  round ${round}, ${name}: ${line}`));
  if (notes.length > 0) console.log(`\n* Disturbed, read with care:\n${notes.join('\n')}`);
}

/** The two of one round ran one after the other, so their ratio is steadier than that of the medians. */
function ratios(results, subject, pick) {
  const of = (name) => results.filter((result) => result.name === name).map(pick);
  const reference = of('relay');
  const values = of(subject).map((value, index) => value / reference[index]);
  if (values.some((value) => !Number.isFinite(value))) return '-';
  return `${fixed(median(values), 2)} (${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)})`;
}
