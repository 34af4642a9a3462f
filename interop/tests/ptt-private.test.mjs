// From one user to another: scenarios 30 to 32 of the PTT contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import notepack from 'notepack';
import {
  AUDIO, CONNECTION, CONNECTION_ACK, CONNECTION_TEST, DELIVERED, GROUP, IMAGE, INTERACTIVE, INTERACTIVE_ACK, PRIVATE, READ, START, START_ACK, START_FAILED,
  STOP, STOP_ACK, TEXT, TEXT_ACK,
  eventually, quiet, scene, startPtt,
} from '../lib/ptt.mjs';

const server = await startPtt();
after(() => server.stop());

const AUDIO_BYTES = Buffer.from([0xf8, 0xff, 0xfe]);
const saidBy = ({ payload }) => JSON.parse(payload);

/** Clients of these names. */
async function users(t, ...words) {
  const { name, client } = scene(t, server);
  return Promise.all(words.map((word) => client(name(word))));
}

/** Sends these elements; what the other one gets has the very same bytes. */
async function relayed(from, to, array) {
  const bytes = notepack.encode(array);
  from.raw(bytes);
  const frame = await to.expect(array[1]);
  assert.equal(frame.bytes.toString('hex'), bytes.toString('hex'));
}

describe('Private calls', { concurrency: 4 }, () => {
  test('30. Private: START to a user who is not there, or no more', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    const b = await client(name('B'));
    a.send(PRIVATE, START, name('nobody'), Date.now());
    assert.deepEqual((await a.expect(START_FAILED)).array, [PRIVATE, START_FAILED, a.uid, name('nobody'), 'Recipient offline']);
    await b.close();
    // The end of a connection is seen by either side on its own.
    const refused = await eventually(async () => {
      a.send(PRIVATE, START, b.uid, Date.now());
      const answer = await a.expect(({ type }) => type === START_ACK || type === START_FAILED);
      return answer.type === START_FAILED && answer;
    });
    assert.deepEqual(refused.array, [PRIVATE, START_FAILED, a.uid, b.uid, 'Recipient offline']);
    await quiet(a);
  });

  test('30. Private: START, AUDIO and STOP', async (t) => {
    const [a, b, c] = await users(t, 'A', 'B', 'C');
    const timestamp = Date.now();
    a.send(PRIVATE, START, b.uid, timestamp);
    assert.deepEqual((await a.expect(START_ACK)).array, [PRIVATE, START_ACK, a.uid, b.uid, timestamp]);
    assert.deepEqual((await b.expect(START)).array, [PRIVATE, START, a.uid, b.uid, timestamp]);
    // There is no floor between two: somebody else may call, and the one who is called may answer.
    for (const [one, other] of [[c, b], [b, a]]) {
      one.send(PRIVATE, START, other.uid, 'text', { id: 'mine' });
      assert.deepEqual((await one.expect(START_ACK)).array, [PRIVATE, START_ACK, one.uid, other.uid, 'mine', 'text']);
      assert.deepEqual((await other.expect(START)).array, [PRIVATE, START, one.uid, other.uid, 'mine', 'text']);
    }
    await relayed(a, b, [PRIVATE, AUDIO, a.uid, b.uid, AUDIO_BYTES]);
    a.send(PRIVATE, STOP, b.uid, Date.now());
    const { id, array } = await a.expect(STOP_ACK);
    assert.deepEqual(array, [PRIVATE, STOP_ACK, a.uid, b.uid, id, 'Acknowledged']);
    assert.match(id, new RegExp(`^1_3_${b.uid}_${a.uid}_\\d+_\\d+ms\\.opus$`));
    const stop = await b.expect(STOP);
    assert.equal(saidBy(stop).message_id, id);
    assert.deepEqual(stop.array, [PRIVATE, STOP, a.uid, b.uid, stop.payload]);
    await quiet(a, b, c);
  });

  test('30. Private: an empty START', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    for (const payload of [0, '', null, undefined]) {
      a.send(PRIVATE, START, b.uid, payload);
      assert.equal((await a.expect(START_ACK)).payload, 'Acknowledged');
      assert.equal((await b.expect(START)).payload, payload ?? null);
    }
  });

  test('30. Private: to oneself', async (t) => {
    const [a] = await users(t, 'A');
    a.send(PRIVATE, START, a.uid, 5);
    assert.equal((await a.expect(START_ACK)).payload, 5);
    assert.equal((await a.expect(START)).payload, 5);
    a.send(PRIVATE, AUDIO, a.uid, AUDIO_BYTES);
    assert.deepEqual((await a.expect(AUDIO)).payload, AUDIO_BYTES);
    a.send(PRIVATE, STOP, a.uid);
    const { id } = await a.expect(STOP_ACK);
    assert.equal(saidBy(await a.expect(STOP)).message_id, id);
    a.send(PRIVATE, TEXT, a.uid, 'note');
    const { id: text } = await a.expect(TEXT_ACK);
    assert.deepEqual(saidBy(await a.expect(TEXT)), { message_id: text, text: 'note' });
    await quiet(a);
  });

  test('30. Private: AUDIO and STOP without START', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    await relayed(a, b, [PRIVATE, AUDIO, a.uid, b.uid, AUDIO_BYTES]);
    await relayed(a, b, [PRIVATE, AUDIO, a.uid, b.uid, 'old clients send text']);
    await relayed(a, b, [PRIVATE, AUDIO, a.uid, b.uid, 'mine', AUDIO_BYTES]);
    a.send(PRIVATE, STOP, b.uid);
    assert.deepEqual((await a.expect(STOP_ACK)).array, [PRIVATE, STOP_ACK, a.uid, b.uid, 'Acknowledged']);
    assert.deepEqual(saidBy(await b.expect(STOP)), { duration: 0, message_id: null });
    await quiet(a, b);
  });

  test('30. Private: DELIVERED, READ and IMAGE arrive unchanged', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    for (const type of [DELIVERED, READ, IMAGE]) {
      await relayed(b, a, [PRIVATE, type, b.uid, a.uid, '1_17_x_y_1.txt']);
      await relayed(b, a, [PRIVATE, type, b.uid, a.uid, '["1","2"]']);
      await relayed(b, a, [PRIVATE, type, b.uid, a.uid, 'mine', AUDIO_BYTES]);
      await relayed(b, a, [PRIVATE, type, b.uid, a.uid, { nested: [1, { deep: null }], more: 1.5 }]);
    }
    await quiet(b, a);
  });

  test('30. Private: all connections of a user get it, of both kinds', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    const b = await client(name('B'));
    const tabs = await Promise.all([client(b.uid, { role: 'dashboard' }), client(b.uid, { role: 'web' })]);
    a.send(PRIVATE, TEXT, b.uid, 'hello');
    const { id } = await a.expect(TEXT_ACK);
    for (const one of [b, ...tabs]) assert.deepEqual(saidBy(await one.find(TEXT)), { message_id: id, text: 'hello' });
    // Those who only watch may speak, too.
    await b.close();
    a.send(PRIVATE, START, b.uid, 1);
    await a.expect(START_ACK);
    for (const one of tabs) await one.find(START);
    await relayed(tabs[0], a, [PRIVATE, AUDIO, b.uid, a.uid, AUDIO_BYTES]);
  });
});

describe('Texts', { concurrency: 4 }, () => {
  test('31. Text', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    const texts = {
      'hello': 'hello',
      'gr\u00fc\u00dfe \u{1f4e1}': 'gr\u00fc\u00dfe \u{1f4e1}',
      '{"text":"from JSON","message_id":"mine"}': 'from JSON',
      '{"text":""}': '',
      '{"text":"quoted \\"\\u00e9"}': 'quoted "\u00e9',
      '{"message_id":"mine"}': '{"message_id":"mine"}',
      '{"text":7}': '{"text":7}',
      '{"text":': '{"text":',
      '["text"]': '["text"]',
      '5': '5',
      '"5"': '"5"',
      'null': 'null',
      '{"__proto__":{"text":"no"}}': '{"__proto__":{"text":"no"}}',
    };
    const ids = new Set();
    for (const [payload, text] of Object.entries(texts)) {
      a.send(PRIVATE, TEXT, b.uid, payload);
      const { id, array } = await a.expect(TEXT_ACK);
      assert.deepEqual(array, [PRIVATE, TEXT_ACK, a.uid, b.uid, id, 'Acknowledged']);
      assert.match(id, new RegExp(`^1_17_${b.uid}_${a.uid}_\\d+`));
      const frame = await b.expect(TEXT);
      assert.deepEqual(saidBy(frame), { message_id: id, text });
      assert.deepEqual(frame.array, [PRIVATE, TEXT, a.uid, b.uid, frame.payload]);
      ids.add(id);
    }
    assert.equal(ids.size, Object.keys(texts).length, 'an id came twice');
    await quiet(a, b);
  });

  test('31. Text: the id of the client stays at its place', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    a.send(PRIVATE, TEXT, b.uid, 'hello', { id: 'mine' });
    const { id } = await a.expect(TEXT_ACK);
    assert.notEqual(id, 'mine');
    const frame = await b.expect(TEXT);
    assert.equal(frame.id, 'mine');
    assert.equal(saidBy(frame).message_id, id);
  });

  test('31. Text: to a user who is not there it is accepted all the same', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    a.send(PRIVATE, TEXT, name('nobody'), 'hello');
    assert.match((await a.expect(TEXT_ACK)).id, /^1_17_/);
    await quiet(a);
  });

  test('31. Text: INTERACTIVE is the JSON text of its payload', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    for (const payload of [{ button: 1, list: ['a', null, true, 1.5] }, 'hello "you"', 7, [1, [2]], '\u00e9\n']) {
      a.send(PRIVATE, INTERACTIVE, b.uid, payload);
      const { id, array } = await a.expect(INTERACTIVE_ACK);
      assert.deepEqual(array, [PRIVATE, INTERACTIVE_ACK, a.uid, b.uid, id, 'Acknowledged']);
      assert.match(id, new RegExp(`^1_23_${b.uid}_${a.uid}_\\d+`));
      const { message_id: said, text } = saidBy(await b.expect(INTERACTIVE));
      assert.equal(said, id);
      assert.deepEqual(JSON.parse(text), payload);
    }
  });
});

describe('Identity', { concurrency: 4 }, () => {
  test('32. Impersonation', async (t) => {
    const [a, b, c] = await users(t, 'A', 'B', 'C');
    const from = c.uid;
    a.send(PRIVATE, TEXT, b.uid, 'hello', { from });
    const { id, array } = await a.expect(TEXT_ACK);
    assert.deepEqual(array.slice(2, 4), [a.uid, b.uid]);
    assert.match(id, new RegExp(`^1_17_${b.uid}_${a.uid}_`));
    assert.equal((await b.expect(TEXT)).from, a.uid);
    a.send(PRIVATE, AUDIO, b.uid, AUDIO_BYTES, { from });
    assert.deepEqual((await b.expect(AUDIO)).array, [PRIVATE, AUDIO, a.uid, b.uid, AUDIO_BYTES]);
    a.send(PRIVATE, DELIVERED, b.uid, 'x', { from: { not: 'an id' } });
    assert.equal((await b.expect(DELIVERED)).from, a.uid);
    a.send(PRIVATE, DELIVERED, b.uid, 'x', { from: null });
    assert.equal((await b.expect(DELIVERED)).from, a.uid);
    for (const channel of [GROUP, PRIVATE]) {
      a.send(channel, CONNECTION_TEST, c.uid, 'who am I', { from });
      assert.deepEqual((await a.expect(CONNECTION_ACK)).array, [PRIVATE, CONNECTION_ACK, 0, a.uid, 'who am I']);
    }
    await quiet(a, b, c);
  });

  test('32. Impersonation: on the floor of a group', async (t) => {
    const { name, members } = scene(t, server);
    const group = name('g');
    const [a, b, c] = await members(group, name('A'), name('B'), name('C'));
    a.send(GROUP, START, group, 1, { from: c.uid });
    assert.equal((await a.expect(START_ACK)).from, a.uid);
    for (const one of [b, c]) assert.equal((await one.expect(START)).from, a.uid);
    b.send(GROUP, STOP, group, 1, { from: a.uid });
    assert.equal((await b.expect(STOP_ACK)).from, b.uid);
    b.send(GROUP, AUDIO, group, AUDIO_BYTES, { from: a.uid });
    c.send(GROUP, START, group, 1, { from: a.uid });
    assert.equal((await c.expect(START_FAILED)).payload, 'Busy');
    await quiet(b, a, c);
  });

  test('32. One\'s own id comes in the type in which it was sent', async (t) => {
    const { client } = scene(t, server);
    const a = await client(3201);
    const b = await client('3202');
    for (const from of [3201, '3201']) {
      for (const to of [3202, '3202']) await relayed(a, b, [PRIVATE, AUDIO, from, to, AUDIO_BYTES]);
    }
    a.send(PRIVATE, AUDIO, 3202, AUDIO_BYTES, { from: '03201' });
    assert.equal((await b.expect(AUDIO)).from, '3201');
  });

  test('Section 3.1. What needs no answer gets none', async (t) => {
    const [a, b] = await users(t, 'A', 'B');
    a.send(GROUP, CONNECTION, 0, 'a token for push messages');
    for (const type of [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 19, 22, 24, 26, 27, 31, 33, 99, 1_000, -1]) a.send(PRIVATE, type, b.uid, 'x');
    await quiet(a, b);
  });
});
