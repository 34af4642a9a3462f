// Roost beside the plainest relay under Node, on this machine, now: see README.md on how to read it.
import os from 'node:os';
import { fanout, FANOUT_DEFAULTS } from './lib/fanout.mjs';
import { idle, IDLE_DEFAULTS } from './lib/idle.mjs';
import { run } from './lib/options.mjs';
import { describeJava } from './lib/servers.mjs';
import { version as wsVersion } from './lib/ws.mjs';

const COMMANDS = { fanout: [fanout, FANOUT_DEFAULTS], idle: [idle, IDLE_DEFAULTS] };

// The servers are stopped when this process exits, so a signal has to become an exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

await run(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, name ?? '')) throw new Error(usage());
  const relayOnly = args.some((arg) => arg === 'relay' || arg === '--subject=relay'); // then no Java is needed
  console.log(`${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${os.type()} ${os.release()}; Node ${process.versions.node}, ws ${wsVersion}`
    + (relayOnly ? '' : `; ${describeJava()}`));
  await COMMANDS[name][0](args);
});

function usage() {
  const lines = Object.entries(COMMANDS).map(([name, [, defaults]]) => `  node bench/compare.mjs ${name} ${Object.entries(defaults)
    .map(([option, value]) => (value === false ? `[--${option}]` : `[--${option} ${value}]`)).join(' ')}`);
  return `usage (with the defaults):\n${lines.join('\n')}`;
}
