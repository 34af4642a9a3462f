// A WebSocket client on bare TCP: it can send what no library would, and takes from the server only what RFC 6455 allows.
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** How long anything that must happen may take. */
export const DEADLINE_MS = 5_000;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_END = '\r\n\r\n';
const RSV1 = 0x40;
/** The end of every flush of DEFLATE, which does not travel (RFC 7692, section 7.2.1). */
const FLUSH_END = Buffer.from([0, 0, 0xff, 0xff]);

/** What the server answers to a plain offer of permessage-deflate. */
export const DEFLATE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

/**
 * One client frame, right by default. Every field can be made wrong: `mask: null` leaves it unmasked, `length` declares another
 * size than the payload has, `lengthBytes` (0, 2 or 8) writes the size in another width.
 */
export function frame(opcode, payload = '', { fin = true, rsv = 0, mask = randomBytes(4), length, lengthBytes } = {}) {
  const body = Buffer.from(payload);
  const declared = BigInt(length ?? body.length);
  const width = lengthBytes ?? (declared < 126n ? 0 : declared < 65_536n ? 2 : 8);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(declared);
  const lead = { 0: Number(declared), 2: 126, 8: 127 }[width];
  const head = Buffer.from([(fin ? 0x80 : 0) | rsv << 4 | opcode, (mask ? 0x80 : 0) | lead]);
  if (mask) {
    for (let i = 0; i < body.length; i++) body[i] ^= mask[i & 3];
  }
  return Buffer.concat([head, size.subarray(8 - width), mask ?? Buffer.alloc(0), body]);
}

/** A message in several frames, one for each part. */
export function fragments(opcode, parts) {
  return parts.map((part, i) => frame(i === 0 ? opcode : CONTINUATION, part, { fin: i === parts.length - 1 }));
}

/** The payload of a compressed message (RFC 7692, section 7.2.1). */
export function deflated(payload, options = {}) {
  const bytes = Buffer.from(payload);
  if (bytes.length === 0) return Buffer.alloc(1);
  return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, ...options }).subarray(0, -FLUSH_END.length);
}

/** The body of a close frame (RFC 6455, section 5.5.1). */
export function closeBody(code, reason = '') {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** Equal pieces of some bytes; the last one may be shorter. */
export function pieces(bytes, size) {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** A request head as text; a header that is null is left out, one that is a list is sent as several lines. */
export function request(method, target, headers = {}, version = 'HTTP/1.1') {
  const lines = Object.entries({ Host: 'localhost', ...headers })
    .flatMap(([name, value]) => (value === null ? [] : [value].flat().map((one) => `${name}: ${one}`)));
  return [`${method} ${target} ${version}`, ...lines, '', ''].join('\r\n');
}

/** The request head of a correct opening handshake, before `headers` change it. */
export function upgradeRequest({ method = 'GET', target = '/', version = 'HTTP/1.1', headers = {} } = {}) {
  return request(method, target, {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  }, version);
}

/** The proof that a server has understood the handshake (RFC 6455, section 4.2.2). */
export function acceptFor(key) {
  return createHash('sha1').update(key + GUID).digest('base64');
}

/** What RFC 6455, section 4.1, tells a client to check in the answer to its handshake, which takes these extensions up. */
export function checkSwitched(response, key, extensions) {
  assert.equal(response.status, 101, `refused with ${response.status}: ${response.body}`);
  assert.equal(response.headers.upgrade?.toLowerCase(), 'websocket');
  assert.match(response.headers.connection ?? '', /(^|,)\s*upgrade\s*(,|$)/i);
  assert.equal(response.headers['sec-websocket-accept'], acceptFor(key));
  assert.equal(response.headers['sec-websocket-extensions'], extensions, 'the extensions that are spoken here');
  assert.equal(response.headers['content-length'], undefined, 'a 101 has no body (RFC 9110, section 8.6)');
  assert.equal(response.headers['transfer-encoding'], undefined);
}

/** One TCP connection, first for HTTP, then for frames. */
export class RawSocket {
  #socket;
  #connected = false;
  /** How the server's side of TCP ended: 'FIN', or an error code such as 'ECONNRESET'. */
  #end = null;
  #chunks = [];
  #buffered = 0;
  /** The server's message of which not all fragments are here. */
  #partial = null;
  #mayBeCompressed = false;
  #waiters = new Set();

  constructor(port, localAddress) {
    this.#socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true, allowHalfOpen: true });
    this.#socket.on('connect', () => { this.#connected = true; this.#changed(); });
    this.#socket.on('data', (chunk) => { this.#chunks.push(chunk); this.#buffered += chunk.length; this.#changed(); });
    this.#socket.on('end', () => { this.#end ??= 'FIN'; this.#changed(); });
    this.#socket.on('error', (error) => { this.#end ??= error.code; this.#changed(); });
  }

  /** A TCP connection that lives no longer than the test `t`. */
  static async connect(t, port, { localAddress } = {}) {
    const raw = new RawSocket(port, localAddress);
    t.after(() => raw.destroy());
    await raw.#until(() => raw.#connected, Date.now() + DEADLINE_MS, 'a TCP connection');
    return raw;
  }

  /**
   * A connection whose opening handshake has succeeded; `headers` and `target` as for {@link upgradeRequest}. The server must have taken up
   * `extensions` in these words; then its messages may be compressed.
   */
  static async open(t, port, { localAddress, target, headers, extensions } = {}) {
    const raw = await RawSocket.connect(t, port, { localAddress });
    const key = randomBytes(16).toString('base64');
    raw.send(upgradeRequest({ target, headers: { 'Sec-WebSocket-Key': key, ...headers } }));
    checkSwitched(await raw.response(), key, extensions);
    raw.#mayBeCompressed = extensions !== undefined;
    return raw;
  }

  // ---- Sending

  /** Writes all parts at once, so that small ones travel in one TCP segment. */
  send(...parts) {
    this.#socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** Writes pieces of `size` bytes, each in a TCP segment of its own; stops when the server has ended the connection. */
  async sendChopped(bytes, size) {
    for (const piece of pieces(Buffer.from(bytes), size)) {
      let written = false;
      this.#socket.write(piece, () => { written = true; this.#changed(); });
      await this.#until(() => written || this.#end, Date.now() + DEADLINE_MS, 'room in the TCP window');
      if (this.#end) return;
    }
  }

  /** Ends our side of TCP and still reads. */
  finish() {
    this.#socket.end();
  }

  /** Vanishes with a TCP reset. */
  reset() {
    this.#socket.resetAndDestroy();
  }

  destroy() {
    this.#socket.destroy();
  }

  // ---- Reading HTTP

  /** The next HTTP response: { status, headers, body }. Only the answer to HEAD has a length and no body. */
  async response({ toHead = false, limitMs = DEADLINE_MS } = {}) {
    const deadline = Date.now() + limitMs;
    let headLength = -1;
    await this.#until(() => (headLength = Buffer.concat(this.#chunks).indexOf(HEAD_END)) >= 0, deadline, 'an HTTP response');
    const [statusLine, ...lines] = (await this.#take(headLength + HEAD_END.length, deadline)).toString('latin1').trimEnd().split('\r\n');
    assert.match(statusLine, /^HTTP\/1\.[01] \d{3} /);
    const headers = {};
    for (const line of lines) {
      const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? assert.fail(`not a header line: ${line}`);
      const known = headers[name.toLowerCase()];
      headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
    }
    const status = Number(statusLine.slice(9, 12));
    const bodiless = toHead || status < 200 || status === 204 || status === 304;
    if (bodiless) return { status, headers, body: '' };
    assert.equal(headers['transfer-encoding'], undefined, 'the length is known, so the body should not be chunked');
    assert.match(headers['content-length'] ?? 'none', /^\d+$/, 'Content-Length');
    return { status, headers, body: (await this.#take(Number(headers['content-length']), deadline, 'the body')).toString() };
  }

  // ---- Reading frames

  /** The next message, put together if the server has fragmented it and inflated, or control frame: { opcode, payload, compressed }, a close frame with code and reason. */
  async next(limitMs = DEADLINE_MS) {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const { fin, opcode, payload, rsv1 } = await this.#frame(deadline);
      if (opcode === CLOSE) return { opcode, payload, ...closeFields(payload) };
      if (opcode === PING || opcode === PONG) return { opcode, payload };
      assert.equal(opcode === CONTINUATION, this.#partial !== null, 'a continuation is for a message that has begun, and only for that');
      this.#partial ??= { opcode, compressed: rsv1, parts: [] };
      this.#partial.parts.push(payload);
      if (fin) {
        const { compressed, parts } = this.#partial;
        const message = { opcode: this.#partial.opcode, payload: compressed ? inflated(parts) : Buffer.concat(parts), compressed };
        this.#partial = null;
        assert.ok(message.opcode !== TEXT || isUtf8(message.payload), 'the server has sent text that is not UTF-8');
        return message;
      }
    }
  }

  async #frame(deadline) {
    const [first, second] = await this.#take(2, deadline, 'a frame');
    const opcode = first & 0x0f;
    const allowed = this.#mayBeCompressed && (opcode === TEXT || opcode === BINARY) ? RSV1 : 0;
    assert.equal(first & 0x70 & ~allowed, 0, 'reserved bits are set in a server frame');
    assert.ok([CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG].includes(opcode), `reserved opcode ${opcode} in a server frame`);
    assert.ok(second < 0x80, 'a server frame is masked');
    assert.ok(opcode < CLOSE || first >= 0x80 && second < 126, 'a control frame of the server is fragmented or too long');
    let length = second;
    if (second === 126) {
      length = (await this.#take(2, deadline)).readUInt16BE();
      assert.ok(length > 125, 'the length of a server frame is not minimal');
    } else if (second === 127) {
      length = Number((await this.#take(8, deadline)).readBigUInt64BE());
      assert.ok(length > 65_535 && Number.isSafeInteger(length), 'the length of a server frame is not minimal, or out of range');
    }
    return { fin: first >= 0x80, rsv1: (first & RSV1) !== 0, opcode, payload: await this.#take(length, deadline, `${length} bytes of payload`) };
  }

  /** The next thing from the server is this message or control frame, which is returned. */
  async expect(opcode, payload = '') {
    const expected = Buffer.from(payload);
    const actual = await this.next();
    assert.equal(actual.opcode, opcode, `the opcode of ${shown(actual.payload)}`);
    assert.ok(actual.payload.equals(expected), `expected ${shown(expected)}, but got ${shown(actual.payload)}`);
    return actual;
  }

  /** The next thing from the server is a close frame with this code (null: without one); then it ends TCP by itself, in order. */
  async expectClose(code, limitMs = DEADLINE_MS) {
    const close = await this.next(limitMs);
    assert.equal(close.opcode, CLOSE, `no close frame, but ${shown(close.payload)}`);
    assert.equal(close.code, code, `the code of the close frame, whose reason is "${close.reason}"`);
    assert.equal(await this.ended(), 'FIN');
  }

  /** Waits until the server has ended its side of TCP and nothing more has come: 'FIN' or an error code. */
  async ended(limitMs = DEADLINE_MS) {
    await this.#until(() => this.#end, Date.now() + limitMs, 'the end of TCP');
    assert.equal(this.#buffered, 0, `bytes after the last: ${shown(Buffer.concat(this.#chunks))}`);
    return this.#end;
  }

  // ---- Waiting

  async #take(count, deadline, what = 'the rest of a frame') {
    await this.#until(() => this.#buffered >= count, deadline, what);
    this.#buffered -= count;
    const taken = [];
    for (let left = count; left > 0;) {
      const chunk = this.#chunks.shift();
      if (chunk.length > left) this.#chunks.unshift(chunk.subarray(left));
      taken.push(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
    }
    return taken.length === 1 ? taken[0] : Buffer.concat(taken);
  }

  #until(ready, deadline, what) {
    return new Promise((resolve, reject) => {
      const settle = (how, value) => { clearTimeout(timer); this.#waiters.delete(check); how(value); };
      const timer = setTimeout(() => settle(reject, new Error(`waited in vain for ${what}`)), deadline - Date.now());
      const check = () => {
        if (ready()) settle(resolve);
        else if (this.#end) settle(reject, new Error(`TCP ended (${this.#end}) before ${what} came`));
      };
      this.#waiters.add(check);
      check();
    });
  }

  #changed() {
    for (const check of [...this.#waiters]) check();
  }
}

/** RFC 7692, section 7.2.2, for a server that refers to no earlier message. */
function inflated(parts) {
  return inflateRawSync(Buffer.concat([...parts, FLUSH_END]), { finishFlush: constants.Z_SYNC_FLUSH });
}

/** RFC 6455, section 7.4: only these codes may travel. */
function closeFields(payload) {
  if (payload.length === 0) return { code: null, reason: '' };
  assert.ok(payload.length >= 2, 'a close frame of one byte');
  const code = payload.readUInt16BE();
  const known = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
  assert.ok(known || (code >= 3000 && code <= 4999), `the server has sent the close code ${code}`);
  assert.ok(isUtf8(payload.subarray(2)), 'the server has sent a close reason that is not UTF-8');
  return { code, reason: payload.toString('utf8', 2) };
}

function shown(bytes) {
  return `${bytes.length} bytes <${bytes.subarray(0, 32).toString('hex')}${bytes.length > 32 ? '...' : ''}>`;
}
