// Clients of the public rooms as browsers have them: the stock `socket.io-client`, from an address of their own, held against the contract's shapes.
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { Manager } from 'socket.io-client';
import { fault, shown } from './rooms-shapes.mjs';
import { described, Waiting } from './waiting.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 5_000;

export const TRANSPORTS = ['websocket', 'polling'];

/** Opens every connection from one address, and can cut or freeze them all. */
class Cable extends Agent {
  #open = new Set();

  constructor(localAddress) {
    super({ localAddress });
  }

  createConnection(...args) {
    const socket = super.createConnection(...args);
    this.#open.add(socket);
    return socket.once('close', () => this.#open.delete(socket));
  }

  /** Whether a request, or more, is on its way. */
  get isBusy() {
    return [...this.#open].some((socket) => socket.bytesWritten > 0);
  }

  cut() {
    for (const socket of this.#open) socket.destroy();
  }

  freeze() {
    for (const socket of this.#open) socket.pause();
  }
}

/** One Engine.IO connection of the stock client, with as many namespaces as one likes. It connects once, unless `reconnection` is on. */
export class Link {
  #cable;
  #isFrozen = false;

  /** `transports` as for the stock client; all else is passed on to its Manager. */
  constructor(server, { localAddress, transports = ['websocket'], ...options } = {}) {
    this.#cable = new Cable(localAddress);
    this.hasOffsets = server.hasOffsets ?? false;
    this.manager = new Manager(server.http, { transports, reconnection: false, agent: this.#cable, perMessageDeflate: false, ...options });
  }

  /** A socket in a namespace. */
  socket(namespace, options) {
    return new NamespaceSocket(this, namespace, options);
  }

  /** Takes the network away, without a word to the server but the end of TCP. Over polling this is when a poll waits: between two of them the server would see nothing. */
  kill() {
    const transport = this.manager.engine?.transport;
    if (transport?.name === 'polling' && transport.readyState === 'open' && !(transport._polling && this.#cable.isBusy)) setImmediate(() => this.kill());
    else this.#cable.cut();
  }

  /** Hears nothing any more, and so says nothing: to the server it looks like a network that has gone without a word. */
  freeze() {
    this.#cable.freeze();
    this.#isFrozen = true;
  }

  /** Leaves in order. */
  close() {
    this.manager.reconnection(false);
    this.manager._close();
    // It would never hear that it has ended.
    if (this.#isFrozen) this.kill();
  }
}

/** One socket of the stock client. Whatever happens to it is consumed in strict order by {@link NamespaceSocket#expect}. */
export class NamespaceSocket {
  /** Everything in order of arrival: { event, args, atMs }, also `connect`, `connect_error` and `disconnect`. */
  log = [];
  #waiting = [];
  #fault = null;
  #passesOver;
  #wait;

  /** @param options `name` for people; `onConnect(socket)` runs in the handler of `connect`; `passesOver(event, data)` says what nobody here wants to see */
  constructor(link, namespace, { name = namespace, onConnect, passesOver = () => false, ...options } = {}) {
    this.link = link;
    this.name = name;
    this.#passesOver = passesOver;
    this.#wait = new Waiting({ name: () => this.name, fault: () => this.#fault, end: () => null, seen: () => this.log.map(({ event, args }) => `${event} ${shown(args[0])}`) });
    this.socket = link.manager.socket(namespace, options);
    this.socket.on('connect', () => { this.#arrived('connect', []); onConnect?.(this.socket); });
    this.socket.on('connect_error', (error) => this.#arrived('connect_error', [error.message]));
    this.socket.on('disconnect', (reason) => this.#arrived('disconnect', [reason]));
    this.socket.onAny((event, ...args) => this.#arrived(event, args.filter((arg) => typeof arg !== 'function')));
  }

  get id() {
    return this.socket.id;
  }

  emit(...args) {
    this.socket.emit(...args);
  }

  /** The payloads of all that came of an event. */
  all(event) {
    return this.log.filter((frame) => frame.event === event).map(({ args }) => args[0]);
  }

  // ---- Receiving

  /** The next thing is this event. Returns its payload. */
  async expect(event, deadlineMs = DEADLINE_MS) {
    const frame = await this.next(event, deadlineMs);
    if (frame.event !== event) throw this.#wait.failure(`expected ${event}, but got ${shown([frame.event, ...frame.args])}`);
    return frame.args[0];
  }

  /** Passes over everything until this event comes. Returns its payload. */
  async until(event, deadlineMs = DEADLINE_MS) {
    const endMs = performance.now() + deadlineMs;
    let frame;
    do frame = await this.next(event, endMs - performance.now()); while (frame.event !== event);
    return frame.args[0];
  }

  /** Whatever comes next. */
  async next(what, deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#waiting.length > 0, deadlineMs, described(what));
    return this.#waiting.shift();
  }

  /** The next thing is this error. */
  async expectError(code, deadlineMs) {
    const error = await this.expect('error', deadlineMs);
    assert.equal(error.code, code, `${this.name}: ${shown(error)}`);
    return error;
  }

  /** The next thing is the end, by the server. */
  async expectThrownOut() {
    assert.equal(await this.expect('disconnect'), 'io server disconnect', this.name);
  }

  /** Sends a request that the server acknowledges; whatever it sent before has arrived when this resolves. */
  async ask(event, ...args) {
    const [answer, ...more] = await new Promise((done, failed) => {
      const timer = setTimeout(() => failed(this.#wait.failure(`no acknowledgement of ${event}`)), DEADLINE_MS);
      this.socket.emit(event, ...args, (...answers) => { clearTimeout(timer); done(answers); });
    });
    assert.deepEqual(more, [], `the acknowledgement of ${event}`);
    return answer;
  }

  /** Whether it may stay: null, or the error that it is told before it is sent away. */
  async verdict() {
    let isAdmitted = false;
    this.socket.emit('get-rtp-capabilities', () => { isAdmitted = true; this.#wait.changed(); });
    await this.#wait.until(() => isAdmitted || this.#waiting.length > 0, DEADLINE_MS, 'a verdict');
    return this.#waiting.length > 0 ? this.expect('error') : null;
  }

  /** The server has sent nothing that was not consumed, up to now. */
  async quiet() {
    assert.deepEqual(await this.ask('get-rtp-capabilities'), { error: 'MEDIA_ENGINE_NOT_AVAILABLE' });
    this.nothingWaits();
  }

  /** What has arrived and was not consumed does not matter. */
  forget() {
    this.#waiting = [];
  }

  /** Nothing has arrived that was not consumed. */
  nothingWaits() {
    if (this.#waiting.length > 0) throw this.#wait.failure(`unexpected: ${shown(this.#waiting.map(({ event, args }) => [event, ...args]))}`);
    this.check();
  }

  /** Fails if the server has broken the contract in something that nobody waited for. */
  check() {
    assert.equal(this.#fault, null);
  }

  // ---- Inside

  #arrived(event, args) {
    const wrong = fault(event, args, this.link.hasOffsets);
    if (wrong) this.#fault ??= `${this.name}: ${wrong}`;
    const frame = { event, args, atMs: performance.now() };
    this.log.push(frame);
    if (!this.#passesOver(event, args[0])) this.#waiting.push(frame);
    this.#wait.changed();
  }
}

// ---- In a room

/** A visitor's socket in a room. */
export class RoomSocket extends NamespaceSocket {
  constructor(link, visitor, roomId, options) {
    super(link, `/public-room/${roomId}`, { name: visitor.name, ...options });
    this.visitor = visitor;
  }

  /** Announces itself; `fields` over what the visitor is. */
  join(fields = {}) {
    this.emit('join-room', { userId: this.visitor.userId, ...fields });
  }

  leave(userId = this.visitor.userId) {
    this.emit('leave-room', { userId });
  }

  say(content, userId = this.visitor.userId) {
    this.emit('send-message', { userId, content });
  }

  toggle(medium, enabled, userId = this.visitor.userId) {
    this.emit(`toggle-${medium}`, { userId, enabled });
  }

  /** The next things are the answer to `join-room`: the history, then its own arrival. Returns the messages of the history. */
  async welcomed(currentOccupancy, userName = this.visitor.displayName) {
    const { messages } = await this.expect('chat-history');
    const { joinedAt, ...arrival } = await this.expect('user-joined');
    assert.deepEqual(arrival, { userId: this.visitor.userId, userName, currentOccupancy });
    return messages;
  }

  /** The next thing is somebody's arrival. */
  async expectJoined({ userId, displayName }, currentOccupancy) {
    const { joinedAt, ...arrival } = await this.expect('user-joined');
    assert.deepEqual(arrival, { userId, userName: displayName, currentOccupancy });
    return joinedAt;
  }

  /** The next thing is somebody's leaving. */
  async expectLeft({ userId }, currentOccupancy, deadlineMs) {
    assert.deepEqual(await this.expect('user-left', deadlineMs), { userId, currentOccupancy });
  }

  /** The next thing is a message. Returns it. */
  async expectMessage({ userId, displayName }, content) {
    const message = await this.expect('new-message');
    assert.deepEqual([message.userId, message.userName, message.content], [userId, displayName, content]);
    return message;
  }
}
