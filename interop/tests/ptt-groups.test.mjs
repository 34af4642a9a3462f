// Groups and their floor: scenarios 25 to 28 of the PTT contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ASK_MS, AUDIO_BYTES, race, refused, saidBy, speaks, stops, takesOver, TICK_MS } from '../lib/ptt-floor.mjs';
import {
  AUDIO, GROUP, IMAGE, INTERACTIVE, INTERACTIVE_ACK, READ, START, START_ACK, START_FAILED, STOP, STOP_ACK, TEXT, TEXT_ACK, UNAUTHORIZED_GROUP, passTime,
  quiet, scene, startPtt, times,
} from '../lib/ptt.mjs';

const IDLE_MS = 600;
const LONGEST_MS = 2_000;
const BUSY_MS = 900;

const [server, limits, strict] = await Promise.all([
  startPtt({ MAXIMUM_IDLE_DURATION: '60000', MAXIMUM_AUDIO_DURATION: '60000' }),
  startPtt({ MAXIMUM_IDLE_DURATION: String(IDLE_MS), MAXIMUM_AUDIO_DURATION: String(LONGEST_MS) }),
  startPtt({ MAXIMUM_IDLE_DURATION: '60000', GROUP_BUSY_TIMEOUT: String(BUSY_MS), GROUP_INSPECT_INTERVAL: '50' }),
]);
after(() => Promise.all([server, limits, strict].map((one) => one.stop())));

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
