// The Engine.IO protocol over both carriers, by hand: what the server says to good clients, to broken ones and to such as vanish. The echo of conformance says every message again.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ask, checkRefused, CONFORMANCE, Line, PING_INTERVAL_MS, PING_TIMEOUT_MS, Polling, target, UNKNOWN_SESSION } from '../lib/engineio.mjs';
import { RawSocket, request } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';
import { eventually } from '../lib/tools.mjs';

const PATH = '/engine.io/';
const MAX_PAYLOAD = 1_000_000;
const MAX_QUEUE_BYTES = 3_000_000;

const UNKNOWN_TRANSPORT = [0, 'Transport unknown'];
const BAD_METHOD = [2, 'Bad handshake method'];
const BAD_REQUEST = [3, 'Bad request'];
const UNSUPPORTED = [5, 'Unsupported protocol version'];

const server = await startRoost([...CONFORMANCE, '--socketio-max-queue-bytes', String(MAX_QUEUE_BYTES)]);
after(() => server.stop());

const polling = (options) => Polling.open(server, { path: PATH, ...options });
const line = (t, options) => Line.open(t, server, { path: PATH, ...options });

/** A WebSocket that wants to take over a session, and is open. */
async function upgrading(t, { sid }, packets = ['2probe']) {
  const socket = new Line(t, server, { path: PATH, query: { sid } });
  await socket.opened;
  socket.send(...packets);
  return socket;
}

/** A WebSocket with this query is refused, or thrown out: the HTTP answer or null. */
const notTaken = (t, query) => new Line(t, server, { path: PATH, query }).refused();

/** Answers pings that nobody hears, each time it is asked: whether the session is gone. */
const keptAlive = (session) => async () => (await session.request({ method: 'POST', body: '3' })).status === 400;

describe('A handshake', { concurrency: 8 }, () => {
  const shape = { pingInterval: PING_INTERVAL_MS, pingTimeout: PING_TIMEOUT_MS, maxPayload: MAX_PAYLOAD };

  test('Over polling and over WebSocket', async (t) => {
    const session = await polling();
    const { sid, ...rest } = session.handshake;
    assert.deepEqual(rest, { upgrades: ['websocket'], ...shape });
    const { handshake } = await line(t);
    assert.deepEqual({ ...handshake, sid: '' }, { sid: '', upgrades: [], ...shape });
    assert.match(sid, /^[\w-]{20,}$/, 'at least 120 bits of chance');
    assert.notEqual(sid, handshake.sid);
  });

  const refusals = {
    'without a version': [{ EIO: null }, UNSUPPORTED],
    'of a version that is no number': [{ EIO: 'abc' }, UNSUPPORTED],
    'of version 3, which is off': [{ EIO: '3' }, UNSUPPORTED],
    'of version 5': [{ EIO: '5' }, UNSUPPORTED],
    'without a transport': [{ transport: null }, UNKNOWN_TRANSPORT],
    'of an unknown transport': [{ transport: 'abc' }, UNKNOWN_TRANSPORT],
    'of an unknown session': [{ sid: 'abc' }, UNKNOWN_SESSION],
    'of a session whose id is the name of a method': [{ sid: 'constructor' }, UNKNOWN_SESSION],
  };
  for (const [what, [query, refusal]] of Object.entries(refusals)) {
    test(`${what} is refused`, async (t) => {
      checkRefused(await ask(server, target(PATH, { transport: 'polling', ...query })), ...refusal);
      checkRefused(await notTaken(t, query), ...refusal);
    });
  }

  test('by another method than GET is refused', async () => {
    for (const method of ['POST', 'PUT']) checkRefused(await ask(server, target(PATH, { transport: 'polling' }), { method, body: '4hello' }), ...BAD_METHOD);
  });

  test('of a WebSocket without an upgrade, or an upgrade to polling, is refused', async (t) => {
    checkRefused(await ask(server, target(PATH, { transport: 'websocket' })), ...BAD_REQUEST);
    const refusal = await notTaken(t, { transport: 'polling' });
    if (refusal) assert.equal(refusal.status, 400);
  });

  test('Pages of any origin may read what is said, refusals as well', async () => {
    const Origin = 'https://elsewhere.example';
    const preflight = await ask(server, target(PATH, { transport: 'polling' }), { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': 'POST' } });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers['access-control-allow-methods'], /GET.*POST/);
    for (const query of [{}, { sid: 'abc' }, { transport: 'abc' }]) {
      const { headers } = await ask(server, target(PATH, { transport: 'polling', ...query }), { headers: { Origin } });
      assert.equal(headers['access-control-allow-origin'], '*');
    }
  });
});

describe('Messages', { concurrency: 8 }, () => {
  const payloads = {
    'one text': ['4hello'],
    'several texts': ['4one', '4two', '4three'],
    'an empty text': ['4'],
    'text beyond ASCII': ['4é€😀\u0000'],
    'text and binary': ['4hello', 'bAQIDBA==', 'bAQ=='],
    'a thousand': Array.from({ length: 1000 }, (_, i) => `4${i}`),
  };
  for (const [what, packets] of Object.entries(payloads)) {
    test(`Over polling: ${what}`, async () => {
      const session = await polling();
      await session.post(...packets);
      assert.deepEqual(await session.collect(packets.length), packets);
    });
  }

  test('A poll that waits is answered as soon as there is something', async () => {
    const session = await polling();
    const poll = session.collect(1);
    await session.post('4hello');
    assert.deepEqual(await poll, ['4hello']);
  });

  test('Over WebSocket', async (t) => {
    const socket = await line(t);
    const packets = ['4hello', '4', '4é€😀\u0000', Buffer.from([1, 2, 3, 4]), Buffer.alloc(0), '4end'];
    socket.send(...packets);
    await socket.expect(...packets);
  });

  test('A noop says nothing', async (t) => {
    const session = await polling();
    await session.post('6', '4hello');
    assert.deepEqual(await session.collect(1), ['4hello']);
    const socket = await line(t);
    socket.send('6', '4hello');
    await socket.expect('4hello');
  });

  test('What is just small enough passes, one byte more ends the session: over polling', async () => {
    const session = await polling();
    const largest = `4${'x'.repeat(MAX_PAYLOAD - 1)}`;
    await session.post(largest);
    assert.deepEqual(await session.collect(1), [largest]);
    assert.equal((await session.request({ method: 'POST', body: `${largest}x` })).status, 413);
    await session.ended();
  });

  test('What is just small enough passes, one byte more ends the session: over WebSocket', async (t) => {
    const socket = await line(t);
    const largest = `4${'x'.repeat(MAX_PAYLOAD - 1)}`;
    socket.send(largest);
    await socket.expect(largest);
    socket.send(`${largest}x`);
    assert.equal((await socket.expectClosed()).code, 1009);
  });
});

describe('What is no packet ends the session of its sender', { concurrency: 8 }, () => {
  const texts = { 'an unknown type': 'abc', nothing: '', 'a ping, which only the server sends': '2', 'a character beyond ASCII': '€' };

  const payloads = { ...texts, 'base64 that is none': 'b!!!!', 'an empty packet after a good one': '4a\x1e', 'bytes that are not UTF-8': Buffer.from([0x34, 0xff, 0xfe]) };

  for (const [what, bad] of Object.entries(payloads)) {
    test(`Over polling: ${what}`, async () => {
      const [session, other] = [await polling(), await polling()];
      const { status } = await session.request({ method: 'POST', body: bad });
      assert.equal(status, 400);
      await session.ended();
      await other.post('4still here');
      assert.deepEqual(await other.collect(1), ['4still here']);
    });
  }

  for (const [what, bad] of Object.entries(texts)) {
    test(`Over WebSocket: ${what}`, async (t) => {
      const [socket, other] = [await line(t), await line(t)];
      socket.send(bad);
      await socket.expectClosed();
      other.send('4still here');
      await other.expect('4still here');
    });
  }
});

describe('The heartbeat', { concurrency: 8 }, () => {
  test('Whoever answers stays', async (t) => {
    const started = performance.now();
    const socket = await line(t, { answersPings: false });
    const session = await polling();
    for (let i = 0; i < 3; i++) {
      await Promise.all([
        socket.expect('2').then(() => socket.send('3')),
        session.poll().then((packets) => { assert.deepEqual(packets, ['2']); return session.post('3'); }),
      ]);
    }
    assert.ok(performance.now() - started > 2.5 * PING_INTERVAL_MS, 'the pings keep the interval');
    socket.send('4still here');
    await socket.expect('4still here');
  });

  test('Over WebSocket: whoever is silent is closed, but not before the time is up', async (t) => {
    const started = performance.now();
    const socket = await line(t, { answersPings: false });
    await socket.expect('2');
    await socket.expectClosed();
    assert.ok(performance.now() - started > PING_INTERVAL_MS + PING_TIMEOUT_MS - 50);
  });

  test('Over polling: a poll that waits when the time is up is answered, then nobody knows the session', async () => {
    const session = await polling();
    assert.deepEqual(await session.poll(), ['2']);
    assert.deepEqual(await session.poll(), ['1']);
    await session.checkGone();
  });

  test('Messages are no answer', async (t) => {
    const socket = await line(t, { answersPings: false });
    let sent = 0;
    await eventually('a ping', () => { socket.send(`4${sent++}`); return socket.log.includes('2'); });
    await eventually('the end of whoever talks and does not answer', () => { socket.send(`4${sent++}`); return socket.end; });
  });
});

describe('The end', { concurrency: 8 }, () => {
  test('A client over polling says goodbye, and its poll is answered', async () => {
    const session = await polling();
    const poll = session.collect(1);
    // The poll has arrived when its session has said something by it.
    await session.post('4first');
    assert.deepEqual(await poll, ['4first']);
    const [last] = await Promise.all([session.poll(), session.post('1')]);
    assert.deepEqual(last, ['6']);
    await session.checkGone();
  });

  test('A client over WebSocket says goodbye', async (t) => {
    const socket = await line(t);
    socket.send('1');
    await socket.expectClosed();
  });

  test('Two polls at the same time end the session', async () => {
    const session = await polling();
    const answers = await Promise.all([session.request(), session.request({ headers: { 'X-Second': 'yes' } })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
    assert.equal(answers.find(({ status }) => status === 200).body, '1');
    await session.checkGone();
  });

  test('A poll whose connection breaks ends the session, long before its heartbeat would', async (t) => {
    const session = await polling();
    const tcp = await RawSocket.connect(t, server.port);
    tcp.send(request('GET', session.target()));
    const beat = keptAlive(session);
    tcp.reset();
    await eventually('the end of the session', beat);
  });

  test('A message whose end never comes is none, and nobody waits for it', async (t) => {
    const session = await polling();
    const tcp = await RawSocket.connect(t, server.port);
    tcp.send(request('POST', session.target(), { 'Content-Length': '1000' }), '4half');
    const poll = session.collect(1);
    await session.post('4whole');
    assert.deepEqual(await poll, ['4whole']);
    tcp.reset();
  });

  test('A WebSocket that vanishes is forgotten', async (t) => {
    const socket = await line(t);
    socket.terminate();
    await eventually('the end of the session', async () => (await notTaken(t, { sid: socket.handshake.sid }))?.body.includes(UNKNOWN_SESSION[1]));
  });
});

describe('An upgrade', { concurrency: 8 }, () => {
  test('A poll that waits is let go, and what comes meanwhile arrives on the WebSocket, in order', async (t) => {
    const session = await polling();
    const poll = session.collect(1);
    const socket = await upgrading(t, session);
    await socket.expect('3probe');
    assert.deepEqual(await poll, ['6']);
    await session.post('4one', 'bAQIDBA==', '4two');
    socket.send('5', '4three');
    await socket.expect('4one', Buffer.from([1, 2, 3, 4]), '4two', '4three');
  });

  test('A poll that begins after the probe is let go, too', async (t) => {
    const session = await polling();
    const socket = await upgrading(t, session);
    await socket.expect('3probe');
    assert.deepEqual(await session.collect(1), ['6']);
    socket.send('5', '4hello');
    await socket.expect('4hello');
  });

  test('Probe and upgrade in one breath', async (t) => {
    const session = await polling();
    const socket = await upgrading(t, session, ['2probe', '5', '4hello']);
    await socket.expect('3probe', '4hello');
  });

  test('Then polls are refused, and so is another WebSocket; the session goes on', async (t) => {
    const session = await polling();
    const socket = await upgrading(t, session, ['2probe', '5', '4hello']);
    await socket.expect('3probe', '4hello');
    checkRefused(await session.request(), ...BAD_REQUEST);
    checkRefused(await session.request({ method: 'POST', body: '4hello' }), ...BAD_REQUEST);
    await notTaken(t, { sid: session.sid });
    socket.send('4still here');
    await socket.expect('4still here');
  });

  test('A poll cannot overtake it on another connection', async (t) => {
    for (let i = 0; i < 50; i++) {
      const session = await polling();
      const socket = await upgrading(t, session, ['2probe', '5']);
      checkRefused(await session.request(), ...BAD_REQUEST);
      socket.terminate();
    }
  });

  test('Of a session that began with a WebSocket there is none', async (t) => {
    const socket = await line(t);
    await notTaken(t, { sid: socket.handshake.sid });
    socket.send('4still here');
    await socket.expect('4still here');
  });

  test('Only one at a time', async (t) => {
    const session = await polling();
    const socket = await upgrading(t, session);
    await socket.expect('3probe');
    await notTaken(t, { sid: session.sid });
    socket.send('5', '4hello');
    await socket.expect('4hello');
  });

  for (const [what, packets, answers] of [['that is no probe', ['4hello'], []], ['that says nonsense after the probe', ['2probe', 'abc'], ['3probe']]]) {
    test(`A WebSocket ${what} is closed, and the session goes on as before`, async (t) => {
      const session = await polling();
      const socket = await upgrading(t, session, packets);
      await socket.expect(...answers);
      await socket.expectClosed();
      await session.post('4still here');
      const packetsLeft = (await session.collect(1)).filter((packet) => packet !== '6');
      assert.deepEqual(packetsLeft.length ? packetsLeft : (await session.collect(1)), ['4still here']);
    });
  }

  test('A WebSocket that vanishes after the probe takes nothing along', async (t) => {
    const session = await polling();
    const socket = await upgrading(t, session);
    await socket.expect('3probe');
    await session.post('4one');
    socket.terminate();
    await session.post('4two');
    const packets = [];
    while (!packets.includes('4two')) packets.push(...await session.collect(1));
    assert.deepEqual(packets.filter((packet) => packet !== '6'), ['4one', '4two']);
  });
});

describe('Crowds', () => {
  test('Who never fetches what it is sent loses its session when too much waits', async () => {
    const session = await polling();
    const other = await polling();
    const body = `4${'x'.repeat(MAX_PAYLOAD - 1)}`;
    let posts = 0;
    while ((await session.request({ method: 'POST', body })).status === 200) posts++;
    assert.ok(posts >= 1 && posts <= MAX_QUEUE_BYTES / MAX_PAYLOAD, `${posts} of them were taken`);
    await session.ended();
    await other.post('4still here');
    assert.deepEqual(await other.collect(1), ['4still here']);
  });

  test('Half handshakes from one address are forgotten, and nobody else waits for that', async (t) => {
    const others = await line(t, { address: '127.0.0.2' });
    const sessions = await Promise.all(Array.from({ length: 100 }, () => polling({ address: '127.0.0.3' })));
    others.send('4hello');
    await others.expect('4hello');
    await Promise.all(sessions.map((session) => session.ended()));
  });

  test('Many sessions over polling at once, each with a poll that waits', async () => {
    const sessions = await Promise.all(Array.from({ length: 40 }, () => polling()));
    await Promise.all(sessions.map(async (session, i) => {
      const poll = session.collect(1);
      await session.post(`4${i}`);
      assert.deepEqual(await poll, [`4${i}`]);
    }));
  });
});
