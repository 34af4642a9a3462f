// Who is online, as mobiles come, beat, fall silent and go: scenarios 2, 4 to 9, 11, 12 and 24 of the PTT contract, in memory and with a real Redis.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  aWhile, beat, BEAT_MS, hasStatus, LATE_MS, metric, NOTICED_MS, PATIENT, presenceScene, QUICK, startShared, statuses, TTL_MS, WIDE_SPACING_MS,
} from '../lib/presence.mjs';
import { eventually, LOGIN_DUPLICATED, passTime, PRESENCE_SNAPSHOT, PRESENCE_UPDATE, PRIVATE, startPtt, STATUS, TEXT, TEXT_ACK, times } from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';

const redis = await startRedis();
const [inMemory, quickInMemory, withRedis, quickWithRedis, lenient] = await Promise.all([
  startPtt(PATIENT),
  startPtt(QUICK),
  startShared(redis, PATIENT),
  // Nobody looks for expired keys here: the notifications of this database have to tell.
  startShared(redis, { ...QUICK, REDIS_DB: '1', PRESENCE_SWEEP_MS: '600000' }),
  startPtt({ ...QUICK, DUPLICATE_LOGIN_POLICY: 'allow', PRESENCE_REFRESH_ON_PONG: 'true', PING_INTERVAL: '400', PTT_MAX_MISSED_PONGS: '1000' }),
]);
after(async () => {
  await Promise.all([inMemory, quickInMemory, withRedis, quickWithRedis, lenient].map((server) => server.stop()));
  await redis.stop();
});

describe('Presence in memory', { concurrency: 16 }, () => presence(inMemory, quickInMemory, null));
describe('Presence with Redis', { concurrency: 16 }, () => presence(withRedis, quickWithRedis, redis));

/**
 * @param server where nobody's time passes
 * @param quick  where it does, in seconds
 * @param store  the Redis of the servers; null if they have none
 */
function presence(server, quick, store) {
  test('2. Go online', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const m = name('M');
    const before = Date.now();
    await mobile(m, { device: 'd1' });
    const { atMs, ...update } = await w.sees(m, 'online');
    const { timestamp, lastSeen } = update;
    assert.deepEqual(update, { type: 'presence_update', userId: m, status: 'online', timestamp, lastSeen, deviceId: 'd1', role: 'mobile' });
    assert.ok(timestamp >= before && timestamp <= Date.now() && lastSeen >= before && lastSeen <= timestamp, `${before} ${lastSeen} ${timestamp}`);
    assert.deepEqual(await statuses(server, m), [{ userId: m, status: 'online', lastSeen, deviceId: 'd1' }]);
    if (store) {
      assert.equal(await store.command('GET', `presence:user:${m}`), '1');
      const ttlMs = await store.command('PTTL', `presence:user:${m}`);
      assert.ok(ttlMs > 0 && ttlMs <= 60_000, `${ttlMs} ms to live`);
      const { status, deviceId, role, lastSeen: stored } = await store.hash(`presence:meta:${m}`);
      assert.deepEqual({ status, deviceId, role, stored }, { status: 'online', deviceId: 'd1', role: 'mobile', stored: String(lastSeen) });
    }
    await fence(w);
    assert.deepEqual(w.story(m), ['online']);
  });

  test('2. A heartbeat right after the opening is no news', async (t) => {
    const { name, attempt, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const mobiles = await Promise.all(times(10, async (i) => {
      const m = attempt({ uid: name(`M${i}`), device: 'd' });
      await m.opened;
      m.heartbeat();
      await m.sync();
      return m;
    }));
    await fence(w);
    for (const { uid } of mobiles) assert.deepEqual(w.of(uid).map(({ status }) => status), ['online']);
  });

  test('4. A heartbeat keeps alive', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, quick);
    const w = await watcher(name('W'));
    const m = await mobile(name('M'), { beatMs: BEAT_MS });
    const { lastSeen } = await w.sees(m.uid, 'online');
    await passTime(1.5 * TTL_MS + NOTICED_MS);
    const [now] = await statuses(quick, m.uid);
    assert.equal(now.status, 'online');
    assert.ok(now.lastSeen >= lastSeen + TTL_MS, `last seen at ${lastSeen}, then at ${now.lastSeen}`);
    await fence(w);
    assert.deepEqual(w.story(m.uid), ['online']);
  });

  test('5. The TTL ends while connected', async (t) => {
    const { name, mobile, watcher, client, fence } = presenceScene(t, quick);
    const w = await watcher(name('W'));
    const other = await client(name('O'));
    const m = await mobile(name('M'));
    const openMs = performance.now();
    const { lastSeen } = await w.sees(m.uid, 'online');
    const { atMs } = await w.sees(m.uid, 'offline');
    assert.ok(atMs - m.startMs >= TTL_MS, `offline after ${atMs - m.startMs} ms`);
    assert.ok(atMs - openMs <= TTL_MS + NOTICED_MS + LATE_MS, `offline only after ${atMs - openMs} ms`);
    assert.deepEqual(await statuses(quick, m.uid), [{ userId: m.uid, status: 'offline', lastSeen, deviceId: `device of ${m.uid}` }]);
    await aWhile();
    await fence(w);
    assert.deepEqual(w.story(m.uid), ['online', 'offline']);
    m.send(PRIVATE, TEXT, other.uid, 'still here');
    await m.expect(TEXT_ACK);
    assert.equal(JSON.parse((await other.expect(TEXT)).payload).text, 'still here');
    m.heartbeat();
    await w.sees(m.uid, 'online');
    await fence(w);
    assert.deepEqual(w.story(m.uid), ['online', 'offline', 'online']);
    assert.ok((await statuses(quick, m.uid))[0].lastSeen > lastSeen);
  });

  test('6. Heartbeat spam counts once, and delays nothing', async (t) => {
    const { name, mobile } = presenceScene(t, server);
    const m = await mobile(name('M'));
    const { lastSeen: connected } = await hasStatus(server, m.uid, 'online');
    const seenAfter = (ms) => eventually(async () => {
      const [{ lastSeen }] = await statuses(server, m.uid);
      return lastSeen > ms && lastSeen;
    });
    m.heartbeat();
    const first = await seenAfter(connected);
    for (let i = 0; i < 19; i++) {
      m.heartbeat();
      await passTime(25);
    }
    await m.sync();
    beat(m, 10);
    const second = await seenAfter(first);
    assert.ok(second - first >= WIDE_SPACING_MS - 5, `accepted again after ${second - first} ms`);
    assert.ok(second - first <= WIDE_SPACING_MS + LATE_MS, `accepted again only after ${second - first} ms`);
    assert.ok(m.isOpen);
  });

  test('7. A forged heartbeat is that of its sender', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const [m1, m2] = [await mobile(name('M1')), name('M2')];
    const { lastSeen } = await w.sees(m1.uid, 'online');
    m1.sendArray([0, 30, m2, 0, { type: 'heartbeat', timestamp: Date.now() }]);
    await eventually(async () => (await statuses(server, m1.uid))[0].lastSeen > lastSeen);
    assert.deepEqual(await statuses(server, m2), [{ userId: m2, status: 'offline', lastSeen: 0 }]);
    await fence(w);
    assert.deepEqual([w.story(m1.uid), w.story(m2)], [['online'], []]);
  });

  test('Heartbeats of any payload and channel type count', async (t) => {
    const { name, mobile } = presenceScene(t, server);
    const shapes = [[1, 30, 'me', 0, null], [0, 30, 7, 0], [0, 30, 0, 'me', 'x'], [0, 30, 'me', 0, 'id', { type: 'heartbeat', metadata: { battery: 0.5 } }]];
    await Promise.all(shapes.map(async (shape, i) => {
      const m = await mobile(name(`M${i}`));
      const { lastSeen } = await hasStatus(server, m.uid, 'online');
      m.sendArray(shape);
      await eventually(async () => (await statuses(server, m.uid))[0].lastSeen > lastSeen);
    }));
  });

  test('8. A watcher has no heartbeat', async (t) => {
    const { name, watcher, fence } = presenceScene(t, server);
    const [w, other] = [await watcher(name('W')), await watcher(name('O'))];
    const { uid } = w.client;
    for (let i = 0; i < 3; i++) w.client.heartbeat();
    await w.client.sync();
    assert.deepEqual(w.client.all(STATUS).map(({ payload, to }) => [payload.code, to]), [['HEARTBEAT_NOT_ALLOWED', uid]]);
    assert.deepEqual(await statuses(server, uid), [{ userId: uid, status: 'offline', lastSeen: 0 }]);
    if (store) assert.equal(await store.command('EXISTS', `presence:user:${uid}`, `presence:meta:${uid}`), 0);
    await fence(w, other);
    assert.deepEqual([w.story(uid), other.story(uid)], [[], []]);
    assert.ok(w.client.isOpen);
  });

  for (const [how, end] of [['politely', (client) => client.close()], ['because its process is killed', (client) => client.drop()]]) {
    test(`9. Offline at once when a mobile goes ${how}`, async (t) => {
      const { name, mobile, watcher, fence } = presenceScene(t, server);
      const w = await watcher(name('W'));
      const m = await mobile(name('M'));
      await w.sees(m.uid, 'online');
      const [endedMs, endedAt] = [performance.now(), Date.now()];
      end(m);
      const { atMs, lastSeen } = await w.sees(m.uid, 'offline');
      assert.ok(atMs - endedMs < 1_000 + LATE_MS, `offline after ${atMs - endedMs} ms`);
      assert.ok(lastSeen >= endedAt && lastSeen <= Date.now(), `last seen ${lastSeen - endedAt} ms after the end`);
      assert.deepEqual(await statuses(server, m.uid), [{ userId: m.uid, status: 'offline', lastSeen, deviceId: `device of ${m.uid}` }]);
      if (store) {
        assert.equal(await store.command('EXISTS', `presence:user:${m.uid}`), 0);
        assert.equal((await store.hash(`presence:meta:${m.uid}`)).status, 'offline');
      }
      await aWhile();
      await fence(w);
      assert.deepEqual(w.story(m.uid), ['online', 'offline']);
    });
  }

  test('11. Quick reconnects of one device are never seen', async (t) => {
    const { name, mobile, client, attempt, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const other = await client(name('O'));
    const uid = name('M');
    let current = await mobile(uid, { device: 'd1' });
    const all = [current];
    for (let i = 0; i < 100; i++) {
      const next = attempt({ uid, device: 'd1' });
      await next.opened;
      // Every second time the old one goes by itself, and else the server has to end it.
      if (i % 2) current.drop();
      else assert.equal((await current.ended()).code, 1000);
      all.push(current = next);
    }
    await current.sync();
    other.send(PRIVATE, TEXT, uid, 'are you there?');
    await other.expect(TEXT_ACK);
    assert.equal(JSON.parse((await current.expect(TEXT)).payload).text, 'are you there?');
    await aWhile();
    await fence(w);
    assert.deepEqual([...new Set(w.story(uid))], ['online']);
    assert.equal(all.flatMap((one) => one.all(LOGIN_DUPLICATED)).length, 0);
    assert.ok(current.isOpen);
  });

  test('12. Another device takes over', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const uid = name('M');
    const d1 = await mobile(uid, { device: 'd1' });
    await w.sees(uid, 'online');
    const d2 = await mobile(uid, { device: 'd2' });
    const { payload, to } = await d1.expect(LOGIN_DUPLICATED);
    assert.equal(to, uid);
    assert.match(payload, new RegExp(uid));
    assert.match(payload, /d2/);
    assert.equal((await d1.ended()).code, 1000);
    await eventually(async () => (await statuses(server, uid))[0].deviceId === 'd2');
    await aWhile();
    await fence(w);
    assert.deepEqual([...new Set(w.story(uid))], ['online']);
    assert.equal(w.of(uid).at(-1).deviceId, 'd2');
    assert.ok(d2.isOpen);
    // The device of the last login is remembered while nobody is connected.
    await d2.close();
    await w.sees(uid, 'offline');
    const again = await mobile(uid, { device: 'd2' });
    await mobile(uid, { device: 'd2' });
    assert.equal((await again.ended()).code, 1000);
    assert.equal(again.all(LOGIN_DUPLICATED).length, 0);
  });

  test('24. Who is tracked and who watches', async (t) => {
    const { name, mobile, client, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const tracked = await Promise.all(['mobile', undefined, 'admin', 'WEB', ''].map((role, i) => mobile(name(`T${i}`), { role })));
    const claims = await mobile(name('C'), { claims: { role: 7 } });
    for (const { uid } of [...tracked, claims]) await w.sees(uid, 'online');
    const watching = await Promise.all(['web', 'dashboard'].map((role) => client(name(role), { role })));
    for (const one of watching) await one.find(PRESENCE_SNAPSHOT);
    await fence(w);
    for (const one of [...tracked, claims]) assert.deepEqual([...one.all(PRESENCE_SNAPSHOT), ...one.all(PRESENCE_UPDATE)], []);
    for (const { uid } of watching) {
      assert.deepEqual(w.story(uid), []);
      assert.deepEqual(await statuses(server, uid), [{ userId: uid, status: 'offline', lastSeen: 0 }]);
    }
    for (const one of tracked) {
      one.heartbeat();
      await one.sync();
      assert.equal(one.all(STATUS).length, 0);
    }
  });

  test('24. Two tabs of a watcher', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, server);
    const uid = name('W');
    const tabs = [await watcher(uid, { device: 'tab 1' }), await watcher(uid, { device: 'tab 2' })];
    const m1 = await mobile(name('M1'));
    await Promise.all(tabs.map((tab) => tab.sees(m1.uid, 'online')));
    await fence(...tabs);
    for (const tab of tabs) assert.deepEqual(tab.story(m1.uid), ['online']);
    await tabs[0].client.close();
    const m2 = await mobile(name('M2'));
    await tabs[1].sees(m2.uid, 'online');
    await m2.drop();
    await tabs[1].sees(m2.uid, 'offline');
    await fence(tabs[1]);
    assert.deepEqual(tabs[1].story(m2.uid), ['online', 'offline']);
    assert.ok(tabs[1].client.isOpen);
  });
}

describe('Presence on a server of other settings', { concurrency: 8 }, () => {
  test('Where devices may share a user, he is online as long as one of them is', async (t) => {
    const { name, mobile, client, watcher, fence } = presenceScene(t, lenient);
    const w = await watcher(name('W'));
    const other = await client(name('O'));
    const uid = name('M');
    const devices = [];
    for (const device of ['d1', 'd2', 'd3']) devices.push(await mobile(uid, { device }));
    await eventually(async () => (await statuses(lenient, uid))[0].deviceId === 'd3');
    other.send(PRIVATE, TEXT, uid, 'all of you');
    for (const device of devices) {
      assert.equal(JSON.parse((await device.expect(TEXT)).payload).text, 'all of you');
      assert.equal(device.all(LOGIN_DUPLICATED).length, 0);
    }
    // The last to come is the first to go, and the others keep him online.
    for (const device of [devices[2], devices[0]]) {
      await device.close();
      await fence(w);
      assert.equal((await statuses(lenient, uid))[0].status, 'online');
    }
    assert.deepEqual([...new Set(w.story(uid))], ['online']);
    await devices[1].close();
    await w.sees(uid, 'offline');
  });

  test('Where PONGs count, they keep somebody online, but make nobody so', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, lenient);
    const w = await watcher(name('W'));
    const m = await mobile(name('M'));
    const silent = await mobile(name('S'));
    silent.pause();
    await w.sees(silent.uid, 'offline');
    silent.pause(false);
    await silent.until(() => silent.pings.length >= 8);
    await fence(w);
    assert.deepEqual([w.story(m.uid), w.story(silent.uid)], [['online'], ['online', 'offline']]);
    assert.deepEqual((await statuses(lenient, m.uid, silent.uid)).map(({ status }) => status), ['online', 'offline']);
  });
});

for (const [where, server] of [['in memory', inMemory], ['with Redis', withRedis]]) {
  test(`6. Of 20 heartbeats in 500 ms one is accepted, says the metric (${where})`, async (t) => {
    const { name, mobile } = presenceScene(t, server);
    const m = await mobile(name('M'));
    const counted = () => Promise.all(['presence_heartbeat_received_total', 'roost_ptt_heartbeats_ignored'].map((one) => metric(server, one)));
    const before = await counted();
    const startMs = performance.now();
    for (let i = 0; i < 20; i++) {
      m.heartbeat();
      await passTime(25);
    }
    await m.sync();
    const most = 1 + Math.floor((performance.now() - startMs) / WIDE_SPACING_MS);
    const [received, ignored] = (await counted()).map((count, i) => count - before[i]);
    assert.ok(received >= 1 && received <= most, `${received} of 20`);
    assert.equal(received + ignored, 20);
  });

  test(`24. After 100 visits of a dashboard nothing of it remains (${where})`, async (t) => {
    const { name, watcher } = presenceScene(t, server);
    const nobodyIsThere = () => eventually(async () => (await metric(server, 'roost_ptt_watchers')) === 0);
    await nobodyIsThere();
    for (let i = 0; i < 10; i++) {
      const visits = await Promise.all(times(10, () => watcher(name('W'))));
      await Promise.all(visits.map((visit, k) => (k % 2 ? visit.client.drop() : visit.client.close())));
    }
    await nobodyIsThere();
  });
}
