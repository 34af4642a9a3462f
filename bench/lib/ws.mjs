// `ws` is installed once, for the interoperability tests; the benchmarks use that copy.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../interop/package.json', import.meta.url));

function load(name) {
  try {
    return require(name);
  } catch {
    throw new Error('the package `ws` is missing: run `npm ci` in interop/ (or ./verify once)');
  }
}

export const { WebSocketServer, WebSocket } = load('ws');
export const version = load('ws/package.json').version;
