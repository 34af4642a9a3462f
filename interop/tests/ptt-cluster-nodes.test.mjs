// Push-to-talk between two servers that share a Redis: what the contract says of one server holds for users of both.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LATE_MS, PATIENT, startShared } from '../lib/presence.mjs';
import {
  AUDIO, awake, DELIVERED, eventually, GROUP, IMAGE, INTERACTIVE, INTERACTIVE_ACK, LOGIN_DUPLICATED, passTime, PRIVATE, quiet, READ, scene, START, START_ACK,
  START_FAILED, STOP, STOP_ACK, TEXT, TEXT_ACK, times, UNAUTHORIZED_GROUP, USER_ADD, USER_REMOVE,
} from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';

const IDLE_MS = 2_500;
const SETTINGS = { ...PATIENT, MAXIMUM_IDLE_DURATION: String(IDLE_MS) };

const redis = await startRedis();
const servers = await Promise.all(times(2, () => startShared(redis, SETTINGS)));
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await redis.stop();
});

/** Clients of both servers in turn, in this order, who know of each other; with a group, they are members of it as long as they are connected. */
async function apart(t, words, group) {
  const { name, client, ...more } = scene(t, servers[0]);
  const id = group && name(group);
  const all = await Promise.all(words.map((word, i) => client(name(word), { server: servers[i % 2], device: 'd', ...(id && { channelIds: [id] }) })));
  await acquainted(all, id);
  return { name, client, ...more, all, group: id };
}

/** Waits until the news that these clients are there has reached all servers. */
async function acquainted(all, group) {
  const heard = (to, word) => to.all(TEXT).some(({ payload }) => JSON.parse(payload).text === word);
  for (const [i, from] of all.entries()) {
    const others = all.filter((each) => each !== from);
    let tries = 0;
    await eventually(async () => {
      const word = `hello ${i} ${tries++}`;
      if (group) from.send(GROUP, TEXT, group, word);
      else for (const { uid } of others) from.send(PRIVATE, TEXT, uid, word);
      await from.sync();
      // What comes from the other server may take its time, but what is lost is lost.
      await eventually(() => others.every((each) => heard(each, word)), 500).catch(() => {});
      return others.every((each) => heard(each, word));
    });
  }
  for (const each of all) await each.sync();
  for (const each of all) each.skip();
}

const audio = (n) => Buffer.from(`audio ${n}`);

describe('Between two servers', { concurrency: 8 }, () => {
  test('A private call', async (t) => {
    const { all: [a, b], name } = await apart(t, ['A', 'B']);
    const now = Date.now();
    a.send(PRIVATE, START, b.uid, now);
    assert.deepEqual((await a.expect(START_ACK)).array, [PRIVATE, START_ACK, a.uid, b.uid, now]);
    assert.deepEqual((await b.expect(START)).array, [PRIVATE, START, a.uid, b.uid, now]);
    for (let i = 0; i < 200; i++) a.send(PRIVATE, AUDIO, b.uid, audio(i));
    for (let i = 0; i < 200; i++) assert.deepEqual((await b.expect(AUDIO)).array, [PRIVATE, AUDIO, a.uid, b.uid, audio(i)]);
    a.send(PRIVATE, STOP, b.uid, undefined);
    const { id } = await a.expect(STOP_ACK);
    const { message_id: heard, duration } = JSON.parse((await b.expect(STOP)).payload);
    assert.equal(heard, id);
    assert.ok(Number.isInteger(duration) && duration >= 0);
    a.send(PRIVATE, START, name('nobody'), now);
    assert.equal((await a.expect(START_FAILED)).payload, 'Recipient offline');
    await quiet(a, b);
  });

  test('Texts, receipts, images', async (t) => {
    const { all: [a, b] } = await apart(t, ['A', 'B']);
    for (const [payload, text] of [['plain', 'plain'], ['{"text":"from JSON"}', 'from JSON'], ['5', '5']]) {
      a.send(PRIVATE, TEXT, b.uid, payload, { id: 'mine' });
      const { id } = await a.expect(TEXT_ACK);
      const frame = await b.expect(TEXT);
      assert.deepEqual([frame.from, frame.to, frame.id, JSON.parse(frame.payload)], [a.uid, b.uid, 'mine', { message_id: id, text }]);
      for (const type of [DELIVERED, READ]) {
        b.send(PRIVATE, type, a.uid, id);
        assert.deepEqual((await a.expect(type)).array, [PRIVATE, type, b.uid, a.uid, id]);
      }
    }
    a.send(PRIVATE, INTERACTIVE, b.uid, { button: 1 });
    const { id } = await a.expect(INTERACTIVE_ACK);
    assert.deepEqual(JSON.parse((await b.expect(INTERACTIVE)).payload), { message_id: id, text: '{"button":1}' });
    const image = Buffer.alloc(500_000, 7);
    a.send(PRIVATE, IMAGE, b.uid, image);
    assert.ok((await b.expect(IMAGE)).payload.equals(image));
    // Whoever is behind it, the sender is the one who is connected.
    a.sendArray([PRIVATE, TEXT, 'somebody else', b.uid, 'hello']);
    await a.expect(TEXT_ACK);
    assert.equal((await b.expect(TEXT)).from, a.uid);
    await quiet(a, b);
  });

  test('What is for a user comes to his mobile and to his dashboards, wherever they are', async (t) => {
    const { all: [a], client, name } = await apart(t, ['A']);
    const mobile = await client(name('U'), { device: 'd' });
    const tabs = await Promise.all(servers.map((server) => client(name('U'), { server, role: 'web' })));
    await eventually(async () => {
      a.send(PRIVATE, TEXT, name('U'), 'to all of you');
      await a.find(TEXT_ACK);
      return [mobile, ...tabs].every((each) => each.all(TEXT).length > 0);
    });
  });

  test('A group talks', async (t) => {
    const { all, group } = await apart(t, ['A', 'B', 'C', 'D'], 'g');
    const [a, b] = all;
    for (const [round, speaker] of [a, b].entries()) {
      const others = all.filter((each) => each !== speaker);
      const now = Date.now();
      speaker.send(GROUP, START, group, now);
      assert.deepEqual((await speaker.expect(START_ACK)).array, [GROUP, START_ACK, speaker.uid, group, String(now)]);
      for (const each of others) assert.deepEqual((await each.expect(START)).array, [GROUP, START, speaker.uid, group, now]);
      for (let i = 0; i < 100; i++) speaker.send(GROUP, AUDIO, group, audio(`${round} ${i}`));
      for (const each of others) for (let i = 0; i < 100; i++) assert.deepEqual((await each.expect(AUDIO)).payload, audio(`${round} ${i}`));
      for (const each of others) {
        each.send(GROUP, START, group, now);
        assert.equal((await each.expect(START_FAILED)).payload, 'Busy');
        // Audio of somebody who does not speak goes nowhere, and his STOP does not free the floor.
        each.send(GROUP, AUDIO, group, audio('intruder'));
        each.send(GROUP, STOP, group, undefined);
        await each.expect(STOP_ACK);
        each.send(GROUP, START, group, now);
        assert.equal((await each.expect(START_FAILED)).payload, 'Busy');
        speaker.send(GROUP, AUDIO, group, audio('still me'));
        for (const listener of others) assert.deepEqual((await listener.expect(AUDIO)).payload, audio('still me'));
      }
      speaker.send(GROUP, STOP, group, undefined);
      const { id } = await speaker.expect(STOP_ACK);
      assert.match(id, new RegExp(`^0_3_${group}_${speaker.uid}_`));
      for (const each of others) assert.equal(JSON.parse((await each.expect(STOP)).payload).message_id, id);
    }
    await quiet(...all);
  });

  test('26. Of 20 members on two servers who start at once, one speaks', async (t) => {
    const { all, group } = await apart(t, times(20, (i) => `M${i}`), 'g');
    for (let round = 0; round < 10; round++) {
      for (const each of round % 2 ? [...all].reverse() : all) each.send(GROUP, START, group, round + 1);
      const answers = await Promise.all(all.map((each) => each.find(({ type }) => type === START_ACK || type === START_FAILED)));
      const winners = all.filter((each, i) => answers[i].type === START_ACK);
      assert.equal(winners.length, 1, `round ${round}`);
      assert.ok(answers.every(({ type, payload }) => type === START_ACK || payload === 'Busy'));
      const [speaker] = winners;
      const others = all.filter((each) => each !== speaker);
      speaker.send(GROUP, STOP, group, undefined);
      await speaker.find(STOP_ACK);
      for (const each of others) {
        assert.equal((await each.expect(START)).from, speaker.uid);
        assert.equal((await each.expect(STOP)).from, speaker.uid);
      }
      // The floor is free when the STOP arrives: on the other server, too.
      const next = others.find((each) => all.indexOf(each) % 2 !== all.indexOf(speaker) % 2);
      next.send(GROUP, START, group, 'next');
      await next.expect(START_ACK);
      next.send(GROUP, STOP, group, undefined);
      await next.expect(STOP_ACK);
      for (const each of all) if (each !== next) {
        await each.expect(START);
        await each.expect(STOP);
      }
    }
    await quiet(...all);
  });

  test('An idle floor is taken over from the other server, and not before', awake(IDLE_MS / 5, async (t) => {
    const { all: [a, b, c], group } = await apart(t, ['A', 'B', 'C'], 'g');
    a.send(GROUP, START, group, 1);
    await a.expect(START_ACK);
    await b.expect(START);
    // Each sound puts the end off.
    const fromMs = performance.now();
    while (performance.now() - fromMs < 1.2 * IDLE_MS) {
      a.send(GROUP, AUDIO, group, audio('on'));
      await b.expect(AUDIO);
      b.send(GROUP, START, group, 2);
      assert.equal((await b.expect(START_FAILED)).payload, 'Busy');
      await passTime(IDLE_MS / 10);
    }
    const lastMs = performance.now();
    a.send(GROUP, AUDIO, group, audio('last'));
    await b.expect(AUDIO);
    let answer;
    do {
      await passTime(10);
      b.send(GROUP, START, group, 3);
      answer = await b.expect(({ type }) => type === START_ACK || type === START_FAILED);
    } while (answer.type === START_FAILED);
    const tookMs = performance.now() - lastMs;
    assert.ok(tookMs >= IDLE_MS - 5 && tookMs <= IDLE_MS + LATE_MS, `taken over after ${tookMs} ms`);
    assert.equal((await a.expect(START)).from, b.uid);
    a.send(GROUP, AUDIO, group, audio('too late'));
    await a.sync();
    b.send(GROUP, AUDIO, group, audio('mine'));
    assert.deepEqual((await a.expect(AUDIO)).payload, audio('mine'));
    c.skip();
  }));

  test('A speaker whose connection dies frees the floor for both servers', async (t) => {
    const { all: [a, b, c], group } = await apart(t, ['A', 'B', 'C'], 'g');
    a.send(GROUP, START, group, 1);
    await a.expect(START_ACK);
    a.send(GROUP, AUDIO, group, audio(1));
    for (const each of [b, c]) {
      await each.expect(START);
      await each.expect(AUDIO);
    }
    a.drop();
    for (const each of [b, c]) assert.equal((await each.expect(STOP)).from, a.uid);
    b.send(GROUP, START, group, 2);
    await b.expect(START_ACK);
    await c.expect(START);
  });

  test('12. A login on the other server ends this one, with a word if the device is another', async (t) => {
    const { client, name, all: [a, b] } = await apart(t, ['A', 'B']);
    for (const [i, device] of ['d', 'd2'].entries()) {
      const isOther = device !== 'd';
      const old = await client(name('X'), { device: 'd', server: servers[i] });
      const next = await client(name('X'), { device, server: servers[1 - i] });
      assert.equal((await old.ended()).code, 1000);
      const words = old.all(LOGIN_DUPLICATED);
      assert.equal(words.length, isOther ? 1 : 0);
      if (isOther) assert.match(words[0].payload, /d2/);
      // Whoever is left is reached from everywhere.
      for (const from of [a, b]) {
        await eventually(async () => {
          from.send(PRIVATE, TEXT, next.uid, `from ${from.uid}`);
          await from.find(TEXT_ACK);
          return next.all(TEXT).some((frame) => frame.from === from.uid);
        });
      }
      assert.ok(next.isOpen);
    }
  });

  test('12. Of many logins at once on both servers one is left', async (t) => {
    const { attempt, name } = scene(t, servers[0]);
    const all = times(12, (i) => attempt({ uid: name('M'), device: `d${i % 3}`, server: servers[i % 2] }));
    await Promise.all(all.map((each) => each.opened));
    await eventually(() => all.filter((each) => each.isOpen).length === 1);
    const [left] = all.filter((each) => each.isOpen);
    await left.sync();
    assert.ok(left.isOpen);
    for (const each of all) if (each !== left) assert.equal((await each.ended()).code, 1000);
    assert.equal((await redis.hash(`presence:meta:${name('M')}`)).status, 'online');
  });

  test('29. Who is added to a group here is a member there', async (t) => {
    const { name, client, all: [a, b] } = await apart(t, ['A', 'B']);
    const group = name('g');
    b.send(GROUP, TEXT, group, 'not yet');
    await b.expect(UNAUTHORIZED_GROUP);
    for (const each of [a, b]) {
      each.sendArray([GROUP, USER_ADD, 'nonsense', group]);
      await each.sync();
    }
    await acquainted([a, b], group);
    // The membership outlives the connection, and goes to the other server with the user.
    await a.close();
    const moved = await client(a.uid, { device: 'd', server: servers[1] });
    moved.send(GROUP, START, group, 1);
    await moved.expect(START_ACK);
    assert.equal((await b.expect(START)).from, a.uid);
    moved.send(GROUP, STOP, group, undefined);
    await moved.expect(STOP_ACK);
    await b.expect(STOP);
    // And it ends on both servers.
    const here = await client(name('C'));
    here.send(GROUP, USER_ADD, group);
    await here.sync();
    await acquainted([here, b, moved], group);
    here.send(GROUP, USER_REMOVE, group);
    await here.sync();
    b.send(GROUP, TEXT, group, 'without C');
    await b.expect(TEXT_ACK);
    await moved.expect(TEXT);
    here.send(GROUP, TEXT, group, 'may I?');
    await here.expect(UNAUTHORIZED_GROUP);
    await quiet(here, b, moved);
  });
});

test('29. A server that is started again knows the members', async (t) => {
  const third = await startShared(redis, SETTINGS);
  const { name, client } = scene(t, third);
  const group = name('g');
  const before = await client(name('A'), { device: 'd' });
  before.send(GROUP, USER_ADD, group);
  await before.sync();
  await third.stop();
  assert.equal((await before.ended()).code, 1001);
  const fourth = await startShared(redis, SETTINGS);
  t.after(() => fourth.stop());
  const [a, b] = [await client(name('A'), { device: 'd', server: fourth }), await client(name('B'), { device: 'd', channelIds: [group], server: servers[0] })];
  await acquainted([a, b], group);
});
