// The way of a data point: scenarios 3 to 6, 22, 25, 26 and 28 of the Parrot contract.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { DEADLINE_MS, scene } from '../lib/parrot.mjs';
import { startRoost } from '../lib/roost.mjs';

const MIB = 1 << 20;
const BATCH_INTERVAL = 300;
/** How often statistics come while data flows, and how late they may be. */
const STATS_WITHIN = 1_000 + 500;

const [server, tight] = await Promise.all([
  startRoost(['--only', 'parrot'], { BATCH_INTERVAL: String(BATCH_INTERVAL) }),
  // A small heap, so that memory which is never given back shows soon.
  startRoost(['--only', 'parrot'], { MAX_QUEUE_BYTES: String(8 * MIB), MAX_MESSAGES_PER_SEC: '5000', JAVA_TOOL_OPTIONS: '-Xmx96m' }),
]);
after(() => Promise.all([server.stop(), tight.stop()]));

const photo = (bytes, filler = 'A') => `data:image/jpeg;base64,${filler.repeat(bytes)}`;

/** What the process keeps in memory; only Linux says it this way. */
function residentMiB(pid) {
  return process.platform === 'linux' ? Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024 : 0;
}

/** A listener that has had its greeting. */
async function greeted(listening) {
  const client = await listening;
  const greeting = await client.expect((message) => message.type.endsWith('listener_connected'));
  assert.equal(client.log[0], greeting);
  return client;
}

test('3. Data path', async (t) => {
  const { d, sender, listener } = await scene(t, server);
  const before = (await d.getStats()).totalDataPoints;
  const l = await greeted(listener());
  const a = await sender({ username: 'Al' });
  const data = { id: 7, timestamp: '2025-05-01T10:00:00.000Z', gps: { latitude: 52.5, longitude: 13.4, accuracy: 4.2 }, modules: ['gps'] };
  a.point(data);
  const ack = await a.expect('ack');
  assert.strictEqual(ack.received, 7);
  assert.equal(ack.clientId, a.id);
  const relayed = await l.expect('sensor_data');
  assert.deepEqual(relayed.data, data);
  assert.deepEqual([relayed.userId, relayed.username], [a.id, 'Al']);
  const received = await d.until('dataReceived');
  assert.deepEqual([received.userId, received.pointNumber], [a.id, 1]);
  for (const watcher of [d, l]) {
    const stats = await watcher.stats((now) => now.totalDataPoints > before, STATS_WITHIN);
    assert.equal(stats.totalDataPoints, before + 1);
    assert.ok(stats.dataRate >= 1);
    const [{ dataCount, lastData }] = stats.users;
    assert.equal(dataCount, 1);
    assert.ok(Math.abs(Date.parse(lastData) - Date.parse(relayed.timestamp)) < 1_000);
  }
  // The time is the server's, not the phone's.
  assert.ok(Math.abs(Date.parse(relayed.timestamp) - Date.now()) < DEADLINE_MS);

  for (const id of ['seven', null, 7.5, { part: 7 }]) assert.deepEqual((await a.roundTrip('ack', { id })).received, id);
  assert.ok(!('received' in await a.roundTrip('ack', { gps: null })), 'a point without id was acknowledged with one');
});

test('4. Sparse data', async (t) => {
  const { sender, listener } = await scene(t, server);
  const l = await greeted(listener());
  const a = await sender();
  const points = [
    { orientation: { alpha: null, beta: 1, gamma: 2 } },
    { gps: null },
    { gps: { longitude: 13.4, accuracy: null } },
    { orientation: null, motion: null, weather: null, objectsDetected: null, colorPalette: null, photoBase64: null, audioBase64: null },
    { gps: 'none', orientation: [1, 2], motion: 3, weather: true, objectsDetected: {}, photoBase64: 4 },
    { motion: { accelerationX: null } },
    { type: 'handshake', userId: 'x', data: { data: [[[]]] }, constructor: 1, '': '', 'ключ': 'Straße 🦜 \u2028' },
    {},
  ];
  for (const data of points) {
    await a.roundTrip('ack', data);
    assert.deepEqual((await l.expect('sensor_data')).data, data);
  }
});

test('4. Sparse data: what JavaScript cannot hold comes through, too', async (t) => {
  const { sender, listener } = await scene(t, server);
  const l = await greeted(listener());
  const a = await sender();
  const data = '{"id":12345678901234567890,"price":1.10,"big":1e400,"text":"\\u00e9\\/\\ud83e\\udd9c"}';
  a.raw(`{"data":${data},"type":"data"}`);
  assert.ok(a.arrival(await a.expect('ack')).text.includes('12345678901234567890'));
  const { text } = l.arrival(await l.expect('sensor_data'));
  assert.ok(text.includes(data), `not verbatim: ${text}`);
});

test('5. Observer data', async (t) => {
  const { d, sender, observer, listener } = await scene(t, server);
  const before = (await d.getStats()).totalDataPoints;
  const l = await greeted(listener());
  const a = await sender();
  const b = await observer();
  for (let id = 0; id < 50; id++) b.point({ id, gps: { latitude: 1, longitude: 2 } });
  for (let id = 0; id < 50; id++) assert.equal((await b.expect('rejected')).code, 'not_active_sender');

  await a.roundTrip('ack', { id: 'first' });
  assert.equal((await l.expect('sensor_data')).data.id, 'first');
  assert.equal((await d.until('dataReceived')).pointNumber, 1);
  const stats = await d.stats((now) => now.totalDataPoints > before);
  assert.equal(stats.totalDataPoints, before + 1);
  assert.deepEqual(stats.users.map(({ id, dataCount }) => [id, dataCount]).sort(), [[a.id, 1], [b.id, 0]].sort());
  await b.roundTrip('rejected');
});

test('6. Listener isolation', async (t) => {
  const { d, sender, observer, listener } = await scene(t, server);
  const l = await greeted(listener());
  await l.stats();
  assert.deepEqual(l.types().slice(0, 2), ['listener_connected', 'stats']);
  l.send({ type: 'handshake', client: 'listener script', deviceId: 'l', username: 'L' });
  l.send({ type: 'data', data: { id: 'from a listener' } });
  l.send({ type: 'kickUser', userId: 'x' });
  l.raw('{bad');
  l.raw(Buffer.from([0xff]));

  const a = await sender({ username: 'Al' });
  let b = await observer({ deviceId: 'b' });
  for (let round = 0; round < 5; round++) {
    d.send({ type: 'promoteUser', userId: b.id });
    await b.expect('promoted');
    d.send({ type: 'demoteUser' });
    await b.expect('demoted');
    a.requestRole();
    await a.until('promoted');
    d.send({ type: 'kickUser', userId: b.id });
    await b.until('kicked');
    b = await observer({ deviceId: 'b' });
  }
  a.point({ id: 'last' });
  assert.equal((await l.expect('sensor_data')).data.id, 'last');
  assert.equal(l.isOpen, true);
  // Every user that a dashboard was told of is one of this test's: the listener's handshake made none.
  await d.until('dataReceived');
  const connected = d.log.filter((message) => message.type === 'userConnected');
  assert.equal(connected.length, 1 + 1 + 5);
});

test('22. Oversized', async (t) => {
  const { d, dashboard, sender, observer, listener } = await scene(t, server);
  const l = await greeted(listener());
  const board = await dashboard();
  const a = await sender();
  const b = await observer();
  const data = { id: 1, photoBase64: photo(MIB) };
  await a.roundTrip('ack', data);
  assert.deepEqual((await l.expect('sensor_data')).data, data);

  a.point({ id: 2, photoBase64: photo(9 * MIB) });
  await a.expectClose(1009);
  await b.expect('promoted');
  await d.until((message) => message.type === 'userDisconnected' && message.userId === a.id && message.wasActiveSender);

  // All other kinds of connection may send 64 KiB.
  for (const small of [board, await listener('/orientation')]) {
    small.raw('x'.repeat(65_537));
    assert.equal(await small.ended(), 1009);
  }
  await b.roundTrip('ack');
});

test('25. Privacy and numbers', async (t) => {
  const { d, user, observer, listener } = await scene(t, server);
  const l = await greeted(listener());
  const a = await user({ username: '  <b>x\u0007</b>\n', deviceId: ' phone-1 ' });
  await a.expect('promoted');
  await a.expect('welcome');
  const b = await observer({ username: 'n'.repeat(100) });
  assert.equal((await d.until('senderPromoted')).username, 'bx/b');
  const shown = await d.stats((stats) => stats.users.length === 2 && stats.users.every((one) => one.username));
  assert.deepEqual(Object.fromEntries(shown.users.map((one) => [one.id, [one.username, one.deviceId]])),
    { [a.id]: ['bx/b', 'phone-1'], [b.id]: ['n'.repeat(64), null] });
  assert.ok(shown.users.every((one) => /^(127\.0\.0\.1|::ffff:127\.0\.0\.1|::1)$/.test(one.ip)));
  // The client library has checked every copy that a listener got: no address and no device.
  const forAll = await l.stats((stats) => stats.users.length === 2);
  assert.deepEqual(Object.keys(forAll).sort(), Object.keys(shown).sort());
  assert.deepEqual(Object.keys(forAll.users[0]).sort(), Object.keys(shown.users[0]).sort());
  assert.equal(typeof shown.dataRate, 'number');
  a.point({ id: 1 });
  assert.equal((await l.expect('sensor_data')).username, 'bx/b');
  // A field of the wrong type is as good as absent; the handshake counts.
  const c = await user({ username: 5, deviceId: {} });
  await c.expect('observer_mode');
  assert.equal((await c.expect('welcome')).role, 'observer');
});

test('26. Extensions', async (t) => {
  const { d, sender, listener } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  for (let id = 0; id < 5; id++) await a.roundTrip('ack', { id, gps: { latitude: id } });
  assert.equal((await d.getStats()).bulkQueueSize, 0);

  const o = await greeted(listener('/orientation'));
  const k = await greeted(listener('/bulk'));
  assert.deepEqual([k.log[0].batchInterval, k.log[0].maxBatchSize], [BATCH_INTERVAL, 10]);
  await d.stats((stats) => stats.orientationListeners === 1 && stats.bulkDataListeners === 1);

  const palette = [{ r: 1, g: 2, b: 3, hex: '#010203' }];
  for (let id = 0; id < 30; id++) {
    await a.roundTrip('ack', {
      id, gps: { latitude: id, longitude: null }, orientation: { alpha: id, beta: null }, ...(id === 3 && { photoBase64: photo(10), colorPalette: palette }),
    });
    if (id % 3 === 0) await a.roundTrip('ack', { orientation: { alpha: 1_000 + id } });
    await a.roundTrip('ack', { orientation: null });
  }
  for (let id = 0; id < 30; id++) {
    const next = await o.expect('orientation_data');
    assert.deepEqual([next.userId, next.username, next.orientation], [a.id, 'Al', { alpha: id, beta: null }]);
    if (id % 3 === 0) assert.deepEqual((await o.expect('orientation_data')).orientation, { alpha: 1_000 + id });
  }
  const items = [];
  while (items.length < 30) {
    const batch = await k.expect('bulk_data_batch');
    assert.ok(batch.batchSize >= 1 && batch.batchSize <= 10);
    items.push(...batch.data);
  }
  assert.deepEqual(items.map(({ timestamp, ...item }) => item), Array.from({ length: 30 }, (_, id) => ({
    userId: a.id, username: 'Al', gps: { latitude: id, longitude: null }, motion: null, weather: null, objectsDetected: [],
    photoBase64: id === 3 ? photo(10) : null, audioBase64: null, ...(id === 3 && { colorPalette: palette }),
  })));

  // What is less than a batch comes with the interval.
  await a.roundTrip('ack', { motion: { accelerationX: 1 } });
  assert.equal((await k.expect('bulk_data_batch', BATCH_INTERVAL + 1_000)).batchSize, 1);
});

test('28. Slow listener', async (t) => {
  const { sender, listener } = await scene(t, tight);
  const slow = await greeted(listener());
  const quick = await greeted(listener());
  const a = await sender();
  const send = async (id) => {
    const from = performance.now();
    await a.roundTrip('ack', { id, photoBase64: photo(MIB, 'ABCDEFGH'[id % 8]) });
    const acked = performance.now();
    assert.equal((await quick.expect('sensor_data')).data.id, id);
    return [acked - from, performance.now() - from];
  };
  const warm = 20;
  const last = 170;
  for (let id = 0; id < warm; id++) await send(id);

  slow.pause();
  const before = residentMiB(tight.pid);
  const times = [];
  for (let id = warm; id <= last; id++) times.push(await send(id));
  const grown = residentMiB(tight.pid) - before;
  const slowest = Math.max(...times.flat());
  assert.ok(slowest < 2_000, `a photo took ${slowest} ms`);
  // 150 MiB have passed. What may be left: the queue of 8 MiB, and a heap that has not been collected yet.
  assert.ok(grown < 100, `the server has grown by ${Math.round(grown)} MiB, from ${Math.round(before)}`);

  // Whoever reads again gets the newest, in order.
  slow.pause(false);
  await slow.until((message) => message.data?.id === last);
  const ids = slow.log.filter((message) => message.type === 'sensor_data').map((message) => message.data.id);
  assert.deepEqual(ids, [...new Set(ids)].sort((x, y) => x - y));
  assert.ok(ids.length < last, 'nothing was dropped, so the listener was not slow enough for this test');
});

test('Section 7, D5. An observer that asks for it sees the stream', async (t) => {
  const { sender, user, observer } = await scene(t, server);
  const a = await sender();
  const plain = await observer();
  const b = await user({ handshake: false });
  await b.expect('observer_mode');
  b.handshake({ receiveData: true });
  await b.expect('welcome');
  await a.roundTrip('ack', { id: 1 });
  assert.deepEqual((await b.expect('sensor_data')).data, { id: 1 });
  await plain.roundTrip('rejected');
});
