// Groups, their floor and their members: scenarios 25 to 29 of the PTT contract.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startRedis } from '../lib/redis.mjs';
import {
  AUDIO, GROUP, IMAGE, INTERACTIVE, INTERACTIVE_ACK, PRIVATE, READ, START, START_ACK, START_FAILED, STOP, STOP_ACK, TEXT, TEXT_ACK, UNAUTHORIZED_GROUP,
  USER_ADD, USER_REMOVE,
  eventually, passTime, quiet, scene, startPtt, times,
} from '../lib/ptt.mjs';

const IDLE_MS = 600;
const LONGEST_MS = 2_000;
const BUSY_MS = 900;
/** How often somebody who wants the floor asks for it. */
const ASK_MS = 15;
/** The clocks of the server tell milliseconds. */
const TICK_MS = 2;

const [server, limits, strict] = await Promise.all([
  startPtt({ MAXIMUM_IDLE_DURATION: '60000', MAXIMUM_AUDIO_DURATION: '60000' }),
  startPtt({ MAXIMUM_IDLE_DURATION: String(IDLE_MS), MAXIMUM_AUDIO_DURATION: String(LONGEST_MS) }),
  startPtt({ MAXIMUM_IDLE_DURATION: '60000', GROUP_BUSY_TIMEOUT: String(BUSY_MS), GROUP_INSPECT_INTERVAL: '50', PTT_GROUP_POLICY: 'token' }),
]);
after(() => Promise.all([server, limits, strict].map((one) => one.stop())));

const AUDIO_BYTES = Buffer.from([0xf8, 0xff, 0xfe]);

/** Has the floor from now on; the others have been told. */
async function speaks(speaker, group, ...others) {
  speaker.send(GROUP, START, group, Date.now());
  await speaker.expect(START_ACK);
  for (const one of others) await one.expect(START);
}

/** Lets it go; returns the id of what was said. */
async function stops(speaker, group, ...others) {
  speaker.send(GROUP, STOP, group);
  const { id } = await speaker.expect(STOP_ACK);
  for (const one of others) assert.equal(saidBy(await one.expect(STOP)).message_id, id);
  return id;
}

const saidBy = ({ payload }) => JSON.parse(payload);

async function refused(speaker, group, reason = 'Busy') {
  speaker.send(GROUP, START, group, Date.now());
  assert.equal((await speaker.expect(START_FAILED)).payload, reason);
}

describe('The floor', { concurrency: 4 }, () => {
  test('25. Floor', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    const timestamp = Date.now();
    a.send(GROUP, START, group, timestamp);
    const ack = await a.expect(START_ACK);
    assert.deepEqual(ack.array, [GROUP, START_ACK, a.uid, group, String(timestamp)]);
    for (const one of [b, c]) assert.deepEqual((await one.expect(START)).array, [GROUP, START, a.uid, group, timestamp]);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    for (const one of [b, c]) assert.deepEqual((await one.expect(AUDIO)).array, [GROUP, AUDIO, a.uid, group, AUDIO_BYTES]);
    await quiet(a, b, c);
    b.send(GROUP, START, group, Date.now());
    assert.deepEqual((await b.expect(START_FAILED)).array, [GROUP, START_FAILED, b.uid, group, 'Busy']);
    await quiet(b, a, c);

    const from = performance.now();
    a.send(GROUP, STOP, group);
    const stopped = await a.expect(STOP_ACK);
    assert.deepEqual(stopped.array, [GROUP, STOP_ACK, a.uid, group, stopped.id, 'Acknowledged']);
    // On receipt: not even the others have read their STOP.
    b.send(GROUP, START, group, 'mine');
    const [, at, duration] = new RegExp(`^0_3_${group}_${a.uid}_(\\d+)_(\\d+)ms\\.opus$`).exec(stopped.id);
    assert.ok(Math.abs(at - Date.now()) < 60_000, stopped.id);
    assert.ok(duration >= 0 && duration <= performance.now() - from + Date.now() - timestamp, stopped.id);
    for (const one of [b, c]) {
      const stop = await one.expect(STOP);
      assert.deepEqual(stop.array.slice(0, 4), [GROUP, STOP, a.uid, group]);
      assert.equal(stop.id, null);
      assert.deepEqual(saidBy(stop), { duration: Number(duration), message_id: stopped.id });
    }
    assert.equal((await b.expect(START_ACK)).payload, 'mine');
    for (const one of [a, c]) assert.equal((await one.expect(START)).payload, 'mine');
    await quiet(b, a, c);
  });

  test('25. Floor: what START_ACK says', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    // Whoever has the floor may START again.
    for (const [payload, said] of [['text', 'text'], [7, '7'], [0, 'Acknowledged'], ['', 'Acknowledged'], [null, 'Acknowledged'], [{ a: 1 }, 'Acknowledged']]) {
      a.send(GROUP, START, group, payload);
      assert.deepEqual((await a.expect(START_ACK)).array, [GROUP, START_ACK, a.uid, group, said]);
      assert.deepEqual((await b.expect(START)).array, [GROUP, START, a.uid, group, payload]);
    }
    a.send(GROUP, START, group);
    assert.equal((await a.expect(START_ACK)).payload, 'Acknowledged');
    assert.equal((await b.expect(START)).payload, null);
    a.send(GROUP, START, group, 'with an id', { id: 'mine' });
    assert.deepEqual((await a.expect(START_ACK)).array, [GROUP, START_ACK, a.uid, group, 'with an id']);
    assert.deepEqual((await b.expect(START)).array, [GROUP, START, a.uid, group, 'mine', 'with an id']);
    a.send(GROUP, STOP, group, 0, { id: 'mine' });
    const { id } = await a.expect(STOP_ACK);
    const stop = await b.expect(STOP);
    assert.equal(stop.id, 'mine');
    assert.equal(saidBy(stop).message_id, id);
  });

  test('25. Floor: ids are the same as numbers and as text, and come as they were sent', async (t) => {
    const { client } = scene(t, server);
    const [a, b] = await Promise.all([client(2501, { channelIds: [25] }), client('2502', { channelIds: ['25'] })]);
    a.send(GROUP, START, 25, 1, { from: '2501' });
    assert.deepEqual((await a.expect(START_ACK)).array.slice(2, 4), ['2501', 25]);
    assert.deepEqual((await b.expect(START)).array.slice(2, 4), ['2501', 25]);
    b.send(GROUP, START, '25', 1, { from: 2502 });
    assert.deepEqual((await b.expect(START_FAILED)).array, [GROUP, START_FAILED, 2502, '25', 'Busy']);
    a.send(GROUP, STOP, '25');
    assert.match((await a.expect(STOP_ACK)).id, /^0_3_25_2501_/);
    assert.deepEqual((await b.expect(STOP)).array.slice(2, 4), [2501, '25']);
  });

  test('25. Floor: STOP and START in one go, STOP and the end in one go', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    await speaks(a, group, b);
    a.send(GROUP, STOP, group);
    a.send(GROUP, START, group, 2);
    for (const type of [STOP_ACK, START_ACK]) await a.expect(type);
    for (const type of [STOP, START]) await b.expect(type);
    a.send(GROUP, STOP, group);
    a.close();
    await b.expect(STOP);
    await speaks(b, group);
    await quiet(b);
  });

  test('26. Floor race', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const all = await members(group, ...times(20, (i) => name(`M${i}`)));
    await race(all, group, 25);
  });

  test('27. Idle: somebody else may speak so long after the last AUDIO, and not before', async (t) => {
    const { name, members } = scene(t, limits);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    await speaks(a, group, b, c);
    await passTime(IDLE_MS / 2);
    const sentMs = performance.now();
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    const { atMs: heardMs } = await b.expect(AUDIO);
    await c.expect(AUDIO);
    await takesOver(b, group, sentMs, heardMs, IDLE_MS);
    // What was said before is over; the one who said it is like everybody else.
    assert.equal((await c.expect(START)).from, b.uid);
    assert.equal((await a.expect(START)).from, b.uid);
    await refused(a, group);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(a, b, c);
    a.send(GROUP, STOP, group);
    await a.expect(STOP_ACK);
    await quiet(a, b, c);
    await refused(c, group);
  });

  test('27. Limits: whoever speaks too long is stopped', async (t) => {
    const { name, members } = scene(t, limits);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    const from = performance.now();
    await speaks(a, group, b, c);
    const startedMs = performance.now();
    let sent = 0;
    let lastMs;
    while (a.all(STOP_ACK).length === 0) {
      // A frame that was sent after the limit has ended it.
      lastMs = performance.now();
      a.send(GROUP, AUDIO, group, Buffer.from([sent++]));
      await a.sync();
      if (lastMs > startedMs + LONGEST_MS + TICK_MS) break;
      await passTime(ASK_MS);
    }
    const { id, atMs } = await a.expect(STOP_ACK);
    assert.ok(atMs - from >= LONGEST_MS - TICK_MS, `stopped after ${atMs - from} ms`);
    // The frame that came too late is not among those that are relayed, and nothing comes after it.
    for (const one of [b, c]) {
      for (let i = 0; i < sent - 1; i++) assert.deepEqual((await one.expect(AUDIO)).payload, Buffer.from([i]));
      const { duration, message_id: said } = saidBy(await one.expect(STOP));
      assert.equal(said, id);
      assert.ok(duration >= LONGEST_MS && duration <= performance.now() - from, `duration ${duration}`);
    }
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(a, b, c);
    // The floor is free at once, and the speaker is not heard before a new START, even if it says that it has come to its end.
    await speaks(b, group, a, c);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(a, b, c);
    await stops(b, group, a, c);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(a, b, c);
    a.send(GROUP, STOP, group);
    await a.expect(STOP_ACK);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(a, b, c);
    await speaks(a, group, b, c);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    for (const one of [b, c]) await one.expect(AUDIO);
    await quiet(a, b, c);
  });

  for (const [how, leave] of Object.entries({
    'its socket dies': (a) => a.drop(),
    'it closes': (a) => a.close(),
    'it comes again': (a, client) => client(a.uid, { device: 'another' }),
  })) {
    test(`27. Limits: the floor is free at once when the holder's connection ends: ${how}`, async (t) => {
      const { name, members, client } = scene(t, server);
      const group = name('g');
      const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
      await speaks(a, group, b, c);
      const from = performance.now();
      await leave(a, client);
      const { message_id: said } = saidBy(await b.expect(STOP));
      assert.match(said, new RegExp(`^0_3_${group}_${a.uid}_`));
      assert.equal(saidBy(await c.expect(STOP)).message_id, said);
      assert.ok(performance.now() - from < 5_000);
      await speaks(b, group, c);
      await quiet(b, c);
    });
  }

  test('27. Limits: whoever has the floor of many groups leaves all of them', async (t) => {
    const { name, client } = scene(t, server);
    const groups = times(30, (i) => name(`g${i}`));
    const [a, b] = await Promise.all(['A', 'B'].map((word) => client(name(word), { channelIds: groups })));
    for (const group of groups) await speaks(a, group, b);
    await a.drop();
    for (const group of groups) await b.find((frame) => frame.type === STOP && frame.to === group);
    for (const group of groups) await speaks(b, group);
    await quiet(b);
  });

  test('Section 2.4. GROUP_BUSY_TIMEOUT: nobody has it for longer', async (t) => {
    const { name, members } = scene(t, strict);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    const sentMs = performance.now();
    await speaks(a, group, b);
    await takesOver(b, group, sentMs, performance.now(), BUSY_MS);
  });

  test('28. Non-member', async (t) => {
    const { name, members, client } = scene(t, server);
    const group = name('g');
    const [a, b] = await members(group, name('A'), name('B'));
    const n = await client(name('N'));
    n.send(GROUP, START, group, Date.now());
    assert.deepEqual((await n.expect(UNAUTHORIZED_GROUP)).array, [GROUP, UNAUTHORIZED_GROUP, n.uid, group, 'Unauthorized Group']);
    assert.deepEqual((await n.expect(START_FAILED)).array, [GROUP, START_FAILED, n.uid, group, 'Ack Failed']);
    await quiet(n, a, b);
    for (const type of [TEXT, IMAGE, INTERACTIVE]) {
      n.send(GROUP, type, group, 'hello');
      await n.expect(UNAUTHORIZED_GROUP);
      await quiet(n, a, b);
    }
    await speaks(a, group, b);
    for (let i = 0; i < 5; i++) n.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await n.sync();
    const told = n.all(UNAUTHORIZED_GROUP).length - 4;
    assert.ok(told <= 1, `told ${told} times in a moment`);
    n.skip();
    await quiet(n, a, b);
    n.send(GROUP, STOP, group);
    await n.expect(STOP_ACK);
    await quiet(n, a, b);
    await refused(b, group);
  });

  test('28. A member who has not the floor: STOP does not free it, AUDIO is not relayed', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    await speaks(a, group, b, c);
    b.send(GROUP, STOP, group);
    assert.deepEqual((await b.expect(STOP_ACK)).array, [GROUP, STOP_ACK, b.uid, group, 'Acknowledged']);
    await quiet(b, a, c);
    await refused(b, group);
    b.send(GROUP, AUDIO, group, AUDIO_BYTES);
    await quiet(b, a, c);
    a.send(GROUP, AUDIO, group, AUDIO_BYTES);
    for (const one of [b, c]) assert.equal((await one.expect(AUDIO)).from, a.uid);
    await stops(a, group, b, c);
    // While nobody has it, it is relayed, and does not take it.
    b.send(GROUP, AUDIO, group, AUDIO_BYTES);
    for (const one of [a, c]) assert.equal((await one.expect(AUDIO)).from, b.uid);
    await speaks(c, group, a, b);
    await quiet(c, a, b);
  });

  test('28. TEXT, INTERACTIVE and IMAGE of a member; receipts are no matter of groups', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    a.send(GROUP, TEXT, group, 'hello');
    const { id } = await a.expect(TEXT_ACK);
    assert.match(id, new RegExp(`^0_17_${group}_${a.uid}_\\d+`));
    for (const one of [b, c]) assert.deepEqual(saidBy(await one.expect(TEXT)), { message_id: id, text: 'hello' });
    a.send(GROUP, INTERACTIVE, group, { button: 1 });
    const { id: interactive } = await a.expect(INTERACTIVE_ACK);
    assert.match(interactive, new RegExp(`^0_23_${group}_${a.uid}_\\d+`));
    for (const one of [b, c]) assert.deepEqual(saidBy(await one.expect(INTERACTIVE)), { message_id: interactive, text: '{"button":1}' });
    a.send(GROUP, IMAGE, group, AUDIO_BYTES);
    for (const one of [b, c]) assert.deepEqual((await one.expect(IMAGE)).array, [GROUP, IMAGE, a.uid, group, AUDIO_BYTES]);
    a.send(GROUP, READ, group, id);
    await quiet(a, b, c);
  });
});

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

  after(async () => {
    await Promise.all(servers.map((one) => one.stop()));
    await redis.stop();
  });

  test('26. Floor race over two servers', async (t) => {
    const { name, client } = scene(t, servers[0]);
    await meet({ name, client });
    const group = name('g');
    const all = await Promise.all(times(20, (i) => client(name(`M${i}`), { channelIds: [group], server: servers[i % 2] })));
    await race(all, group, 10);
  });

  test('25, 27. Floor over two servers, one of which dies', async (t) => {
    const { name, client } = scene(t, servers[0]);
    await meet({ name, client });
    const group = name('g');
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

// ---- Rules about time

/**
 * Asks for the floor until it is granted. `sentMs` is a time before the server heard the last AUDIO (or START) of who has it, `heardMs` one after: it must not be
 * granted earlier than `limitMs` after the former, and not be refused to who asks later than that after the latter.
 */
async function takesOver(speaker, group, sentMs, heardMs, limitMs) {
  for (let refusals = 0; ; refusals++) {
    const askedMs = performance.now();
    speaker.send(GROUP, START, group, askedMs | 0);
    const { type, atMs } = await speaker.find((frame) => frame.type === START_ACK || frame.type === START_FAILED);
    if (type === START_ACK) {
      assert.ok(atMs - sentMs >= limitMs - TICK_MS, `granted after ${atMs - sentMs} ms`);
      assert.ok(refusals > 0, 'never refused: this has proved nothing');
      return;
    }
    assert.ok(askedMs - heardMs <= limitMs + TICK_MS, `refused ${askedMs - heardMs} ms after`);
    await passTime(ASK_MS);
  }
}

/** All START at once, so many times, beginning with another one each time: one gets the floor, all others are refused. */
async function race(all, group, rounds) {
  const winners = new Set();
  for (let round = 1; round <= rounds; round++) {
    const order = all.map((_, i) => all[(i + round) % all.length]);
    for (const one of order) one.send(GROUP, START, group, round);
    const answers = await Promise.all(order.map((one) => one.find(({ type }) => type === START_ACK || type === START_FAILED)));
    const granted = order.filter((_, i) => answers[i].type === START_ACK);
    assert.equal(granted.length, 1, `${granted.length} have the floor in round ${round}`);
    assert.ok(answers.every(({ type, payload }) => payload === (type === START_ACK ? String(round) : 'Busy')));
    const [winner] = granted;
    winners.add(winner);
    const others = all.filter((one) => one !== winner);
    for (const one of others) assert.equal((await one.find(START)).from, winner.uid);
    winner.send(GROUP, STOP, group);
    const { id } = await winner.expect(STOP_ACK);
    for (const one of others) assert.equal(saidBy(await one.find(STOP)).message_id, id);
    await quiet(...all);
  }
  assert.ok(winners.size > 1, 'always the same one');
}
