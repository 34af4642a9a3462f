// The members of groups, and groups that two servers share: scenario 29 of the PTT contract, and 25 to 27 over two servers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AUDIO_BYTES, race, refused, saidBy, speaks, stops, takesOver } from '../lib/ptt-floor.mjs';
import {
  AUDIO, GROUP, PRIVATE, READ, START, START_ACK, STOP, STOP_ACK, TEXT, TEXT_ACK, UNAUTHORIZED_GROUP, USER_ADD, USER_REMOVE, eventually, quiet, scene,
  startPtt, times,
} from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';

const [server, strict] = await Promise.all([startPtt({ MAXIMUM_IDLE_DURATION: '60000' }), startPtt({ PTT_GROUP_POLICY: 'token' })]);
after(() => Promise.all([server, strict].map((one) => one.stop())));

describe('Members', { concurrency: 4 }, () => {
  test('29. Membership: USER_ADD and USER_REMOVE', async (t) => {
    const { name, client } = scene(t, server);
    const group = name('g');
    const [a, b] = await Promise.all([client(name('A')), client(name('B'))]);
    for (const one of [a, b]) one.send(GROUP, USER_ADD, group, undefined, { from: 'somebody else' });
    await quiet(b, a);
    a.send(GROUP, TEXT, group, 'in');
    await a.expect(TEXT_ACK);
    assert.equal(saidBy(await b.expect(TEXT)).text, 'in');
    // Twice is once.
    b.send(GROUP, USER_ADD, group);
    b.send(GROUP, USER_REMOVE, group, undefined, { from: a.uid });
    await quiet(b, a);
    a.send(GROUP, TEXT, group, 'out');
    await a.expect(TEXT_ACK);
    await quiet(a, b);
    b.send(GROUP, TEXT, group, 'hello');
    await b.expect(UNAUTHORIZED_GROUP);
    // It remains a member beyond its connection, unlike with channelIds.
    await a.drop();
    const again = await client(a.uid);
    b.send(GROUP, USER_ADD, group);
    await b.sync();
    await speaks(again, group, b);
  });

  test('29. Membership: who leaves does not keep the floor', async (t) => {
    const { name, client } = scene(t, server);
    const group = name('g');
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((word) => client(name(word))));
    for (const one of [a, b, c]) {
      one.send(GROUP, USER_ADD, group);
      await one.sync();
    }
    await speaks(a, group, b, c);
    a.send(GROUP, USER_REMOVE, group);
    await a.sync();
    b.send(GROUP, START, group, Date.now());
    await b.find(START_ACK);
    assert.equal((await c.find((frame) => frame.type === START)).from, b.uid);
  });

  test('29. Membership: channelIds are for as long as the connection', async (t) => {
    const { name, members, client } = scene(t, server);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    await a.drop();
    const again = await client(a.uid);
    again.send(GROUP, TEXT, group, 'hello');
    await again.expect(UNAUTHORIZED_GROUP);
    b.send(GROUP, TEXT, group, 'hello');
    await b.expect(TEXT_ACK);
    await quiet(b, again);
  });

  test('29. Membership: PTT_GROUP_POLICY=token', async (t) => {
    const { name, members } = scene(t, strict);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    a.send(GROUP, USER_ADD, 'foreign');
    assert.deepEqual((await a.expect(UNAUTHORIZED_GROUP)).array, [GROUP, UNAUTHORIZED_GROUP, a.uid, 'foreign', 'Unauthorized Group']);
    a.send(GROUP, TEXT, 'foreign', 'hello');
    await a.expect(UNAUTHORIZED_GROUP);
    a.send(GROUP, USER_ADD, group);
    await quiet(a);
    await speaks(a, group, b);
  });
});

describe('With Redis', () => {
  let redis;
  const servers = [];
  before(async () => {
    redis = await startRedis();
    servers.push(...await Promise.all(times(2, () => startPtt(redis.env))));
  });
  /** The servers hear each other, in either direction. */
  const meet = async ({ name, client }) => {
    const pair = await Promise.all(servers.map((server, i) => client(name(`server ${i}`), { server })));
    for (const [from, to] of [pair, pair.toReversed()]) {
      await eventually(() => {
        from.send(PRIVATE, READ, to.uid, 'there?');
        return to.all(READ).length > 0;
      });
    }
  };

  /** Each server hears what is said in the group at the other, as long as this scene lasts. */
  const meetIn = async (group, { name, client }) => {
    const pair = await Promise.all(servers.map((server, i) => client(name(`listener ${i}`), { channelIds: [group], server })));
    for (const [from, to] of [pair, pair.toReversed()]) {
      let sent = 0;
      await eventually(() => {
        const heard = to.all(TEXT).map((frame) => saidBy(frame).text);
        if (heard.length === 0) from.send(GROUP, TEXT, group, `${++sent}`);
        // The last one, too, so that none comes when others are here.
        return heard.at(-1) === `${sent}`;
      });
    }
  };

  after(async () => {
    await Promise.all(servers.map((one) => one.stop()));
    await redis.stop();
  });

  test('26. Floor race over two servers', async (t) => {
    const { name, client } = scene(t, servers[0]);
    await meet({ name, client });
    const group = name('g');
    await meetIn(group, { name, client });
    const all = await Promise.all(times(20, (i) => client(name(`M${i}`), { channelIds: [group], server: servers[i % 2] })));
    await race(all, group, 10);
  });

  test('25, 27. Floor over two servers, one of which dies', async (t) => {
    const { name, client } = scene(t, servers[0]);
    await meet({ name, client });
    const group = name('g');
    await meetIn(group, { name, client });
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((word, i) => client(name(word), { channelIds: [group], server: servers[i % 2] })));
    await speaks(a, group, b, c);
    await refused(b, group);
    await refused(c, group);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    for (const one of [b, c]) assert.deepEqual((await one.expect(AUDIO)).array, [GROUP, AUDIO, a.uid, group, AUDIO_BYTES]);
    b.send(GROUP, AUDIO, group, AUDIO_BYTES);
    b.send(GROUP, STOP, group);
    await b.expect(STOP_ACK);
    await refused(b, group);
    const id = await stops(a, group, b, c);
    assert.match(id, new RegExp(`^0_3_${group}_${a.uid}_`));
    await speaks(b, group, a, c);
    await b.drop();
    for (const one of [a, c]) await one.expect(STOP);
    // What b said without the floor has reached nobody.
    const again = await client(b.uid, { channelIds: [group], server: servers[1] });
    await speaks(c, group, a, again);
    await stops(c, group, a, again);

    const sentMs = performance.now();
    await speaks(a, group, again, c);
    const heardMs = performance.now();
    await servers[0].stop('SIGKILL');
    await takesOver(again, group, sentMs, heardMs, 3_000);
    servers[0] = await startPtt(redis.env);
  });

  test('29. Membership: after a restart members still receive', async (t) => {
    const { name, client } = scene(t, servers[0]);
    await meet({ name, client });
    const group = name('g');
    const uids = [name('A'), name('B')];
    for (const uid of uids) {
      const one = await client(uid);
      one.send(GROUP, USER_ADD, group);
      await one.sync();
      await one.close();
    }
    assert.deepEqual((await redis.command('SMEMBERS', `g.${group}.u`)).sort(), uids);
    assert.deepEqual(await redis.command('SMEMBERS', `u.${uids[0]}.g`), [group]);
    await servers[0].stop();
    servers[0] = await startPtt(redis.env);
    await meet({ name: (word) => name(`${word} again`), client });
    const [a, b] = await Promise.all(uids.map((uid) => client(uid, { server: servers[0] })));
    a.send(GROUP, TEXT, group, 'still here');
    const { id } = await a.expect(TEXT_ACK);
    assert.deepEqual(saidBy(await b.expect(TEXT)), { message_id: id, text: 'still here' });
    await speaks(a, group, b);
    // A member of whom the other server has never heard is one there, too.
    const c = await client(name('C'), { server: servers[1] });
    c.send(GROUP, USER_ADD, group);
    await c.sync();
    await refused(c, group);
  });
});
