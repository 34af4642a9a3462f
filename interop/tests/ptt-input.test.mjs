// What clients should not send, how they may be called, and those who do not read: scenarios 33 to 35 of the PTT contract.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import notepack from 'notepack';
import {
  AUDIO, CONNECTION_ACK, CONNECTION_TEST, GROUP, PRESENCE_SNAPSHOT, PRESENCE_UPDATE, PRIVATE, START, START_ACK, START_FAILED, STOP, STOP_ACK, TEXT, TEXT_ACK,
  USER_ADD, eventually, quiet, scene, sign, startPtt, times,
} from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';
import { temporaryFolder } from '../lib/tools.mjs';

/** As it is by default. */
const MALFORMED = 50;
const RATE = 200;
const MEBI = 1 << 20;

const UNLIMITED = '1000000';

const [server, patient] = await Promise.all([
  startPtt({ PRESENCE_TTL: '600' }),
  startPtt({
    PTT_MAX_MALFORMED_PER_MINUTE: UNLIMITED, PTT_MAX_MESSAGES_PER_SECOND: UNLIMITED, PTT_MAX_QUEUE_BYTES: String(MEBI), MAXIMUM_AUDIO_DURATION: UNLIMITED,
  }),
]);
after(() => Promise.all([server, patient].map((one) => one.stop())));

const residentKB = (pid) => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) : 0);
const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const saidBy = ({ payload }) => JSON.parse(payload);

describe('Malformed input', { concurrency: 4 }, () => {
  /** A frame that is in order, but for what stands behind or before it. */
  const good = (uid) => notepack.encode([PRIVATE, TEXT, uid, uid, 'hello']);
  const nested = (depth) => Buffer.concat([Buffer.alloc(depth, 0x91), hex('c0')]);
  const frame = (...elements) => notepack.encode(elements);
  const malformed = (uid) => ({
    'nil': hex('c0'),
    'an int': hex('05'),
    'an array of one int': hex('93 01'),
    'nothing': Buffer.alloc(0),
    'an empty array': hex('90'),
    'a map': hex('81 00 01'),
    'one element': frame(PRIVATE),
    'float types': frame(1.5, 17.5, uid, uid, 'hello'),
    'whole numbers as floats': hex('94 cb 3ff0000000000000 cb 4031000000000000 a1 61 a1 61'),
    'types as text': frame('1', '17', uid, uid, 'hello'),
    'types that are nil': frame(null, null, uid, uid, 'hello'),
    'a type that is a boolean': frame(true, true, uid, uid, 'hello'),
    'another channel type': frame(2, 17, uid, uid, 'hello'),
    'a negative channel type': frame(-1, 17, uid, uid, 'hello'),
    'one byte behind a frame': Buffer.concat([good(uid), hex('00')]),
    'two frames': Buffer.concat([good(uid), good(uid)]),
    'the half of a frame': good(uid).subarray(0, 8),
    'an array within 10,000 arrays': nested(10_000),
    'a payload within 10,000 arrays': Buffer.concat([hex('95 01 11 a1 61 a1 61'), nested(10_000)]),
    'an array of 4 G elements': hex('dd ffffffff'),
    'a map of 4 G pairs': hex('df ffffffff'),
    'a text of 4 GB': hex('db ffffffff 61'),
    'a payload of 4 GB': hex('95 01 11 a1 61 a1 61 c6 ffffffff 00'),
    'an array of 64 k arrays of 64 k': hex('dc ffff dc ffff dc ffff'),
    'a byte that MessagePack does not have': hex('95 01 11 a1 61 a1 61 c1'),
    'a text message': notepack.encode('hello').toString(),
    'JSON': '[1,17,"a","a","hello"]',
  });

  test('33. Malformed input: the connection and the server live on', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    for (const [what, bytes] of Object.entries(malformed(a.uid))) {
      a.raw(bytes);
      await a.quiet().catch((error) => assert.fail(`${what}: ${error.message}`));
    }
    a.raw(good(a.uid));
    await a.expect(TEXT_ACK);
    await a.expect(TEXT);
  });

  test('33. Malformed input: so many in a minute are forgiven, one more is not', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    const [first, ...more] = Object.values(malformed(a.uid));
    for (let i = 0; i < MALFORMED; i++) a.raw(i % 2 === 0 ? first : more[i % more.length]);
    await a.quiet();
    a.raw(first);
    assert.equal((await a.ended()).code, 1008);
    // It may come again.
    await (await client(a.uid)).quiet();
  });

  test('33. Malformed input: anything at all', async (t) => {
    const { client } = scene(t, patient);
    const a = await client('A', { channelIds: ['g'], isStrict: false });
    const b = await client('B', { channelIds: ['g'], isStrict: false });
    const seed = Date.now() % 1_000_000;
    t.diagnostic(`seed ${seed}`);
    const random = randomFrom(seed);
    for (let i = 1; i <= 4_000; i++) {
      a.raw(mangled(plausible(random), random));
      if (i % 200 === 0) await a.sync();
    }
    await b.sync();
    assert.doesNotMatch(patient.log(), /ERROR|Exception/);
    for (const one of [a, b]) one.skip();
    await quiet(a, b);
  });

  test('33. Malformed input: a message of 2 MiB', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    const b = await client(name('B'));
    // What is not too large goes through.
    a.send(PRIVATE, AUDIO, b.uid, Buffer.alloc(MEBI - 200, 1));
    assert.equal((await b.expect(AUDIO)).payload.length, MEBI - 200);
    a.send(PRIVATE, AUDIO, b.uid, Buffer.alloc(2 * MEBI));
    assert.equal((await a.ended()).code, 1009);
    await quiet(b);
  });

  test('Section 1.3. What old clients write is read', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    const test = (elements, payload) => Buffer.concat([hex(elements), payload]);
    const map = { a: [1, -1, 1.5, true, null, 'x'], b: { c: Buffer.from('d') } };
    const cases = {
      'wide ints': [test('95 cf 0000000000000001 d3 0000000000000019 00 00', hex('a2 6f6b')), 'ok'],
      'other wide ints': [test('95 d0 01 d1 0019 c0 c0', hex('a2 6f6b')), 'ok'],
      'a long array': [test('dc 0005 ce 00000001 d2 00000019 c0 c0', hex('a2 6f6b')), 'ok'],
      'a text of 32 bits': [test('dd 00000005 cd 0001 cc 19 00 00', hex('db 00000002 6f6b')), 'ok'],
      'undefined as payload': [test('95 01 19 00 00', hex('d4 00 00')), null],
      'undefined as ids': [test('95 01 19 d4 00 00 d4 00 00', hex('07')), 7],
      'no payload': [hex('94 01 19 00 00'), null],
      'no ids': [hex('92 01 19'), null],
      'more than six': [test('98 01 19 00 00 c0 a2 6f6b 01', hex('02')), 'ok'],
      'a map': [test('95 01 19 00 00', notepack.encode(map)), map],
    };
    for (const [what, [bytes, payload]] of Object.entries(cases)) {
      a.raw(bytes);
      assert.deepEqual((await a.expect(CONNECTION_ACK)).array, [PRIVATE, CONNECTION_ACK, 0, a.uid, payload], what);
    }
    // A date, as notepack writes it: 8 bytes of type 0.
    const date = notepack.encode([PRIVATE, AUDIO, a.uid, a.uid, new Date(1_700_000_000_123)]);
    a.raw(date);
    assert.equal((await a.expect(AUDIO)).bytes.toString('hex'), date.toString('hex'));
    await quiet(a);
  });

  test('Section 3.3. Types that nobody knows are ignored, however many come', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    for (let i = 0; i < MALFORMED + 10; i++) a.send(i % 2, 1_000 + i, a.uid, 'x');
    await a.quiet();
  });

  test('Section 3.3. PTT_MAX_MESSAGES_PER_SECOND: what is too much is dropped', async (t) => {
    const { name, client } = scene(t, server);
    const a = await client(name('A'));
    for (let i = 0; i < 10 * RATE; i++) a.send(PRIVATE, CONNECTION_TEST, 0, i);
    // It is heard again as soon as it is quieter.
    await eventually(() => a.sync(200).then(() => true, () => false));
    const answered = a.all(CONNECTION_ACK).map(({ payload }) => payload);
    assert.ok(answered.length >= RATE / 2 && answered.length <= 5 * RATE, `${answered.length} of ${10 * RATE} were answered`);
    assert.deepEqual(answered, [...answered].sort((x, y) => x - y));
    a.skip();
    await a.quiet();
  });
});

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const oneOf = (random, choices) => choices[Math.floor(random() * choices.length)];

/** A frame of any type that has everything. */
function plausible(random) {
  const map = { text: 'x', type: 'presence_subscribe', groups: ['g'] };
  const payload = oneOf(random, ['text', 7, null, map, ['a', [1]], Buffer.from('bytes'), '{"text":"x"}', new Date(0), true, 1.5, '']);
  const [from, to] = [0, 1].map(() => oneOf(random, ['A', 'B', 'g', 0, 7, null, '']));
  return notepack.encode([oneOf(random, [0, 1]), Math.floor(random() * 34), from, to, ...(random() < 0.3 ? ['id'] : []), payload]);
}

/** The same with up to three faults; none at all is possible, too. */
function mangled(frame, random) {
  let bytes = [...frame];
  for (let faults = Math.floor(random() * 4); faults > 0; faults--) {
    const at = Math.floor(random() * bytes.length);
    const byte = random() < 0.5 ? Math.floor(random() * 256) : 0xc0 + Math.floor(random() * 64);
    bytes = oneOf(random, [
      () => bytes.with(at, byte),
      () => bytes.toSpliced(at, 1),
      () => bytes.toSpliced(at, 0, byte),
      () => bytes.slice(0, at),
      () => [...bytes, byte],
    ])();
    if (bytes.length === 0) break;
  }
  return Buffer.from(bytes);
}

describe('Odd ids', () => {
  const LONG = 'x'.repeat(128);
  const ODD = ['a:b', 'constructor', '__proto__', '../x', LONG];

  for (const where of ['in memory', 'in Redis']) test(`34. Odd ids: what is known ${where}`, async (t) => {
    const folder = temporaryFolder(t, 'recordings');
    const redis = where === 'in Redis' ? await startRedis() : null;
    t.after(() => redis?.stop());
    const odd = await startPtt({ PRESENCE_TTL: '4', PRESENCE_SWEEP_MS: '200', PTT_RECORDINGS: join(folder, 'store'), ...redis?.env });
    t.after(() => odd.stop());
    const { client } = scene(t, odd);
    const statuses = async (...userIds) => {
      const response = await fetch(`${odd.http}/api/presence/status`, { method: 'POST', body: JSON.stringify({ userIds }) });
      assert.equal(response.status, 200);
      return (await response.json()).users;
    };
    if (redis) await eventually(() => statuses().then(() => true, () => false));
    assert.deepEqual((await statuses(...ODD, 'toString')).map(({ status, lastSeen }) => [status, lastSeen]), times(6, () => ['offline', 0]));
    const watcher = await client('hasOwnProperty', { role: 'dashboard' });
    /** What the watcher knows of the odd ones: the last snapshot and what came after it. */
    const watched = () => {
      const from = watcher.log.findLastIndex(({ type }) => type === PRESENCE_SNAPSHOT);
      const known = new Map(watcher.log[from].payload.users.map(({ userId, status }) => [userId, status]));
      for (const { payload } of watcher.all(PRESENCE_UPDATE, from)) known.set(payload.userId, payload.status);
      return ODD.map((uid) => known.get(uid) ?? 'offline');
    };
    const users = await Promise.all(ODD.map((uid) => client(uid, { device: uid })));
    const seen = await eventually(async () => {
      const all = await statuses(...ODD);
      return all.every(({ status }) => status === 'online') && all;
    });
    assert.deepEqual(seen.map(({ userId, status, deviceId }) => [userId, status, deviceId]), ODD.map((uid) => [uid, 'online', uid]));
    await watcher.until(() => watched().every((status) => status === 'online'));

    for (const a of users) {
      for (const b of users.filter((one) => one !== a)) {
        a.send(PRIVATE, START, b.uid, 1);
        await a.expect(START_ACK);
        assert.deepEqual((await b.expect(START)).array, [PRIVATE, START, a.uid, b.uid, 1]);
        a.send(PRIVATE, AUDIO, b.uid, Buffer.from([1]));
        await b.expect(AUDIO);
        a.send(PRIVATE, STOP, b.uid);
        const { id } = await a.expect(STOP_ACK);
        assert.equal(saidBy(await b.expect(STOP)).message_id, id);
      }
    }
    for (const group of [...ODD, 'hasOwnProperty']) {
      for (const one of users) {
        one.send(GROUP, USER_ADD, group);
        await one.sync();
      }
      const [a, ...others] = users;
      a.send(GROUP, START, group, 1);
      await a.expect(START_ACK);
      for (const one of others) assert.deepEqual((await one.expect(START)).array, [GROUP, START, a.uid, group, 1]);
      others[0].send(GROUP, START, group, 1);
      await others[0].expect(START_FAILED);
      a.send(GROUP, AUDIO, group, Buffer.from([1]));
      a.send(GROUP, STOP, group);
      await a.expect(STOP_ACK);
      for (const one of others) {
        await one.expect(AUDIO);
        await one.expect(STOP);
      }
    }
    await quiet(...users);
    // Nobody has sent a heartbeat.
    await watcher.until(() => watched().every((status) => status === 'offline'));
    assert.ok((await statuses(...ODD)).every(({ status, lastSeen, deviceId }, i) => status === 'offline' && lastSeen > 0 && deviceId === ODD[i]));
    assert.ok(users.every((one) => one.isOpen));
    assert.deepEqual(readdirSync(folder).filter((entry) => entry !== 'store'), []);
  });

  test('34. Odd ids: what is no id at all', async (t) => {
    const { attempt, client } = scene(t, server);
    for (const uid of ['', `${LONG}x`, 'a\nb', 'a\0', '\u007f', null]) {
      const one = attempt({ uid: JSON.stringify(uid), token: sign({ uid }) });
      await one.opened;
      one.send(PRIVATE, CONNECTION_TEST, 0, 'who am I');
      assert.equal((await one.ended()).code, 4401, `uid ${JSON.stringify(uid)}`);
      assert.deepEqual(one.log, []);
    }
    await quiet(await client(LONG));
  });
});

describe('Slow readers', () => {
  test('35. Slow reader', async (t) => {
    const { name, members } = scene(t, patient);
    const group = name('g');
    const [a, b, slow] = await members(group, name('A'), name('B'), name('slow'));
    a.send(GROUP, START, group, 1);
    await a.expect(START_ACK);
    for (const one of [b, slow]) await one.expect(START);
    const voice = Buffer.alloc(50_000);
    let spoken = 0;
    /** So many frames of voice, one after the other; returns how long the median took to B. */
    const speak = async (frames) => {
      const took = [];
      for (let i = 0; i < frames; i++) {
        const from = performance.now();
        voice.writeUInt32BE(spoken);
        a.send(GROUP, AUDIO, group, voice);
        assert.equal((await b.expect(AUDIO)).payload.readUInt32BE(), spoken++);
        took.push(performance.now() - from);
      }
      return took.sort((x, y) => x - y)[frames >> 1];
    };
    const usual = await speak(200);
    const before = residentKB(patient.pid);
    slow.pause();
    // Voice alone, a minute of it and more than TCP takes: it is dropped, and nobody is closed for it.
    const late = await speak(600);
    a.send(GROUP, STOP, group);
    const { id } = await a.expect(STOP_ACK);
    await b.expect(STOP);
    assert.ok(late < 3 * usual + 20, `the median took ${late} ms, before that ${usual} ms`);
    slow.pause(false);
    const stop = await slow.find(STOP);
    assert.equal(saidBy(stop).message_id, id);
    const heard = slow.all(AUDIO).map(({ payload }) => payload.readUInt32BE());
    assert.ok(heard.length > 0 && heard.length < spoken, 'all of it went into the buffers of TCP: this has proved nothing');
    assert.deepEqual(heard, [...heard].sort((x, y) => x - y));

    // What has to be kept does not fit for ever.
    slow.pause();
    const text = 'x'.repeat(50_000);
    let isGone = false;
    for (let i = 0; i < 600 && !isGone; i++) {
      a.send(GROUP, TEXT, group, `${i} ${text}`);
      await a.expect(TEXT_ACK);
      assert.equal(saidBy(await b.expect(TEXT)).text.split(' ')[0], `${i}`);
      a.send(PRIVATE, START, slow.uid, 1);
      isGone = (await a.expect(({ type }) => type === START_ACK || type === START_FAILED)).type === START_FAILED;
    }
    assert.ok(isGone);
    const grown = residentKB(patient.pid) - before;
    assert.ok(grown < 100_000, `${grown} KB more`);
    slow.pause(false);
    const { code } = await slow.ended();
    // It may find no more than a broken TCP connection behind what it has not read.
    assert.ok([1008, 1006].includes(code), `closed with ${code}`);
    await quiet(a, b);
  });
});
