// RFC 6455, section 5: messages, fragments and control frames come back as sent, and every broken frame ends the connection with the right code.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BINARY, CLOSE, CONTINUATION, PING, PONG, RawSocket, TEXT, fragments, frame, pieces } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const LIMIT = 16 * MIB;
// Of prime length, so that a block that went missing or came twice shows up as a shift.
const LETTERS = Buffer.from(Array.from({ length: 89 }, (_, i) => 33 + i));
const BYTES = Buffer.from(Array.from({ length: 251 }, (_, i) => 255 - i));
const letters = (size) => Buffer.alloc(size, LETTERS);
const bytes = (size) => Buffer.alloc(size, BYTES);

let roost;
before(async () => { roost = await startRoost(['--only', 'echo']); });
after(() => roost?.stop());
const open = (t) => RawSocket.open(t, roost.port);

/** Each broken input, once in one segment and once byte by byte. */
function refuses(code, cases) {
  for (const [name, ...frames] of cases) {
    test(`${name}: ${code}`, async (t) => {
      const ws = await open(t);
      ws.send(...frames);
      await ws.expectClose(code);
    });
    test(`${name}, byte by byte: ${code}`, async (t) => {
      const ws = await open(t);
      await ws.sendChopped(Buffer.concat(frames), 1);
      await ws.expectClose(code);
    });
  }
}

describe('a message of any size comes back', () => {
  // On both sides of each change of the length's form, and the largest that is allowed.
  const sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536, MIB, LIMIT];
  const segment = (size) => (size <= 128 ? 1 : size <= 65_536 ? 997 : size / 16 - 5);
  for (const size of sizes) {
    for (const [type, opcode, sample] of [['text', TEXT, letters], ['binary', BINARY, bytes]]) {
      test(`${type} of ${size} bytes`, async (t) => {
        const ws = await open(t);
        ws.send(frame(opcode, sample(size)));
        await ws.expect(opcode, sample(size));
      });
      test(`${type} of ${size} bytes in segments of ${segment(size)}`, async (t) => {
        const ws = await open(t);
        await ws.sendChopped(frame(opcode, sample(size)), segment(size));
        await ws.expect(opcode, sample(size));
      });
    }
  }

  test('a thousand messages in one segment, text and binary by turns, come back in order', async (t) => {
    const ws = await open(t);
    const type = (i) => (i % 2 ? TEXT : BINARY);
    ws.send(...Array.from({ length: 1000 }, (_, i) => frame(type(i), `message ${i}`)));
    for (let i = 0; i < 1000; i++) await ws.expect(type(i), `message ${i}`);
  });

  test('messages of growing size on one connection, each after the answer to the one before', async (t) => {
    const ws = await open(t);
    for (let size = 1; size <= 256 * KIB; size = size * 3 + 1) {
      ws.send(frame(BINARY, bytes(size)));
      await ws.expect(BINARY, bytes(size));
    }
  });

  for (const mask of ['00000000', 'ffffffff', '00ff00ff', '00000001']) {
    test(`with the masking key ${mask}`, async (t) => {
      const ws = await open(t);
      ws.send(frame(BINARY, bytes(1003), { mask: Buffer.from(mask, 'hex') }));
      await ws.expect(BINARY, bytes(1003));
    });
  }
});

describe('a ping is answered by a pong with the same payload', () => {
  test('every size from 0 to 125', async (t) => {
    const ws = await open(t);
    for (let size = 0; size <= 125; size++) {
      ws.send(frame(PING, bytes(size)));
      await ws.expect(PONG, bytes(size));
    }
  });

  test('125 bytes, byte by byte', async (t) => {
    const ws = await open(t);
    await ws.sendChopped(frame(PING, bytes(125)), 1);
    await ws.expect(PONG, bytes(125));
  });

  test('ten in one segment, in order', async (t) => {
    const ws = await open(t);
    ws.send(...Array.from({ length: 10 }, (_, i) => frame(PING, `ping ${i}`)));
    for (let i = 0; i < 10; i++) await ws.expect(PONG, `ping ${i}`);
  });

  test('at once, although the message around it is not complete', async (t) => {
    const ws = await open(t);
    const [first, second, third] = fragments(TEXT, ['one ', 'two ', 'three']);
    ws.send(first, frame(PING, 'a'));
    await ws.expect(PONG, 'a');
    ws.send(second, frame(PING, 'b'), frame(PING, 'c'));
    await ws.expect(PONG, 'b');
    await ws.expect(PONG, 'c');
    ws.send(third);
    await ws.expect(TEXT, 'one two three');
  });

  for (const [name, payload] of [['empty', ''], ['with payload', 'nobody asked']]) {
    test(`an unsolicited pong, ${name}, is ignored, even inside a message`, async (t) => {
      const ws = await open(t);
      const [first, second] = fragments(TEXT, ['left', 'right']);
      ws.send(frame(PONG, payload), first, frame(PONG, payload), second, frame(PONG, payload), frame(PING, 'last'));
      // A pong may overtake a message: section 5.5.3 has it sent as soon as is practical.
      const answers = [await ws.next(), await ws.next()].sort((a, b) => a.opcode - b.opcode);
      assert.deepEqual(answers.map(({ opcode, payload: body }) => [opcode, body.toString()]), [[TEXT, 'leftright'], [PONG, 'last']]);
    });
  }

  refuses(1002, [
    ['a ping of 126 bytes', frame(PING, bytes(126))],
    ['a pong of 126 bytes', frame(PONG, bytes(126))],
    ['a ping of 65536 bytes', frame(PING, '', { length: 65_536 })],
    ['a ping whose short length is written in 2 bytes', frame(PING, 'x', { lengthBytes: 2 })],
    ['a ping whose short length is written in 8 bytes', frame(PING, 'x', { lengthBytes: 8 })],
  ]);
});

describe('a reserved bit without an extension', () => {
  const types = { text: TEXT, binary: BINARY, close: CLOSE, ping: PING, pong: PONG };
  for (const [name, opcode] of Object.entries(types)) {
    refuses(1002, [1, 2, 3, 4, 5, 6, 7].map((rsv) => [`RSV ${rsv.toString(2).padStart(3, '0')} on a ${name} frame`, frame(opcode, '', { rsv })]));
  }
  refuses(1002, [
    ['RSV 100 on a text frame with payload', frame(TEXT, 'compressed?', { rsv: 4 })],
    ['RSV 100 on the last fragment', frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b', { rsv: 4 })],
  ]);
});

describe('a reserved opcode', () => {
  const reserved = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
  refuses(1002, reserved.map((opcode) => [`opcode ${opcode}, empty`, frame(opcode)]));
  refuses(1002, reserved.map((opcode) => [`opcode ${opcode} with payload`, frame(opcode, 'what is this')]));
  refuses(1002, [3, 11].map((opcode) => [`opcode ${opcode} inside a message`, frame(TEXT, 'a', { fin: false }), frame(opcode)]));
});

describe('a frame without mask', () => {
  const bare = { mask: null };
  refuses(1002, [
    ['text', frame(TEXT, 'in the clear', bare)],
    ['empty text', frame(TEXT, '', bare)],
    ['binary', frame(BINARY, bytes(200), bare)],
    ['ping', frame(PING, 'x', bare)],
    ['pong', frame(PONG, '', bare)],
    ['close', frame(CLOSE, '', bare)],
    ['the second fragment', frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b', bare)],
  ]);
});

describe('a length that is not written in its shortest form, or is negative', () => {
  const claims = (length, lengthBytes) => frame(BINARY, '', { length, lengthBytes });
  refuses(1002, [
    ['0 in 2 bytes', claims(0, 2)],
    ['5 in 2 bytes', claims(5, 2)],
    ['125 in 2 bytes', claims(125, 2)],
    ['0 in 8 bytes', claims(0, 8)],
    ['125 in 8 bytes', claims(125, 8)],
    ['126 in 8 bytes', claims(126, 8)],
    ['65535 in 8 bytes', claims(65_535, 8)],
    ['2^63, whose top bit must be 0', claims(1n << 63n, 8)],
    ['2^63 + 5', claims((1n << 63n) + 5n, 8)],
    ['2^64 - 1', claims((1n << 64n) - 1n, 8)],
  ]);
});

describe('a message over 16 MiB is refused by its header, before any payload', () => {
  const claims = (length) => frame(BINARY, '', { length });
  refuses(1009, [
    ['16 MiB + 1', claims(LIMIT + 1)],
    ['16 MiB + 1 as text', frame(TEXT, '', { length: LIMIT + 1 })],
    ['17 MiB', claims(17 * MIB)],
    ['2^31 - 1', claims(2 ** 31 - 1)],
    ['2^31', claims(2 ** 31)],
    ['2^32', claims(2 ** 32)],
    // Its low 32 bits are a small number.
    ['2^32 + 10', claims(2 ** 32 + 10)],
    ['2^40', claims(2 ** 40)],
    ['2^63 - 1', claims((1n << 63n) - 1n)],
    ['16 MiB in a second fragment', frame(BINARY, 'x', { fin: false }), frame(CONTINUATION, '', { length: LIMIT })],
    ['2^63 - 1 in a second fragment', frame(BINARY, 'x', { fin: false }), frame(CONTINUATION, '', { length: (1n << 63n) - 1n })],
  ]);

  test('the total of many fragments counts: 1009 at the one byte too many', async (t) => {
    const ws = await open(t);
    ws.send(...Array.from({ length: 16 }, (_, i) => frame(i === 0 ? BINARY : CONTINUATION, bytes(MIB), { fin: false })));
    ws.send(frame(PING, 'so far it is fine'));
    await ws.expect(PONG, 'so far it is fine');
    ws.send(frame(CONTINUATION, '', { length: 1 }));
    await ws.expectClose(1009);
  });

  test('16 MiB in two fragments are within the limit', async (t) => {
    const ws = await open(t);
    const whole = bytes(LIMIT);
    ws.send(...fragments(BINARY, [whole.subarray(0, LIMIT / 2 + 3), whole.subarray(LIMIT / 2 + 3)]));
    await ws.expect(BINARY, whole);
  });
});

describe('fragments', () => {
  const splits = [
    ['two', ['Hel', 'lo']],
    ['three', ['a', 'bc', 'def']],
    ['an empty first one', ['', 'rest']],
    ['an empty middle one', ['a', '', 'b']],
    ['an empty last one', ['all', '']],
    ['only empty ones', ['', '', '']],
    ['a long and a short one', [letters(70_000), 'z']],
  ];
  for (const [name, parts] of splits) {
    for (const [type, opcode] of [['text', TEXT], ['binary', BINARY]]) {
      test(`${name}: one ${type} message`, async (t) => {
        const ws = await open(t);
        const whole = Buffer.concat(parts.map((part) => Buffer.from(part)));
        ws.send(...fragments(opcode, parts));
        await ws.expect(opcode, whole);
        await ws.sendChopped(Buffer.concat(fragments(opcode, parts)), whole.length > 100 ? 1009 : 1);
        await ws.expect(opcode, whole);
      });
    }
  }

  test('10,000 of one byte', async (t) => {
    const ws = await open(t);
    const whole = letters(10_000);
    ws.send(...fragments(TEXT, pieces(whole, 1)));
    await ws.expect(TEXT, whole);
  });

  test('10,000 empty ones, then the end', async (t) => {
    const ws = await open(t);
    ws.send(...fragments(TEXT, [...Array(10_000).fill(''), 'end']));
    await ws.expect(TEXT, 'end');
  });

  // Slow servers copy what they have at each fragment, so that the cost grows with the square of the size.
  for (const size of [64, 1000, 65_536]) {
    test(`4 MiB in fragments of ${size}`, async (t) => {
      const ws = await open(t);
      const whole = bytes(4 * MIB);
      ws.send(...fragments(BINARY, pieces(whole, size)));
      await ws.expect(BINARY, whole);
    });
  }

  test('what was whole before a fault is answered, or not, but never answered wrongly', async (t) => {
    const ws = await open(t);
    ws.send(...fragments(TEXT, ['who', 'le']), frame(CONTINUATION, 'stray'), frame(TEXT, 'too late'));
    const first = await ws.next();
    if (first.opcode === TEXT) {
      assert.equal(first.payload.toString(), 'whole');
      await ws.expectClose(1002);
    } else {
      assert.equal(first.code, 1002);
      await ws.ended();
    }
  });

  const begun = (opcode) => frame(opcode, 'begun', { fin: false });
  refuses(1002, [
    ['a continuation of nothing', frame(CONTINUATION, 'x')],
    ['an empty continuation of nothing', frame(CONTINUATION)],
    ['a continuation of nothing that is not the last', frame(CONTINUATION, 'x', { fin: false })],
    ['a text message inside a text message', begun(TEXT), frame(TEXT, 'x')],
    ['a binary message inside a text message', begun(TEXT), frame(BINARY, 'x')],
    ['a text message inside a binary message', begun(BINARY), frame(TEXT, 'x')],
    ['a fragmented message inside a message', begun(BINARY), begun(BINARY)],
    ['an empty text message inside a message', begun(TEXT), frame(TEXT)],
    ['a message inside a message, after a continuation', begun(TEXT), frame(CONTINUATION, 'x', { fin: false }), frame(TEXT, 'x')],
    ['a fragmented ping', frame(PING, 'x', { fin: false })],
    ['a fragmented pong', frame(PONG, 'x', { fin: false })],
    ['a fragmented close', frame(CLOSE, '', { fin: false })],
    ['a fragmented ping with its continuation', frame(PING, 'x', { fin: false }), frame(CONTINUATION, 'y')],
    ['a fragmented ping inside a message', begun(TEXT), frame(PING, '', { fin: false })],
  ]);

  for (const [name, complete] of [['a message', [frame(TEXT, 'done')]], ['a fragmented message', fragments(TEXT, ['do', 'ne'])]]) {
    test(`a continuation after ${name} that is complete: 1002`, async (t) => {
      const ws = await open(t);
      ws.send(...complete);
      await ws.expect(TEXT, 'done');
      ws.send(frame(CONTINUATION, 'more'));
      await ws.expectClose(1002);
    });
  }
});
