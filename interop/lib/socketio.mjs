// The stock Socket.IO clients, made for tests: `connect` and `open` give a Client that keeps all that arrives, with the news of its own connection in between, so that a test waits
// for what has to come and never sleeps. Each client has its own TCP connections, from any address on loopback. `ask` is one HTTP request (REST, too); bad input: engineio.mjs.
//
//   const a = await connect(t, server, '/public-room/1', { address: '127.0.0.2' });   // WebSocket; ended with the test `t`
//   a.emit('join-room', { userId });
//   const { data } = await a.expect('user-joined');                                   // the next thing that arrives, whatever it is, must be this
//   await a.find(({ event, data }) => event === 'user-left' && data.userId === id);   // in any order
//   const b = open(t, server, '/', { transports: ['polling'] });                      // before it is connected
//   await b.expect('connect'); b.cut(); const { data: reason } = await b.expect('disconnect');
//   const lobby = a.of('/');                                                          // another namespace on the same transport
import { Agent } from 'node:http';
import { io } from 'socket.io-client';
import io2 from 'socket.io-client-2';
import { DEADLINE_MS } from './engineio.mjs';
import { described, Waiting } from './waiting.mjs';

export { ask, DEADLINE_MS } from './engineio.mjs';

/** The ways a client can talk: a name, and options for {@link open}. */
export const TRANSPORTS = {
  WebSocket: { transports: ['websocket'] },
  polling: { transports: ['polling'], upgrade: false },
};

/**
 * A client that begins to connect, and lives no longer than the test `t`. It does not reconnect unless `reconnection` is true, and then soon. All other options are those of
 * socket.io-client (auth, query, extraHeaders, ackTimeout, ...).
 *
 * @param address     its address, such as 127.0.0.2
 * @param keepAlive   whether several requests share a TCP connection
 * @param transports  ['websocket'] unless told; ['polling', 'websocket'] upgrades
 * @param version     4, or 2 (the server needs the option for that)
 * @param name        for people
 */
export function open(t, server, namespace = '/', { address, keepAlive = false, version = 4, name = namespace, ...options } = {}) {
  const agent = new Agent({ keepAlive, localAddress: address });
  const socket = (version === 2 ? io2 : io)(`${server.http}${namespace}`, {
    forceNew: true, transports: ['websocket'], reconnection: false, reconnectionDelay: 10, reconnectionDelayMax: 50, timeout: DEADLINE_MS, agent, ...options,
  });
  const client = new Client(socket, agent, name, version);
  t.after(() => client.end());
  return client;
}

/** A client that is connected; that news is taken. */
export async function connect(t, server, namespace, options) {
  const client = open(t, server, namespace, options);
  await client.expect('connect');
  return client;
}

/** One namespace of a stock client. */
export class Client {
  /**
   * All that has arrived: { event, args, data, ack }. `data` is the first argument; `ack` the function that answers, if the server wants an answer. Among the events are
   * 'connect', 'disconnect' (data: the reason) and 'connect_error' (data: the Error; version 2 tells a broken poll by it, too).
   */
  log = [];
  /** The stock client's own object: `id`, `recovered`, `volatile`, `io` and the rest. */
  socket;
  #agent;
  #version;
  #news = [];
  #wait = new Waiting({ name: () => this.name, fault: () => null, end: () => null, seen: () => this.log.map(shown) });

  constructor(socket, agent, name, version) {
    this.socket = socket;
    this.name = name;
    this.#agent = agent;
    this.#version = version;
    // Version 2 tells what the server refuses by 'error'.
    for (const event of ['connect', 'disconnect', 'connect_error', ...(version === 2 ? ['error'] : [])]) {
      socket.on(event, (...args) => this.#arrived(event === 'error' ? 'connect_error' : event, args));
    }
    if (version === 2) this.#watchOld();
    else socket.onAny((event, ...args) => this.#arrived(event, args));
  }

  /** Another namespace on the same transport; version 2 can enter / only as its first. */
  of(namespace, options) {
    return new Client(this.socket.io.socket(namespace, options), this.#agent, namespace, this.#version);
  }

  get id() {
    return this.socket.id;
  }

  get isConnected() {
    return this.socket.connected;
  }

  /** 'websocket' or 'polling', as it is now. */
  get transport() {
    return this.socket.io.engine.transport.name;
  }

  // ---- Sending

  emit(event, ...args) {
    this.socket.emit(event, ...args);
  }

  /** Emits, and gives the first argument of the acknowledgement; fails when the connection breaks before that. */
  async request(event, ...args) {
    let answer = null;
    const breaks = this.all('disconnect').length;
    this.socket.emit(event, ...args, (...given) => { answer = given; this.#wait.changed(); });
    await this.#wait.until(() => answer || this.all('disconnect').length > breaks, DEADLINE_MS, `the acknowledgement of ${event}`);
    if (!answer) throw this.#wait.failure(`the connection broke before ${event} was acknowledged`);
    return answer[0];
  }

  // ---- Receiving

  /** The next thing that nobody has taken yet is this event, or what the predicate takes. Returns and takes it. */
  async expect(what, limitMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#news.length > 0, limitMs, what);
    const next = this.#news.shift();
    if (!isWhat(what)(next)) throw this.#wait.failure(`expected ${described(what)}, but got ${shown(next)}`);
    return next;
  }

  /** The first such thing that nobody has taken yet, whatever else there is. Returns and takes it. */
  async find(what, limitMs = DEADLINE_MS) {
    let at = -1;
    await this.#wait.until(() => (at = this.#news.findIndex(isWhat(what))) >= 0, limitMs, what);
    return this.#news.splice(at, 1)[0];
  }

  /** Waits until something holds that only what arrives can change. */
  until(ready, what, limitMs = DEADLINE_MS) {
    return this.#wait.until(ready, limitMs, what);
  }

  /** All such things that have ever come. */
  all(what) {
    return this.log.filter(isWhat(what));
  }

  /** What has come and nobody has taken; now it is taken. */
  rest() {
    return this.#news.splice(0);
  }

  // ---- The end

  /** Leaves the namespace, and the server, if it was the last one. */
  close() {
    this.socket.close();
  }

  /** The network of this client breaks: all its TCP connections are gone, and nothing was said before. */
  cut() {
    const { engine } = this.socket.io;
    engine?.transport?.ws?.terminate?.();
    this.#agent.destroy();
  }

  /** The client is gone for good, and does not come back. */
  end() {
    this.socket.io.reconnection(false);
    this.socket.close();
    this.cut();
  }

  #arrived(event, args) {
    const ack = typeof args.at(-1) === 'function' ? args.at(-1) : undefined;
    const given = ack ? args.slice(0, -1) : args;
    const entry = { event, args: given, data: given[0], ack };
    this.log.push(entry);
    this.#news.push(entry);
    this.#wait.changed();
  }

  /** Version 2 cannot tell all events: every packet goes through here. */
  #watchOld() {
    const { socket } = this;
    const deliver = socket.onevent;
    socket.onevent = (packet) => {
      const [event, ...args] = packet.data;
      this.#arrived(event, packet.id == null ? args : [...args, socket.ack(packet.id)]);
      deliver.call(socket, packet);
    };
  }
}

function isWhat(what) {
  return typeof what === 'function' ? what : ({ event }) => event === what;
}

/** What arrived, for people. */
function shown({ event, data }) {
  const text = data instanceof Error ? data.message : JSON.stringify(data) ?? '';
  return `${event} ${text.slice(0, 100)}`;
}
