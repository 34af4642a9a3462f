// Dashboards: scenarios 3 and 36 of the PTT contract, the batch window, and subscriptions of every kind.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { PATIENT, presenceScene, startShared, statuses } from '../lib/presence.mjs';
import { awake, eventually, passTime, PRESENCE_SNAPSHOT, PRESENCE_UPDATE, startPtt, STATUS, times, USER_ADD, USER_REMOVE } from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';

/** So long that all that is done in one window stays in it, also on a busy machine. */
const WIDE_MS = 1_500;

const redis = await startRedis();
const [inMemory, withRedis, wide] = await Promise.all([
  startPtt(PATIENT),
  startShared(redis, PATIENT),
  startPtt({ ...PATIENT, PRESENCE_BATCH_WINDOW_MS: String(WIDE_MS), PRESENCE_MAX_WATCHERS_PER_USER: '3' }),
]);
after(async () => {
  await Promise.all([inMemory, withRedis, wide].map((server) => server.stop()));
  await redis.stop();
});

describe('Watchers in memory', { concurrency: 8 }, () => watchers(inMemory));
describe('Watchers with Redis', { concurrency: 8 }, () => watchers(withRedis));

const ids = (snapshot) => snapshot.users.map(({ userId }) => userId).sort();

function watchers(server) {
  test('3. A snapshot comes first, and with what follows it is the truth', async (t) => {
    const { name, mobile, watcher, attempt, fence } = presenceScene(t, server);
    const steady = await Promise.all(times(3, (i) => mobile(name(`M${i}`))));
    const flapping = name('F');
    let isOver = false;
    const flap = (async () => {
      for (let i = 0; !isOver || i % 2; i++) {
        const one = attempt({ uid: flapping, device: 'f' });
        await one.opened;
        await one.sync();
        if (i % 3) one.drop();
        else await one.close();
      }
    })();
    const all = [];
    for (let i = 0; i < 10; i++) all.push(...await Promise.all(times(5, (k) => watcher(name(`W${i}-${k}`)))));
    isOver = true;
    await flap;
    await fence(...all);
    assert.equal((await statuses(server, flapping))[0].status, 'offline');
    for (const one of all) {
      const { users, totalOnline } = await one.snapshot();
      assert.equal(totalOnline, users.length);
      const view = one.view();
      assert.deepEqual([...steady.map(({ uid }) => view.has(uid)), view.has(flapping)], [true, true, true, false]);
      // What the snapshot already said is not said again, and nothing older comes after something newer.
      const times = one.of(flapping).map(({ timestamp }) => timestamp);
      assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
    }
    const last = await mobile(flapping);
    await Promise.all(all.map((one) => one.sees(last.uid, 'online')));
  });

  test('A snapshot says what is known of everybody', async (t) => {
    const { name, mobile, watcher } = presenceScene(t, server);
    const m = await mobile(name('M'), { device: 'd1' });
    const [{ lastSeen }] = await eventually(async () => {
      const answer = await statuses(server, m.uid);
      return answer[0].status === 'online' && answer;
    });
    const w = await watcher(name('W'));
    const { users, timestamp } = await w.snapshot();
    assert.deepEqual(users.find(({ userId }) => userId === m.uid), { userId: m.uid, status: 'online', lastSeen, deviceId: 'd1' });
    assert.ok(Math.abs(timestamp - Date.now()) < 10_000);
    const [frame] = w.client.all(PRESENCE_SNAPSHOT);
    assert.deepEqual([frame.array.length, frame.to], [6, w.client.uid]);
  });

  test('36. A subscription to a group', async (t) => {
    const { name, mobile, watcher, client, fence } = presenceScene(t, server);
    const group = name('g');
    const [w, all] = [await watcher(name('W')), await watcher(name('ALL'))];
    const member = await mobile(name('M'), { channelIds: [group] });
    const added = await mobile(name('A'));
    added.send(0, USER_ADD, group);
    await added.sync();
    const stranger = await mobile(name('S'));
    await all.sees(stranger.uid, 'online');
    subscribe(w, { groups: [group] });
    assert.deepEqual(ids(await w.snapshot(2)), [added.uid, member.uid].sort());
    const from = w.afterSnapshot;

    await Promise.all([stranger, added, member].map((one) => one.drop()));
    await w.sees(added.uid, 'offline', { from });
    await w.sees(member.uid, 'offline', { from });
    await all.sees(stranger.uid, 'offline');
    const again = await mobile(added.uid);
    await w.sees(added.uid, 'online', { from });
    // Who has left the group is nobody's business any more.
    again.send(0, USER_REMOVE, group);
    await again.sync();
    await again.drop();
    await all.sees(added.uid, 'offline');
    await mobile(stranger.uid);
    await mobile(member.uid, { channelIds: [group] });
    await w.sees(member.uid, 'online', { from });
    assert.deepEqual(w.story(stranger.uid, from), []);

    // Back to everybody.
    subscribe(w, {});
    const everybody = ids(await w.snapshot(3));
    for (const uid of [stranger.uid, member.uid]) assert.ok(everybody.includes(uid), uid);
    await fence(w);
    await client(name('done'));
  });

  test('36. A subscription to users, and one to both', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, server);
    const [w, both, all] = await Promise.all(times(3, (i) => watcher(name(`W${i}`))));
    const [group, chosen, offline] = [name('g'), await mobile(name('C')), name('later')];
    const member = await mobile(name('M'), { channelIds: [group] });
    await all.sees(member.uid, 'online');
    await all.sees(chosen.uid, 'online');
    subscribe(w, { userIds: [chosen.uid, offline], groups: null });
    assert.deepEqual(ids(await w.snapshot(2)), [chosen.uid]);
    subscribe(both, { userIds: [chosen.uid], groups: [group] });
    assert.deepEqual(ids(await both.snapshot(2)), [chosen.uid, member.uid].sort());
    const [fromW, fromBoth] = [w.afterSnapshot, both.afterSnapshot];
    await mobile(offline);
    await w.sees(offline, 'online', { from: fromW });
    await member.drop();
    await both.sees(member.uid, 'offline', { from: fromBoth });
    await fence(all);
    assert.deepEqual([w.story(member.uid, fromW), both.story(offline, fromBoth)], [[], []]);
    // To nobody at all.
    subscribe(w, { userIds: [], groups: [] });
    assert.deepEqual((await w.snapshot(3)).users, []);
  });

  test('36. Subscriptions that are none', async (t) => {
    const { name, watcher, mobile } = presenceScene(t, server);
    const bad = [
      { groups: 'g' }, { groups: times(101, String) }, { userIds: times(1_001, String) }, { userIds: [null] }, { groups: [{}] }, { batch: 'yes' },
      { type: 'something' },
    ];
    await Promise.all(bad.map(async (fields, i) => {
      const w = await watcher(name(`W${i}`));
      subscribe(w, fields);
      const { payload } = await w.client.find(STATUS);
      assert.equal(payload.code, 'INVALID_SUBSCRIPTION', JSON.stringify(fields));
      await w.client.sync();
      assert.equal(w.client.all(PRESENCE_SNAPSHOT).length, 1);
      // What was subscribed to before still is.
      await w.sees((await mobile(name(`M${i}`))).uid, 'online');
    }));
    const m = await mobile(name('M'));
    for (let i = 0; i < 3; i++) m.send(0, PRESENCE_SNAPSHOT, 0, { type: 'presence_subscribe' });
    await m.sync();
    assert.deepEqual(m.all(STATUS).map(({ payload }) => payload.code), ['SUBSCRIBE_NOT_ALLOWED']);
    assert.equal(m.all(PRESENCE_SNAPSHOT).length, 0);
  });
}

describe('The batch window', { concurrency: 8 }, () => {
  test('What comes first is sent at once, what follows when the window is over, as the last state of each', awake(WIDE_MS / 3, async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, wide);
    const w = await watcher(name('W'));
    const mine = times(4, (i) => name(`M${i}`));
    subscribe(w, { userIds: mine });
    await w.snapshot(2);
    // Whatever it saw of the other tests is out of the window.
    await passTime(WIDE_MS);
    const startMs = performance.now();
    const first = await mobile(mine[0]);
    const { atMs } = await w.sees(first.uid, 'online');
    assert.ok(atMs - startMs < WIDE_MS / 2, `sent after ${atMs - startMs} ms`);
    const second = await mobile(mine[1]);
    await mobile(mine[2]);
    await second.close();
    const again = await mobile(mine[1]);
    await again.close();
    await first.close();
    await w.sees(mine[1], 'offline');
    await w.sees(mine[0], 'offline');
    await w.sees(mine[2], 'online');
    assert.deepEqual(mine.map((uid) => w.story(uid)), [['online', 'offline'], ['offline'], ['online'], []]);
    const later = mine.flatMap((uid) => w.of(uid)).filter((change) => change.atMs > atMs);
    assert.equal(later.length, 3);
    for (const change of later) assert.ok(change.atMs - atMs > WIDE_MS - 100, `${change.userId} after ${change.atMs - atMs} ms`);
    assert.ok(w.client.all(PRESENCE_UPDATE).every(({ payload }) => payload.type === 'presence_update'));
    await fence(await watcher(name('end')));
  }));

  test('36. With batch, 100 changes in a moment are two frames at most', awake(WIDE_MS / 3, async (t) => {
    const { name, mobile, watcher } = presenceScene(t, wide);
    const group = name('g');
    const [w, plain] = [await watcher(name('W')), await watcher(name('P'))];
    for (const one of [w, plain]) subscribe(one, { groups: [group], batch: one === w });
    await Promise.all([w, plain].map((one) => one.snapshot(2)));
    const all = await Promise.all(times(100, (i) => mobile(name(`M${i}`), { channelIds: [group] })));
    await Promise.all([w, plain].map((one) => one.client.until(() => one.view().size === 100)));
    // The window of the arrivals is over when an arrival alone comes at once.
    await passTime(WIDE_MS);
    const [fromW, fromPlain] = [w.client.mark(), plain.client.mark()];
    for (const one of all) one.drop();
    await Promise.all([w, plain].map((one) => one.client.until(() => one.view().size === 0)));
    const frames = w.client.all(PRESENCE_UPDATE, fromW);
    assert.ok(frames.length <= 2, `${frames.length} frames`);
    assert.equal(frames.at(-1).payload.type, 'presence_batch');
    for (const [one, from] of [[w, fromW], [plain, fromPlain]]) {
      assert.deepEqual(one.changes(from).map(({ userId, status }) => `${userId} ${status}`).sort(), all.map(({ uid }) => `${uid} offline`).sort());
    }
    assert.equal(plain.client.all(PRESENCE_UPDATE, fromPlain).length, 100);
  }));

  test('Of more tabs than allowed the oldest is closed', async (t) => {
    const { name, watcher, mobile, fence } = presenceScene(t, wide);
    const tabs = [];
    for (let i = 0; i < 5; i++) tabs.push(await watcher(name('W')));
    assert.deepEqual(await Promise.all(tabs.slice(0, 2).map((tab) => tab.client.ended())).then((ends) => ends.map(({ code }) => code)), [1000, 1000]);
    const m = await mobile(name('M'));
    await Promise.all(tabs.slice(2).map((tab) => tab.sees(m.uid, 'online')));
    await fence(...tabs.slice(2));
    for (const tab of tabs.slice(2)) assert.ok(tab.client.isOpen);
    // A mobile of the same user is another matter.
    await mobile(name('W'));
    for (const tab of tabs.slice(2)) await tab.client.sync();
  });

  test('A closed tab makes room', async (t) => {
    const { name, watcher } = presenceScene(t, wide);
    const tabs = [];
    for (let i = 0; i < 3; i++) tabs.push(await watcher(name('W')));
    await tabs[1].client.close();
    tabs.push(await watcher(name('W')));
    for (const tab of [tabs[0], tabs[2], tabs[3]]) await tab.client.sync();
  });
});

/** Says what the watcher wants to see. */
function subscribe(watch, fields) {
  watch.client.send(0, PRESENCE_SNAPSHOT, 0, { type: 'presence_subscribe', ...fields });
}
