// A test client of the PTT protocol: it holds all that arrives against the contract, and a test waits for what has to come.
import notepack from 'notepack';
import WebSocket from 'ws';
import { CONNECTION_ACK, CONNECTION_TEST, frameOf, HEARTBEAT, nameOf, PRIVATE, shown } from './ptt-shapes.mjs';
import { described, Waiting } from './waiting.mjs';

/** How long anything that must happen may take. */
export const DEADLINE_MS = 15_000;

const BARRIER = 'barrier ';

/**
 * One connection. All that arrives is kept in {@link Client#log} and handed out by {@link Client#expect} in strict order or by {@link Client#find} in any; the
 * answers to {@link Client#sync} are in neither. A frame that breaks the contract makes the next wait fail.
 */
export class Client {
  /** Every frame, in order of arrival, as `frameOf` of ptt-shapes.mjs gives it. */
  log = [];
  /** The payloads of the server's WebSocket PINGs, as strings. */
  pings = [];
  #socket;
  #isStrict;
  #news = [];
  #fault = null;
  #end = null;
  #barriers = 0;
  #passed = 0;
  #wait = new Waiting({ name: () => this.name, fault: () => this.#fault, end: () => this.#end, seen: () => this.log.map(({ type }) => nameOf(type)) });

  /**
   * Other options are those of ws (such as autoPong).
   *
   * @param uid       who it is: only for what is sent and for people; the server believes the token
   * @param token     what it shows; null: nothing
   * @param device    its device id; null: none
   * @param by        how it shows them: 'token' or 'voicepingtoken' (headers), or 'subprotocol'
   * @param headers   more headers
   * @param isStrict  whether what arrives has to keep to the contract's shapes: not if this client sends what no shape foresees
   */
  constructor(server, { uid, token, device, by = 'token', path = '/', protocols = [], headers = {}, isStrict = true, ...options } = {}) {
    this.uid = uid;
    this.#isStrict = isStrict;
    /** For people. */
    this.name = uid ?? path;
    const shows = by === 'subprotocol' ? {} : { [by]: token, [by === 'token' ? 'device_id' : 'deviceid']: device };
    const offered = by === 'subprotocol' ? [token, device].filter((value) => value != null) : protocols;
    const given = Object.fromEntries(Object.entries({ ...shows, ...headers }).filter(([, value]) => value != null));
    this.#socket = new WebSocket(`${server.url}${path}`, offered, { perMessageDeflate: false, maxPayload: 1 << 28, headers: given, ...options });
    this.opened = new Promise((done, failed) => { this.#socket.once('open', done).on('error', failed); });
    /** The HTTP answer, if it is not the upgrade: { status, headers, body }. */
    this.refused = new Promise((done) => this.#socket.once('unexpected-response', (request, response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).once('close', () => {
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
        this.#socket.terminate();
      });
    }));
    // Whoever is refused may never be asked whether it was opened.
    this.opened.catch(() => {});
    /** How the connection ended: { code, reason }. */
    this.closed = new Promise((done) => this.#socket.once('close', (code, reason) => {
      this.#end = { code, reason: reason.toString() };
      done(this.#end);
      this.#wait.changed();
    }));
    this.#socket.on('message', (bytes, isBinary) => this.#arrived(bytes, isBinary));
    this.#socket.on('ping', (payload) => { this.pings.push(payload.toString()); this.#wait.changed(); });
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

  /** All that came of a type, after the first `from` frames. */
  all(type, from = 0) {
    return this.log.slice(from).filter((frame) => frame.type === type);
  }

  /** What has come up to now: a place in {@link Client#log}. */
  mark() {
    return this.log.length;
  }

  // ---- Sending

  /** Sends five elements, six with a message id, four if there is no payload. */
  send(channel, type, to, payload, { from = this.uid, id } = {}) {
    const middle = id === undefined ? [] : [id];
    this.sendArray([channel, type, from, to, ...middle, ...(payload === undefined ? [] : [payload])]);
  }

  /** Any value, as MessagePack. */
  sendArray(array) {
    this.raw(notepack.encode(array));
  }

  heartbeat(payload = { type: 'heartbeat', timestamp: Date.now() }) {
    this.send(0, HEARTBEAT, 0, payload);
  }

  /** A string as a text message, a Buffer as a binary one. */
  raw(payload) {
    this.#socket.send(payload, { binary: Buffer.isBuffer(payload) });
  }

  // ---- Receiving

  /** The next frame that nobody has taken yet is of this type, or what the predicate takes. Returns and takes it. */
  async expect(what, deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#news.length > 0, deadlineMs, wanted(what));
    if (!matches(what, this.#news[0])) throw this.#wait.failure(`expected ${wanted(what)}, but got ${shown(this.#news[0])}`);
    return this.#news.shift();
  }

  /** Waits until a frame that nobody has taken yet is of this type, or what the predicate takes, whatever comes before. Returns and takes it alone. */
  async find(what, deadlineMs = DEADLINE_MS) {
    let place;
    await this.#wait.until(() => (place = this.#news.findIndex((frame) => matches(what, frame))) >= 0, deadlineMs, wanted(what));
    return this.#news.splice(place, 1)[0];
  }

  /** Waits until a condition about this client holds. */
  until(condition, deadlineMs = DEADLINE_MS) {
    return this.#wait.until(condition, deadlineMs, String(condition));
  }

  /** Forgets what nobody has taken yet. */
  skip() {
    this.#news = [];
  }

  /** A round trip: all that this client has sent before is done, and all that the server sent to it before has arrived. */
  async sync(deadlineMs = DEADLINE_MS) {
    const barrier = ++this.#barriers;
    this.send(PRIVATE, CONNECTION_TEST, 0, `${BARRIER}${barrier}`);
    await this.#wait.until(() => this.#passed >= barrier, deadlineMs, 'the answer to a CONNECTION_TEST');
  }

  /** A round trip, after which there is no frame that nobody has taken. */
  async quiet() {
    await this.sync();
    if (this.#news.length > 0) throw this.#wait.failure(`expected nothing, but got ${shown(this.#news[0])}`);
  }

  // ---- The end

  /** Waits, whatever comes before, until the connection has ended: { code, reason }. */
  async ended(deadlineMs = DEADLINE_MS) {
    await this.#wait.until(() => this.#end, deadlineMs, 'the end');
    return this.#end;
  }

  /** A polite close; resolves when the connection is gone. */
  close(code = 1000) {
    this.#socket.close(code);
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
    if (this.#fault) throw new Error(this.#fault);
  }

  // ---- Inside

  #arrived(bytes, isBinary) {
    const frame = frameOf(bytes, isBinary);
    if (this.#isStrict && frame.fault) this.#fault ??= `${this.name}: ${frame.fault}`;
    if (frame.type === CONNECTION_ACK && String(frame.payload).startsWith(BARRIER)) {
      this.#passed = Number(frame.payload.slice(BARRIER.length));
    } else {
      this.log.push(frame);
      this.#news.push(frame);
    }
    this.#wait.changed();
  }
}

const wanted = (what) => typeof what === 'number' ? nameOf(what) : described(what);

const matches = (what, frame) => typeof what === 'function' ? what(frame) : frame.type === what;
