// A test client of the Gallery protocol: it holds all that arrives against the contract's tables and hands it out in order.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { described, Waiting } from './waiting.mjs';
import { chat, joining } from './gallery-messages.mjs';
import { fault, object, shown } from './gallery-shapes.mjs';

export * from './gallery-messages.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 5_000;

/** How often a condition that nobody announces is looked at. */
const POLL_MS = 10;

const GENERATED_USER = /^user-[a-z0-9]{1,9}$/;

// ---- The client

/** One connection. Everything is consumed in strict order by {@link Client#expect}. A frame that breaks the contract makes the next wait fail. */
export class Client {
  /** Every frame, in order of arrival. */
  log = [];
  /** What `connected` said. */
  id = null;
  #socket;
  #name;
  #waiting = [];
  #arrivals = new WeakMap();
  #fault = null;
  #end = null;
  #wait = new Waiting({ name: () => this.#name, fault: () => this.#fault, end: () => this.#end, seen: () => this.events() });
  #requests = 0;

  /** `query` is a query as it is, for what `userId` and `apiKey` cannot express. */
  constructor(server, { userId, apiKey, query, path = '/', protocols = [], ...options } = {}) {
    const pairs = Object.entries({ userId, apiKey }).filter(([, value]) => value !== undefined);
    const search = query ?? new URLSearchParams(pairs).toString();
    this.#name = userId ?? path;
    this.#socket = new WebSocket(`${server.url}${path}${search ? `?${search}` : ''}`, protocols, { perMessageDeflate: false, maxPayload: 1 << 28, ...options });
    this.opened = new Promise((done, failed) => { this.#socket.once('open', done).on('error', failed); });
    // Whoever is refused may never be asked whether it was opened.
    this.opened.catch(() => {});
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

  /** A frame as it came: { text, atMs }, the time by performance.now(). */
  arrival(frame) {
    return this.#arrivals.get(frame);
  }

  events() {
    return this.log.map(({ event }) => event);
  }

  /** The data of all that came of an event. */
  all(event) {
    return this.log.filter((frame) => frame.event === event).map(({ data }) => data);
  }

  /** How many errors with this text came. */
  errors(message) {
    return this.all('error').filter((data) => data.message === message).length;
  }

  // ---- Sending

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** A string as a text message, a Buffer as a binary one. */
  raw(payload) {
    this.#socket.send(payload, { binary: Buffer.isBuffer(payload) });
  }

  /** A request id that this connection has not used, so that no error is held back as a repetition. */
  newRequestId() {
    this.#requests += 1;
    return `${this.#name}-${this.#requests}`;
  }

  broadcast(message, fields = {}) {
    this.send({ action: 'broadcast', message, ...fields });
  }

  tell(targetUserId, message, fields = {}) {
    this.send({ action: 'send_message', targetUserId, message, ...fields });
  }

  leave() {
    this.send({ action: 'leave_room' });
  }

  // ---- Requests: the next thing that comes is the answer

  /** Sends it with a request id of its own; the answer is of this event. Returns its data without the id. */
  async ask(event, message) {
    const sent = this.newRequestId();
    this.send({ requestId: sent, ...message });
    const { requestId: echoed, ...data } = await this.expect(event);
    assert.equal(echoed, sent, `the request id of ${event}`);
    return data;
  }

  /** Sends it with a request id of its own; the answer is this error. */
  async refused(message, why) {
    assert.deepEqual(await this.ask('error', message), { message: why });
  }

  /** Joins; `password` and `hostKey` are for the request, all else is `userInfo`. Returns `roomInfo`. */
  async join(roomId, fields) {
    return (await this.ask('room_joined', joining(roomId, fields))).roomInfo;
  }

  cannotJoin(roomId, why, fields) {
    return this.refused(joining(roomId, fields), why);
  }

  /** Creates a room; returns its id. */
  async create(config, roomId) {
    return (await this.ask('room_created', { action: 'create_room', roomId, config })).roomId;
  }

  /** Broadcasts what is not allowed. */
  cannotBroadcast(message, why, fields = {}) {
    return this.refused({ action: 'broadcast', message, ...fields }, why);
  }

  /** A round trip through this connection's room, or through the lobby if it has none: nothing else has come to this connection. */
  async echo() {
    const marker = chat({ echo: this.newRequestId() });
    this.tell(this.id, marker);
    assert.deepEqual(await this.expectMessage(this.id), marker);
  }

  // ---- Receiving

  /** The next frame is of this event, or one that the predicate (data, event) takes. Returns its data. */
  async expect(what, deadlineMs = DEADLINE_MS) {
    const frame = await this.#next(what, deadlineMs);
    if (!matches(what, frame)) throw this.#wait.failure(`expected ${described(what)}, but got ${shown(frame)}`);
    return frame.data;
  }

  /** Passes over frames until this one comes. */
  async until(what, deadlineMs = DEADLINE_MS) {
    const endMs = performance.now() + deadlineMs;
    let frame;
    do frame = await this.#next(what, endMs - performance.now()); while (!matches(what, frame));
    return frame.data;
  }

  /** The next frame is a relayed message of this user (of this type). Returns the message. */
  async expectMessage(from, type) {
    const { senderId, message } = await this.expect('message');
    assert.equal(senderId, from);
    if (type !== undefined) assert.equal(message.type, type);
    return message;
  }

  /** The next frame is this error, without a request id unless one is given. */
  async expectError(message, requestIdOf) {
    assert.deepEqual(await this.expect('error'), { message, ...(requestIdOf !== undefined && { requestId: requestIdOf }) });
  }

  /** The next frame tells that this user has come. Returns the user. */
  async expectJoined(userId) {
    const { user } = await this.expect('user_joined');
    assert.equal(user.id, userId);
    return user;
  }

  async expectLeft(userId, deadlineMs) {
    assert.deepEqual(await this.expect('user_left', deadlineMs), { userId });
  }

  /** Waits, whatever comes before, until the connection has ended: { code, reason }. */
  async ended(deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#end, deadlineMs, 'the end');
    return this.#end;
  }

  /** The connection ends so, and nothing comes before. */
  async expectClose(code, reason, deadlineMs = DEADLINE_MS) {
    await this.ended(deadlineMs);
    if (this.#waiting.length > 0) throw this.#wait.failure(`expected only the end, but got ${shown(this.#waiting[0])}`);
    assert.deepEqual(this.#end, { code, reason: reason ?? this.#end.reason });
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

  /** Fails if the server has broken the contract in a frame that nobody waited for. */
  check() {
    assert.equal(this.#fault, null);
  }

  // ---- Inside

  #arrived(bytes, isBinary) {
    const payload = bytes.toString();
    const frame = parsed(payload);
    const wrong = isBinary ? 'a binary frame from the server' : fault(frame);
    if (wrong) this.#fault ??= `${this.#name}: ${wrong}`;
    if (frame.event === 'connected') this.id = frame.data?.userId;
    this.log.push(frame);
    this.#arrivals.set(frame, { text: payload, atMs: performance.now() });
    this.#waiting.push(frame);
    this.#wait.changed();
  }

  async #next(what, deadlineMs) {
    await this.#wait.until(() => this.#waiting.length > 0, deadlineMs, what);
    return this.#waiting.shift();
  }
}

function parsed(payload) {
  try {
    const frame = JSON.parse(payload);
    return object(frame) ? frame : { event: 'not an object', payload };
  } catch {
    return { event: 'not JSON', payload };
  }
}

function matches(what, { event, data }) {
  return typeof what === 'function' ? what(data, event) : event === what;
}

// ---- What a test works with

/** An accepted connection whose `connected` is consumed. */
export function connected(server, options) {
  return greeted(new Client(server, options), options);
}

async function greeted(client, { userId, query } = {}) {
  await client.opened;
  const greeting = await client.expect('connected');
  if (!userId && !query) assert.match(greeting.userId, GENERATED_USER);
  return client;
}

let rooms = 0;

/**
 * An empty server, as far as connections go, and for every test a room id `R` and another one `S` that nobody has used. `client` connects, `member` connects
 * and joins; all leave when the test ends, and none of them may have seen a broken frame.
 */
export async function scene(t, server) {
  const clients = [];
  t.after(async () => {
    await Promise.all(clients.map((client) => client.drop()));
    for (const client of clients) client.check();
  });
  const kept = (client) => { clients.push(client); return client; };
  // Kept before it is asked anything, so that a test that fails leaves nobody behind.
  const client = (userId, options) => greeted(kept(new Client(server, { userId, ...options })), { userId, ...options });
  await eventually(async () => (await health(server)).users === 0);
  rooms += 1;
  return {
    R: `R${rooms}`,
    S: `S${rooms}`,
    client,
    /** A connection that may be refused. */
    attempt: (options) => kept(new Client(server, options)),
    /** A member: `fields` as for {@link Client#join}. The others in the room have to consume its `user_joined`. */
    member: async (userId, roomId, fields) => {
      const one = await client(userId);
      await one.join(roomId, fields);
      return one;
    },
    /** What /stats says of a room: undefined if there is none. */
    listed: async (roomId) => (await stats(server)).rooms.find((room) => room.roomId === roomId),
    /** What a late joiner is told of a room; it leaves again, and the members given consume its coming and going. */
    snapshot: async (roomId, members = [], fields = {}) => {
      const guest = await client(`guest-${clients.length}`);
      const roomInfo = await guest.join(roomId, fields);
      for (const one of members) await one.expectJoined(guest.id);
      await guest.close();
      for (const one of members) await one.expectLeft(guest.id);
      return roomInfo;
    },
  };
}

/** Nothing more has come to these members of a room, up to now, of what the first of them has caused. */
export async function quiet(first, ...others) {
  const marker = chat({ marker: first.newRequestId() });
  first.broadcast(marker);
  for (const one of others) assert.deepEqual(await one.expectMessage(first.id), marker);
  await first.echo();
}

/** `from` broadcasts it and all of `to` get it, unchanged, as the next thing. */
export async function relays(from, to, message) {
  from.broadcast(message);
  const sent = JSON.parse(JSON.stringify(message));
  for (const one of to) assert.deepEqual(await one.expectMessage(from.id), sent);
}

export const idsOf = (list) => list.map(({ id }) => id);

export async function health(server) {
  return (await fetch(`${server.http}/health`)).json();
}

export async function stats(server) {
  return (await fetch(`${server.http}/stats`)).json();
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

/** Lets the clock run: only for rules about time, and for nothing else. */
export const passTime = delay;

export const times = (number, make) => Array.from({ length: number }, (_, i) => make(i));
