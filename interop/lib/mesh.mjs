// A test client of the Mesh protocol: it holds all that arrives against the contract, and a test waits for what has to come.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { object, Offices, shown, Witness } from './mesh-shapes.mjs';
import { startRoost } from './roost.mjs';
import { described, Waiting } from './waiting.mjs';

export { shown };

/** How long anything that must happen may take. */
export const DEADLINE_MS = 8_000;

/** How often a condition that nobody announces is looked at. */
const POLL_MS = 10;

const MOST_ATTEMPTS = 5;

/** What comes at times that the contract leaves free; all else is the answer to something, or from another client. */
const STREAMS = ['client-list-update', 'server-heartbeat', 'admin-heartbeat', 'heartbeat-ack'];

// ---- The client

/**
 * One connection. Lists, announcements and heartbeats are streams: a test waits until the newest of them says something. Everything else is news, which
 * {@link Client#expect} consumes in strict order. A message that breaks the contract makes the next wait fail.
 */
export class Client {
  /** Every message, in order of arrival. */
  log = [];
  #socket;
  #name;
  #witness;
  #news = [];
  #arrivals = new WeakMap();
  #fault = null;
  #end = null;
  #beats = 0;
  #beating = null;
  #wait = new Waiting({ name: () => this.#name, fault: () => this.#fault, end: () => this.#end, seen: () => this.types() });

  /**
   * Parameters of the upgrade that are undefined are left out; `query` is a query as it is, instead of them. Other options are those of ws.
   *
   * @param offices what the other clients of this organisation have seen of the office
   */
  constructor(server, { organizationId, clientId, clientName, capabilities, deviceType, token, query, path = '/', protocols = [], offices = new Offices(), ...options } = {}) {
    const parameters = { organizationId, clientId, clientName, capabilities: capabilities && [capabilities].flat().join(), deviceType, token };
    const search = query ?? new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined)).toString();
    this.id = clientId;
    this.#name = clientId ?? `${path}?${search}`;
    this.#witness = new Witness(clientId, offices);
    this.#socket = new WebSocket(`${server.url}${path}${search ? `?${search}` : ''}`, protocols, { perMessageDeflate: false, maxPayload: 1 << 28, ...options });
    this.opened = new Promise((done, failed) => { this.#socket.once('open', done).on('error', failed); });
    // Whoever is refused may never be asked whether it was opened.
    this.opened.catch(() => {});
    /** How the connection ended: { code, reason }. */
    this.closed = new Promise((done) => this.#socket.once('close', (code, reason) => {
      this.#end = { code, reason: reason.toString() };
      this.beat(0);
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

  /** How the connection ended, or null. */
  get end() {
    return this.#end;
  }

  /** A message as it came: { text, atMs }, the time by performance.now(). */
  arrival(message) {
    return this.#arrivals.get(message);
  }

  types() {
    return this.log.map(({ type }) => type);
  }

  /** All that came of a type, after the first `from` messages. */
  all(type, from = 0) {
    return this.log.slice(from).filter((message) => message.type === type);
  }

  /** What has come up to now: a place in {@link Client#log}. */
  mark() {
    return this.log.length;
  }

  /** The newest list of all; undefined if none has come. */
  get listed() {
    return this.log.findLast(({ type }) => type === 'client-list-update')?.data;
  }

  // ---- Sending

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** A string as a text message, a Buffer as a binary one. */
  raw(payload) {
    this.#beats += payload.toString() === '{"type":"heartbeat"}' ? 1 : 0;
    this.#socket.send(payload, { binary: Buffer.isBuffer(payload) });
  }

  tell(targetId, message) {
    this.send({ type: 'peer-message', data: { targetId, message } });
  }

  locate(data) {
    this.send({ type: 'location-update', data });
  }

  /** Sends a heartbeat now and every so many milliseconds as long as the connection is open; 0 ends that. */
  beat(everyMs) {
    clearInterval(this.#beating);
    if (everyMs === 0) return;
    const send = () => this.isOpen && this.raw('{"type":"heartbeat"}');
    send();
    this.#beating = setInterval(send, everyMs);
  }

  // ---- News

  /** The next news is of this type, or what the predicate takes. Returns its data, or the message if it has none. */
  async expect(what, deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#news.length > 0, deadlineMs, what);
    const message = this.#news.shift();
    if (!matches(what, message)) throw this.#wait.failure(`expected ${described(what)}, but got ${shown(message)}`);
    return message.data ?? message;
  }

  /** The next news is a message of this client. Returns what it says. */
  async expectFrom(fromId, deadlineMs) {
    const data = await this.expect('peer-message', deadlineMs);
    assert.equal(data.fromId, fromId, shown(data));
    return data.message;
  }

  /** The next news is this error. */
  async expectError(code, deadlineMs) {
    assert.equal((await this.expect('error', deadlineMs)).code, code);
  }

  /** A round trip: all that this client has sent before is done, and no news has come of it. Returns the answer. */
  async ping() {
    this.raw('{"type":"heartbeat"}');
    const beats = this.#beats;
    const answers = () => this.all('heartbeat-ack');
    await this.#wait.until(() => answers().length >= beats, DEADLINE_MS, 'heartbeat-ack');
    if (this.#news.length > 0) throw this.#wait.failure(`expected no news, but got ${shown(this.#news[0])}`);
    return answers()[beats - 1];
  }

  /** What the server says when asked who is there. */
  async ask() {
    this.send({ type: 'request-client-list' });
    return this.expect('client-list');
  }

  // ---- Streams

  /** Waits for a list, the newest that has come or a later one, that is as the predicate says. Returns its data. */
  async list(predicate, deadlineMs = DEADLINE_MS) {
    let found;
    await this.#wait.until(() => (found = this.listed) && predicate(found), deadlineMs, `a list with ${predicate}; the newest is ${shown(this.listed)}`);
    return found;
  }

  /** Waits for a list of exactly these ids, in this order. Returns its data. */
  async sees(...ids) {
    const wanted = ids.join();
    let found;
    await this.#wait.until(() => (found = this.listed) && idsOf(found).join() === wanted, DEADLINE_MS, `a list of ${wanted}`);
    return found;
  }

  /** Waits for a list that says who is in office (null: nobody). Returns its data. */
  async ruledBy(adminId, deadlineMs = DEADLINE_MS) {
    let found;
    await this.#wait.until(() => (found = this.listed) && found.adminId === adminId, deadlineMs, `a list with ${adminId} in office`);
    return found;
  }

  /** Waits for the first announcement after the first `from` messages that is of this device (undefined: of any). Returns its data. */
  async announced(deviceId, from = 0, deadlineMs = DEADLINE_MS) {
    const one = await this.#first((message) => message.type === 'admin-heartbeat' && (deviceId === undefined || message.data.deviceId === deviceId), from, deadlineMs,
      `an announcement of ${deviceId ?? 'somebody'}`);
    return one.data;
  }

  /** Lets the server's clock run for so many ticks: only for rules about time. */
  async ticks(count) {
    const from = this.mark();
    await this.#wait.until(() => this.all('server-heartbeat', from).length >= count, DEADLINE_MS, `${count} server-heartbeats`);
  }

  /** Who was announced after the first `from` messages: ids, each as often as it was. */
  announcements(from = 0) {
    return this.all('admin-heartbeat', from).map(({ data }) => data.deviceId);
  }

  // ---- The end

  /** Waits, whatever comes before, until the connection has ended: { code, reason }. */
  async ended(deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#end, deadlineMs, 'the end');
    return this.#end;
  }

  async expectClose(code, reason, deadlineMs) {
    assert.deepEqual(await this.ended(deadlineMs), { code, reason });
  }

  /** It is refused after the upgrade: it gets nothing but the end. */
  async refused(code, reason) {
    await this.opened;
    await this.expectClose(code, reason);
    assert.deepEqual(this.log, []);
  }

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
    const wrong = isBinary ? 'a binary frame from the server' : this.#witness.fault(message);
    if (wrong) this.#fault ??= `${this.#name}: ${wrong}; before: ${this.types().slice(-10).join(', ')}`;
    this.log.push(message);
    this.#arrivals.set(message, { text: payload, atMs: performance.now() });
    if (!STREAMS.includes(message.type)) this.#news.push(message);
    this.#wait.changed();
  }

  async #first(isWanted, from, deadlineMs, what) {
    let found;
    await this.#wait.until(() => (found = this.log.slice(from).find(isWanted)), deadlineMs, what);
    return found;
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

// ---- What a test works with

export const idsOf = ({ clients }) => clients.map(({ id }) => id);

/**
 * A server with Mesh alone, on a port of its own: there `url` and `http` are, those of the shared port are `shared`.
 *
 * @param env settings; unless they name organisations, there are many, so that every test can have its own
 */
export async function startMesh(env = {}, args = [], organizations = times(80, (i) => `org_${i + 1}`)) {
  const roost = await startRoost(['--only', 'mesh', '--listen', 'mesh=0', ...args], { MINI_SERVER_ORGANIZATION_ID: organizations.join(), ...env });
  const port = Number((await eventually(() => /:(\d+) for mesh only/.exec(roost.log())))[1]);
  const shared = { url: roost.url, http: roost.http };
  return { ...roost, port, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`, shared, organizations, unused: [...organizations] };
}

/**
 * An organisation that no other test uses. `client` connects and has seen itself in a list; all leave when the test ends, and none of them may have seen
 * anything that the contract forbids.
 */
export async function scene(t, server, { organizationId = server.unused.shift() } = {}) {
  assert.ok(organizationId, 'the server has no organisation left');
  const clients = [];
  const offices = new Offices();
  t.after(async () => {
    await Promise.all(clients.map((client) => client.drop()));
    for (const client of clients) client.check();
  });
  const attempt = (options) => {
    const client = new Client(server, { organizationId, offices, ...options });
    clients.push(client);
    return client;
  };
  return {
    org: organizationId,
    /** Every [term, holder] that the clients have seen. */
    terms: () => offices.history(),
    /** A connection that may be refused. */
    attempt,
    /** A client of this name with these capabilities; one that is in `beatMs` keeps sending heartbeats. */
    client: (clientId, capabilities, { beatMs = 0, ...options } = {}) => greeted(attempt({ clientId, capabilities, ...options }), beatMs),
    /** A main admin. */
    mainAdmin: (clientId, { beatMs = 0, capabilities = ADMIN, ...options } = {}) =>
      greeted(attempt({ clientId, capabilities, deviceType: 'admin', ...options }), beatMs),
    /** What /stats says of the organisation. */
    stats: () => json(`${server.http}/stats?organizationId=${organizationId}`),
    health: () => json(`${server.http}/health?organizationId=${organizationId}`),
    /** The status of the answer to the demand for an election. */
    elect: async (headers = {}) => (await fetch(`${server.shared.http}/api/admin/mesh/election?organizationId=${organizationId}`, { method: 'POST', headers })).status,
  };
}

async function greeted(client, beatMs) {
  await client.opened;
  if (beatMs > 0) client.beat(beatMs);
  await client.expect('welcome');
  await client.list(() => true);
  return client;
}

/** What a device needs to be elected. */
export const ADMIN = 'admin.manage';
/** The same with a higher priority. */
export const STRONG = 'location.view,admin.manage';

export async function json(url, options) {
  const response = await fetch(url, options);
  assert.equal(response.status, 200, url);
  return response.json();
}

/** Nothing more has come to the others of what `from` has caused. */
export async function quiet(from, ...others) {
  const marker = { marker: `${from.id} ${from.mark()}` };
  for (const one of others) {
    from.tell(one.id, marker);
    assert.deepEqual(await one.expectFrom(from.id), marker);
  }
  await from.ping();
}

/** Waits for a condition that nobody announces; returns what it gave at last. */
export async function eventually(condition, deadlineMs = DEADLINE_MS) {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain for ${condition}`);
    await delay(POLL_MS);
  }
}

/**
 * A test whose clients have to be in time: if it fails after this process has stood still for so long, which a busy machine may do to it, then that says nothing
 * about the server, and it is done again.
 */
export function awake(limitMs, run) {
  return async (t) => {
    for (let attempt = 1; ; attempt++) {
      const stalls = monitorEventLoopDelay({ resolution: 10 });
      stalls.enable();
      try {
        return await run(t);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || stalls.max / 1e6 < limitMs) throw error;
        t.diagnostic(`once more, because this process stood still for ${Math.round(stalls.max / 1e6)} ms: ${error.message}`);
      } finally {
        stalls.disable();
      }
    }
  };
}

/** Lets the clock run: only for rules about time, and for nothing else. */
export const passTime = delay;

export const times = (number, make) => Array.from({ length: number }, (_, i) => make(i));
