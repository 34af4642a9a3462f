// RFC 7692: permessage-deflate with real clients of all kinds, with bytes that no client would send, and in a broadcast.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import WebSocket from 'ws';
import { startBrowser } from '../lib/browser.mjs';
import { scene } from '../lib/parrot.mjs';
import {
  BINARY, CLOSE, CONTINUATION, DEADLINE_MS, DEFLATE, PING, PONG, RawSocket, TEXT, deflated, frame, pieces, upgradeRequest,
} from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const MIB = 1 << 20;
/** What echo takes. */
const MAX_MESSAGE = 16 * MIB;
const RSV1 = 4;
/** Above Parrot's statistics and below the points of this test, so that nothing else is compressed. */
const POINTS_ONLY = 3_000;

const [on, off, parrot] = await Promise.all([
  startRoost(['--only', 'echo', '--compression']),
  startRoost(['--only', 'echo']),
  startRoost(['--only', 'parrot'], { COMPRESSION: 'true', COMPRESSION_MIN_BYTES: String(POINTS_ONLY), FLUSH_DELAY_MS: '0' }),
]);
after(() => Promise.all([on.stop(), off.stop(), parrot.stop()]));

const json = (bytes) => JSON.stringify(Array.from({ length: Math.ceil(bytes / 40) }, (_, id) => ({ id, latitude: 47.6 + id / 1_000, note: 'caf\u00e9' })));

/** A compressed message in one frame. */
const compressed = (opcode, payload, options) => frame(opcode, deflated(payload, options), { rsv: RSV1 });

/** A raw connection that has negotiated compression. */
const open = (t, offer = 'permessage-deflate', extensions = DEFLATE) =>
  RawSocket.open(t, on.port, { headers: { 'Sec-WebSocket-Extensions': offer }, extensions });

/** An open client of `ws`, which gives its messages one by one. */
async function client(t, server, perMessageDeflate, path = '/') {
  const socket = new WebSocket(server.url + path, { perMessageDeflate, maxPayload: 2 * MAX_MESSAGE, rejectUnauthorized: false });
  t.after(() => socket.terminate());
  const messages = [];
  socket.on('message', (bytes, isBinary) => messages.push({ bytes, isBinary }));
  await once(socket, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
  const next = async () => {
    if (messages.length === 0) await once(socket, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) });
    return messages.shift();
  };
  return { socket, next, received: () => socket._socket.bytesRead, sent: () => socket._socket.bytesWritten };
}

async function metric(server, name) {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `)) ?? assert.fail(`no ${name} in /metrics`);
  return Number(line.split(' ')[1]);
}

describe('which offers are taken up', () => {
  const taken = [
    ['what browsers send', 'permessage-deflate; client_max_window_bits'],
    ['with a value', 'permessage-deflate; client_max_window_bits=10'],
    ['quoted', 'permessage-deflate; client_max_window_bits="10"'],
    ['the second of two', 'permessage-deflate; server_max_window_bits=10, permessage-deflate'],
    ['in a second line', ['x-other; a=1', 'permessage-deflate; server_no_context_takeover']],
    ['the largest window of ours', 'permessage-deflate; server_max_window_bits=15', `${DEFLATE}; server_max_window_bits=15`],
  ];
  for (const [name, offer, answer] of taken) {
    test(name, async (t) => {
      const raw = await open(t, offer, answer);
      raw.send(compressed(TEXT, 'hello'));
      await raw.expect(TEXT, 'hello');
    });
  }

  const declined = [
    ['a smaller window of ours', 'permessage-deflate; server_max_window_bits=10'],
    ['an unknown parameter', 'permessage-deflate; x=1'],
    ['a parameter that comes twice', 'permessage-deflate; client_no_context_takeover; client_no_context_takeover'],
    ['a malformed header', 'permessage-deflate; client_max_window_bits="'],
    ['another extension', 'x-webkit-deflate-frame'],
  ];
  for (const [name, offer] of declined) {
    test(`${name} is declined, and the connection goes without`, async (t) => {
      const raw = await RawSocket.open(t, on.port, { headers: { 'Sec-WebSocket-Extensions': offer } });
      raw.send(frame(TEXT, json(5_000)));
      await raw.expect(TEXT, json(5_000));
      raw.send(compressed(TEXT, 'hello'));
      await raw.expectClose(1002);
    });
  }

  test('none, where compression is off', async (t) => {
    const raw = await RawSocket.open(t, off.port, { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
    raw.send(frame(TEXT, json(5_000)));
    await raw.expect(TEXT, json(5_000));
    raw.send(compressed(TEXT, 'hello'));
    await raw.expectClose(1002);
    const { socket } = await client(t, off, true);
    assert.equal(socket.extensions, '');
  });

  test('a message right behind the request is inflated, too', async (t) => {
    const raw = await RawSocket.connect(t, on.port);
    raw.send(upgradeRequest({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }), compressed(TEXT, 'early'));
    assert.equal((await raw.response()).headers['sec-websocket-extensions'], DEFLATE);
    await raw.expect(TEXT, 'early');
  });
});

describe('every kind of ws client', () => {
  const options = [
    ['defaults', true],
    ['without context takeover', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
    ['with context takeover of the server, if it likes', { serverNoContextTakeover: false }],
    ['a small window of its own', { clientMaxWindowBits: 9 }],
    ['the largest windows', { clientMaxWindowBits: 15, serverMaxWindowBits: 15 }],
    ['everything compressed', { threshold: 0 }],
    ['nothing compressed by the client', { threshold: MAX_MESSAGE }],
    ['no compression, but its format', { threshold: 0, zlibDeflateOptions: { level: 0, memLevel: 1, chunkSize: 1_024 } }],
    ['the best compression', { threshold: 0, zlibDeflateOptions: { level: 9, memLevel: 9 } }],
    ['a window of ours that is not to be had', { serverMaxWindowBits: 10 }, ''],
    ['no compression', false, ''],
  ];
  const messages = [
    '', 'a', 'caf\u00e9 \u{1f600}', json(300), json(1_000), json(1_000), json(1_000), json(200_000), json(8 * MIB), 'x'.repeat(MIB / 4),
    Buffer.alloc(0), Buffer.from([0xff]), randomBytes(2_000), randomBytes(MIB), Buffer.alloc(MIB / 4),
  ];
  for (const [name, perMessageDeflate, extensions = 'permessage-deflate'] of options) {
    test(name, async (t) => {
      const { socket, next } = await client(t, on, perMessageDeflate);
      assert.equal(socket.extensions, extensions);
      for (const message of messages) socket.send(message);
      for (const message of messages) {
        const { bytes, isBinary } = await next();
        assert.equal(isBinary, Buffer.isBuffer(message));
        assert.ok(bytes.equals(Buffer.from(message)), `${bytes.length} bytes came back for ${message.length}`);
      }
    });

    test(`${name}, in fragments with pings in between`, async (t) => {
      const { socket, next } = await client(t, on, perMessageDeflate);
      let pongs = 0;
      socket.on('pong', () => { pongs++; });
      const parts = pieces(Buffer.from(json(20_000)), 3_001);
      for (let round = 0; round < 3; round++) {
        parts.forEach((part, i) => {
          socket.send(part, { fin: i === parts.length - 1, binary: false });
          socket.ping();
        });
        assert.equal((await next()).bytes.toString(), json(20_000));
      }
      assert.ok(pongs >= 2 * parts.length, `${pongs} pongs`);
    });
  }

  test('saves most of the bytes of JSON in both directions', async (t) => {
    const { next, received, sent, socket } = await client(t, on, true);
    const before = { received: received(), sent: sent() };
    for (let i = 0; i < 20; i++) {
      socket.send(json(10_000));
      await next();
    }
    const plain = 20 * Buffer.byteLength(json(10_000));
    assert.ok(received() - before.received < plain / 2, `${received() - before.received} of ${plain} bytes from the server`);
    assert.ok(sent() - before.sent < plain / 2, `${sent() - before.sent} of ${plain} bytes to the server`);
  });

  test('a client that insists on keeping its window refuses the answer, because the server does not allow it', async () => {
    const socket = new WebSocket(on.url, { perMessageDeflate: { clientNoContextTakeover: false } });
    const [error] = await once(socket, 'error', { signal: AbortSignal.timeout(DEADLINE_MS) });
    assert.match(error.message, /Sec-WebSocket-Extensions/);
  });
});

test('over TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-compression-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = ['key', 'crt'].map((end) => join(folder, `server.${end}`));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost'],
    { stdio: 'ignore' });
  const secure = await startRoost(['--only', 'echo', '--compression'], { TLS_CERT: cert, TLS_KEY: key });
  t.after(() => secure.stop());
  const { socket, next } = await client(t, secure, true);
  assert.equal(socket.extensions, 'permessage-deflate');
  for (const message of ['', json(1_000), json(200_000), json(MIB)]) {
    socket.send(message);
    assert.equal((await next()).bytes.toString(), message);
  }
  socket.close(1000);
  const [code] = await once(socket, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) });
  assert.equal(code, 1000);
});

test('a browser', async (t) => {
  const browser = await startBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const messages = ['', 'a', json(1_000), json(1_000), json(100_000), 'x'.repeat(MIB / 4), json(2 * MIB)];
  const seen = await page.evaluate(([url, texts]) => new Promise((done, failed) => {
    const socket = new WebSocket(url);
    const echoes = [];
    socket.onopen = () => texts.forEach((text) => socket.send(text));
    socket.onmessage = ({ data }) => { if (echoes.push(data) === texts.length) done({ extensions: socket.extensions, echoes }); };
    socket.onclose = ({ code }) => failed(new Error(`closed with ${code} after ${echoes.length} messages`));
  }), [on.url, messages]);
  assert.equal(seen.extensions, DEFLATE);
  assert.deepEqual(seen.echoes, messages);
});

describe('what is compressed', () => {
  test('messages of 512 bytes or more, of text and of bytes, if that makes them smaller', async (t) => {
    const raw = await open(t);
    for (const [message, opcode, isCompressed] of [
      ['x'.repeat(511), TEXT, false], ['x'.repeat(512), TEXT, true], ['x'.repeat(512), BINARY, true], [randomBytes(5_000), BINARY, false],
      ['x'.repeat(256 * 1_024), TEXT, true], ['x'.repeat(256 * 1_024 + 1), TEXT, false], ['', TEXT, false],
    ]) {
      raw.send(compressed(opcode, message));
      assert.equal((await raw.expect(opcode, message)).compressed, isCompressed, `${message.length} bytes`);
      raw.send(frame(opcode, message));
      assert.equal((await raw.expect(opcode, message)).compressed, isCompressed, `${message.length} bytes, sent uncompressed`);
    }
  });

  test('never control frames', async (t) => {
    const raw = await open(t);
    raw.send(frame(PING, 'x'.repeat(125)));
    await raw.expect(PONG, 'x'.repeat(125));
  });
});

describe('compressed messages byte by byte', () => {
  // RFC 7692, section 7.2.3.
  const examples = [
    ['one block', 'f248cdc9c90700', 'Hello'],
    ['not compressed', '000500faff48656c6c6f00', 'Hello'],
    ['a last block', 'f348cdc9c9070000', 'Hello'],
    ['two blocks', 'f248050000 00ffffcac9c90700', 'Hello'],
    ['nothing', '00', ''],
  ];
  for (const [name, hex, text] of examples) {
    test(`the example of the RFC with ${name}, in every way of cutting it`, async (t) => {
      const raw = await open(t);
      const payload = Buffer.from(hex.replace(' ', ''), 'hex');
      for (let cut = 0; cut <= payload.length; cut++) {
        raw.send(frame(TEXT, payload.subarray(0, cut), { rsv: RSV1, fin: false }), frame(PING, 'now'), frame(CONTINUATION, payload.subarray(cut)));
        await raw.expect(PONG, 'now');
        await raw.expect(TEXT, text);
      }
      await raw.sendChopped(frame(TEXT, payload, { rsv: RSV1 }), 1);
      await raw.expect(TEXT, text);
    });
  }

  const faults = [
    ['RSV1 on a continuation', 1002, () => [frame(TEXT, 'a', { fin: false, rsv: RSV1 }), frame(CONTINUATION, 'b', { rsv: RSV1 })]],
    ['RSV1 on a ping', 1002, () => [frame(PING, 'a', { rsv: RSV1 })]],
    ['RSV1 on a close frame', 1002, () => [frame(CLOSE, '', { rsv: RSV1 })]],
    ['RSV2', 1002, () => [frame(TEXT, 'a', { rsv: 2 })]],
    ['RSV1 and RSV3', 1002, () => [frame(TEXT, deflated('a'), { rsv: 5 })]],
    ['noise', 1007, () => [frame(BINARY, Buffer.alloc(500, 0xa7), { rsv: RSV1 })]],
    ['a message that is cut off', 1007, () => [frame(TEXT, deflated(json(5_000)).subarray(0, -9), { rsv: RSV1 })]],
    ['a reference to the message before', 1007, () => [compressed(TEXT, ''), frame(TEXT, Buffer.from('f200110000', 'hex'), { rsv: RSV1 })]],
    ['text that is not UTF-8 once it is inflated', 1007, () => [compressed(TEXT, Buffer.from([0x61, 0xff]))]],
    ['a bomb', 1009, () => [compressed(BINARY, Buffer.alloc(MAX_MESSAGE + 1))]],
    ['a bomb that keeps to the limit of a message', 1009, () => [compressed(BINARY, Buffer.alloc(MAX_MESSAGE))]],
    ['a bomb in a thousand fragments', 1009, () => {
      const parts = pieces(deflated(Buffer.alloc(8 * MAX_MESSAGE)), 128);
      return parts.map((part, i) => frame(i === 0 ? BINARY : CONTINUATION, part, { rsv: i === 0 ? RSV1 : 0, fin: i === parts.length - 1 }));
    }],
    ['too many compressed bytes, by the header', 1009, () => [frame(BINARY, '', { rsv: RSV1, length: 2 * MAX_MESSAGE })]],
    ['a flood of empty streams', 1007, () => [frame(BINARY, Buffer.from('0300'.repeat(MIB), 'hex'), { rsv: RSV1 })]],
  ];
  for (const [name, code, bytes] of faults) {
    test(`${name} closes with ${code}, and the next connection does not notice`, async (t) => {
      const raw = await open(t);
      const other = await open(t);
      raw.send(...bytes());
      if (name.startsWith('a reference')) await raw.expect(TEXT, '');
      await raw.expectClose(code);
      other.send(compressed(TEXT, json(1_000)));
      await other.expect(TEXT, json(1_000));
    });
  }
});

test('a flood of messages that grow a thousandfold closes with 1008, and the next connection does not notice', async (t) => {
  const { socket } = await client(t, on, true);
  const { socket: other, next } = await client(t, on, true);
  for (let sent = 0; sent < 4 * MAX_MESSAGE; sent += MIB / 4) socket.send(Buffer.alloc(MIB / 4));
  const [code, reason] = await once(socket, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) });
  assert.equal(code, 1008);
  assert.equal(String(reason), 'Too much compressed data');
  other.send('hello');
  assert.equal(String((await next()).bytes), 'hello');
});

describe('a broadcast', () => {
  test('reaches everybody in its form, and is compressed once', async (t) => {
    const { d, listener, sender } = await scene(t, parrot);
    const listeners = await Promise.all(Array.from({ length: 20 }, (_, i) => listener('/listener', { perMessageDeflate: i % 2 === 0 })));
    for (const each of listeners) await each.expect('listener_connected');
    const a = await sender({ username: 'Al', perMessageDeflate: true });
    const names = ['roost_compressions_total', 'roost_compressed_frames_total', 'roost_compressed_bytes_before_total', 'roost_compressed_bytes_after_total'];
    const read = async () => Promise.all(names.map((name) => metric(parrot, name)));
    const before = await read();
    const points = Array.from({ length: 15 }, (_, id) => ({ id, gps: { latitude: 47 + id }, note: json(3_000 + 1_000 * id) }));
    for (const point of points) {
      await a.roundTrip('ack', point);
      const texts = new Set();
      for (const each of listeners) {
        const message = await each.expect('sensor_data');
        assert.deepEqual(message.data, point);
        texts.add(each.arrival(message).text);
      }
      assert.equal(texts.size, 1, 'all get the same bytes');
    }
    await d.getStats();
    const [compressions, frames, plainBytes, bytes] = (await read()).map((value, i) => value - before[i]);
    assert.equal(compressions, points.length);
    assert.equal(frames, 10 * points.length);
    assert.ok(plainBytes > 10 * points.length * POINTS_ONLY);
    assert.ok(bytes > 0 && bytes < plainBytes / 2, `${bytes} of ${plainBytes} bytes`);
  });
});
