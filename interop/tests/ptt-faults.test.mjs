// What goes wrong under PTT: networks that fall silent (scenario 10 of its contract), a Redis that is killed, hangs or was never there, servers that are killed
// while people talk.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { asked, aWhile, beat, BEAT_MS, hasStatus, LATE_MS, metric, NOTICED_MS, presenceScene, QUICK, startShared, TTL_MS, Watch } from '../lib/presence.mjs';
import {
  AUDIO, eventually, GROUP, LOGIN_DUPLICATED, passTime, PRESENCE_SNAPSHOT, PRIVATE, START, START_ACK, START_FAILED, startPtt, STOP, STOP_ACK, TEXT, TEXT_ACK,
  times, UNAUTHORIZED_GROUP, USER_ADD,
} from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';
import { freePort } from '../lib/tools.mjs';
import { startWire } from '../lib/wire.mjs';

const IDLE_MS = 1_000;
/** A decision that needs Redis is made without it after that long at most. */
const FAIL_FAST_MS = 1_000;
/** How much the clock of a process may be rounded, or wander off. */
const CLOCK_MS = 20;
/** A connection that answers no PING ends later than the TTL. */
const PING_MS = 2_000;
const SETTINGS = { ...QUICK, MAXIMUM_IDLE_DURATION: String(IDLE_MS), PTT_MAX_MESSAGES_PER_SECOND: '100000', PING_INTERVAL: String(PING_MS) };

const redis = await startRedis();
const early = { port: await freePort() };
const [inMemory, one, two, three, waiting] = await Promise.all([
  startPtt(SETTINGS),
  ...times(3, () => startShared(redis, SETTINGS)),
  startPtt({ ...SETTINGS, REDIS_URL: `redis://127.0.0.1:${early.port}` }),
]);
after(async () => {
  await Promise.all([inMemory, one, two, three, waiting].map((server) => server.stop()));
  await redis.stop();
});

describe('Networks', { concurrency: 8 }, () => {
  for (const [where, server] of [['in memory', inMemory], ['with Redis', one]]) {
    test(`10. A mobile whose network is lost without a word is offline after the TTL, once (${where})`, async (t) => {
      const wire = await startWire(server.port);
      t.after(() => wire.stop());
      const { name, mobile, watcher, fence } = presenceScene(t, server);
      const w = await watcher(name('W'));
      const m = await mobile(name('M'), { server: wire, beatMs: BEAT_MS });
      await w.sees(m.uid, 'online');
      const dropped = await metric(server, 'roost_silent_peers_total');
      wire.silence();
      const silentMs = performance.now();
      const { atMs, lastSeen } = await w.sees(m.uid, 'offline');
      assert.ok(atMs - silentMs <= TTL_MS + NOTICED_MS + LATE_MS, `offline only after ${atMs - silentMs} ms`);
      const tookMs = performance.timeOrigin + atMs - lastSeen;
      assert.ok(tookMs >= TTL_MS - CLOCK_MS, `offline ${tookMs} ms after the last heartbeat`);
      // The PINGs that nobody answers end the connection, and that is nothing new.
      await eventually(async () => (await metric(server, 'roost_silent_peers_total')) > dropped);
      await fence(w);
      assert.deepEqual(w.story(m.uid), ['online', 'offline']);
      wire.restore();
      await m.ended();
      await fence(w);
      assert.deepEqual(w.story(m.uid), ['online', 'offline']);
    });

    test(`10. A mobile that comes back another way in time was never away (${where})`, async (t) => {
      const wire = await startWire(server.port);
      t.after(() => wire.stop());
      const { name, mobile, watcher, fence } = presenceScene(t, server);
      const w = await watcher(name('W'));
      const lost = await mobile(name('M'), { server: wire, beatMs: BEAT_MS });
      await w.sees(lost.uid, 'online');
      wire.silence();
      const back = await mobile(lost.uid, { beatMs: BEAT_MS });
      await passTime(2 * TTL_MS);
      wire.restore();
      await lost.ended();
      await aWhile();
      await fence(w);
      assert.deepEqual([...new Set(w.story(lost.uid))], ['online']);
      assert.ok(back.isOpen);
    });
  }
});

/**
 * Groups that talk and users that text each other, on these servers. What a group hears comes from its own server, whatever happens to Redis.
 * `since` says how much each listener has heard since then; `stop` ends it.
 */
async function load(t, servers) {
  const { name, client, attempt } = presenceScene(t, ...servers);
  const talks = await Promise.all(times(3 * servers.length, async (i) => {
    const server = servers[i % servers.length];
    const group = name(`g${i}`);
    const [speaker, listener] = await Promise.all(['S', 'L'].map((word) => client(name(`${word}${i}`), { server, device: 'd', channelIds: [group] })));
    speaker.send(GROUP, START, group, i + 1);
    await speaker.find(START_ACK);
    await listener.find(START);
    beat(speaker, BEAT_MS);
    beat(listener, BEAT_MS);
    return { group, speaker, listener, server };
  }));
  let said = 0;
  const talking = setInterval(() => {
    said++;
    for (const { group, speaker, listener } of talks) {
      if (!speaker.isOpen) continue;
      speaker.send(GROUP, AUDIO, group, Buffer.from(`audio ${said}`));
      if (said % 5 === 0) speaker.send(PRIVATE, TEXT, listener.uid, `text ${said}`);
    }
  }, 20);
  // Others come and go all the time.
  let visits = 0;
  let isOver = false;
  const visiting = Promise.all(servers.map(async (server, k) => {
    while (!isOver) {
      const visitor = attempt({ uid: name(`V${k}-${visits++ % 20}`), device: `d${visits % 3}`, server });
      await visitor.opened.catch(() => passTime(50));
      if (visitor.isOpen) await visitor.sync().catch(() => {});
      visitor.drop();
    }
  }));
  const stop = () => {
    clearInterval(talking);
    isOver = true;
    return visiting;
  };
  t.after(stop);
  const heard = ({ listener }) => listener.all(AUDIO).length;
  return {
    talks, stop, visits: () => visits,
    /** Every listener of these servers hears so much more; returns the longest silence in ms that one of them has had meanwhile. */
    async goesOn(count, among = servers) {
      const listening = talks.filter(({ server }) => among.includes(server));
      const from = listening.map(heard);
      const startMs = performance.now();
      await Promise.all(listening.map((talk, i) => talk.listener.until(() => heard(talk) >= from[i] + count)));
      return Math.max(...listening.map(({ listener }, i) => {
        const arrivals = [startMs, ...listener.all(AUDIO).slice(from[i]).map(({ atMs }) => atMs)];
        return Math.max(...arrivals.slice(1).map((at, k) => at - arrivals[k]));
      }));
    },
  };
}

test('18. Redis is killed while people talk: they go on, and all is well when it comes back', async (t) => {
  const { name, mobile, watcher, client, fence } = presenceScene(t, one, two);
  const servers = [one, two];
  const traffic = await load(t, servers);
  const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
  const m = await mobile(name('M'), { beatMs: BEAT_MS });
  await traffic.goesOn(20);

  await redis.kill();
  const silenceMs = await traffic.goesOn(100);
  assert.ok(silenceMs < FAIL_FAST_MS + LATE_MS, `nothing was heard for ${silenceMs} ms`);
  // A floor that is asked for is given by the server itself, in time.
  const group = name('local');
  const [a, b] = await Promise.all(['A', 'B'].map((word) => client(name(word), { channelIds: [group] })));
  const askedMs = performance.now();
  a.send(GROUP, START, group, 1);
  await a.find(START_ACK);
  assert.ok(performance.now() - askedMs < FAIL_FAST_MS + LATE_MS, `START_ACK after ${performance.now() - askedMs} ms`);
  await b.find(START);
  b.send(GROUP, START, group, 1);
  assert.equal((await b.find(START_FAILED)).payload, 'Busy');
  const response = await asked(two, 'x');
  assert.equal(response.status, 500);
  const visited = traffic.visits();
  await eventually(() => traffic.visits() > visited + 5);

  const snapshots = watchers.map((w) => w.client.all(PRESENCE_SNAPSHOT).length);
  await redis.start();
  await Promise.all(watchers.map((w, i) => w.snapshot(snapshots[i] + 1)));
  const talkers = traffic.talks.flatMap(({ speaker, listener }) => [speaker.uid, listener.uid]);
  for (const server of servers) for (const uid of [m.uid, ...talkers]) await hasStatus(server, uid, 'online');
  for (const w of watchers) await w.client.until(() => [m.uid, ...talkers].every((uid) => w.view().has(uid)));
  assert.ok(await traffic.goesOn(50) < FAIL_FAST_MS + LATE_MS);
  await traffic.stop();
  await fence(...watchers);
  for (const w of watchers) await w.client.until(() => [...w.view()].every((uid) => !uid.startsWith('V')));
  for (const { speaker, listener } of traffic.talks) {
    assert.ok(speaker.isOpen && listener.isOpen);
    assert.equal(listener.all(UNAUTHORIZED_GROUP).length, 0);
    const texts = listener.all(TEXT).map(({ payload }) => Number(JSON.parse(payload).text.slice(5)));
    assert.ok(texts.length > 0 && texts.every((n, i) => i === 0 || n === texts[i - 1] + 5), 'texts between users of one server are neither lost nor out of order');
  }
  for (const server of servers) assert.doesNotMatch(server.log(), /\tat |OutOfMemory/);
});

test('Redis hangs: decisions are made without it in time, and all is well when it goes on', async (t) => {
  const { name, mobile, client, watcher } = presenceScene(t, one, two);
  const servers = [one, two];
  const traffic = await load(t, servers);
  const w = await watcher(name('W'));
  const m = await mobile(name('M'), { beatMs: BEAT_MS });
  await w.sees(m.uid, 'online');
  await traffic.goesOn(10);
  redis.pause();
  t.after(() => redis.resume());
  const silenceMs = await traffic.goesOn(50);
  assert.ok(silenceMs < FAIL_FAST_MS + LATE_MS, `nothing was heard for ${silenceMs} ms`);
  const group = name('g');
  const fromMs = performance.now();
  const a = await client(name('A'), { channelIds: [group] });
  a.send(GROUP, START, group, 1);
  await a.find(START_ACK);
  const tookMs = performance.now() - fromMs;
  assert.ok(tookMs < 3 * FAIL_FAST_MS + LATE_MS, `a new user speaks after ${tookMs} ms`);
  const askedMs = performance.now();
  assert.equal((await asked(one, 'x')).status, 500);
  assert.ok(performance.now() - askedMs < 2_000, `an answer after ${performance.now() - askedMs} ms`);
  redis.resume();
  for (const server of servers) await hasStatus(server, m.uid, 'online');
  assert.ok(await traffic.goesOn(20) < FAIL_FAST_MS + LATE_MS);
  await w.client.until(() => w.view().has(m.uid));
  await traffic.stop();
});

test('12. A login that Redis carries out too late ends the older one all the same, with a word, and its end is the end', async (t) => {
  const { name, mobile, watcher } = presenceScene(t, one, two);
  const w = await watcher(name('W'));
  const uid = name('M');
  const old = await mobile(uid, { device: 'd1', server: one, beatMs: BEAT_MS });
  await w.sees(uid, 'online');
  redis.pause();
  t.after(() => redis.resume());
  const group = name('g');
  const next = await mobile(uid, { device: 'd2', server: two, channelIds: [group], beatMs: BEAT_MS });
  // What was asked behind the login has been given up, so the login has been, too.
  next.send(GROUP, START, group, 1);
  await next.find(START_ACK);
  redis.resume();
  assert.equal((await old.ended()).code, 1000);
  assert.deepEqual(old.all(LOGIN_DUPLICATED).length, 1);
  await eventually(async () => (await redis.hash(`presence:meta:${uid}`)).deviceId === 'd2');
  assert.ok(next.isOpen);
  await next.close();
  for (const server of [one, two]) await hasStatus(server, uid, 'offline');
});

test('16. A server is killed while people talk: those of the other one go on, its speakers free their floors, nobody stays online for ever', async (t) => {
  const { name, mobile, client, watcher, fence } = presenceScene(t, one, three);
  const traffic = await load(t, [one, three]);
  const w = await watcher(name('W'));
  const group = name('g');
  const speaker = await client(name('S'), { server: three, channelIds: [group], device: 'd' });
  const [listener, next] = await Promise.all(['L', 'N'].map((word) => client(name(word), { channelIds: [group], device: 'd' })));
  const gone = await mobile(name('G'), { server: three, beatMs: BEAT_MS });
  await w.sees(gone.uid, 'online');
  speaker.send(GROUP, START, group, 1);
  await speaker.find(START_ACK);
  await eventually(async () => {
    speaker.send(GROUP, AUDIO, group, Buffer.from('audio'));
    await speaker.sync();
    return listener.all(AUDIO).length > 0;
  });
  next.send(GROUP, START, group, 1);
  assert.equal((await next.find(START_FAILED)).payload, 'Busy');
  await traffic.goesOn(10);

  await three.stop('SIGKILL');
  const killedMs = performance.now();
  await eventually(async () => {
    next.send(GROUP, START, group, 2);
    return (await next.find(({ type }) => type === START_ACK || type === START_FAILED)).type === START_ACK;
  });
  const tookMs = performance.now() - killedMs;
  assert.ok(tookMs < IDLE_MS + LATE_MS, `the floor was free after ${tookMs} ms`);
  next.send(GROUP, STOP, group, undefined);
  await next.find(STOP_ACK);
  assert.ok(await traffic.goesOn(50, [one]) < FAIL_FAST_MS + LATE_MS);
  const { atMs } = await w.sees(gone.uid, 'offline');
  assert.ok(atMs - killedMs <= TTL_MS + NOTICED_MS + LATE_MS, `offline after ${atMs - killedMs} ms`);
  // What was there is as if it were on another server, and soon nobody is looked for there any more.
  next.send(PRIVATE, START, gone.uid, 1);
  assert.equal((await next.find(START_FAILED)).payload, 'Recipient offline');
  const back = await mobile(gone.uid, { beatMs: BEAT_MS });
  next.send(PRIVATE, TEXT, gone.uid, 'welcome back');
  await next.find(TEXT_ACK);
  assert.equal(JSON.parse((await back.find(TEXT)).payload).text, 'welcome back');
  await traffic.stop();
  await passTime(TTL_MS);
  await fence(w);
  await w.client.until(() => traffic.talks.filter(({ server }) => server === three).every(({ speaker: { uid } }) => !w.view().has(uid)));
  assert.deepEqual(w.story(gone.uid), ['online', 'offline', 'online']);
});

test('Redis is not there at the start: all that needs no other server works, and the rest when it comes', async (t) => {
  assert.match(waiting.log(), /Redis/);
  const { name, client, mobile } = presenceScene(t, waiting);
  const group = name('g');
  const a = await mobile(name('A'), { channelIds: [group], beatMs: BEAT_MS });
  const b = await client(name('B'), { channelIds: [group] });
  a.send(GROUP, START, group, 1);
  await a.find(START_ACK);
  await b.find(START);
  a.send(PRIVATE, TEXT, b.uid, 'hello');
  assert.equal(JSON.parse((await b.find(TEXT)).payload).text, 'hello');
  assert.equal((await asked(waiting, 'x')).status, 500);
  const w = new Watch(await client(name('W'), { role: 'web' }));

  const late = await startRedis([], early.port);
  t.after(() => late.stop());
  await w.snapshot();
  await w.client.until(() => w.view().has(a.uid));
  await hasStatus(waiting, a.uid, 'online');
  a.send(GROUP, USER_ADD, name('another'));
  await eventually(async () => (await late.command('SISMEMBER', `g.${name('another')}.u`, a.uid)) === 1);
  assert.ok(await metric(waiting, 'presence_online_total') >= 1);
});
