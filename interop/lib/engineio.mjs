// Engine.IO by hand, over long polling and over WebSocket, for what no stock client would send. Protocol 4 unless the query says otherwise.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import WebSocket from 'ws';
import { Waiting } from './waiting.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 10_000;

/** Packets of a flood at once. */
const PORTION = 200;

/** Between the packets of a payload. */
const SEPARATOR = '\x1e';

/**
 * One HTTP request on a TCP connection of its own, which goes with the answer: { status, headers, body }. Fails with the connection, with `signal`, and when there is no
 * answer in time.
 *
 * @param address  the client's address, such as 127.0.0.2
 * @param body     a string or a Buffer
 */
export function ask(server, target, { method = 'GET', headers = {}, body, address, signal, limitMs = DEADLINE_MS } = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const sent = request(`${server.http}${target}`, { method, headers: { ...length, ...headers }, agent: false, localAddress: address, signal }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
        .once('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.setTimeout(limitMs, () => sent.destroy(new Error(`no answer to ${method} ${target} within ${limitMs} ms`))).on('error', reject).end(body);
  });
}

/** The target of a request of Engine.IO; a parameter that is null is left out. */
export function target(path, query) {
  const given = Object.entries({ EIO: '4', ...query }).filter(([, value]) => value !== null);
  return `${path}?${new URLSearchParams(given)}`;
}

/** What every refusal looks like: the status, and the code and message of the protocol as JSON. */
export function checkRefused({ status, headers, body }, code, message, expected = 400) {
  assert.equal(status, expected, body);
  assert.match(headers['content-type'] ?? '', /^application\/json\b/);
  assert.deepEqual(JSON.parse(body), { code, message });
}

/** Options of a server for the conformance of protocols, whose heartbeat bears a slow machine, and whose connections are on several loops on a small one, too. */
export const PING_INTERVAL_MS = 1_000;
export const PING_TIMEOUT_MS = 2_000;
export const CONFORMANCE = [
  '--only', 'conformance', '--loops', '3', '--conformance-ping-interval', String(PING_INTERVAL_MS), '--conformance-ping-timeout', String(PING_TIMEOUT_MS),
];

export const UNKNOWN_SESSION = [1, 'Session ID unknown'];

/** A session over long polling, of which each request is asked for. */
export class Polling {
  #server;
  #options;
  #path;

  constructor(server, path, options, handshake) {
    this.#server = server;
    this.#path = path;
    this.#options = options;
    /** What the server said: { sid, upgrades, pingInterval, pingTimeout, maxPayload }. */
    this.handshake = handshake;
    this.sid = handshake.sid;
  }

  /** Other options are those of {@link ask}, for this and all further requests. */
  static async open(server, { path = '/socket.io/', ...options } = {}) {
    const { status, body } = await ask(server, target(path, { transport: 'polling' }), options);
    assert.equal(status, 200, body);
    assert.equal(body[0], '0', body);
    return new Polling(server, path, options, JSON.parse(body.slice(1)));
  }

  /** The packets of the next poll that is answered. */
  async poll() {
    const { status, body, headers } = await this.request();
    assert.equal(status, 200, body);
    assert.match(headers['content-type'], /^text\/plain; charset=utf-8$/i);
    return body.split(SEPARATOR);
  }

  /** Polls, and answers the pings, until that many other packets are here: these. */
  async collect(count) {
    const packets = [];
    while (packets.length < count) {
      for (const packet of await this.poll()) {
        if (packet === '2') await this.post('3');
        else packets.push(packet);
      }
    }
    return packets;
  }

  /** Sends packets in one payload, which must be taken. */
  async post(...packets) {
    const { status, body } = await this.request({ method: 'POST', body: packets.join(SEPARATOR) });
    assert.equal(status, 200, body);
    assert.equal(body, 'ok');
  }

  /** Any request of this session: its whole answer. */
  request(options = {}) {
    return ask(this.#server, this.target(), { ...this.#options, ...options });
  }

  target(query = {}) {
    return target(this.#path, { transport: 'polling', sid: this.sid, ...query });
  }

  /** The session is gone. */
  async checkGone() {
    checkRefused(await this.request(), ...UNKNOWN_SESSION);
  }

  /** Asks until the session is gone: whatever waited for the client before may still come. */
  async ended() {
    const end = performance.now() + DEADLINE_MS;
    for (;;) {
      const answer = await this.request();
      if (answer.status !== 200) return checkRefused(answer, ...UNKNOWN_SESSION);
      assert.ok(performance.now() < end, `the session lives on and says ${answer.body}`);
    }
  }
}

/** A session, or the upgrade of one, over WebSocket. Packets are strings, binary ones Buffers; the server's pings are answered unless `answersPings` is false. */
export class Line {
  /** All packets but pings that were answered, in order of arrival. */
  log = [];
  #socket;
  #taken = 0;
  #refusal = null;
  #end = null;
  #wait = new Waiting({ name: () => 'raw WebSocket', fault: () => null, end: () => this.#end, seen: () => this.log.map(shown) });

  /**
   * Lives no longer than the test `t`.
   *
   * @param query  more of it, or another: { sid } for an upgrade
   */
  constructor(t, server, { path = '/socket.io/', query = {}, headers = {}, address, answersPings = true } = {}) {
    const url = `${server.url}${target(path, { transport: 'websocket', ...query })}`;
    this.#socket = new WebSocket(url, { headers, localAddress: address, perMessageDeflate: false, maxPayload: 1 << 28 });
    this.#socket.once('unexpected-response', (sent, response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).once('close', () => {
        this.#refusal = { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
        this.#socket.terminate();
        this.#wait.changed();
      });
    });
    this.opened = new Promise((done, failed) => { this.#socket.once('open', done).on('error', failed); });
    this.opened.catch(() => {});
    this.#socket.once('close', (code, reason) => {
      this.#end = { code, reason: reason.toString() };
      this.#wait.changed();
    });
    this.#socket.on('message', (bytes, isBinary) => {
      const packet = isBinary ? bytes : bytes.toString();
      if (packet === '2' && answersPings) this.send('3');
      else this.log.push(packet);
      this.#wait.changed();
    });
    t.after(() => this.#socket.terminate());
  }

  /** An open session: its handshake is in `handshake`. */
  static async open(t, server, options) {
    const line = new Line(t, server, options);
    await line.opened;
    const first = await line.next('the handshake');
    assert.equal(first[0], '0', first);
    line.handshake = JSON.parse(first.slice(1));
    return line;
  }

  /** An open session that has entered a namespace, too: what the server said to that is in `connected`. */
  static async enter(t, server, { namespace = '', auth, ...options } = {}) {
    const line = await Line.open(t, server, options);
    line.send(`40${namespace}${auth ? JSON.stringify(auth) : ''}`);
    const answer = await line.next('the answer to CONNECT');
    assert.ok(answer.startsWith(`40${namespace}{`), answer);
    line.connected = JSON.parse(answer.slice(2 + namespace.length));
    return line;
  }

  /** Sends packets, each in a message of its own, all at once. */
  send(...packets) {
    for (const packet of packets) this.#socket.send(packet);
  }

  /** Sends many packets, in portions: in between the client answers pings. */
  async flood(packets) {
    for (let at = 0; at < packets.length; at += PORTION) {
      this.send(...packets.slice(at, at + PORTION));
      await setImmediate();
    }
  }

  /** The next packet that nobody has taken. */
  async next(what = 'a packet', limitMs = DEADLINE_MS) {
    await this.#wait.until(() => this.log.length > this.#taken, limitMs, what);
    return this.log[this.#taken++];
  }

  /** The next packets are these; a string or a Buffer each. */
  async expect(...packets) {
    for (const packet of packets) assert.deepEqual(await this.next(shown(packet)), packet);
  }

  /** The server does not let the client in, or throws it out without a word: the HTTP answer, or null if the upgrade came first. */
  async refused(limitMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#refusal || this.#end, limitMs, 'a refusal');
    assert.deepEqual(this.log, []);
    return this.#refusal;
  }

  /** How the connection ended: { code, reason }; null while it has not. */
  get end() {
    return this.#end;
  }

  /** The server ends the connection, and nothing else has come before that. */
  async expectClosed(limitMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#end || this.log.length > this.#taken, limitMs, 'the end');
    assert.deepEqual(this.log.slice(this.#taken), [], 'packets before the end');
    return this.#end;
  }

  /** Ends the connection in order. */
  close() {
    this.#socket.close();
  }

  /** Vanishes. */
  terminate() {
    this.#socket.terminate();
  }
}

function shown(packet) {
  const text = Buffer.isBuffer(packet) ? `<${packet.toString('hex')}>` : packet;
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
