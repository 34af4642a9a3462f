// A test client of the Parrot protocol: it holds all that arrives against the contract's tables and hands it out in order.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { described, Waiting } from './waiting.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 5_000;

export const USER_ID = /^user_\d+_[a-z0-9]{1,9}$/;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// ---- What may arrive, and in which shape (sections 3.2, 3.4 and 3.5); more fields are legal, other types are not.

const text = (value) => typeof value === 'string' && value !== '';
const count = (value) => Number.isInteger(value) && value >= 0;
const time = (value) => text(value) && TIME.test(value);
const userId = (value) => text(value) && USER_ID.test(value);
const flag = (value) => typeof value === 'boolean';
const object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const either = (...values) => (value) => values.includes(value);
const orNull = (check) => (value) => value === null || check(value);
const listOf = (shape) => (value) => Array.isArray(value) && value.every((item) => misshapen(item, shape) === null);

/** All that tests may rely on in a text for people. */
const KEYWORDS = { capacity: 'capacity', not_active_sender: 'not the active', sender_active: 'active', rate_limited: 'rate' };

const STATS_USER = {
  id: userId, connectedAt: time, dataCount: count, lastData: orNull(time), username: orNull(text), isActiveSender: flag,
  deviceId: orNull(text), ip: orNull(text),
};
const STATS = {
  data: {
    activeUsers: count, passiveListeners: count, orientationListeners: count, bulkDataListeners: count, activeSender: orNull(userId),
    totalDataPoints: count, dataRate: Number.isFinite, bulkQueueSize: count, uptime: count, users: listOf(STATS_USER),
  },
};
const BULK_ITEM = {
  timestamp: time, userId, username: orNull(text), gps: orNull(object), motion: orNull(object), weather: orNull(object),
  objectsDetected: Array.isArray, photoBase64: orNull(text), audioBase64: orNull(text),
};
const NOTICE = { message: text };
const ERROR = { message: text, code: text };
const GREETING = { message: text, timestamp: time };
const SENSOR_DATA = { timestamp: time, userId, username: orNull(text), data: object };

const SHAPES = {
  user: {
    observer_mode: { message: text, activeSender: text },
    welcome: { clientId: userId, serverTime: time, message: text, role: either('sender', 'observer'), reconnected: flag },
    promoted: { message: text, role: either('sender') },
    sender_changed: { message: text, activeSender: text },
    ack: { timestamp: time, clientId: userId },
    rejected: { code: (code) => Object.hasOwn(KEYWORDS, code), message: text },
    demoted: NOTICE, kicked: NOTICE, server_shutdown: NOTICE, error: ERROR, sensor_data: SENSOR_DATA,
  },
  dashboard: {
    stats: STATS,
    userConnected: { userId, ip: text, isActiveSender: either(false) },
    userDisconnected: { userId, dataCount: count, wasActiveSender: flag },
    senderPromoted: { userId, username: orNull(text) },
    dataReceived: { userId, pointNumber: count },
    server_shutdown: NOTICE, error: ERROR,
  },
  listener: { listener_connected: GREETING, stats: STATS, sensor_data: SENSOR_DATA, server_shutdown: NOTICE },
  orientation: {
    orientation_listener_connected: GREETING, server_shutdown: NOTICE,
    orientation_data: { timestamp: time, userId, username: orNull(text), orientation: object },
  },
  bulk: {
    bulk_listener_connected: { ...GREETING, batchInterval: count, maxBatchSize: count }, server_shutdown: NOTICE,
    bulk_data_batch: { timestamp: time, batchSize: count, data: listOf(BULK_ITEM) },
  },
};

/** What is wrong with a value that should have this shape: null if nothing is. */
function misshapen(value, shape) {
  if (!object(value)) return `should be an object, but is ${shown(value)}`;
  for (const [key, check] of Object.entries(shape)) {
    if (!(key in value)) return `has no ${key}`;
    if (typeof check === 'function' && !check(value[key])) return `${key} has a wrong value: ${shown(value[key])}`;
    const inside = typeof check === 'function' ? null : misshapen(value[key], check);
    if (inside) return `${key} ${inside}`;
  }
  return null;
}

/** What the contract forbids about this message: null if nothing. */
function fault(kind, message) {
  const shape = SHAPES[kind][message.type];
  if (!shape) return `the type of ${shown(message)} is not for this kind of client`;
  const wrong = misshapen(message, shape);
  if (wrong) return `in ${message.type}, ${wrong}: ${shown(message)}`;
  if (message.type === 'stats') return statsFault(kind, message.data);
  const keyword = message.type === 'rejected' ? KEYWORDS[message.code] : '';
  if (keyword && !message.message.toLowerCase().includes(keyword)) return `the text does not say "${keyword}": ${shown(message)}`;
  const batchIsRight = message.type !== 'bulk_data_batch' || message.batchSize === message.data.length;
  return batchIsRight ? null : `batchSize is not the size: ${shown(message)}`;
}

/** Invariant I3 of section 2.2, and who may see what. */
function statsFault(kind, stats) {
  const active = stats.users.filter((user) => user.isActiveSender).map((user) => user.id);
  const faults = {
    'activeSender and isActiveSender differ': active.join() !== (stats.activeSender ?? '') || active.length > 1,
    'activeUsers is not the number of users': stats.activeUsers !== stats.users.length,
    'a listener sees who it is that it watches': kind === 'listener' && stats.users.some((user) => user.ip !== null || user.deviceId !== null),
    'a dashboard does not see an address': kind === 'dashboard' && stats.users.some((user) => user.ip === null),
  };
  const found = Object.keys(faults).find((name) => faults[name]);
  return found ? `${found}: ${shown(stats)}` : null;
}

// ---- The client

/**
 * One connection. Statistics come at many times that the contract leaves free, so they are a stream of their own: {@link Client#stats};
 * everything else is consumed in strict order by {@link Client#expect}. A message that breaks the contract makes the next wait fail.
 */
export class Client {
  /** Every message, in order of arrival. */
  log = [];
  /** The user's id, known from `welcome`. */
  id = null;
  #socket;
  #name;
  #kind;
  #events = [];
  #stats = [];
  #arrivals = new WeakMap();
  #fault = null;
  #end = null;
  #wait = new Waiting({ name: () => this.#name, fault: () => this.#fault, end: () => this.#end, seen: () => this.types() });

  constructor(server, path, kind, { protocols = [], ...options } = {}) {
    this.#kind = kind;
    this.#name = path;
    this.#socket = new WebSocket(server.url + path, protocols, { perMessageDeflate: false, maxPayload: 1 << 28, ...options });
    this.opened = new Promise((done, failed) => { this.#socket.once('open', done).on('error', failed); });
    /** How the connection ended: { code, reason }. */
    this.closed = new Promise((done) => this.#socket.once('close', (code, reason) => {
      this.#end = { code, reason: reason.toString() };
      done(this.#end);
      this.#wait.changed();
    }));
    this.#socket.on('message', (bytes, isBinary) => this.#arrived(bytes, isBinary));
  }

  /** The subprotocol that the server chose. */
  get protocol() {
    return this.#socket.protocol;
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** A message as it came: { text, atMs }, the time by performance.now(). */
  arrival(message) {
    return this.#arrivals.get(message);
  }

  types() {
    return this.log.map((message) => message.type);
  }

  // ---- Sending

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** A string as a text message, a Buffer as a binary one. */
  raw(payload) {
    this.#socket.send(payload, { binary: Buffer.isBuffer(payload) });
  }

  handshake(fields = {}) {
    this.send({ type: 'handshake', client: 'interop', version: '1.0.0', timestamp: new Date().toISOString(), ...fields });
  }

  point(data) {
    this.send({ type: 'data', timestamp: new Date().toISOString(), data });
  }

  requestRole() {
    this.send({ type: 'request_sender_role' });
  }

  // ---- Receiving

  /** The next message (statistics apart) is this one: a type, or a predicate. */
  async expect(what, deadlineMs = DEADLINE_MS) {
    const message = await this.#next(what, deadlineMs);
    if (!matches(what, message)) throw this.#wait.failure(`expected ${described(what)}, but got ${shown(message)}`);
    return message;
  }

  /** Passes over messages until this one comes. */
  async until(what, deadlineMs = DEADLINE_MS) {
    const endMs = performance.now() + deadlineMs;
    let message;
    do message = await this.#next(what, endMs - performance.now()); while (!matches(what, message));
    return message;
  }

  /** Passes over statistics until these come; returns their data. */
  async stats(predicate = () => true, deadlineMs = DEADLINE_MS) {
    let data;
    await this.#wait.until(() => {
      while (this.#stats.length > 0) {
        ({ data } = this.#stats.shift());
        if (predicate(data)) return true;
      }
      return false;
    }, deadlineMs, `stats with ${predicate}`);
    return data;
  }

  /** A round trip of a dashboard. The answer may be older news if statistics were on their way already. */
  async getStats(predicate) {
    this.#stats.length = 0;
    this.send({ type: 'getStats' });
    return this.stats(predicate);
  }

  /** Nothing of this kind comes before the barrier: a promise of something that this very client receives later. */
  async none(what, untilBarrier) {
    const waiting = [...this.#events];
    const from = this.log.length;
    await untilBarrier;
    const unwanted = [...waiting, ...this.log.slice(from)].find((message) => matches(what, message));
    if (unwanted) throw this.#wait.failure(`there should have been no ${described(what)}, but got ${shown(unwanted)}`);
  }

  /** A round trip of a user: the acknowledgement or the rejection of a point is the next thing that comes. */
  async roundTrip(answer, data = {}) {
    this.point(data);
    return this.expect(answer);
  }

  /** The close code with which the connection ends, whatever comes before. */
  async ended(deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#end, deadlineMs, 'the end');
    return this.#end.code;
  }

  /** The connection ends with this code, and nothing comes before. */
  async expectClose(code, deadlineMs = DEADLINE_MS) {
    await this.ended(deadlineMs);
    const { length } = this.#events;
    if (this.#end.code !== code || length > 0) throw this.#wait.failure(`expected the end with ${code}, but got ${shown(this.#end)} after ${length} messages`);
  }

  // ---- Leaving

  /** A polite close; resolves when the connection is gone. */
  close() {
    this.#socket.close();
    return this.closed;
  }

  /** Drops TCP without a word. */
  drop() {
    this.#socket.terminate();
    return this.closed;
  }

  /** Stops reading from TCP, or goes on with it. */
  pause(isPaused = true) {
    this.#socket[isPaused ? 'pause' : 'resume']();
  }

  /** Fails if the server has broken the contract in a message that nobody waited for. */
  check() {
    assert.equal(this.#fault, null);
  }

  // ---- Inside

  #arrived(bytes, isBinary) {
    const payload = bytes.toString();
    const message = parsed(payload);
    const wrong = isBinary ? 'a binary frame from the server' : fault(this.#kind, message);
    if (wrong) this.#fault ??= `${this.#name}: ${wrong}`;
    if (message.type === 'welcome') this.id = message.clientId;
    this.log.push(message);
    this.#arrivals.set(message, { text: payload, atMs: performance.now() });
    (message.type === 'stats' ? this.#stats : this.#events).push(message);
    this.#wait.changed();
  }

  async #next(what, deadlineMs) {
    await this.#wait.until(() => this.#events.length > 0, deadlineMs, what);
    return this.#events.shift();
  }
}

function parsed(payload) {
  try {
    const message = JSON.parse(payload);
    return object(message) ? message : { type: 'not an object', payload };
  } catch {
    return { type: 'not JSON', payload };
  }
}

function matches(what, message) {
  return typeof what === 'function' ? what(message) : message.type === what;
}

function shown(value) {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 300 ? `${json.slice(0, 300)}... (${json.length} characters)` : json;
}

// ---- Kinds of clients

/** An open user connection; unless `handshake` is false, its handshake is on its way. */
export async function user(server, { path = '/pocket-parrot', deviceId, username, handshake = true, ...options } = {}) {
  const client = new Client(server, path, 'user', options);
  await client.opened;
  if (handshake) client.handshake({ deviceId, username });
  return client;
}

export async function dashboard(server, { token, ...options } = {}) {
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
  const client = new Client(server, `/dashboard${query}`, 'dashboard', options);
  await client.opened;
  return client;
}

/** A listener on `/listener`, `/orientation` or `/bulk`. */
export async function listener(server, path = '/listener', options = {}) {
  const client = new Client(server, path, /^\/(\w+)/.exec(path)[1], options);
  await client.opened;
  return client;
}

/**
 * What a test works with: an empty server, a dashboard `d` on it, and makers of clients, all of which leave when the test ends.
 * `sender` and `observer` are users whose welcome is over, and was as the contract says.
 */
export async function scene(t, server, dashboardOptions = {}) {
  const clients = [];
  t.after(async () => {
    await Promise.all(clients.map((client) => client.drop()));
    for (const client of clients) client.check();
  });
  const kept = (make) => async (...args) => {
    const client = await make(server, ...args);
    clients.push(client);
    return client;
  };
  const join = (first, role) => async (options) => {
    const client = await makers.user(options);
    await client.expect(first);
    assert.equal((await client.expect('welcome')).role, role);
    return client;
  };
  const makers = { user: kept(user), dashboard: kept(dashboard), listener: kept(listener) };
  // The test before may still be leaving; this test's dashboard hears nothing of that.
  await (await makers.dashboard(dashboardOptions)).stats((stats) => stats.activeUsers === 0);
  const d = await makers.dashboard(dashboardOptions);
  await d.stats();
  return { ...makers, d, sender: join('promoted', 'sender'), observer: join('observer_mode', 'observer') };
}

/** Lets the clock run: only for rules about time, and for nothing else. */
export const passTime = delay;
