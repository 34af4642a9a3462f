// Presence of servers that share a Redis: scenarios 13 to 18 of the PTT contract, and what stands in Redis, key by key.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  asked, aWhile, beat, BEAT_MS, hasStatus, LATE_MS, metric, NOTICED_MS, presenceScene, QUICK, startShared, statuses, SWEEP_MS, TTL_MS,
} from '../lib/presence.mjs';
import {
  eventually, GROUP, LOGIN_DUPLICATED, passTime, PRESENCE_SNAPSHOT, PRIVATE, STATUS, TEXT, TEXT_ACK, times, USER_ADD, USER_REMOVE,
} from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';

const CHANNELS = ['presence:online', 'presence:offline', 'presence:updates'];
/** When a user was seen that another program has written of. */
const SEEN_MS = 1_702_281_234_567;

const [redis, guarded] = await Promise.all([startRedis(['--notify-keyspace-events', 'Kg']), startRedis(['--rename-command', 'CONFIG', ''])]);
const [one, two, three, sweeping] = await Promise.all([
  ...times(3, () => startShared(redis, QUICK)),
  startShared(guarded, { ...QUICK, REDIS_DB: '3' }),
]);
after(async () => {
  await Promise.all([one, two, three, sweeping].map((server) => server.stop()));
  await Promise.all([redis, guarded].map((each) => each.stop()));
});

/** What was published about a user, per channel, as objects. */
function about(heard, userId) {
  // Other tests publish what is no JSON.
  const updates = heard.filter(({ message }) => message.includes(`"userId":${JSON.stringify(userId)}`));
  return Object.fromEntries(CHANNELS.map((each) => [each, updates.filter(({ channel }) => channel === each).map(({ message }) => JSON.parse(message))]));
}

describe('What stands in Redis', { concurrency: 8 }, () => {
  test('Notifications are added to those that were asked for', async () => {
    await eventually(async () => {
      const [, setting] = await redis.command('CONFIG', 'GET', 'notify-keyspace-events');
      return [...setting].sort().join('') === 'EKgx';
    });
  });

  test('Keys, hashes and messages of a mobile that comes, beats and goes', async (t) => {
    const { name, mobile } = presenceScene(t, one);
    const heard = await redis.hear(...CHANNELS);
    const uid = name('M');
    const m = await mobile(uid, { device: 'd1' });
    const stored = await eventually(async () => {
      const hash = await redis.hash(`presence:meta:${uid}`);
      return hash.status && hash;
    });
    const { lastSeen, roostConn, roostTs, ...rest } = stored;
    assert.deepEqual(rest, { status: 'online', deviceId: 'd1', role: 'mobile' });
    assert.match(lastSeen, /^\d{13}$/);
    assert.match(roostTs, /^\d{13}$/);
    assert.match(roostConn, /^\d+:./);
    assert.equal(await redis.command('TTL', `presence:meta:${uid}`), -1);
    assert.equal(await redis.command('GET', `presence:user:${uid}`), '1');
    const leftMs = await redis.command('PTTL', `presence:user:${uid}`);
    assert.ok(leftMs > 0 && leftMs <= TTL_MS, `${leftMs} ms`);
    assert.deepEqual(await redis.hash(`u.${uid}`), { deviceId: 'd1', roostLogin: roostConn.split(':')[0], roostConn: roostConn.split(':')[1] });

    await passTime(TTL_MS / 2);
    m.heartbeat();
    await eventually(async () => (await redis.command('PTTL', `presence:user:${uid}`)) > TTL_MS * 0.75);
    const beaten = await redis.hash(`presence:meta:${uid}`);
    assert.ok(Number(beaten.lastSeen) >= Number(lastSeen) + TTL_MS / 2 - 5, `last seen ${beaten.lastSeen - lastSeen} ms later`);
    assert.deepEqual([beaten.status, beaten.roostConn], ['online', roostConn]);

    await m.close();
    await eventually(async () => (await redis.command('EXISTS', `presence:user:${uid}`)) === 0);
    const left = await redis.hash(`presence:meta:${uid}`);
    assert.deepEqual([left.status, left.deviceId, left.role], ['offline', 'd1', 'mobile']);
    await eventually(() => about(heard, uid)['presence:offline'].length > 0 && about(heard, uid)['presence:updates'].length > 1);
    const published = about(heard, uid);
    const [[online], [offline]] = [published['presence:online'], published['presence:offline']];
    const always = { type: 'presence_update', userId: uid, deviceId: 'd1', role: 'mobile' };
    assert.deepEqual(online, { ...always, status: 'online', timestamp: online.timestamp, lastSeen: Number(lastSeen) });
    assert.deepEqual(offline, { ...always, status: 'offline', timestamp: offline.timestamp, lastSeen: Number(left.lastSeen) });
    assert.ok(offline.timestamp > online.timestamp);
    assert.deepEqual(published, { 'presence:online': [online], 'presence:offline': [offline], 'presence:updates': [online, offline] });
  });

  test('Members of groups, and what was said', async (t) => {
    const { name, mobile } = presenceScene(t, one);
    const [group, other] = [name('g'), name('h')];
    const [a, b] = [await mobile(name('A')), await mobile(name('B'))];
    for (const [client, to] of [[a, group], [b, group], [a, other]]) {
      client.send(GROUP, USER_ADD, to);
      await client.sync();
    }
    const sorted = async (key) => (await redis.command('SMEMBERS', key)).sort();
    await eventually(async () => (await sorted(`g.${group}.u`)).length === 2);
    assert.deepEqual([await sorted(`g.${group}.u`), await sorted(`u.${a.uid}.g`), await sorted(`u.${b.uid}.g`)], [[a.uid, b.uid], [group, other].sort(), [group]]);
    b.send(GROUP, USER_REMOVE, group);
    await eventually(async () => (await redis.command('EXISTS', `u.${b.uid}.g`)) === 0);
    assert.deepEqual(await sorted(`g.${group}.u`), [a.uid]);

    const sent = [];
    for (let i = 0; i < 60; i++) {
      a.send(GROUP, TEXT, group, `text ${i}`);
      sent.push((await a.find(TEXT_ACK)).id);
    }
    await eventually(async () => (await redis.command('LINDEX', `._g_${group}`, 0)) === sent.at(-1));
    assert.deepEqual(await redis.command('LRANGE', `._g_${group}`, 0, -1), sent.slice(-50).reverse());
    a.send(PRIVATE, TEXT, b.uid, 'hello');
    const { id } = await a.find(TEXT_ACK);
    await eventually(async () => (await redis.command('LRANGE', `m.${b.uid}.u`, 0, -1)).join() === id);
    a.send(PRIVATE, TEXT, name('nobody'), 'hello');
    const { id: kept } = await a.find(TEXT_ACK);
    await eventually(async () => (await redis.command('LRANGE', `m.${name('nobody')}.u`, 0, -1)).join() === kept);
  });

  test('A key expires as well by the sweep alone, in another database, where the server may not change the settings', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, sweeping);
    const w = await watcher(name('W'));
    const m = await mobile(name('M'));
    await w.sees(m.uid, 'online');
    await guarded.command('SELECT', '3');
    assert.equal(await guarded.command('GET', `presence:user:${m.uid}`), '1');
    const { atMs } = await w.sees(m.uid, 'offline');
    const tookMs = atMs - m.startMs;
    assert.ok(tookMs >= TTL_MS && tookMs <= TTL_MS + SWEEP_MS + NOTICED_MS + LATE_MS, `offline after ${tookMs} ms`);
    await aWhile();
    await fence(w);
    assert.deepEqual(w.story(m.uid), ['online', 'offline']);
  });

  test('34. Odd ids come, expire and go like others', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, one, two);
    const w = await watcher(name('W'), { server: two });
    const odd = ['a:b', 'constructor', '__proto__', '../x', 'x'.repeat(128), ':', 'a:b:c', 'ä€😀', 'with blank', '*', '{x}', '"quoted"'];
    const all = await Promise.all(odd.map((uid) => mobile(uid, { device: 'd', beatMs: BEAT_MS })));
    for (const uid of odd) await w.sees(uid, 'online');
    for (const uid of odd) assert.equal(await redis.command('GET', `presence:user:${uid}`), '1');
    assert.deepEqual((await statuses(two, ...odd)).map(({ status }) => status), odd.map(() => 'online'));
    const [first, ...others] = all;
    for (const other of others) {
      first.send(PRIVATE, TEXT, other.uid, 'hello');
      assert.equal(JSON.parse((await other.find(TEXT)).payload).text, 'hello');
    }
    for (const each of all) beat(each, 0);
    for (const uid of odd) await w.sees(uid, 'offline');
    all[0].heartbeat();
    await w.sees(odd[0], 'online');
    all[0].drop();
    await w.sees(odd[0], 'offline');
    await fence(w);
    assert.deepEqual(w.story(odd[0]), ['online', 'offline', 'online', 'offline']);
    for (const uid of odd.slice(1)) assert.deepEqual(w.story(uid), ['online', 'offline'], uid);
  });
});

describe('Servers that share a Redis', { concurrency: 8 }, () => {
  test('13. Watchers of two servers get every change once', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, one, two);
    const heard = await redis.hear(...CHANNELS);
    const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
    const uid = name('M');
    for (let i = 0; i < 5; i++) {
      const m = await mobile(uid, { server: i % 2 ? two : one, beatMs: BEAT_MS });
      await Promise.all(watchers.map((w) => w.sees(uid, 'online')));
      await m.close();
      await Promise.all(watchers.map((w) => w.sees(uid, 'offline')));
    }
    await fence(...watchers);
    const told = times(5, () => ['online', 'offline']).flat();
    const { 'presence:updates': updates, 'presence:online': online, 'presence:offline': offline } = about(heard, uid);
    assert.deepEqual(updates.map(({ status }) => status), told);
    assert.deepEqual([online.length, offline.length], [5, 5]);
    const stamps = updates.map(({ timestamp }) => timestamp);
    for (const w of watchers) assert.deepEqual(w.of(uid).map(({ timestamp }) => timestamp), stamps);
    for (let i = 1; i < stamps.length; i++) assert.ok(stamps[i] > stamps[i - 1], `${stamps}`);
  });

  test('14. Three servers notice the end of a TTL, and one says so', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, one, two, three);
    const heard = await redis.hear(...CHANNELS);
    const watchers = await Promise.all([one, two, three].map((server, i) => watcher(name(`W${i}`), { server })));
    const all = await Promise.all(times(10, (i) => mobile(name(`M${i}`), { server: [one, two, three][i % 3] })));
    for (const { uid } of all) await Promise.all(watchers.map((w) => w.sees(uid, 'offline')));
    await aWhile();
    await fence(...watchers);
    for (const { uid } of all) {
      for (const w of watchers) assert.deepEqual(w.story(uid), ['online', 'offline']);
      const published = about(heard, uid);
      assert.deepEqual(CHANNELS.map((channel) => published[channel].map(({ status }) => status)), [['online'], ['offline'], ['online', 'offline']]);
    }
    const expired = await Promise.all([one, two, three].map((server) => metric(server, 'presence_ttl_expired_total')));
    assert.ok(expired.reduce((sum, count) => sum + count) >= all.length, String(expired));
  });

  test('15. Who moves to another server is not offline', async (t) => {
    const { name, mobile, attempt, watcher, fence } = presenceScene(t, one, two);
    const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
    const uid = name('M');
    let current = await mobile(uid, { device: 'd1', beatMs: BEAT_MS });
    for (const w of watchers) await w.sees(uid, 'online');
    for (let i = 0; i < 20; i++) {
      const next = attempt({ uid, device: 'd1', server: i % 2 ? one : two });
      await next.opened;
      beat(next, BEAT_MS);
      // A server that has not told of the login yet is not where the user is.
      await Promise.all(watchers.map((w) => w.client.until(() => w.of(uid).length >= i + 2)));
      if (i % 3) current.drop();
      else assert.equal((await current.ended()).code, 1000, 'the other server ends the old connection');
      assert.equal(current.all(LOGIN_DUPLICATED).length, 0);
      current = next;
    }
    await aWhile();
    await fence(...watchers);
    for (const w of watchers) assert.deepEqual([...new Set(w.story(uid))], ['online']);
    assert.ok(current.isOpen);
    await current.close();
    for (const w of watchers) await w.sees(uid, 'offline');
  });

  test('17. What somebody else publishes', async (t) => {
    const { name, watcher, fence } = presenceScene(t, one, two);
    const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
    const [uid, minimal] = [name('test'), { userId: name('test'), status: 'online' }];
    const publish = (message, channel = 'presence:updates') => redis.command('PUBLISH', channel, typeof message === 'string' ? message : JSON.stringify(message));
    // Whoever has no key is looked for in vain some time later, which is another matter.
    await redis.command('SET', `presence:user:${uid}`, '1', 'EX', '60');
    const before = Date.now();
    await publish(minimal);
    for (const w of watchers) {
      const { type, userId, status, timestamp, role } = await w.sees(uid, 'online');
      assert.deepEqual([type, userId, status, role], ['presence_update', uid, 'online', undefined]);
      assert.ok(timestamp >= before - 1 && timestamp <= Date.now());
    }
    const rubbish = ['null', 'x', '', '{', '[]', '5', '"x"', '{}', '{"userId":null,"status":"online"}', '{"userId":"u"}', '{"userId":"u","status":"maybe"}',
      '{"userId":["u"],"status":"online"}', '[{"userId":"u","status":"online"}]', `{"userId":"${'x'.repeat(100_000)}","status":"online"}`, '['.repeat(100_000)];
    for (const message of rubbish) for (const channel of CHANNELS) await publish(message, channel);
    // As the old servers do it: the same on two channels, with what nobody knows; then something without a time, which is never a repetition.
    const rich = { type: 'presence_update', userId: name('rich'), status: 'offline', timestamp: Date.now(), lastSeen: SEEN_MS, deviceId: 'd', more: { x: [1] } };
    for (const channel of ['presence:offline', 'presence:updates']) await publish(rich, channel);
    await fence(...watchers);
    for (const w of watchers) {
      assert.deepEqual(w.story(uid), ['online']);
      assert.deepEqual(w.of(rich.userId).map(({ status, timestamp, lastSeen, deviceId }) => ({ status, timestamp, lastSeen, deviceId })),
        [{ status: 'offline', timestamp: rich.timestamp, lastSeen: rich.lastSeen, deviceId: 'd' }]);
      assert.deepEqual(w.story('u'), []);
    }
    await publish(minimal);
    await Promise.all(watchers.map((w) => w.client.until(() => w.story(uid).length === 2)));
  });

  test('17. A key that somebody else has set is in the next snapshot, and its end is told', async (t) => {
    const { name, watcher, fence } = presenceScene(t, one, two);
    const uid = name('foreign');
    await redis.command('HSET', `presence:meta:${uid}`, 'status', 'online', 'lastSeen', SEEN_MS, 'deviceId', 'old', 'role', 'mobile');
    await redis.command('SET', `presence:user:${uid}`, '1', 'PX', '4000');
    const bare = name('bare');
    await redis.command('SET', `presence:user:${bare}`, '1', 'EX', '60');
    let tries = 0;
    const seen = await eventually(async () => {
      const w = await watcher(name(`W${tries++}`), { server: tries % 2 ? one : two });
      const { users } = await w.snapshot();
      return users.some(({ userId }) => userId === uid) && users.some(({ userId }) => userId === bare) && w;
    });
    const known = { userId: uid, status: 'online', lastSeen: SEEN_MS, deviceId: 'old' };
    assert.deepEqual((await seen.snapshot()).users.find(({ userId }) => userId === uid), known);
    const [foreign, plain] = await statuses(two, uid, bare);
    assert.deepEqual(foreign, known);
    assert.ok(plain.status === 'online' && Math.abs(plain.lastSeen - Date.now()) < 10_000 && plain.deviceId === undefined);
    const offline = await seen.sees(uid, 'offline');
    assert.equal(offline.lastSeen, SEEN_MS);
    await aWhile();
    await fence(seen);
    assert.deepEqual(seen.story(uid), ['offline']);
  });

  test('36. Members of a group are the same for watchers of every server', async (t) => {
    const { name, mobile, watcher, fence } = presenceScene(t, one, two);
    const group = name('g');
    const w = await watcher(name('W'), { server: two });
    const [m, stranger] = await Promise.all(['M', 'S'].map((word) => mobile(name(word), { beatMs: BEAT_MS })));
    m.send(GROUP, USER_ADD, group);
    await m.sync();
    await w.sees(stranger.uid, 'online');
    w.client.send(0, PRESENCE_SNAPSHOT, 0, { type: 'presence_subscribe', groups: [group] });
    assert.deepEqual((await w.snapshot(2)).users.map(({ userId }) => userId), [m.uid]);
    const from = w.afterSnapshot;
    await stranger.close();
    await m.close();
    await w.sees(m.uid, 'offline', { from });
    assert.deepEqual(w.story(stranger.uid, from), []);
    assert.equal(w.client.all(STATUS).length, 0);
    await fence(await watcher(name('end')));
  });
});

test('Keys are never listed, so that Redis does not stand still', async () => {
  assert.equal(await redis.calls('keys'), 0);
  assert.ok(await redis.calls('scan') > 0);
});

/** From a login to the heartbeat behind it. */
const LOGIN_MS = 500;

test('16. A server is killed: who comes back in time was never away, who does not is told of once', async (t) => {
  const victim = three;
  const { name, mobile, watcher, fence } = presenceScene(t, one, two, victim);
  const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
  const heard = await redis.hear(...CHANNELS);
  const quick = await mobile(name('Q'), { server: victim, device: 'd' });
  const lost = await mobile(name('L'), { server: victim, device: 'd' });
  for (const w of watchers) for (const { uid } of [quick, lost]) await w.sees(uid, 'online');
  const beatMs = performance.now();
  for (const one of [quick, lost]) one.heartbeat();
  await Promise.all([quick, lost].map((one) => one.sync()));
  await victim.stop('SIGKILL');
  await Promise.all([quick, lost].map((one) => one.ended()));
  const back = await mobile(quick.uid, { server: two, device: 'd', beatMs: BEAT_MS });
  for (const w of watchers) {
    const { atMs } = await w.sees(lost.uid, 'offline');
    // The server may have been killed before Redis got the heartbeat: then the time counts from the login a moment before.
    assert.ok(atMs - beatMs >= TTL_MS - LOGIN_MS && atMs - beatMs <= TTL_MS + NOTICED_MS + LATE_MS, `offline after ${atMs - beatMs} ms`);
  }
  await passTime(TTL_MS);
  await fence(...watchers);
  for (const w of watchers) assert.deepEqual([w.story(lost.uid), [...new Set(w.story(quick.uid))]], [['online', 'offline'], ['online']]);
  assert.equal(about(heard, lost.uid)['presence:offline'].length, 1);
  assert.equal((await statuses(one, back.uid))[0].status, 'online');
});

test('18. Redis goes down and comes back empty', async (t) => {
  const { name, mobile, watcher, client, fence } = presenceScene(t, one, two);
  const group = name('g');
  const watchers = [await watcher(name('W1')), await watcher(name('W2'), { server: two })];
  const [a, b, torn] = await Promise.all(['A', 'B', 'T'].map((word) => mobile(name(word), { device: `device of ${name(word)}`, beatMs: BEAT_MS })));
  for (const each of [a, b]) {
    each.send(GROUP, USER_ADD, group);
    await each.sync();
  }
  await say(a, group, b, 'before');
  for (const w of watchers) for (const { uid } of [a, b]) await w.sees(uid, 'online');
  const snapshots = watchers.map((w) => w.client.all(PRESENCE_SNAPSHOT).length);

  await redis.kill();
  await say(a, group, b, 'while Redis is away');
  a.send(PRIVATE, TEXT, b.uid, 'a private word');
  await a.find(TEXT_ACK);
  assert.equal(JSON.parse((await b.find(TEXT)).payload).text, 'a private word');
  const late = await client(name('late'), { device: 'd' });
  a.send(PRIVATE, TEXT, late.uid, 'welcome');
  assert.equal(JSON.parse((await late.find(TEXT)).payload).text, 'welcome');
  // Servers that do not hear of each other cannot know of each other's logins.
  const twin = await mobile(torn.uid, { server: two, device: 'another', beatMs: BEAT_MS });
  const fromMs = performance.now();
  const response = await asked(one, a.uid);
  assert.deepEqual([response.status, await response.json()], [500, { success: false, error: 'Failed to get presence status' }]);
  assert.ok(performance.now() - fromMs < 2_000, `an answer after ${performance.now() - fromMs} ms`);
  // Somebody goes, and nobody can be told.
  await late.close();
  await passTime(TTL_MS);
  for (const w of watchers) assert.deepEqual(w.story(a.uid), ['online']);

  await redis.start();
  await Promise.all(watchers.map((w, i) => w.snapshot(snapshots[i] + 1)));
  for (const w of watchers) await w.client.until(() => w.view().has(a.uid) && w.view().has(b.uid) && !w.view().has(late.uid));
  for (const each of [a, b]) {
    assert.equal((await hasStatus(two, each.uid, 'online')).deviceId, `device of ${each.uid}`);
    assert.equal(await redis.command('GET', `presence:user:${each.uid}`), '1');
  }
  const [, setting] = await redis.command('CONFIG', 'GET', 'notify-keyspace-events');
  for (const letter of 'Ex') assert.ok(setting.includes(letter), setting);
  // Of the two connections of a user one is left.
  await eventually(() => torn.isOpen !== twin.isOpen);
  assert.equal((await (torn.isOpen ? twin : torn).ended()).code, 1000);
  await hasStatus(two, torn.uid, 'online');
  await eventually(async () => (await redis.hash(`u.${torn.uid}`)).deviceId === (torn.isOpen ? `device of ${torn.uid}` : 'another'));
  // Logins are compared as before, though Redis has forgotten how many there were.
  const moved = await mobile(torn.uid, { server: torn.isOpen ? two : one, device: 'moved', beatMs: BEAT_MS });
  assert.equal((await (torn.isOpen ? torn : twin).ended()).code, 1000);
  await eventually(async () => (await redis.hash(`presence:meta:${torn.uid}`)).deviceId === 'moved');
  // Expiry, changes of groups and watchers are as before.
  beat(b, 0);
  for (const w of watchers) await w.sees(b.uid, 'offline');
  const c = await mobile(name('C'), { server: two });
  c.send(GROUP, USER_ADD, group);
  await c.sync();
  await eventually(async () => (await redis.command('SISMEMBER', `g.${group}.u`, c.uid)) === 1);
  await say(a, group, b, 'after');
  await fence(...watchers);
  for (const server of [one, two]) assert.equal((await fetch(`${server.http}/health`)).status, 200);
  assert.ok(moved.isOpen);
});

test('A server that is stopped takes leave of its users, and the others hear of it once', async (t) => {
  const { name, mobile, watcher } = presenceScene(t, one, two);
  const w = await watcher(name('W'), { server: two });
  const [stays, moves] = await Promise.all(['S', 'M'].map((word) => mobile(name(word), { beatMs: BEAT_MS })));
  for (const { uid } of [stays, moves]) await w.sees(uid, 'online');
  assert.equal((await one.stop()).code, 0);
  for (const each of [stays, moves]) assert.equal((await each.ended()).code, 1001);
  const again = await mobile(moves.uid, { server: two, beatMs: BEAT_MS });
  await w.sees(stays.uid, 'offline');
  await w.sees(moves.uid, 'online');
  await passTime(TTL_MS);
  const last = await mobile(name('L'), { server: two });
  await w.sees(last.uid, 'online');
  assert.deepEqual([w.story(stays.uid), w.story(moves.uid).at(-1)], [['online', 'offline'], 'online']);
  assert.ok(again.isOpen);
});

/** A text to a group, and one of its members hears it. */
async function say(from, group, member, text) {
  from.send(GROUP, TEXT, group, text);
  await from.find(TEXT_ACK);
  const { payload } = await member.find((frame) => frame.type === TEXT && frame.channel === GROUP);
  assert.equal(JSON.parse(payload).text, text);
}
