// A WebSocket client as cheap as it can be under Node, for opening thousands: TCP, the handshake by hand, and a parser
// that looks at frame headers only. It is no general client: it expects no fragments (Roost, ws and the floor send none).
import { randomBytes } from 'node:crypto';
import net from 'node:net';

// One buffer for all connections: what is read is used up inside the callback, so nothing is allocated per read. Its
// size bounds how many waiting frames one read takes.
const readBuffer = Buffer.allocUnsafe(256 * 1024);

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class Connection {
  #socket;
  #rest = null; // the beginning of a frame (or of the answer to the upgrade) whose end has not come yet
  #upgraded = false;
  #resolve;
  #reject;

  /** Not null once the connection has ended; says why. */
  ended = null;

  /**
   * @param onText called with (connection, buffer, start, end) for each text frame; the bytes are valid during the call only
   */
  constructor(port, path, onText) {
    this.onText = onText;
    /** Resolves with this connection after the upgrade, rejects if it fails. */
    this.ready = new Promise((resolve, reject) => { this.#resolve = resolve; this.#reject = reject; });
    const callback = (length, buffer) => { this.#read(buffer, length); return true; };
    this.#socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: readBuffer, callback } });
    this.#socket.on('connect', () => this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed by the server'));
  }

  send(text) {
    this.#socket.write(maskedFrame(TEXT, Buffer.from(text)));
  }

  close() {
    this.#end('closed here');
  }

  #end(why) {
    if (this.ended !== null) return;
    this.ended = why;
    this.#socket.destroy();
    this.#reject(new Error(why));
  }

  #read(buffer, length) {
    let bytes = buffer;
    let end = length;
    if (this.#rest !== null) {
      bytes = Buffer.concat([this.#rest, buffer.subarray(0, length)]);
      end = bytes.length;
      this.#rest = null;
    }
    const at = this.#frames(bytes, this.#upgraded ? 0 : this.#upgrade(bytes, end), end);
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at, end)); // a copy: the next read of any connection overwrites
  }

  /** @returns where the first frame begins, 0 while the answer is incomplete */
  #upgrade(bytes, end) {
    const headers = bytes.toString('latin1', 0, end);
    const length = headers.indexOf('\r\n\r\n') + 4;
    if (length === 3) return 0;
    if (!headers.startsWith('HTTP/1.1 101 ')) {
      this.#end(`the upgrade was refused: ${headers.slice(0, headers.indexOf('\r\n'))}`);
      return end;
    }
    this.#upgraded = true;
    this.#resolve(this);
    return length;
  }

  /** Hands on every whole frame between start and end. @returns where the first incomplete one begins */
  #frames(bytes, start, end) {
    let at = start;
    while (this.#upgraded && this.ended === null && end - at >= 2) {
      let size = bytes[at + 1];
      let payload = at + 2;
      if (size === 126) {
        if (end - at < 4) break;
        size = bytes.readUInt16BE(at + 2);
        payload = at + 4;
      } else if (size === 127) {
        if (end - at < 10) break;
        size = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
        payload = at + 10;
      } else if (size > 127) {
        this.#end('the server sent a masked frame');
        return end;
      }
      if (payload + size > end) break;
      const opcode = bytes[at] & 15;
      if (opcode === TEXT) this.onText(this, bytes, payload, payload + size);
      else if (opcode === PING) this.#socket.write(maskedFrame(PONG, bytes.subarray(payload, payload + size)));
      else if (opcode === CLOSE) this.#end(`closed by the server with ${size < 2 ? 'no code' : bytes.readUInt16BE(payload)}`);
      at = payload + size;
    }
    return at;
  }
}

/** Opens `count` connections, at most `atOnce` of them under way at a time. @returns them in the order of their index */
export async function openMany(count, atOnce, open) {
  const connections = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      connections[index] = await open(index).ready;
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  } catch (error) {
    const opened = connections.filter(Boolean);
    for (const connection of opened) connection.close();
    throw new Error(`only ${opened.length} of ${count} connections could be opened: ${error.message}`);
  }
  return connections;
}

function maskedFrame(opcode, payload) {
  const size = payload.length;
  const extended = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extended + 4 + size);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? size : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(size, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(size), 2);
  const mask = randomBytes(4);
  const start = 2 + extended + 4;
  mask.copy(frame, start - 4);
  for (let i = 0; i < size; i++) frame[start + i] = payload[i] ^ mask[i & 3];
  return frame;
}
