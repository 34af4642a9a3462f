// As much of STUN (RFC 8489) and TURN (RFC 8656) over UDP as it takes to ask a server for a relay with long-term credentials.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

const BINDING = 0x001;
const ALLOCATE = 0x003;
const REFRESH = 0x004;
const SUCCESS = 0x100;
const ERROR = 0x110;
const ATTRIBUTE = {
  USERNAME: 0x0006, MESSAGE_INTEGRITY: 0x0008, ERROR_CODE: 0x0009, LIFETIME: 0x000d, REALM: 0x0014, NONCE: 0x0015, RELAYED_ADDRESS: 0x0016, TRANSPORT: 0x0019,
};
const COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;
const UDP = Buffer.from([17, 0, 0, 0]);
/** UDP may lose a message: it is sent again, up to seven times (RFC 8489, 6.2.1, with a shorter time). */
const RESEND_MS = 250;
const SENDINGS = 7;
const ALLOCATION_MISMATCH = 437;
const ATTEMPTS = 5;

/** Whether something answers a Binding request there. */
export async function stunAnswers(port) {
  const client = new StunClient(port, 1);
  try {
    return (await client.request(BINDING)).type === (BINDING | SUCCESS);
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/**
 * Asks for a relay, first without credentials, then with these. A relay that was granted is given back. The server may still know the address of a client of before; then another
 * one is taken (RFC 8656, 7.4).
 *
 * @returns { unauthenticated: the error code of the first answer, realm, error: the code of the second one, relay: address and lifetime in seconds }
 */
export async function allocate(port, login) {
  for (let attempt = 1; ; attempt++) {
    const outcome = await allocateOnce(port, login);
    if (outcome.unauthenticated !== ALLOCATION_MISMATCH && outcome.error !== ALLOCATION_MISMATCH || attempt === ATTEMPTS) return outcome;
  }
}

async function allocateOnce(port, { username, credential }) {
  const client = new StunClient(port);
  const transport = [[ATTRIBUTE.TRANSPORT, UDP]];
  try {
    const challenge = await client.request(ALLOCATE, transport);
    if (challenge.error === ALLOCATION_MISMATCH) return { unauthenticated: challenge.error };
    assert.ok(challenge.realm && challenge.nonce, `the first answer is a challenge, but was ${challenge.error ?? challenge.type}`);
    const { realm } = challenge;
    const login = { username, realm, nonce: challenge.nonce, key: createHash('md5').update(`${username}:${realm}:${credential}`).digest() };
    const answer = await client.request(ALLOCATE, transport, login);
    if (answer.type === (ALLOCATE | SUCCESS)) {
      assert.ok(answer.isAuthentic(login.key), 'the server knows the credential: its answer is signed with it');
      const released = await client.request(REFRESH, [[ATTRIBUTE.LIFETIME, Buffer.alloc(4)]], login);
      assert.equal(released.type, REFRESH | SUCCESS);
    }
    return { unauthenticated: challenge.error, realm, error: answer.error, relay: answer.relay };
  } finally {
    client.close();
  }
}

class StunClient {
  #socket = createSocket('udp4');
  #port;
  #sendings;

  constructor(port, sendings = SENDINGS) {
    this.#port = port;
    this.#sendings = sendings;
  }

  /** Resolves with the answer; rejects when none came. */
  request(type, attributes = [], login = null) {
    const id = randomBytes(12);
    const message = encoded(type, id, attributes, login);
    return new Promise((resolve, reject) => {
      let left = this.#sendings;
      const settle = (how, value) => {
        clearInterval(timer);
        this.#socket.removeAllListeners();
        how(value);
      };
      const send = () => (left-- > 0 ? this.#socket.send(message, this.#port, '127.0.0.1') : settle(reject, new Error('no answer from the STUN server')));
      const timer = setInterval(send, RESEND_MS);
      this.#socket.on('message', (bytes) => bytes.subarray(8, HEADER_BYTES).equals(id) && settle(resolve, decoded(bytes)));
      this.#socket.on('error', (error) => settle(reject, error));
      send();
    });
  }

  close() {
    this.#socket.close();
  }
}

function encoded(type, id, attributes, login) {
  const all = login ? [...attributes, [ATTRIBUTE.USERNAME, login.username], [ATTRIBUTE.REALM, login.realm], [ATTRIBUTE.NONCE, login.nonce]] : attributes;
  const body = Buffer.concat(all.map(([kind, value]) => attribute(kind, Buffer.from(value))));
  if (!login) return Buffer.concat([header(type, body.length, id), body]);
  // The length that is signed already counts the signature (RFC 8489, 14.5).
  const signed = Buffer.concat([header(type, body.length + INTEGRITY_BYTES, id), body]);
  return Buffer.concat([signed, attribute(ATTRIBUTE.MESSAGE_INTEGRITY, signature(login.key, signed))]);
}

function header(type, length, id) {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(length, 2);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, id]);
}

/** A value is padded to a multiple of four bytes; its length is without the padding. */
function attribute(kind, value) {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(kind, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function signature(key, bytes) {
  return createHmac('sha1', key).update(bytes).digest();
}

function decoded(bytes) {
  const attributes = new Map();
  const starts = new Map();
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const [kind, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    attributes.set(kind, bytes.subarray(at + 4, at + 4 + length));
    starts.set(kind, at);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  const [code, address, lifetime] = [attributes.get(ATTRIBUTE.ERROR_CODE), attributes.get(ATTRIBUTE.RELAYED_ADDRESS), attributes.get(ATTRIBUTE.LIFETIME)];
  const type = bytes.readUInt16BE(0);
  assert.equal(code !== undefined, (type & ERROR) === ERROR, 'an error response has an error code');
  return {
    type,
    error: code && code[2] * 100 + code[3],
    realm: attributes.get(ATTRIBUTE.REALM)?.toString(),
    nonce: attributes.get(ATTRIBUTE.NONCE),
    relay: address && { address: unmasked(address), lifetime: lifetime.readUInt32BE(0) },
    isAuthentic: (key) => {
      const start = starts.get(ATTRIBUTE.MESSAGE_INTEGRITY);
      if (start === undefined) return false;
      const signed = Buffer.from(bytes.subarray(0, start));
      signed.writeUInt16BE(start - HEADER_BYTES + INTEGRITY_BYTES, 2);
      return signature(key, signed).equals(attributes.get(ATTRIBUTE.MESSAGE_INTEGRITY));
    },
  };
}

/** An IPv4 XOR-RELAYED-ADDRESS (RFC 8489, 14.2). */
function unmasked(value) {
  const ip = Buffer.alloc(4);
  ip.writeUInt32BE((value.readUInt32BE(4) ^ COOKIE) >>> 0);
  return `${ip.join('.')}:${value.readUInt16BE(2) ^ (COOKIE >>> 16)}`;
}
