// A test client of the Mesh protocol: it holds all that arrives against the contract, and a test waits for what has to come.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { object, Offices, shown, Witness } from './mesh-shapes.mjs';
import { described, Waiting } from './waiting.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 15_000;

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
  constructor(server, { offices = new Offices(), path = '/', query, protocols = [], ...upgrade } = {}) {
    const { organizationId, clientId, clientName, capabilities, deviceType, token, ...options } = upgrade;
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
    const isWanted = ({ type, data }) => type === 'admin-heartbeat' && (deviceId === undefined || data.deviceId === deviceId);
    let found;
    await this.#wait.until(() => (found = this.log.slice(from).find(isWanted)), deadlineMs, `an announcement of ${deviceId ?? 'somebody'}`);
    return found.data;
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
}

/** The ids in the data of a list. */
export const idsOf = ({ clients }) => clients.map(({ id }) => id);

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
