// How visitors leave: scenarios 18 to 21 of the contract, over WebSocket and over polling.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connections, eventually, overEach, passTime, quiet, ROOMY, scene, startRooms, times, TRANSPORTS } from '../lib/rooms.mjs';

const UNKNOWN = '12345678-1234-4234-8234-123456789abc';
/** The contract gives two seconds for what must not follow. That nothing is on its way is proved by order; this is for what a clock would send. */
const AFTERMATH_MS = 400;

const server = await startRooms(ROOMY);
after(() => server.stop());

/** Two joined visitors of room R, and a viewer that has seen nothing yet. */
async function pair(t, options) {
  const at = scene(t, server);
  const [a, b] = [await at.visitor('Ann'), await at.visitor('Ben')];
  const one = await a.enters(at.R, 1, options);
  const two = await b.enters(at.R, 2, options);
  await one.expectJoined(b, 2);
  return { ...at, a, b, one, two, watching: await at.viewer() };
}

/** Nothing more comes of what has happened, neither now nor when the sockets of this visitor are gone. */
async function nothingFollows({ unaware, watching }, gone, ...others) {
  await eventually('the sockets are gone', async () => await connections(server, gone.address) === 0);
  await quiet(...others);
  await unaware(watching);
  await passTime(AFTERMATH_MS);
  await quiet(...others);
  await unaware(watching);
}

overEach(TRANSPORTS, (transport, options) => test(`18. Leave (${transport})`, async (t) => {
  const at = await pair(t, options);
  const { a, one, two, watching, sees, occupancy } = at;
  one.leave();
  await two.expectLeft(a, 1);
  await one.expectThrownOut();
  await sees(watching, 1);
  await nothingFollows(at, a, two);
  one.nothingWaits();
  assert.equal(await occupancy(), 1);
}));

overEach(TRANSPORTS, (transport, options) => test(`18. Leave with two tabs (${transport}): both are disconnected, also one that had not announced itself`, async (t) => {
  for (const isJoined of [true, false]) {
    const at = await pair(t, options);
    const { R, a, one, two, watching, sees } = at;
    const tab = isJoined ? await a.enters(R, 2, options) : await a.connects(R, options);
    one.leave();
    await two.expectLeft(a, 1);
    await one.expectThrownOut();
    await tab.expectThrownOut();
    await sees(watching, 1);
    await nothingFollows(at, a, two);
    tab.nothingWaits();
  }
}));

test('18. Leave with a seat that was never announced: only the list changes', async (t) => {
  const { R, visitor, viewer, sees, unaware } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const two = await b.enters(R, 1);
  const watching = await viewer();
  await a.takesSeat(R);
  await sees(watching, 2);
  const one = await a.connects(R);
  one.leave();
  await one.expectThrownOut();
  await sees(watching, 1);
  await two.quiet();
  await a.takesSeat(R);
  await sees(watching, 2);
  await a.givesSeatUp(R);
  await sees(watching, 1);
  await two.quiet();
  await unaware(watching);
});

test('2.2. A seat that was taken by REST outlives a socket that has not joined', async (t) => {
  const { R, visitor, viewer, sees, unaware } = scene(t, server);
  const a = await visitor('Ann');
  await a.takesSeat(R);
  const watching = await viewer();
  const idle = await a.connects(R);
  idle.link.kill();
  await eventually('the socket is gone', async () => await connections(server, a.address) === 0);
  await unaware(watching);
  const one = await a.enters(R, 1);
  await sees(watching, 1);
  one.link.kill();
  await sees(watching, 0);
});

overEach(TRANSPORTS, (transport, options) => test(`19. Evict attempt (${transport})`, async (t) => {
  const { R, a, b, one, two, watching, unaware, occupancy } = await pair(t, options);
  for (const userId of [b.userId, UNKNOWN, 'somebody']) {
    one.leave(userId);
    await one.expectError('INVALID_USER');
  }
  for (const args of [[], [null], ['text'], [[]], [{}], [{ userId: 5 }], [{ userId: '' }], [Buffer.from('x')]]) {
    one.emit('leave-room', ...args);
    await one.expectError('INVALID_REQUEST');
  }
  await quiet(one, two);
  await unaware(watching);
  assert.equal(await occupancy(), 2);
  // And the one that was meant still takes part.
  two.toggle('audio', true);
  for (const socket of [one, two]) assert.deepEqual(await socket.expect('participant-audio-toggle'), { userId: b.userId, enabled: true });
  assert.deepEqual((await a.call('GET', '/api/public/rooms')).body.data.rooms.find(({ id }) => id === R).currentOccupancy, 2);
}));

overEach(TRANSPORTS, (transport, options) => test(`20. Leave without join (${transport})`, async (t) => {
  const { R, S, visitor, two, watching, unaware } = await pair(t, options);
  const c = await visitor('Cid');
  const three = await c.connects(R, options);
  three.leave();
  await three.expectError('LEAVE_ERROR');
  // A seat elsewhere is none here.
  await c.takesSeat(S);
  assert.deepEqual(await watching.expect('room-occupancy-update'), { roomId: S, currentOccupancy: 1 });
  three.leave();
  await three.expectError('LEAVE_ERROR');
  await c.givesSeatUp(R);
  await quiet(two, three);
  await unaware(watching);
  await c.givesSeatUp(S);
}));

overEach(TRANSPORTS, (transport, options) => test(`21. REST leave (${transport})`, async (t) => {
  const at = await pair(t, options);
  const { R, a, one, two, watching, sees, occupancy } = at;
  await a.givesSeatUp(R);
  await two.expectLeft(a, 1);
  await one.expectThrownOut();
  await sees(watching, 1);
  assert.equal(await occupancy(), 1);
  await nothingFollows(at, a, two);
  one.nothingWaits();
  await a.givesSeatUp(R);
  await two.quiet();
}));

test('21. Leaving in every way at once is leaving once', async (t) => {
  const at = await pair(t, {});
  const { R, a, one, two, watching, sees, occupancy } = at;
  const tab = await a.enters(R, 2);
  one.leave();
  tab.leave();
  await Promise.all(times(3, () => a.givesSeatUp(R)));
  one.link.kill();
  tab.link.kill();
  await two.expectLeft(a, 1);
  await sees(watching, 1);
  await nothingFollows(at, a, two);
  assert.equal(await occupancy(), 1);
});
