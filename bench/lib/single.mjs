// Runs one case on Roost alone: what is judged by itself, not beside another server.
import { startRedis } from '../../interop/lib/redis.mjs';
import { settingsFor } from './cases.mjs';
import { median } from './options.mjs';
import { allowedCores, pin } from './process.mjs';
import { startRoost } from './servers.mjs';
import { printTable, fixed } from './table.mjs';
import { remarks, runTool } from './tool.mjs';

/** @returns { title, ratios: {} } as a comparison does, which has no ratio here */
export async function measureAlone(subjectCase, options) {
  if (options.pin && allowedCores().length < 2) throw new Error('--pin needs two cores or more');
  const title = subjectCase.title(options);
  console.log(`\n${title}; ${options.rounds} round(s)${options.pin ? ', load and server on cores of their own' : ''}\n`);
  const results = [];
  for (let round = 1; round <= options.rounds; round++) {
    results.push(await measure(subjectCase, options));
    process.stderr.write(`round ${round}: done\n`);
  }
  report(results, subjectCase);
  return { title, ratios: {} };
}

/** Every round has a Redis of its own, empty, if any. */
async function measure(subjectCase, options) {
  const { args, environment } = subjectCase;
  const redis = options.memory ? null : await startRedis();
  const roost = await startRoost({ ...settingsFor(subjectCase, options), ...environment, ...redis?.env });
  try {
    if (options.pin) pin(roost.pid, allowedCores().slice(0, -1));
    const redisArgs = redis === null ? [] : ['--redis', `127.0.0.1:${redis.port}`];
    const seconds = options.seconds + options.warmup + (options.every ?? 0) * options.watchers;
    return await runTool([...args(options).map(String), ...redisArgs, '--no-floor'], roost, { seconds, pinned: options.pin });
  } finally {
    await roost.stop();
    await redis?.stop();
  }
}

function report(results, { columns, row, judged }) {
  printTable(['round', ...columns], results.map((result, index) => [`${index + 1}${remarks(result).length > 0 ? ' *' : ''}`, ...row(result)]));
  console.log('\nMedian of the rounds (smallest to largest), beside the goal:');
  for (const [what, { pick, goal }] of Object.entries(judged)) {
    const values = results.map(pick);
    console.log(`  ${what}: ${values.every(Number.isFinite) ? `${fixed(median(values), 2)} (${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)})` : '-'}; ${goal}`);
  }
  const notes = results.flatMap((result, index) => remarks(result).map((line) => `  round ${index + 1}: ${line}`));
  if (notes.length > 0) console.log(`\n* Disturbed, read with care:\n${notes.join('\n')}`);
}
