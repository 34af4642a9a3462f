// Whether anybody is still there: scenarios 26 and 27 of the contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { admin, DEADLINE_MS, eventually, overEach, ROOMY, scene, startRooms, TRANSPORTS } from '../lib/rooms.mjs';

const INTERVAL_MS = 700;
const PONG_MS = 200;
/** Clocks of two processes are read at slightly different times. */
const EARLY_MS = 10;
/** How long a machine that others keep busy may stand still before it proves nothing about regular senders. */
const STILL_MS = INTERVAL_MS / 3;

const server = await startRooms({ ...ROOMY, PUBLIC_ROOMS_PING_INTERVAL_MS: `${INTERVAL_MS}`, PUBLIC_ROOMS_PONG_TIMEOUT_MS: `${PONG_MS}` });
after(() => server.stop());

/** A connected socket of a new visitor, and a time before the server can have begun to count. */
async function connected({ visitor, R }, options) {
  const someone = await visitor('Ann');
  const sinceMs = performance.now();
  return Object.assign(await someone.connects(R, options), { sinceMs });
}

/** Nothing of what is due a number of intervals (and some time) after `connect` has come before that. */
function notBefore(one, event, index, intervals, moreMs = 0) {
  const earlyMs = one.sinceMs + intervals * INTERVAL_MS + moreMs - timesOf(one, event)[index];
  assert.ok(earlyMs < EARLY_MS, `${event} ${index + 1} came ${Math.round(earlyMs)} ms too early`);
}

const timesOf = (one, event) => one.log.filter((frame) => frame.event === event).map(({ atMs }) => atMs);

/** Answers every ping, or those that `which` takes by their number from 0 on. */
function answers(one, which = () => true) {
  let pings = 0;
  one.socket.on('ping', () => { if (which(pings++)) one.emit('pong'); });
  return one;
}

describe('Ping', { concurrency: true }, () => {
  overEach(TRANSPORTS, (transport, options) => test(`26. An idle client that answers is asked in every interval and stays (${transport})`, async (t) => {
    const one = answers(await connected(scene(t, server), options));
    for (let i = 0; i < 5; i++) {
      await one.expect('ping', INTERVAL_MS + DEADLINE_MS);
      notBefore(one, 'ping', i, i + 1);
    }
    assert.ok(timesOf(one, 'ping')[4] < timesOf(one, 'connect')[0] + 8 * INTERVAL_MS, 'one an interval');
    await one.quiet();
  }));

  test('26. A client that sends something in every interval is not asked', { timeout: 30_000 }, async (t) => {
    const at = scene(t, server);
    const [busy, clock] = [await connected(at), answers(await connected(at))];
    let [sentMs, longestMs] = [performance.now(), 0];
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - sentMs);
      sentMs = performance.now();
      busy.emit('get-rtp-capabilities');
    }, INTERVAL_MS / 10);
    t.after(() => clearInterval(timer));
    await clock.expect('ping');
    busy.forget();
    // Rounds in which the machine stood still, here or there, say nothing.
    for (let regular = 0; regular < 3; regular++) {
      longestMs = 0;
      const pingMs = timesOf(clock, 'ping').at(-1);
      await clock.expect('ping');
      const isRegular = longestMs < STILL_MS && Math.abs(timesOf(clock, 'ping').at(-1) - pingMs - INTERVAL_MS) < STILL_MS;
      if (isRegular) busy.nothingWaits();
      else { regular = -1; busy.forget(); }
    }
    clearInterval(timer);
    await busy.expect('ping');
  });

  overEach(TRANSPORTS, (transport, options) => test(`27. A silent client is asked three times, and then it is over (${transport})`, async (t) => {
    const at = scene(t, server);
    const { R, sees } = at;
    const other = answers(await connected(at));
    other.join();
    await other.until('user-joined');
    const silent = await connected(at, options);
    silent.join();
    await silent.welcomed(2);
    await other.until('user-joined');
    const watching = await at.viewer();
    for (let i = 0; i < 3; i++) await silent.expect('ping');
    await silent.expectError('CONNECTION_TIMEOUT');
    await silent.expectThrownOut();
    // To join was something, so that the first tick asked nobody.
    notBefore(silent, 'error', 0, 4, PONG_MS);
    assert.deepEqual(await other.until('user-left'), { userId: silent.visitor.userId, currentOccupancy: 1 });
    await sees(watching, 1, R);
  }));

  test('27. An answer to the second begins the count again', async (t) => {
    const one = answers(await connected(scene(t, server)), (number) => number === 1);
    for (let i = 0; i < 5; i++) await one.expect('ping');
    await one.expectError('CONNECTION_TIMEOUT');
    notBefore(one, 'error', 0, 5, PONG_MS);
    await one.expectThrownOut();
  });

  test('27. A late answer, and one of another kind, begin the count again too', async (t) => {
    const one = await connected(scene(t, server));
    one.socket.on('ping', () => { if (one.all('ping').length === 2) setTimeout(() => one.emit('get-rtp-capabilities'), PONG_MS + 50); });
    for (let i = 0; i < 5; i++) await one.expect('ping');
    // It was heard in the third interval, so that nobody was asked at its end.
    for (const i of [2, 3, 4]) notBefore(one, 'ping', i, i + 2);
    await one.expectError('CONNECTION_TIMEOUT');
    await one.expectThrownOut();
  });
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
