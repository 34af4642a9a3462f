// One load process: N listeners, one sender that sends at a fixed pace whatever the server does (open loop), and what
// arrived, when, at which cost. Prints one line of JSON. `compare.mjs` starts it; alone:
//
//     node bench/load.mjs --port 8080 --pid PID_OF_THE_SERVER --listeners 500 --rate 200 --bytes 200 --seconds 10
import { Connection, openMany } from './lib/connection.mjs';
import { readOptions, run, sleep } from './lib/options.mjs';
import { cpuSeconds, machineCpuSeconds } from './lib/process.mjs';

const DEFAULTS = {
  port: 0, pid: 0, listeners: 500, rate: 200, bytes: 200, seconds: 10,
  warmup: 5, // seconds of the same load before the measured window
  sample: 16, // every how many frames of a listener one is looked into
};
const OPEN_AT_ONCE = 200;
const OPEN_LIMIT_MS = 60_000;
const ROLE_LIMIT_MS = 5_000;
const DRAIN_LIMIT_MS = 5_000;
const BUSY = 0.9; // of a core: above, this process is the bottleneck
const DISTURBED = 0.25; // cores that others used: above, the figures are not to be trusted
const SEQ = Buffer.from('"seq":');
const LETTER = { e: 0x65, s: 0x73, y: 0x79 };

/** What all listeners got in the current phase. */
class Tally {
  delivered = 0;
  bytes = 0;
  outOfOrder = 0;
  latenciesMs = [];
}

class Listeners {
  tally = new Tally();
  #every;
  #connections = [];

  constructor(sampleEvery) {
    this.#every = sampleEvery;
  }

  async open(port, count) {
    const onText = (connection, bytes, start, end) => this.#received(connection, bytes, start, end);
    this.#connections = await openMany(count, OPEN_AT_ONCE, (index) => {
      const connection = new Connection(port, '/listener', onText);
      connection.untilSample = index % this.#every; // spread, so that each message is sampled at some listeners
      connection.lastSeq = -1;
      return connection;
    });
  }

  get ended() {
    return this.#connections.filter((connection) => connection.ended !== null);
  }

  #received(connection, bytes, start, end) {
    if (!isSensorData(bytes, start, end)) return;
    this.tally.delivered++;
    this.tally.bytes += end - start;
    if (connection.untilSample-- > 0) return;
    connection.untilSample = this.#every - 1;
    const now = microseconds();
    const at = bytes.indexOf(SEQ, start) + SEQ.length;
    const [, seq, sentAt] = /^(\d+),"sentAt":(\d+)/.exec(bytes.toString('latin1', at, Math.min(at + 48, end)));
    if (Number(seq) <= connection.lastSeq) this.tally.outOfOrder++;
    connection.lastSeq = Number(seq);
    this.tally.latenciesMs.push((now - Number(sentAt)) / 1000);
  }
}

/** Tells `{"type":"sensor_data"` from `stats` and `listener_connected` by three bytes; any other order of keys costs a search. */
function isSensorData(bytes, start, end) {
  if (bytes[start + 3] === LETTER.y) return bytes[start + 9] === LETTER.s && bytes[start + 10] === LETTER.e;
  return bytes.toString('latin1', start, end).includes('"type":"sensor_data"');
}

class Sender {
  acknowledged = 0;
  rejected = 0;
  latenessMs = [];
  #connection;
  #filler;
  #seq = 0;
  #onRole;

  async open(port, messageBytes) {
    const role = new Promise((resolve) => { this.#onRole = resolve; });
    this.#connection = await new Connection(port, '/pocket-parrot', (_, bytes, start, end) => this.#received(bytes, start, end)).ready;
    this.#connection.send(JSON.stringify({ type: 'handshake', client: 'bench', username: 'bench' }));
    await within(ROLE_LIMIT_MS, role, 'the server did not make the bench user its sender');
    this.#filler = 'x'.repeat(Math.max(0, messageBytes - message(0, '').length));
  }

  get ended() {
    return this.#connection.ended;
  }

  /** Sends rate * seconds messages, each when it is due or, if this process is late, at once after. */
  async send(rate, seconds) {
    const count = Math.round(rate * seconds);
    const begin = performance.now();
    this.latenessMs = [];
    for (let sent = 0; sent < count && this.ended === null;) {
      const dueIn = begin + sent * 1000 / rate - performance.now();
      if (dueIn > 0) {
        await sleep(dueIn);
        continue;
      }
      this.#connection.send(message(this.#seq++, this.#filler));
      this.latenessMs.push(-dueIn);
      sent++;
    }
  }

  #received(bytes, start, end) {
    const text = bytes.toString('latin1', start, end);
    if (text.includes('"type":"ack"')) this.acknowledged++;
    else if (text.includes('"type":"rejected"')) this.rejected++;
    else if (text.includes('"role":"sender"')) this.#onRole();
  }
}

/** The smallest is about 130 bytes. Numbers have a fixed width, so that every message has the same size. */
function message(seq, filler) {
  return `{"type":"data","data":{"id":1,"seq":${10_000_000 + seq},"sentAt":${microseconds()},`
    + `"orientation":{"alpha":12.5,"beta":-3.25},"note":"${filler}"}}`;
}

function microseconds() {
  return Math.round(performance.now() * 1000) + 1_000_000_000;
}

/** Waits until everything sent has arrived, or nothing more may be hoped for. @returns whether it has */
async function drained(listeners, expected) {
  const end = performance.now() + DRAIN_LIMIT_MS;
  while (listeners.tally.delivered < expected && performance.now() < end) await sleep(5);
  return listeners.tally.delivered >= expected;
}

async function within(milliseconds, promise, complaint) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(complaint)), milliseconds); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** pid 0: the server is not on this machine, or its cost does not matter. */
function readClocks(pid) {
  const { user, system } = pid === 0 ? { user: 0, system: 0 } : cpuSeconds(pid);
  const { user: ownUser, system: ownSystem } = process.cpuUsage();
  return { at: performance.now(), user, system, own: (ownUser + ownSystem) / 1e6, machine: machineCpuSeconds() };
}

function clocksSince(before, pid) {
  const now = readClocks(pid);
  const wallSeconds = (now.at - before.at) / 1000;
  const user = now.user - before.user;
  const system = now.system - before.system;
  const own = now.own - before.own;
  const others = pid === 0 ? 0 : now.machine - before.machine - user - system - own;
  return { user, system, loadCores: own / wallSeconds, otherCores: Math.max(0, others / wallSeconds) };
}

function percentile(sorted, share) {
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const round = (value, digits) => (value === null ? null : Number(value.toFixed(digits)));

await run(async () => {
  const options = readOptions(process.argv.slice(2), DEFAULTS);
  const { listeners: count, rate, seconds, pid } = options;
  const notes = [];

  const listeners = new Listeners(options.sample);
  await within(OPEN_LIMIT_MS, listeners.open(options.port, count), `${count} listeners could not be opened in ${OPEN_LIMIT_MS} ms`);
  const sender = new Sender();
  await sender.open(options.port, options.bytes);

  await sender.send(rate, options.warmup);
  if (!await drained(listeners, sender.latenessMs.length * count)) notes.push('the server was behind when the warm-up ended');

  listeners.tally = new Tally();
  const before = readClocks(pid);
  await sender.send(rate, seconds);
  const sendingSeconds = (performance.now() - before.at) / 1000;
  const sent = sender.latenessMs.length;
  await drained(listeners, sent * count);
  const spent = clocksSince(before, pid);

  const { delivered, bytes, outOfOrder, latenciesMs } = listeners.tally;
  const latencies = Float64Array.from(latenciesMs).sort();
  const latenessP99 = percentile(Float64Array.from(sender.latenessMs).sort(), 0.99);
  const busy = spent.loadCores > BUSY;
  const paceMissed = sendingSeconds > seconds * 1.01 + 0.01 || latenessP99 > Math.max(10, 2000 / rate);
  if (busy) notes.push(`the load process used ${Math.round(spent.loadCores * 100)} % of a core and was the bottleneck`);
  if (paceMissed) notes.push(`the sender missed its pace (1 % of the messages more than ${latenessP99?.toFixed(0)} ms late): this process or the whole machine stalled`);
  if (spent.otherCores > DISTURBED) notes.push(`other processes used ${spent.otherCores.toFixed(2)} cores: repeat on a quiet machine`);
  if (sender.rejected > 0) notes.push(`the server rejected ${sender.rejected} messages, warm-up included`);
  if (sender.ended !== null) notes.push(`the sender's connection ended: ${sender.ended}`);
  const ended = listeners.ended;
  if (ended.length > 0) notes.push(`${ended.length} listeners ended, the first: ${ended[0].ended}`);

  const perDelivery = (cpu) => (pid === 0 || delivered === 0 ? null : round(cpu * 1e6 / delivered, 3));
  console.log(JSON.stringify({
    listeners: count, sent, expected: sent * count, delivered, lost: sent * count - delivered,
    outOfOrder, sampled: latencies.length,
    p50Ms: round(percentile(latencies, 0.5), 3), p99Ms: round(percentile(latencies, 0.99), 3),
    maxMs: round(percentile(latencies, 1), 3),
    bytesPerDelivery: delivered === 0 ? null : Math.round(bytes / delivered),
    serverUserMicros: perDelivery(spent.user),
    serverSystemMicros: perDelivery(spent.system),
    loadCores: round(spent.loadCores, 3), otherCores: pid === 0 ? null : round(spent.otherCores, 3),
    sendLatenessP99Ms: round(latenessP99, 3),
    bottleneck: busy || paceMissed, notes,
  }));
  process.exit(0); // hundreds of open sockets would keep it alive
});
