import { parseArgs } from 'node:util';

/**
 * Reads `--name value` for numbers, `--name` for switches and `--name value` for texts, by the type of the default.
 * @throws Error with a line for people
 */
export function readOptions(args, defaults) {
  const options = Object.fromEntries(Object.entries(defaults)
    .map(([name, value]) => [name, { type: typeof value === 'boolean' ? 'boolean' : 'string' }]));
  const { values } = parseArgs({ args, options });
  return Object.fromEntries(Object.entries(defaults)
    .map(([name, value]) => [name, typeof value === 'number' ? number(name, values[name] ?? value) : values[name] ?? value]));
}

function number(name, text) {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number from 0, but was "${text}"`);
  return value;
}

/** Runs a command's main function; an error ends it with one line, not a stack trace. */
export async function run(main) {
  try {
    await main();
  } catch (error) {
    console.error(process.env.BENCH_DEBUG ? error : error.message);
    process.exitCode = 1;
  }
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
