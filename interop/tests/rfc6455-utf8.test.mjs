// RFC 6455, section 8.1, and RFC 3629: text is UTF-8, whole and in pieces; what is not ends with 1007 at its first wrong byte.
import { after, before, describe, test } from 'node:test';
import { BINARY, CONTINUATION, PING, PONG, RawSocket, TEXT, fragments, frame, pieces } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

/** A wrong byte must be noticed within this time, although the frame that holds it goes on. */
const FAIL_FAST_MS = 1_000;

const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const oneByOne = (opcode, bytes) => fragments(opcode, pieces(bytes, 1));

let roost;
before(async () => { roost = await startRoost(['--only', 'echo']); });
after(() => roost?.stop());
const open = (t) => RawSocket.open(t, roost.port);

// The first and the last code point of each length and on both sides of each gap, and what software likes to mistake for invalid.
const valid = [
  ['U+0000', hex('00')],
  ['U+007F', hex('7f')],
  ['U+0080', hex('c2 80')],
  ['U+07FF', hex('df bf')],
  ['U+0800', hex('e0 a0 80')],
  ['U+0FFF', hex('e0 bf bf')],
  ['U+1000', hex('e1 80 80')],
  ['U+CFFF', hex('ec bf bf')],
  ['U+D7FF, below the surrogates', hex('ed 9f bf')],
  ['U+E000, above the surrogates', hex('ee 80 80')],
  ['U+FEFF, which is no byte order mark here', hex('ef bb bf')],
  ['U+FEFF before text', Buffer.from('\ufefftext')],
  ['U+FFFD', hex('ef bf bd')],
  ['U+FFFE, a noncharacter', hex('ef bf be')],
  ['U+FFFF, a noncharacter', hex('ef bf bf')],
  ['U+FDD0, a noncharacter', hex('ef b7 90')],
  ['U+10000', hex('f0 90 80 80')],
  ['U+1FFFF, a noncharacter', hex('f0 9f bf bf')],
  ['U+3FFFF', hex('f0 bf bf bf')],
  ['U+40000', hex('f1 80 80 80')],
  ['U+FFFFF', hex('f3 bf bf bf')],
  ['U+100000', hex('f4 80 80 80')],
  ['U+10FFFF, the last', hex('f4 8f bf bf')],
  ['Greek with accents', Buffer.from('\u03ba\u1f79\u03c3\u03bc\u03b5')],
  ['an emoji of five code points', Buffer.from('\u{1f468}\u200d\u{1f469}\u200d\u{1f467}')],
  ['all lengths in turn', Buffer.from('a\u00e9\u20ac\u{1f600}'.repeat(8))],
];

describe('valid text comes back', () => {
  for (const [name, text] of valid) {
    test(name, async (t) => {
      const ws = await open(t);
      ws.send(frame(TEXT, text));
      await ws.expect(TEXT, text);
      // In fragments of one byte, then in segments of one byte: a code point may be split anywhere.
      ws.send(...oneByOne(TEXT, text));
      await ws.expect(TEXT, text);
      await ws.sendChopped(frame(TEXT, text), 1);
      await ws.expect(TEXT, text);
      await ws.sendChopped(Buffer.concat(oneByOne(TEXT, text)), 1);
      await ws.expect(TEXT, text);
    });
  }

  test('a code point whose halves have a ping and an empty fragment between them', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, hex('f0 9f'), { fin: false }), frame(PING, 'between'), frame(CONTINUATION, '', { fin: false }));
    await ws.expect(PONG, 'between');
    ws.send(frame(CONTINUATION, hex('98 80')));
    await ws.expect(TEXT, '\u{1f600}');
  });

  // Long runs of ASCII are commonly checked a word at a time; the word's edge is where that goes wrong.
  test('a split code point after 0 to 32 letters', async (t) => {
    const ws = await open(t);
    for (let letters = 0; letters <= 32; letters++) {
      const text = Buffer.from(`${'x'.repeat(letters)}\u20ac${'y'.repeat(32 - letters)}`);
      ws.send(...fragments(TEXT, [text.subarray(0, letters + 1), text.subarray(letters + 1)]));
      await ws.expect(TEXT, text);
    }
  });

  test('1 MiB of three-byte code points in segments that split them', async (t) => {
    const ws = await open(t);
    const text = Buffer.from('\u20ac'.repeat(350_000));
    await ws.sendChopped(frame(TEXT, text), 65_521);
    await ws.expect(TEXT, text);
  });
});

// Each up to and with the byte that makes it invalid: what follows cannot mend it.
const invalid = [
  ['a lone continuation byte 80', '80'],
  ['a lone continuation byte BF', 'bf'],
  ['C0, an overlong form of ASCII', 'c0'],
  ['C1, an overlong form of ASCII', 'c1'],
  ['an overlong form of three bytes', 'e0 80'],
  ['the last overlong form of three bytes', 'e0 9f'],
  ['an overlong form of four bytes', 'f0 80'],
  ['the last overlong form of four bytes', 'f0 8f'],
  ['U+D800, the first surrogate', 'ed a0'],
  ['U+DBFF, the last high surrogate', 'ed af'],
  ['U+DC00, the first low surrogate', 'ed b0'],
  ['U+DFFF, the last surrogate', 'ed bf'],
  ['U+110000, the first that is too large', 'f4 90'],
  ['U+13FFFF', 'f4 bf'],
  ['F5', 'f5'],
  ['F7', 'f7'],
  ['F8, five bytes', 'f8'],
  ['FC, six bytes', 'fc'],
  ['FE', 'fe'],
  ['FF', 'ff'],
  ['two bytes, of which the second is ASCII', 'c3 28'],
  ['two bytes, of which the second begins another', 'c3 c3'],
  ['three bytes, of which the second is ASCII', 'e2 28'],
  ['three bytes, of which the third is ASCII', 'e2 82 28'],
  ['four bytes, of which the second is ASCII', 'f0 28'],
  ['four bytes, of which the third is ASCII', 'f0 9f 28'],
  ['four bytes, of which the fourth is ASCII', 'f0 9f 98 28'],
  ['a code point with one continuation byte too many', 'c3 a9 80'],
  ['four bytes with one continuation byte too many', 'f0 9f 98 80 80'],
  ['a surrogate after valid text', 'ce ba e1 bd b9 cf 83 ed a0'],
];

describe('invalid text ends with 1007', () => {
  for (const [name, bytes] of invalid) {
    test(`${name}: a whole message`, async (t) => {
      const ws = await open(t);
      // Padded, so that it is not merely cut short.
      ws.send(frame(TEXT, Buffer.concat([hex(bytes), Buffer.from('rest of the text')])));
      await ws.expectClose(1007);
    });

    test(`${name}: the frame around it goes on`, async (t) => {
      const ws = await open(t);
      ws.send(frame(TEXT, Buffer.concat([Buffer.from('valid '), hex(bytes)]), { length: 1_000_000 }));
      await ws.expectClose(1007, FAIL_FAST_MS);
    });

    test(`${name}: the message around it goes on, in fragments of one byte`, async (t) => {
      const ws = await open(t);
      ws.send(...oneByOne(TEXT, Buffer.concat([hex(bytes), Buffer.from('never sent')])).slice(0, hex(bytes).length));
      await ws.expectClose(1007, FAIL_FAST_MS);
    });

    test(`${name}: byte by byte, in a frame that goes on`, async (t) => {
      const ws = await open(t);
      await ws.sendChopped(frame(TEXT, hex(bytes), { length: 200 }), 1);
      await ws.expectClose(1007, FAIL_FAST_MS);
    });
  }

  test('a wrong byte after 0 to 32 letters', async (t) => {
    for (let letters = 0; letters <= 32; letters++) {
      const ws = await open(t);
      ws.send(frame(TEXT, Buffer.concat([Buffer.alloc(letters, 'x'), hex('ff'), Buffer.alloc(32 - letters, 'y')])));
      await ws.expectClose(1007);
    }
  });

  test('a wrong byte in the middle of 1 MiB', async (t) => {
    const ws = await open(t);
    const text = Buffer.alloc(1024 * 1024, 'x');
    text[524_289] = 0xc0;
    ws.send(frame(TEXT, text));
    await ws.expectClose(1007);
  });
});

describe('text that stops in the middle of a code point', () => {
  const cut = [['c3'], ['e2'], ['e2 82'], ['f0'], ['f0 9f'], ['f0 9f 98'], ['f4 8f bf'], ['61 62 63 e2 82']];
  for (const [bytes] of cut) {
    test(`${bytes}: 1007 when the message ends`, async (t) => {
      const ws = await open(t);
      ws.send(frame(TEXT, hex(bytes)));
      await ws.expectClose(1007);
    });

    test(`${bytes}: 1007 when an empty last fragment ends the message, and not before`, async (t) => {
      const ws = await open(t);
      ws.send(frame(TEXT, hex(bytes), { fin: false }), frame(PING, 'not yet'));
      await ws.expect(PONG, 'not yet');
      ws.send(frame(CONTINUATION));
      await ws.expectClose(1007);
    });

    test(`${bytes}: 1007 when the next fragment begins with a letter`, async (t) => {
      const ws = await open(t);
      ws.send(frame(TEXT, hex(bytes), { fin: false }), frame(CONTINUATION, 'a', { fin: false }));
      await ws.expectClose(1007, FAIL_FAST_MS);
    });
  }

  test('the next message does not complete it', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'whole'));
    await ws.expect(TEXT, 'whole');
    ws.send(frame(TEXT, hex('82 ac')));
    await ws.expectClose(1007);
  });
});

describe('what is not text may be any bytes', () => {
  const samples = [...invalid, ['cut short', 'e2 82'], ['every byte', Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('hex')]];
  test('binary messages, whole and in fragments', async (t) => {
    const ws = await open(t);
    for (const [, bytes] of samples) {
      ws.send(frame(BINARY, hex(bytes)), ...oneByOne(BINARY, hex(bytes)));
      await ws.expect(BINARY, hex(bytes));
      await ws.expect(BINARY, hex(bytes));
    }
  });

  test('pings, even between the fragments of a text', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'text ', { fin: false }));
    for (const [, bytes] of invalid) {
      ws.send(frame(PING, hex(bytes)));
      await ws.expect(PONG, hex(bytes));
    }
    ws.send(frame(CONTINUATION, 'goes on'));
    await ws.expect(TEXT, 'text goes on');
  });

  test('a binary message after a text, and a text after it', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'a'), frame(BINARY, hex('ff fe')), frame(TEXT, '\u20ac'));
    await ws.expect(TEXT, 'a');
    await ws.expect(BINARY, hex('ff fe'));
    await ws.expect(TEXT, '\u20ac');
  });
});
