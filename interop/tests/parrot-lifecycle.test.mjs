// Coming back, being thrown out, and the end of the server: scenarios 14 to 16 and 27 of the Parrot contract.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dashboard, listener, passTime, scene, user } from '../lib/parrot.mjs';
import { CLOSE, RawSocket, TEXT, frame } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const RECLAIM_WINDOW = 900;
const RECLAIM_IDLE = 300;
const SESSION_TTL = 1_600;
/** More than a clock is off. */
const MARGIN = 100;

const [server, hurried] = await Promise.all([
  startRoost(['--only', 'parrot'], { ROLE_GRACE: '0' }),
  startRoost(['--only', 'parrot'], {
    RECLAIM_WINDOW: String(RECLAIM_WINDOW), RECLAIM_IDLE: String(RECLAIM_IDLE), SESSION_TTL: String(SESSION_TTL),
  }),
]);
after(() => Promise.all([server.stop(), hurried.stop()]));

/** The device that was the sender drops and somebody else, who is returned, takes over. */
async function dropped({ sender, observer }, device = { deviceId: 'd' }) {
  const a = await sender({ ...device, username: 'Al' });
  const b = await observer({ username: 'Bo' });
  await a.drop();
  await b.expect('promoted');
  return b;
}

async function welcomeAfter(client, ...types) {
  for (const type of types) await client.expect(type);
  const { role, reconnected } = await client.expect('welcome');
  return { role, reconnected };
}

test('14. Reclaim', async (t) => {
  const stage = await scene(t, server);
  const b = await dropped(stage);
  const again = await stage.user({ deviceId: 'd', username: 'Al' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode', 'promoted'), { role: 'sender', reconnected: true });
  await b.expect('demoted');
  assert.equal((await b.expect('sender_changed')).activeSender, 'Al');

  // One absence is good for one reclaim.
  b.requestRole();
  await b.expect('promoted');
  for (const type of ['demoted', 'sender_changed']) await again.expect(type);
  again.handshake({ deviceId: 'd', username: 'Al' });
  assert.equal((await again.expect('welcome')).role, 'observer');
  const third = await stage.user({ deviceId: 'd' });
  assert.deepEqual(await welcomeAfter(third, 'observer_mode'), { role: 'observer', reconnected: false });
  await b.roundTrip('ack');
});

test('14. Reclaim: not from a substitute that is at work', async (t) => {
  const stage = await scene(t, server);
  const b = await dropped(stage);
  await b.roundTrip('ack');
  const again = await stage.user({ deviceId: 'd' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode'), { role: 'observer', reconnected: true });
  await b.roundTrip('ack');
});

test('14. Reclaim: from a substitute that was at work a while ago', async (t) => {
  const stage = await scene(t, hurried);
  const b = await dropped(stage);
  await b.roundTrip('ack');
  // A substitute keeps the role for so long after its last point.
  await passTime(RECLAIM_IDLE + MARGIN);
  const again = await stage.user({ deviceId: 'd' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode', 'promoted'), { role: 'sender', reconnected: true });
});

test('14. Reclaim: only for a while', async (t) => {
  const stage = await scene(t, hurried);
  const b = await dropped(stage);
  // After the window the role is no longer kept.
  await passTime(RECLAIM_WINDOW + MARGIN);
  const again = await stage.user({ deviceId: 'd' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode'), { role: 'observer', reconnected: true });
  await b.roundTrip('ack');
});

test('14. Reclaim: forgotten in the end', async (t) => {
  const stage = await scene(t, hurried);
  const b = await dropped(stage);
  // After this time nobody knows the device any more.
  await passTime(SESSION_TTL + MARGIN);
  const again = await stage.user({ deviceId: 'd' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode'), { role: 'observer', reconnected: false });
  await b.roundTrip('ack');
});

test('14. Reclaim: not without a deviceId, and not for an observer', async (t) => {
  const stage = await scene(t, server);
  const b = await dropped(stage, {});
  const nameless = await stage.user();
  assert.deepEqual(await welcomeAfter(nameless, 'observer_mode'), { role: 'observer', reconnected: false });
  const watching = await stage.observer({ deviceId: 'w' });
  await watching.close();
  const again = await stage.user({ deviceId: 'w' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode'), { role: 'observer', reconnected: true });
  await b.roundTrip('ack');
});

test('14. Reclaim: not by a second handshake', async (t) => {
  const { sender, observer } = await scene(t, server);
  const a = await sender({ deviceId: 'd' });
  await a.roundTrip('ack');
  const twin = await observer({ deviceId: 'd' });
  const b = await observer({ username: 'Bo' });
  await a.drop();
  await b.expect('promoted');
  assert.equal((await twin.expect('sender_changed')).activeSender, 'Bo');
  twin.handshake({ deviceId: 'd' });
  assert.equal((await twin.expect('welcome')).role, 'observer');
  await b.roundTrip('ack');
});

test('15. Same deviceId twice', async (t) => {
  const { d, sender, observer } = await scene(t, server);
  const a = await sender({ deviceId: 'd' });
  await a.roundTrip('ack');
  const b = await observer({ deviceId: 'd' });
  const stats = await d.stats((now) => now.activeUsers === 2 && now.users.every((one) => one.deviceId));
  assert.deepEqual(stats.users.map((one) => [one.id, one.deviceId, one.isActiveSender]).sort(), [[a.id, 'd', true], [b.id, 'd', false]].sort());
  await a.close();
  await b.expect('promoted');
  await b.roundTrip('ack');
  const left = await d.stats((now) => now.activeUsers === 1);
  assert.deepEqual(left.users.map((one) => one.id), [b.id]);
});

test('15. Same deviceId twice: the older one may be half-open', async (t) => {
  const { sender, observer, user: newUser } = await scene(t, hurried);
  const a = await sender({ deviceId: 'd' });
  await a.roundTrip('ack');
  const twin = await observer({ deviceId: 'd' });
  // So long after its last point the older connection may be dead.
  await passTime(RECLAIM_IDLE + MARGIN);
  // Only the first handshake of a connection may reclaim (T8).
  twin.handshake({ deviceId: 'd' });
  assert.equal((await twin.expect('welcome')).role, 'observer');
  const b = await newUser({ deviceId: 'd', username: 'Al' });
  assert.equal((await welcomeAfter(b, 'observer_mode', 'promoted')).role, 'sender');
  await a.expect('demoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Al');
  await a.roundTrip('rejected');
});

test('16. Kick the sender', async (t) => {
  const { d, sender, observer, user: newUser } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  const c = await observer({ username: 'Cy', deviceId: 'c' });
  d.send({ type: 'promoteUser', userId: c.id });
  await c.expect('promoted');
  for (const type of ['demoted', 'sender_changed']) await a.expect(type);
  await b.expect('sender_changed');

  d.send({ type: 'kickUser', userId: c.id });
  await c.expect('kicked');
  await c.expectClose(1008);
  await b.expect('promoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');
  const gone = await d.until('userDisconnected');
  assert.deepEqual([gone.userId, gone.wasActiveSender], [c.id, true]);
  assert.equal((await d.expect('senderPromoted')).userId, b.id);

  // A kicked device is known, but has nothing to reclaim.
  const again = await newUser({ deviceId: 'c' });
  assert.deepEqual(await welcomeAfter(again, 'observer_mode'), { role: 'observer', reconnected: true });
  await b.roundTrip('ack');
  await d.until('dataReceived');
  const promotions = d.log.slice(d.log.indexOf(gone)).filter((message) => message.type === 'senderPromoted');
  assert.deepEqual(promotions.map((message) => message.userId), [b.id]);
});

test('16. Kick the sender: one that never answers the close', async (t) => {
  const { d, observer, listener: listen } = await scene(t, server);
  const l = await listen();
  await l.expect('listener_connected');
  const c = await RawSocket.open(t, server.port, { target: '/pocket-parrot' });
  c.send(frame(TEXT, JSON.stringify({ type: 'handshake', deviceId: 'never' })));
  const { userId } = await d.until('senderPromoted');
  const b = await observer();

  d.send({ type: 'kickUser', userId });
  await b.expect('promoted', 1_000);
  await d.until('userDisconnected');
  assert.equal((await d.expect('senderPromoted')).userId, b.id);
  // Whatever one who is gone still sends has no effect.
  c.send(frame(TEXT, JSON.stringify({ type: 'data', data: { id: 'ghost' } })), frame(TEXT, JSON.stringify({ type: 'request_sender_role' })));
  const told = [];
  let last;
  do {
    last = await c.next();
    if (last.opcode === TEXT) told.push(JSON.parse(last.payload).type);
  } while (last.opcode !== CLOSE);
  assert.equal(last.code, 1008);
  assert.deepEqual(told, ['promoted', 'welcome', 'kicked']);
  await b.roundTrip('ack', { id: 'living' });
  assert.equal((await l.expect('sensor_data')).data.id, 'living');
  // The server waits 5 s for the answer, no longer.
  await c.ended(7_000);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`27. Shutdown: ${signal}`, async (t) => {
    // Too long an interval for the point below to leave by it.
    const ending = await startRoost(['--only', 'parrot'], { BATCH_INTERVAL: '60000' });
    t.after(() => ending.stop('SIGKILL'));
    const k = await listener(ending, '/bulk');
    const o = await listener(ending, '/orientation');
    const l = await listener(ending);
    const d = await dashboard(ending);
    await d.stats((stats) => stats.bulkDataListeners === 1 && stats.orientationListeners === 1 && stats.passiveListeners === 1);
    const a = await user(ending, { username: 'Al' });
    for (const type of ['promoted', 'welcome']) await a.expect(type);
    const b = await user(ending);
    for (const type of ['observer_mode', 'welcome']) await b.expect(type);
    // Somebody who never answers the close must not hold up the end for long.
    if (signal === 'SIGTERM') await RawSocket.open(t, ending.port, { target: '/listener' });
    await a.roundTrip('ack', { id: 1, gps: { latitude: 1 } });

    const from = performance.now();
    const exited = ending.stop(signal);
    assert.equal((await k.until('bulk_data_batch')).batchSize, 1);
    for (const client of [a, b, d, l, o, k]) {
      await client.until('server_shutdown');
      await client.expectClose(1001);
      client.check();
    }
    assert.deepEqual(await exited, { code: 0, signal: null });
    const took = performance.now() - from;
    assert.ok(took < 5_000, `the end took ${took} ms`);
  });
}
