// The main job on real input: a recorded walk goes through the server, and everybody who watches gets all of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { scene } from '../lib/parrot.mjs';
import { startRoost } from '../lib/roost.mjs';
import { recordedSession } from '../session/recorded.mjs';

/** Messages on their way at a time: faster than any phone, and still with an answer to each. */
const WINDOW = 16;

const server = await startRoost(['--only', 'parrot'], { MAX_MESSAGES_PER_SEC: '5000', BATCH_INTERVAL: '200' });
after(() => server.stop());

const digest = (text) => createHash('sha256').update(text).digest('hex');
const isObject = (value) => typeof value === 'object' && value !== null;

/** What /bulk should get for a point (section 3.5); null for one that makes no item. */
function bulkItem(point, user) {
  const { gps, motion, weather, objectsDetected = [], photoBase64, audioBase64, colorPalette } = point;
  if (!gps && !motion && !weather && objectsDetected.length === 0 && !photoBase64 && !audioBase64) return null;
  return {
    ...user, gps, motion, weather, objectsDetected, photoBase64: photoBase64 ?? null, audioBase64: audioBase64 ?? null, ...(colorPalette && { colorPalette }),
  };
}

test('The session is the same each time, and like a phone\'s', () => {
  const session = recordedSession({ seed: 7 });
  assert.equal(digest(JSON.stringify(session)), digest(JSON.stringify(recordedSession({ seed: 7 }))));
  assert.notEqual(digest(JSON.stringify(session)), digest(JSON.stringify(recordedSession({ seed: 8 }))));
  assert.deepEqual(Object.keys(session[0].message), ['type', 'client', 'version', 'timestamp']);
  assert.equal(session.length, 1 + 10 * 20);
  const largest = Math.max(...session.map(({ message }) => message.data?.photoBase64?.length ?? 0));
  assert.ok(largest > 2_600_000 && largest < 2_800_000, `${largest} characters`);
  const points = session.slice(1).map(({ message }) => message.data);
  assert.ok(points.some((point) => point.gps === null) && points.some((point) => point.weather) && points.some((point) => point.objectsDetected));
});

test('A recorded session reaches everybody who watches', async (t) => {
  const { d, user, listener } = await scene(t, server);
  const listeners = await Promise.all([1, 2, 3].map(() => listener()));
  const orientation = await listener('/orientation');
  const bulk = await listener('/bulk');
  await d.stats((now) => now.passiveListeners === 3 && now.orientationListeners === 1 && now.bulkDataListeners === 1);
  for (const one of [...listeners, orientation, bulk]) await one.expect((message) => message.type.endsWith('listener_connected'));

  const [hello, ...recorded] = recordedSession({ seed: 20_250_517 });
  const points = recorded.map(({ message }) => message.data);
  const phone = await user({ handshake: false });
  phone.send(hello.message);
  await phone.expect('promoted');
  await phone.expect('welcome');
  const userAs = { userId: phone.id, username: null };
  // A second phone streams, too, and never looks at the answers.
  const other = await user({ handshake: false });
  await other.expect('observer_mode');
  other.send(hello.message);
  await other.expect('welcome');

  let acked = 0;
  const nextAck = async () => {
    const ack = await phone.expect('ack');
    const point = points[acked++];
    assert.deepEqual([ack.clientId, 'received' in ack, ack.received], [phone.id, 'id' in point, point.id]);
  };
  for (const [sent, { message }] of recorded.entries()) {
    phone.send(message);
    if (sent % 4 === 0) other.send(recorded[1].message);
    if (sent - acked >= WINDOW) await nextAck();
  }
  while (acked < points.length) await nextAck();

  for (const one of listeners) {
    for (const point of points) {
      const { userId, username, data } = await one.expect('sensor_data');
      assert.deepEqual({ userId, username }, userAs);
      assert.deepEqual(data, point);
    }
  }
  const photographed = (all) => all.map(({ photoBase64 }) => photoBase64).filter(Boolean).map(digest);
  const received = listeners[0].log.filter((message) => message.type === 'sensor_data').map((message) => message.data);
  assert.equal(photographed(received).length, 3);
  assert.deepEqual(photographed(received), photographed(points));

  for (const point of points.filter((one) => isObject(one.orientation))) {
    const { timestamp, type, ...rest } = await orientation.expect('orientation_data');
    assert.deepEqual(rest, { ...userAs, orientation: point.orientation });
  }

  const expected = points.map((point) => bulkItem(point, userAs)).filter(Boolean);
  assert.equal(expected.length, points.length / 2);
  const items = [];
  while (items.length < expected.length) items.push(...(await bulk.expect('bulk_data_batch')).data);
  assert.deepEqual(items.map(({ timestamp, ...item }) => item), expected);

  for (let pointNumber = 1; pointNumber <= points.length; pointNumber++) {
    assert.deepEqual(await d.until('dataReceived'), { type: 'dataReceived', userId: phone.id, pointNumber });
  }
  const stats = await d.stats((now) => now.totalDataPoints === points.length);
  assert.equal(stats.dataRate, points.length);
  assert.deepEqual(stats.users.map((one) => [one.id, one.dataCount]), [[phone.id, points.length], [other.id, 0]]);
  assert.ok(other.isOpen);
  // Nothing is left: the next that everybody gets is a point sent now.
  const end = { id: 'end', gps: { latitude: 0 }, orientation: { alpha: 0 } };
  await phone.roundTrip('ack', end);
  for (const one of listeners) assert.deepEqual((await one.expect('sensor_data')).data, end);
  assert.deepEqual((await orientation.expect('orientation_data')).orientation, end.orientation);
  assert.deepEqual((await bulk.expect('bulk_data_batch')).data.map((item) => item.gps), [end.gps]);
});
