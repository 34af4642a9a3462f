// Many WebSockets that only listen: resident memory of the server for each, and the time to open them all.
import { Connection, openMany } from './connection.mjs';
import { median, readOptions, sleep } from './options.mjs';
import { localPorts, openFilesLimit, residentKilobytes } from './process.mjs';
import { startRelay, startRoost } from './servers.mjs';
import { fixed, grouped, printTable } from './table.mjs';

export const IDLE_DEFAULTS = { connections: 10_000, 'at-once': 200, rounds: 1, subject: 'roost' };
const WARM_UP = 200; // connections opened and closed before the first reading: classes, code, first buffers
const SPARE_FILES = 200; // what a server needs besides: jars, libraries, event loops
const SETTLED = 0.01;
const SETTLE_LIMIT_S = 30;

export async function idle(args) {
  const options = readOptions(args, IDLE_DEFAULTS);
  const { connections, rounds, 'at-once': atOnce } = options;
  if (!['roost', 'relay'].includes(options.subject)) throw new Error(`--subject must be roost or relay, but was "${options.subject}"`);
  checkLimits(connections);
  console.log(`Idle: ${grouped(connections)} WebSockets on /listener, opened ${atOnce} at a time\n`);
  const relay = () => startRelay();
  const servers = options.subject === 'roost' ? { roost: () => startRoost(), relay } : { 'relay (again)': relay, relay };
  const results = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [name, start] of Object.entries(servers)) results.push({ round, name, ...await measure(start, connections, atOnce) });
  }
  report(results, Object.keys(servers)[0]);
}

async function measure(start, count, atOnce) {
  const server = await start();
  const openFiles = openFilesLimit(server.pid);
  let connections = [];
  try {
    if (openFiles < count + SPARE_FILES) throw new Error(tooFewFiles('the server', openFiles, count));
    const open = () => new Connection(server.port, '/listener', () => {});
    for (const connection of await openMany(WARM_UP, atOnce, open)) connection.close();
    const before = await settledKilobytes(server.pid);

    const begin = performance.now();
    connections = await openMany(count, atOnce, open);
    const openSeconds = (performance.now() - begin) / 1000;
    const after = await settledKilobytes(server.pid);
    return {
      before: before.kilobytes, after: after.kilobytes, settled: before.settled && after.settled, openSeconds,
      each: (after.kilobytes - before.kilobytes) / count,
      lost: connections.filter((connection) => connection.ended !== null).length,
    };
  } finally {
    for (const connection of connections) connection.close();
    await server.stop();
  }
}

/** Waits until two readings a second apart differ by less than 1 %. */
async function settledKilobytes(pid) {
  let last = residentKilobytes(pid);
  for (let second = 0; second < SETTLE_LIMIT_S; second++) {
    await sleep(1000);
    const kilobytes = residentKilobytes(pid);
    if (Math.abs(kilobytes - last) < last * SETTLED) return { kilobytes, settled: true };
    last = kilobytes;
  }
  return { kilobytes: last, settled: false };
}

function checkLimits(connections) {
  if (openFilesLimit() < connections + SPARE_FILES) throw new Error(tooFewFiles('this process', openFilesLimit(), connections));
  if (localPorts() < connections) {
    throw new Error(`one address has ${grouped(localPorts())} local ports here (net.ipv4.ip_local_port_range): use --connections ${localPorts() - 1000}`);
  }
}

function tooFewFiles(who, limit, connections) {
  return `${who} may have ${grouped(limit)} open files, but ${grouped(connections)} connections need about ${grouped(connections + SPARE_FILES)}: `
    + `raise the limit (ulimit -n ${connections + SPARE_FILES}) or use --connections ${Math.max(0, limit - SPARE_FILES)}`;
}

function report(results, subject) {
  printTable(['round', 'server', 'KB each', 'RSS before, MB', 'RSS after, MB', 'seconds to open', 'connections lost'],
    results.map(({ round, name, each, before, after, openSeconds, lost, settled }) => [round, name + (settled ? '' : ' *'),
      fixed(each, 2), fixed(before / 1024, 1), fixed(after / 1024, 1), fixed(openSeconds, 2), lost]));
  const each = (name) => median(results.filter((result) => result.name === name).map((result) => result.each));
  console.log(`\n${subject} / relay: ${fixed(each(subject) / each('relay'), 2)} of the memory a connection`);
  if (results.some((result) => !result.settled)) console.log(`* Its memory still moved by more than 1 % a second after ${SETTLE_LIMIT_S} s.`);
}
