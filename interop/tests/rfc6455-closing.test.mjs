// RFC 6455, section 7: how a connection ends, in order or not, and which codes may say so.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BINARY, CLOSE, CONTINUATION, PING, PONG, RawSocket, TEXT, closeBody, fragments, frame } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

let roost;
before(async () => { roost = await startRoost(['--only', 'echo']); });
after(() => roost?.stop());
const open = (t) => RawSocket.open(t, roost.port);
const close = (code, reason) => frame(CLOSE, closeBody(code, reason));

describe('a close frame is answered with its code, then the server ends TCP first', () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
  for (const code of codes) {
    test(`code ${code}`, async (t) => {
      const ws = await open(t);
      ws.send(close(code));
      await ws.expectClose(code);
    });
  }

  test('no code', async (t) => {
    const ws = await open(t);
    ws.send(frame(CLOSE));
    await ws.expectClose(null);
  });

  const reasons = [
    ['a short reason', 'bye'],
    ['a reason of 123 bytes, the longest', 'r'.repeat(123)],
    ['a reason beyond ASCII', 'Auf Wiedersehen, \u043f\u043e\u043a\u0430, \u{1f44b}'],
    ['a reason of 41 three-byte code points', '\u20ac'.repeat(41)],
  ];
  for (const [name, reason] of reasons) {
    test(name, async (t) => {
      const ws = await open(t);
      ws.send(close(1000, reason));
      await ws.expectClose(1000);
    });
    test(`${name}, byte by byte`, async (t) => {
      const ws = await open(t);
      await ws.sendChopped(close(1000, reason), 1);
      await ws.expectClose(1000);
    });
  }

  test('a close between the fragments of a message that will never be complete', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'never ', { fin: false }), close(1000));
    await ws.expectClose(1000);
  });

  test('right after the opening handshake, many times over', async (t) => {
    for (let i = 0; i < 50; i++) {
      const ws = await open(t);
      ws.send(close(1000));
      await ws.expectClose(1000);
    }
  });
});

describe('what came before the close is answered first', () => {
  test('messages and pings in the same segment', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'one'), ...fragments(BINARY, ['t', 'wo']), close(1000));
    await ws.expect(TEXT, 'one');
    await ws.expect(BINARY, 'two');
    await ws.expectClose(1000);
  });

  test('a ping in the same segment', async (t) => {
    const ws = await open(t);
    ws.send(frame(PING, 'still there?'), close(1000));
    await ws.expect(PONG, 'still there?');
    await ws.expectClose(1000);
  });

  test('a message of 4 MiB, which is still on its way back when the close comes', async (t) => {
    const ws = await open(t);
    const large = Buffer.alloc(4 * 1024 * 1024, 'large ');
    ws.send(frame(TEXT, large), close(1000));
    await ws.expect(TEXT, large);
    await ws.expectClose(1000);
  });
});

describe('what comes after the close is ignored', () => {
  const late = [
    ['a text message', [frame(TEXT, 'too late')]],
    ['a ping', [frame(PING, 'too late')]],
    ['a second close', [close(1001)]],
    ['a frame with reserved bits', [frame(TEXT, 'x', { rsv: 7 })]],
    ['an oversized header', [frame(BINARY, '', { length: 2 ** 40 })]],
    ['the rest of a fragmented message', [frame(CONTINUATION, 'rest')]],
    ['100 KiB of noise', [Buffer.alloc(100 * 1024, 0x5a)]],
  ];
  for (const [name, frames] of late) {
    test(name, async (t) => {
      const ws = await open(t);
      if (name.startsWith('the rest')) ws.send(frame(TEXT, 'begun ', { fin: false }));
      ws.send(close(1000), ...frames);
      await ws.expectClose(1000);
    });
  }
});

describe('a close frame that is wrong', () => {
  const wrong = [
    ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 65_535].map((code) => [`code ${code}`, closeBody(code), 1002]),
    ['code 1005 with a reason', closeBody(1005, 'why'), 1002],
    ['a body of one byte', Buffer.from([3]), 1002],
    ['a body of 126 bytes', closeBody(1000, 'r'.repeat(124)), 1002],
    ['a reason with a wrong byte', closeBody(1000, Buffer.from([0x6f, 0x6b, 0xff])), 1007],
    ['a reason with a surrogate', closeBody(1000, Buffer.from([0xed, 0xa0, 0x80])), 1007],
    ['a reason with an overlong form', closeBody(1000, Buffer.from([0xc0, 0xaf])), 1007],
    ['a reason that stops inside a code point', closeBody(1000, Buffer.from([0x6f, 0xe2, 0x82])), 1007],
  ];
  for (const [name, body, code] of wrong) {
    test(`${name}: ${code}`, async (t) => {
      const ws = await open(t);
      ws.send(frame(CLOSE, body));
      await ws.expectClose(code);
    });
  }
});

describe('a client that leaves without a close frame', () => {
  test('ends its side of TCP: the server ends the other', async (t) => {
    const ws = await open(t);
    ws.finish();
    await ws.ended();
  });

  test('ends its side of TCP inside a frame: no answer, just the end', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'only half of it', { length: 30 }));
    ws.finish();
    await ws.ended();
  });

  test('ends its side of TCP inside a message: no answer, just the end', async (t) => {
    const ws = await open(t);
    ws.send(frame(TEXT, 'to be continued', { fin: false }));
    ws.finish();
    await ws.ended();
  });

  test('100 of them vanish, half by a reset, half of them inside a frame: nobody else notices', async (t) => {
    const witness = await open(t);
    const logged = roost.log().length;
    const crowd = await Promise.all(Array.from({ length: 100 }, () => open(t)));
    crowd.forEach((ws, i) => {
      ws.send(frame(TEXT, 'hello', { length: i % 4 < 2 ? 5 : 500 }));
      if (i % 2) ws.reset();
      else ws.destroy();
    });
    witness.send(frame(TEXT, 'anyone here?'));
    await witness.expect(TEXT, 'anyone here?');
    witness.send(close(1000));
    await witness.expectClose(1000);
    assert.doesNotMatch(roost.log().slice(logged), /exception/i, 'a lost client is no news for the log');
  });
});
