// Roost beside the plainest relay under Node, on this machine, now: see README.md on how to read it.
import os from 'node:os';
import { CASES } from './lib/cases.mjs';
import { compare, describe } from './lib/comparison.mjs';
import { measureAlone } from './lib/single.mjs';
import { readOptions, run } from './lib/options.mjs';
import { describeJava } from './lib/servers.mjs';
import { describeSocketIo } from './lib/packages.mjs';
import { version as wsVersion } from './lib/ws.mjs';

/** The promise of the project in one command: nine loads, one table of ratios. */
const ALL = [['fanout', {}], ['rooms', { rooms: 1, users: 50 }], ['rooms', { rooms: 10, users: 10 }], ['mesh', {}],
  ['ptt', { seconds: 20, warmup: 25 }], ['idle', { seconds: 2 }],
  ['socketio', { seconds: 20, warmup: 20 }], ['socketio', { seconds: 20, warmup: 20, together: 10 }], ['idle', { seconds: 2, protocol: 'socketio' }]];
const ALL_DEFAULTS = { rounds: 3, seconds: 10, warmup: 5, connections: 10_000, pin: false, 'relay-sends': 'text', subject: 'roost' };

// The servers are stopped when this process exits, so a signal has to become an exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

await run(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name !== 'all' && !Object.hasOwn(CASES, name ?? '')) throw new Error(usage());
  const options = readOptions(args, name === 'all' ? ALL_DEFAULTS : CASES[name].defaults);
  console.log(`${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${os.type()} ${os.release()}; Node ${process.versions.node}, ws ${wsVersion}, ${describeSocketIo()}; `
    + describeJava());
  if (name !== 'all') return void await (CASES[name].relay ? compare : measureAlone)(CASES[name], options);

  const summaries = [];
  for (const [each, given] of ALL) summaries.push(await compare(CASES[each], { ...CASES[each].defaults, ...options, ...given }));
  console.log('\nAll ratios, Roost / relay:');
  for (const { title, ratios } of summaries) {
    console.log(`  ${title}`);
    for (const [what, values] of Object.entries(ratios)) console.log(`    ${what}: ${describe(values)}`);
  }
});

function usage() {
  const commands = { ...Object.fromEntries(Object.entries(CASES).map(([name, { defaults }]) => [name, defaults])), all: ALL_DEFAULTS };
  const lines = Object.entries(commands).map(([name, defaults]) => `  node bench/compare.mjs ${name} ${Object.entries(defaults)
    .map(([option, value]) => (value === false ? `[--${option}]` : `[--${option} ${value}]`)).join(' ')}`);
  return `usage (with the defaults):\n${lines.join('\n')}`;
}
