// Packages are installed once, for the interoperability tests; the benchmarks use those copies. The Socket.IO server is their own.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../interop/package.json', import.meta.url));
const requireOwn = createRequire(new URL('../package.json', import.meta.url));

/** @throws Error with a line for people if it is not installed */
export function load(name) {
  try {
    return require(name);
  } catch {
    throw new Error(`the package \`${name.split('/')[0]}\` is missing: run \`npm ci\` in interop/ (or ./verify once)`);
  }
}

/** `socket.io 4.8.4`; only its own cases need it. */
export function describeSocketIo() {
  try {
    return `socket.io ${requireOwn('socket.io/package.json').version}`;
  } catch {
    return 'no socket.io';
  }
}
