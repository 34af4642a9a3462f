// Who has to wait: scenarios 28 to 30 of the contract, the limit of events (section 2.6), the abuse block (section 2.9), and for how long a user is remembered (section 2.1).
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { admin, connections, eventually, overEach, quiet, refused, room, scene, startRooms, succeeded, TRANSPORTS } from '../lib/rooms.mjs';

const BLOCK_MS = 500;
const API_LIMIT = 6;
const JOIN_LIMIT = 2;
const EVENT_LIMIT = 10;
const EVENT_WINDOW_MS = 1_500;
const BLOCK_THRESHOLD = 3;
const ABUSE_MS = 2_000;
const BACKOFF_MS = 3_000;
const QUEUE_MS = 1_500;
const QUEUE_MAX = 2;
const TTL_MS = 3_000;

const [server, small] = await Promise.all([
  startRooms({
    PUBLIC_ROOMS_COUNT: '60', PUBLIC_ROOMS_API_LIMIT: `${API_LIMIT}`, PUBLIC_ROOMS_API_BLOCK_MS: `${BLOCK_MS}`, PUBLIC_ROOMS_JOIN_LIMIT: `${JOIN_LIMIT}`,
    PUBLIC_ROOMS_JOIN_BLOCK_MS: `${BLOCK_MS}`, PUBLIC_ROOMS_EVENT_LIMIT: `${EVENT_LIMIT}`, PUBLIC_ROOMS_EVENT_WINDOW_MS: `${EVENT_WINDOW_MS}`,
    PUBLIC_ROOMS_BLOCK_THRESHOLD: `${BLOCK_THRESHOLD}`, PUBLIC_ROOMS_BLOCK_WINDOW_MS: `${ABUSE_MS}`, PUBLIC_ROOMS_BACKOFF_INITIAL_MS: `${BACKOFF_MS}`,
  }),
  startRooms({
    PUBLIC_ROOMS_COUNT: '60', PUBLIC_ROOMS_MAX_CONCURRENT: '2', PUBLIC_ROOMS_QUEUE_TIMEOUT_MS: `${QUEUE_MS}`, PUBLIC_ROOMS_QUEUE_MAX: `${QUEUE_MAX}`,
    PUBLIC_ROOMS_API_LIMIT: '10000', PUBLIC_ROOMS_BACKOFF_THRESHOLD: '10000', PUBLIC_ROOMS_USER_TTL_MS: `${TTL_MS}`,
  }),
]);
after(() => Promise.all([server.stop(), small.stop()]));

describe('Limits of one address', { concurrency: true }, () => {
  // ---- 28

  test('28. REST limits: after the block there is one full budget', async (t) => {
    const { R, stranger } = scene(t, server);
    const a = stranger();
    const list = () => a.call('GET', '/api/public/rooms');
    for (const spent of [0, 1]) {
      for (let i = spent; i < API_LIMIT; i++) succeeded(await list(), 200, 'rooms');
      assert.equal(refused(await list(), 429, 'RATE_LIMIT_EXCEEDED').retryAfter, 1);
      // The one that finds the block gone is the first of the next budget.
      await eventually('the block ends', async () => (await list()).status === 200);
    }
    // Every call but a join is of this budget.
    for (let i = 1; i < API_LIMIT; i++) succeeded(await list(), 200, 'rooms');
    refused(await a.createUser('Ann'), 429, 'RATE_LIMIT_EXCEEDED');
    refused(await a.asksToLeave(R), 429, 'RATE_LIMIT_EXCEEDED');
    refused(await a.asksToJoin(R), 400, 'INVALID_INPUT');
  });

  test('28. REST limits: joins have a budget of their own', async (t) => {
    const { R, visitor } = scene(t, server);
    const a = await visitor('Ann');
    await a.takesSeat(R);
    refused(await a.asksToJoin(R), 409, 'ALREADY_IN_ROOM');
    assert.equal(refused(await a.asksToJoin(R), 429, 'JOIN_LIMIT_EXCEEDED').retryAfter, 1);
    await eventually('the block ends', async () => (await a.asksToJoin(R)).status === 409);
    refused(await a.asksToJoin(R), 409, 'ALREADY_IN_ROOM');
    refused(await a.asksToJoin(R), 429, 'JOIN_LIMIT_EXCEEDED');
    // To announce oneself costs nothing of it.
    const one = await a.enters(R, 1);
    await one.quiet();
  });

  // ---- 2.6: any event

  overEach(TRANSPORTS, (transport, options) => test(`2.6. Too many events (${transport}): one is told once a window, and nothing is done`, async (t) => {
    const { R, visitor } = scene(t, server);
    const a = await visitor('Ann');
    const one = await a.enters(R, 1, options);
    for (let i = 1; i < EVENT_LIMIT + 4; i++) one.toggle('video', true);
    for (let i = 1; i < EVENT_LIMIT; i++) await one.expect('participant-video-toggle');
    const { action, resetTime } = await one.expect('rate-limit-exceeded');
    assert.equal(action, 'socket_event');
    assert.ok(Date.parse(resetTime) - Date.now() <= EVENT_WINDOW_MS, resetTime);
    // A second socket has a budget of its own.
    const tab = await a.connects(R, options);
    await tab.quiet();
    await eventually('the window ends', async () => {
      one.toggle('video', false);
      return one.all('participant-video-toggle').some(({ enabled }) => !enabled);
    }, 3 * EVENT_WINDOW_MS);
    assert.deepEqual(one.all('participant-video-toggle').filter(({ enabled }) => enabled).length, EVENT_LIMIT - 1);
  }));

  // ---- 29

  /** One connection that is closed again; what came of it. */
  async function visits(visitor, roomId) {
    const one = await visitor.connects(roomId);
    const throttled = await one.verdict();
    one.link.close();
    await eventually('it is gone', async () => await connections(server, visitor.address) === 0);
    return throttled;
  }

  /** Times are told in milliseconds, and from a clock that is read anew. */
  const isAbout = (time, expected) => assert.ok(Math.abs(time - expected) <= 20, `${time} instead of ${expected}`);

  test('29. Backoff', async (t) => {
    const { R, stranger } = scene(t, server);
    const [a, b] = [stranger(), stranger()];
    const status = () => admin(server, 'GET', `reconnection?ip=${a.address}`);
    for (let i = 1; i <= 3; i++) {
      assert.equal(await visits(a, R), null, `connection ${i}`);
      assert.equal((await status()).count, i);
    }
    const third = await status();
    isAbout(Date.parse(third.backoffUntil) - Date.parse(third.lastAttempt), BACKOFF_MS);
    const throttled = await visits(a, R);
    assert.equal(throttled?.code, 'RECONNECTION_THROTTLED');
    assert.ok(throttled.retryAfter <= BACKOFF_MS / 1_000, `${throttled.retryAfter} s`);
    // A refused attempt extends nothing.
    const { count, lastAttempt, backoffUntil } = await status();
    assert.equal(count, 3);
    isAbout(Date.parse(lastAttempt), Date.parse(third.lastAttempt));
    isAbout(Date.parse(backoffUntil), Date.parse(third.backoffUntil));
    assert.equal(await visits(b, R), null);
    await eventually('it has waited', async () => Date.now() >= Date.parse(third.backoffUntil));
    assert.equal(await visits(a, R), null);
    const fourth = await status();
    assert.equal(fourth.count, 4);
    isAbout(Date.parse(fourth.backoffUntil) - Date.parse(fourth.lastAttempt), 2 * BACKOFF_MS);
  });

  // ---- 2.9

  test('2.9. Abuse block: it ends by itself, however often one tries', async (t) => {
    const { R, visitor } = scene(t, server);
    const a = await visitor('Ann');
    const inside = [await a.enters(R, 1), await a.enters(R, 1)];
    const attempt = async () => {
      const one = await a.connects(R);
      const { code } = await one.expect('error');
      await one.expectThrownOut();
      return code;
    };
    for (let i = 0; i <= BLOCK_THRESHOLD; i++) assert.equal(await attempt(), 'TOO_MANY_CONNECTIONS');
    const blockedMs = performance.now();
    assert.equal(await attempt(), 'IP_BLOCKED');
    // Neither REST nor the sockets that are there are concerned.
    succeeded(await a.call('GET', '/api/public/rooms'), 200, 'rooms');
    await quiet(...inside);
    const b = await visitor('Ben');
    await b.enters(R, 2);
    const codes = new Set();
    await eventually('the block ends', async () => {
      const code = await attempt();
      codes.add(code);
      return code !== 'IP_BLOCKED';
    });
    assert.ok(performance.now() - blockedMs > ABUSE_MS / 2);
    assert.deepEqual([...codes], ['IP_BLOCKED', 'TOO_MANY_CONNECTIONS']);
  });
});

// ---- With little room

test('29. Backoff: with the settings as they come, a client that waits as it is told is admitted', async (t) => {
  const { R, stranger } = scene(t, small);
  await idle();
  const a = stranger();
  const one = await a.connects(R);
  await one.quiet();
  one.link.close();
  await eventually('it is gone', async () => await connections(small, a.address) === 0);
  const { count, lastAttempt, backoffUntil } = await admin(small, 'GET', `reconnection?ip=${a.address}`);
  assert.deepEqual([count, typeof lastAttempt, backoffUntil], [1, 'string', null]);
});

// ---- 30

/** Nobody of an earlier test is there any more. */
const idle = () => eventually('all have left', async () => {
  const { active, queueLength } = await admin(small, 'GET', 'capacity');
  return active === 0 && queueLength === 0;
});

overEach(TRANSPORTS, (transport, options) => test(`30. Capacity (${transport}): whoever waits is admitted when somebody goes, and what it said meanwhile counts`, async (t) => {
  await idle();
  const { R, visitor } = scene(t, small);
  const [a, b, c, d] = await Promise.all(['Ann', 'Ben', 'Cid', 'Dee'].map((name) => visitor(name)));
  const one = await a.enters(R, 1);
  const two = await b.enters(R, 2);
  await one.expectJoined(b, 2);
  const three = await c.connects(R, options);
  assert.equal((await three.expect('system-capacity-queue')).queuePosition, 1);
  const four = await d.connects(R, options);
  assert.equal((await four.expect('system-capacity-queue')).queuePosition, 2);
  assert.deepEqual(await admin(small, 'GET', 'capacity'), { active: 2, max: 2, queueLength: 2, freeSlots: 0 });
  three.join();
  for (const word of ['one', 'two', 'three']) three.say(word);
  await quiet(one, two);
  three.nothingWaits();
  one.link.kill();
  await two.expectLeft(a, 1);
  await three.welcomed(2);
  await two.expectJoined(c, 2);
  for (const word of ['one', 'two', 'three']) for (const socket of [two, three]) await socket.expectMessage(c, word);
  assert.equal((await four.expect('system-capacity-queue')).queuePosition, 1);
  // And who gives up waiting takes nobody's place.
  four.link.kill();
  await eventually('the queue is empty', async () => (await admin(small, 'GET', 'capacity')).queueLength === 0);
  two.socket.disconnect();
  await three.expectLeft(b, 1);
  assert.deepEqual(await admin(small, 'GET', 'capacity'), { active: 1, max: 2, queueLength: 0, freeSlots: 1 });
  await three.quiet();
}));

test('30. Capacity: of what one says while one waits, the first 32 things count', async (t) => {
  await idle();
  const { R, visitor, viewer } = scene(t, small);
  const [a, b, c] = await Promise.all(['Ann', 'Ben', 'Cid'].map((name) => visitor(name)));
  const inside = [await a.connects(R), await b.connects(R)];
  const one = await c.connects(R);
  await one.expect('system-capacity-queue');
  one.join();
  for (let i = 1; i < 40; i++) one.toggle('audio', true);
  // On the same link, so that the server has heard all of it.
  await viewer({ link: one.link });
  await quiet(...inside);
  inside[0].link.kill();
  await one.welcomed(1);
  for (let i = 1; i < 32; i++) await one.expect('participant-audio-toggle');
  await one.quiet();
});

overEach(TRANSPORTS, (transport, options) => test(`30. Capacity (${transport}): whoever has waited too long, or finds the queue full, is sent away`, async (t) => {
  await idle();
  const { R, S, visitor, stranger } = scene(t, small);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const inside = [await a.enters(R, 1), await b.enters(S, 1)];
  const startedMs = performance.now();
  const waiting = [];
  for (let position = 1; position <= QUEUE_MAX; position++) {
    const one = await stranger().connects(R, options);
    assert.equal((await one.expect('system-capacity-queue')).queuePosition, position);
    waiting.push(one);
  }
  const late = await stranger().connects(R, options);
  await late.expectError('SYSTEM_AT_CAPACITY');
  await late.expectThrownOut();
  await waiting[0].expectError('SYSTEM_AT_CAPACITY');
  assert.ok(performance.now() - startedMs >= QUEUE_MS - 20, 'it had its time');
  await waiting[0].expectThrownOut();
  // The second may have moved up for a moment before its own time came.
  assert.equal((await waiting[1].until('error')).code, 'SYSTEM_AT_CAPACITY');
  await waiting[1].expectThrownOut();
  await quiet(...inside);
  assert.deepEqual(await admin(small, 'GET', 'capacity'), { active: 2, max: 2, queueLength: 0, freeSlots: 0 });
}));

// ---- 2.1

test('2.1. A user that nothing is heard of is forgotten with its seat; one that has a socket is not', async (t) => {
  await idle();
  const { R, S, visitor, viewer, sees } = scene(t, small);
  const watching = await viewer();
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const socket = await b.enters(S, 1);
  await sees(watching, 1, S);
  await a.takesSeat(R);
  await sees(watching, 1);
  await sees(watching, 0);
  assert.equal((await room(small, R)).currentOccupancy, 0);
  const { userId } = succeeded(await a.createUser('Ann'), 201, 'user');
  assert.notEqual(userId, a.userId);
  await socket.quiet();
  await b.named('Benny');
  socket.join();
  await socket.welcomed(1, 'Benny');
  assert.equal(socket.visitor.userId, b.userId);
});
