// Runs one case on both servers in turn, several rounds, and says how they compare.
import { allowedCores, pin } from './process.mjs';
import { median } from './options.mjs';
import { startRelay, startRoost } from './servers.mjs';
import { settingsFor } from './cases.mjs';
import { printTable, fixed } from './table.mjs';
import { remarks, runTool } from './tool.mjs';

/** @returns { title, ratios: { name: [of each round] } } */
export async function compare(subjectCase, options) {
  if (!['roost', 'relay'].includes(options.subject)) throw new Error(`--subject must be roost or relay, but was "${options.subject}"`);
  if (options.pin && allowedCores().length < 2) throw new Error('--pin needs two cores or more');
  const script = typeof subjectCase.relay === 'function' ? subjectCase.relay(options) : subjectCase.relay;
  const { environment = {} } = subjectCase;
  const relay = () => startRelay(script, options['relay-sends'], environment);
  const servers = options.subject === 'roost' ? { roost: () => startRoost({ ...settingsFor(subjectCase, options), ...environment }), relay } : { 'relay (again)': relay, relay };
  const title = subjectCase.title(options);
  console.log(`\n${title}; ${options.rounds} round(s)${options.pin ? ', load and server on cores of their own' : ''}\n`);

  const results = [];
  for (let round = 1; round <= options.rounds; round++) {
    // Who goes first changes, so that a machine that slows down or warms up favours nobody.
    const order = round % 2 === 1 ? Object.entries(servers) : Object.entries(servers).reverse();
    for (const [name, start] of order) {
      results.push({ round, name, result: await measure(start, subjectCase, options) });
      process.stderr.write(`round ${round} ${name}: done\n`);
    }
  }
  return { title, ratios: report(results, subjectCase, Object.keys(servers)[0]) };
}

async function measure(start, { args }, options) {
  const server = await start();
  try {
    // Only now that it runs: a JVM that starts on one core chooses another collector and fewer threads.
    if (options.pin) pin(server.pid, allowedCores().slice(0, -1));
    return await runTool([...args(options).map(String), '--no-floor'], server, { seconds: options.seconds + (options.warmup ?? 0), pinned: options.pin });
  } finally {
    await server.stop();
  }
}

function report(results, { columns, row, ratios }, subject) {
  const ordered = results.toSorted((a, b) => a.round - b.round);
  printTable(['round', 'server', ...columns], ordered.map(({ round, name, result }) => [round, name + (remarks(result).length > 0 ? ' *' : ''), ...row(result)]));
  const all = Object.fromEntries(Object.entries(ratios).map(([what, pick]) => [what, ratioOfRounds(results, subject, pick)]));
  console.log(`\n${subject} / relay, median of the rounds' ratios (smallest to largest):`);
  for (const [what, values] of Object.entries(all)) console.log(`  ${what}: ${describe(values)}`);
  const notes = ordered.flatMap(({ round, name, result }) => remarks(result).map((line) => `  round ${round}, ${name}: ${line}`));
  if (notes.length > 0) console.log(`\n* Disturbed, read with care:\n${notes.join('\n')}`);
  return all;
}

/** The two of one round ran one after the other, so their ratio is steadier than that of the medians. */
function ratioOfRounds(results, subject, pick) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const of = (name, round) => pick(results.find((result) => result.name === name && result.round === round).result);
  return rounds.map((round) => of(subject, round) / of('relay', round));
}

/** `0.52 (0.50 to 0.61)` */
export function describe(values) {
  if (!values.every(Number.isFinite)) return '-';
  return `${fixed(median(values), 2)} (${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)})`;
}
