// Whether anybody is still there: scenarios 26 and 27 of the contract, and how long a user is remembered (section 2.1).
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { admin, eventually, overEach, ROOMY, room, scene, startRooms, succeeded, TRANSPORTS } from '../lib/rooms.mjs';

const INTERVAL_MS = 500;
const PONG_MS = 150;
/** What a clock of this machine may be late when others keep it busy; never early by more than the last. */
const LATE_MS = 400;
const EARLY_MS = 60;
const TTL_MS = 600;

const [server, forgetful] = await Promise.all([
  startRooms({ ...ROOMY, PUBLIC_ROOMS_PING_INTERVAL_MS: `${INTERVAL_MS}`, PUBLIC_ROOMS_PONG_TIMEOUT_MS: `${PONG_MS}` }),
  startRooms({ ...ROOMY, PUBLIC_ROOMS_USER_TTL_MS: `${TTL_MS}` }),
]);
after(() => Promise.all([server.stop(), forgetful.stop()]));

const timesOf = (one, event) => one.log.filter((frame) => frame.event === event).map(({ atMs }) => atMs);

/** Answers every ping, or those that `which` takes by their number from 0 on. */
function answers(one, which = () => true) {
  let pings = 0;
  one.socket.on('ping', () => { if (which(pings++)) one.emit('pong'); });
  return one;
}

describe('Ping', { concurrency: true }, () => {
  overEach(TRANSPORTS, (transport, options) => test(`26. An idle client that answers is asked in every interval and stays (${transport})`, async (t) => {
    const { R, visitor } = scene(t, server);
    const one = answers(await (await visitor('Ann')).connects(R, options));
    const connectedMs = timesOf(one, 'connect')[0];
    for (let i = 0; i < 5; i++) await one.expect('ping');
    timesOf(one, 'ping').forEach((atMs, i) => {
      const dueMs = connectedMs + (i + 1) * INTERVAL_MS;
      assert.ok(atMs > dueMs - EARLY_MS && atMs < dueMs + LATE_MS, `ping ${i + 1} came ${Math.round(atMs - dueMs)} ms late`);
    });
    await one.quiet();
  }));

  test('26. A client that sends something in every interval is not asked', async (t) => {
    const { R, visitor } = scene(t, server);
    const [busy, clock] = [await (await visitor('Busy')).connects(R), answers(await (await visitor('Clock')).connects(R))];
    let sentMs = performance.now();
    let longestMs = 0;
    const send = () => {
      longestMs = Math.max(longestMs, performance.now() - sentMs);
      sentMs = performance.now();
      busy.emit('get-rtp-capabilities');
    };
    const timer = setInterval(send, INTERVAL_MS / 10);
    t.after(() => clearInterval(timer));
    for (let i = 0; i < 5; i++) await clock.expect('ping');
    // A machine that stood still for so long has not sent in every interval.
    if (longestMs < INTERVAL_MS * 0.6) await busy.quiet();
    else t.diagnostic(`the sender was held up for ${Math.round(longestMs)} ms`);
    clearInterval(timer);
    await busy.until('ping');
  });

  overEach(TRANSPORTS, (transport, options) => test(`27. A silent client is asked three times, and then it is over (${transport})`, async (t) => {
    const { R, visitor, viewer, sees } = scene(t, server);
    const [a, b] = [await visitor('Ann'), await visitor('Ben')];
    const other = answers(await b.connects(R));
    other.join();
    await other.welcomed(1);
    const silent = await a.enters(R, 2, options);
    await other.until('user-joined');
    const watching = await viewer();
    for (let i = 0; i < 3; i++) await silent.expect('ping');
    await silent.expectError('CONNECTION_TIMEOUT');
    await silent.expectThrownOut();
    const [asked, over] = [timesOf(silent, 'ping')[2], timesOf(silent, 'error')[0]];
    assert.ok(over - asked > PONG_MS - EARLY_MS && over - asked < PONG_MS + LATE_MS, `${Math.round(over - asked)} ms after the third`);
    const { userId, currentOccupancy } = await other.until('user-left');
    assert.deepEqual([userId, currentOccupancy], [a.userId, 1]);
    await sees(watching, 1);
  }));

  test('27. An answer to the second begins the count again', async (t) => {
    const { R, visitor } = scene(t, server);
    const one = answers(await (await visitor('Ann')).connects(R), (number) => number === 1);
    for (let i = 0; i < 5; i++) await one.expect('ping');
    await one.expectError('CONNECTION_TIMEOUT');
    await one.expectThrownOut();
  });

  test('27. A late answer, and one of another kind, begin the count again too', async (t) => {
    const { R, visitor } = scene(t, server);
    const one = await (await visitor('Ann')).connects(R);
    one.socket.on('ping', () => { if (one.all('ping').length === 2) setTimeout(() => one.emit('get-rtp-capabilities'), PONG_MS + 50); });
    for (let i = 0; i < 2; i++) await one.expect('ping');
    // It was heard in the third interval, so that nobody asks at its end.
    for (let i = 0; i < 3; i++) await one.expect('ping');
    await one.expectError('CONNECTION_TIMEOUT');
    const [, second, third] = timesOf(one, 'ping');
    assert.ok(third - second > 2 * INTERVAL_MS - EARLY_MS - LATE_MS, `${Math.round(third - second)} ms`);
  });
});

// ---- 2.1

test('2.1. A user that nothing is heard of is forgotten with its seat; one that has a socket is not', async (t) => {
  const { R, S, visitor, viewer, sees } = scene(t, forgetful);
  const watching = await viewer();
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const socket = await b.enters(S, 1);
  await sees(watching, 1, S);
  await a.takesSeat(R);
  await sees(watching, 1);
  await sees(watching, 0);
  assert.equal((await room(forgetful, R)).currentOccupancy, 0);
  const { userId } = succeeded(await a.createUser('Ann'), 201, 'user');
  assert.notEqual(userId, a.userId);
  await socket.quiet();
  await b.named('Benny');
  socket.join();
  await socket.welcomed(1, 'Benny');
  assert.equal(socket.visitor.userId, b.userId);
});

// ---- 3.6, last because nobody is asked from here on

test('3.6. The health check can be stopped', async (t) => {
  const { R, visitor } = scene(t, server);
  const one = await (await visitor('Ann')).connects(R);
  await one.expect('ping');
  await admin(server, 'POST', 'health-checks/stop');
  const pings = one.all('ping').length;
  const connectedMs = timesOf(one, 'connect')[0];
  await eventually('three more intervals', () => performance.now() > connectedMs + (pings + 3) * INTERVAL_MS + PONG_MS);
  assert.equal(one.all('ping').length, pings);
  await one.quiet();
});
