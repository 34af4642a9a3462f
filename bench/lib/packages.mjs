// Packages are installed once, for the interoperability tests; the benchmarks use those copies.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../interop/package.json', import.meta.url));

/** @throws Error with a line for people if it is not installed */
export function load(name) {
  try {
    return require(name);
  } catch {
    throw new Error(`the package \`${name.split('/')[0]}\` is missing: run \`npm ci\` in interop/ (or ./verify once)`);
  }
}
