// Runs the mocha suite of the server that PTT comes from against a Roost: acceptance scenario 1 of the contract.
//
//   node ptt-original.mjs [--redis] [--collect MS] DIR
//
// DIR is a checkout of that project (voiceping-router) with its test/ and src/ and with what its package.json names installed (npm install --ignore-scripts);
// nothing of it is part of Roost. A Roost is started with the suite's key, with authentication, in memory or (--redis) with a redis-server of its own. The
// files of the suite run as they are, but for two things that they require: the starter of the server in their process is a forwarder to Roost here, and the
// compiled library is only its constants. Exits with 0 if all tests pass.
//
// The suite counts on what a server in its own process writes in one go being there before its next step. So the forwarder collects what Roost sends for so many
// milliseconds (5; more helps on a machine that is busy with something else) and hands it on in one go.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startPtt } from './lib/ptt.mjs';
import { startRedis } from './lib/redis.mjs';

/** As its mocha.opts say. */
const TEST_LIMIT_MS = 5_000;

const { values: { redis: withRedis, collect: collectMs }, positionals: [folder] } = parseArgs({
  options: { redis: { type: 'boolean', default: false }, collect: { type: 'string', default: '5' } }, allowPositionals: true,
});
if (folder === undefined) {
  console.error('usage: node ptt-original.mjs [--redis] [--collect MS] DIR, a checkout of voiceping-router in which npm install has been done');
  process.exit(2);
}
const original = resolve(folder);
const require = createRequire(join(original, 'package.json'));

const redis = withRedis ? await startRedis() : null;
const roost = await startPtt(redis?.env);
replace({
  'test/server': forwarder(roost.port),
  'dist/lib/voiceping': { ChannelType: constants('channeltype'), MessageType: constants('messagetype') },
  'dist/lib/channeltype': constants('channeltype'),
  'dist/lib/messagetype': constants('messagetype'),
});
const { passes, failures, total } = await run();
await roost.stop();
await redis?.stop();
const where = withRedis ? 'with Redis' : 'in memory';
console.log(`${passes} of ${total} tests of the original pass against Roost ${where}`);
process.exit(passes > 0 && passes === total && failures === 0 ? 0 : 1);

// ---- What the suite gets instead of its server

/** Modules of the checkout, by their path in it without the ending, are these values for whoever requires them from now on. */
function replace(modules) {
  const { Module } = createRequire(import.meta.url)('node:module');
  const byPath = new Map(Object.entries(modules).map(([path, value]) => [join(original, path), value]));
  const load = Module._load;
  Module._load = function (request, parent, ...rest) {
    const path = request.startsWith('.') && parent?.filename ? resolve(dirname(parent.filename), request) : request;
    return byPath.has(path) ? byPath.get(path) : load.call(this, request, parent, ...rest);
  };
}

/** The members of an enum of the original, read from its source. */
function constants(name) {
  const source = readFileSync(join(original, 'src/lib', `${name}.ts`), 'utf8');
  return Object.fromEntries([...source.matchAll(/(\w+) = (\d+)/g)].map(([, key, value]) => [key, Number(value)]));
}

/**
 * The starter: (port, callback) => server. What clients send is handed on at once; what Roost sends is collected over all connections and handed on in one go,
 * to the client that spoke last first: a server in one process writes its answer before it tells the others, which the suite counts on, too.
 */
function forwarder(target) {
  let held = null;
  let spoken = 0;
  const hold = (line, deliver) => {
    if (held === null) {
      held = [];
      setTimeout(() => {
        const due = held;
        held = null;
        due.sort((x, y) => y.line.spoke - x.line.spoke);
        for (const one of due) one.deliver();
      }, Number(collectMs));
    }
    held.push({ line, deliver });
  };
  const serve = (near) => {
    const line = { spoke: 0 };
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay();
    near.on('data', () => { line.spoke = ++spoken; });
    near.pipe(far);
    far.on('data', (chunk) => hold(line, () => near.writable && near.write(chunk)));
    far.on('end', () => hold(line, () => near.end()));
    // Either side may reset its connection: then the other one has to go, too.
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  };
  return (port, callback) => createServer({ allowHalfOpen: true }, serve).listen(port, callback);
}

// ---- Mocha

/** Resolves when all files have run: { passes, failures, total }; tests that a failing hook has kept from running are in the total alone. */
function run() {
  const Mocha = require('mocha');
  const mocha = new Mocha({ reporter: 'spec', timeout: TEST_LIMIT_MS, useColors: false });
  for (const file of readdirSync(join(original, 'test')).sort()) {
    if (file.endsWith('.js')) mocha.addFile(join(original, 'test', file));
  }
  return new Promise((done) => {
    let passes = 0;
    const runner = mocha.run((failures) => done({ passes, failures, total: mocha.suite.total() }));
    runner.on('pass', () => { passes++; });
  });
}
