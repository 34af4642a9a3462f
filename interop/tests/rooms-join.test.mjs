// How visitors announce themselves: scenarios 9 to 17 of the contract, over WebSocket and over polling.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import WebSocket from 'ws';
import { connections, eventually, overEach, quiet, room, ROOMY, scene, startRooms, times, TRANSPORTS } from '../lib/rooms.mjs';
import { java } from '../lib/roost.mjs';

const UNKNOWN = '12345678-1234-4234-8234-123456789abc';
const BOTH = [...TRANSPORTS, 'polling, then WebSocket'];

const server = await startRooms(ROOMY);
after(() => server.stop());

const over = (transport) => ({ transports: transport === BOTH[2] ? ['polling', 'websocket'] : [transport] });
const overAll = (define) => BOTH.forEach((transport) => define(transport, over(transport)));

// ---- 9 to 12

overAll((transport, options) => test(`9. Announce (${transport})`, async (t) => {
  const { R, visitor, viewer, sees, unaware } = scene(t, server);
  const watching = await viewer(options);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  await a.takesSeat(R);
  await b.takesSeat(R);
  const one = await a.enters(R, 2, options);
  const two = await b.connects(R, options);
  two.join({ userName: 'Ben' });
  const { messages } = await two.expect('chat-history');
  assert.deepEqual(messages, []);
  const arrival = await two.expect('user-joined');
  assert.deepEqual(await one.expect('user-joined'), arrival);
  assert.deepEqual([arrival.userId, arrival.userName, arrival.currentOccupancy], [b.userId, 'Ben', 2]);
  for (const occupancy of [1, 2, 2, 2]) await sees(watching, occupancy);
  await quiet(one, two);
  await unaware(watching);
}));

overEach(TRANSPORTS, (transport, options) => test(`10. Early event (${transport}): 200 visitors join in the handler of connect`, async (t) => {
  const { stranger } = scene(t, server);
  const people = times(200, (i) => stranger({ name: `Early ${i}` }));
  const rooms = server.rooms.slice(-20);
  for (const { id } of rooms) {
    const ten = people.splice(0, 10);
    const sockets = await Promise.all(ten.map(async (one) => {
      await one.named(one.name);
      const joins = { onConnect: (socket) => socket.emit('join-room', { userId: one.userId, userName: one.name }) };
      return one.attempt(id, { ...options, socket: joins });
    }));
    const occupancies = await Promise.all(sockets.map(async (one) => {
      await one.expect('connect');
      await one.expect('chat-history');
      const { userId, currentOccupancy } = await one.expect('user-joined');
      assert.equal(userId, one.visitor.userId);
      return currentOccupancy;
    }));
    assert.deepEqual(occupancies.sort((x, y) => x - y), times(10, (i) => i + 1));
    for (const { link } of sockets) link.close();
    await eventually('everybody left', async () => (await room(server, id)).currentOccupancy === 0);
  }
}));

overEach(TRANSPORTS, (transport, options) => test(`11. No REST join (${transport})`, async (t) => {
  const { R, S, visitor, viewer, sees, unaware, occupancy } = scene(t, server);
  const watching = await viewer();
  const a = await visitor('Ann');
  const one = await a.enters(R, 1, options);
  assert.equal(await occupancy(), 1);
  await sees(watching, 1);
  await unaware(watching);
  // The one-room rule holds for such a seat as for any other.
  const elsewhere = await a.connects(S, options);
  elsewhere.join();
  await elsewhere.expectError('JOIN_ERROR');
  await quiet(one, elsewhere);
  assert.equal(await occupancy(S), 0);
}));

overEach(TRANSPORTS, (transport, options) => test(`12. Reconnect (${transport}): the link breaks, and the stock client comes back`, async (t) => {
  const { R, visitor, viewer, sees, unaware } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const other = await b.enters(R, 1);
  const joins = { onConnect: (socket) => socket.emit('join-room', { userId: a.userId }) };
  const one = await a.connects(R, { ...options, reconnection: true, reconnectionDelay: 50, randomizationFactor: 0, socket: joins });
  await one.welcomed(2);
  await other.expectJoined(a, 2);
  const first = one.id;
  const watching = await viewer();
  one.link.kill();
  assert.match(await one.expect('disconnect'), /^transport (close|error)$/);
  await other.expectLeft(a, 1);
  await one.expect('connect');
  assert.notEqual(one.id, first);
  await one.welcomed(2);
  await other.expectJoined(a, 2);
  await sees(watching, 1);
  await sees(watching, 2);
  await quiet(one, other);
  await unaware(watching);
}));

// ---- 13 and 14

overEach(TRANSPORTS, (transport, options) => test(`13. Identity (${transport})`, async (t) => {
  const { R, visitor, stranger, viewer, unaware, occupancy } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const one = await a.enters(R, 1);
  const watching = await viewer();
  const two = await b.connects(R, options);
  for (const userId of [a.userId, UNKNOWN, 'user-id', a.userId.toUpperCase()]) {
    two.join({ userId, userName: 'Ann' });
    await two.expectError('INVALID_USER');
  }
  const three = await stranger().connects(R, options);
  three.join({ userId: a.userId, userName: 'Ann' });
  await three.expectError('INVALID_USER');
  await quiet(one, two, three);
  await unaware(watching);
  assert.equal(await occupancy(), 1);
  two.join();
  await two.welcomed(2);
}));

overEach(TRANSPORTS, (transport, options) => test(`14. Malformed join (${transport})`, async (t) => {
  const { R, visitor, viewer, unaware } = scene(t, server);
  const a = await visitor('Ann');
  const watching = await viewer();
  const one = await a.connects(R, options);
  for (const args of [[null], ['text'], [[]], [{}], [{ userId: 5 }], [randomBytes(8)], [], [{ userId: '' }], [{ userId: null }], [{ userId: [a.userId] }], [5], [true],
    [{ userId: a.userId, userName: randomBytes(8) }], [{ userId: randomBytes(8) }]]) {
    one.emit('join-room', ...args);
    await one.expectError('INVALID_REQUEST');
  }
  await one.quiet();
  await unaware(watching);
  one.join();
  await one.welcomed(1);
}));

test('14. The name in join-room: a good one is taken and kept, any other is not', async (t) => {
  const { R, visitor } = scene(t, server);
  const a = await visitor('Ann');
  const one = await a.connects(R);
  for (const userName of ['', ' ', '<b></b>', 'x'.repeat(51), 5, null, {}]) {
    one.join({ userName });
    await one.welcomed(1, 'Ann');
  }
  one.join({ userName: ' <i>Zoë</i> & co ' });
  await one.welcomed(1, 'Zoë &amp; co');
  one.join();
  await one.welcomed(1, 'Zoë &amp; co');
});

// ---- 15

test('15. Rooms that do not exist', async (t) => {
  const { visitor, stranger } = scene(t, server);
  const a = await visitor('Ann');
  for (const roomId of [UNKNOWN, 'abc-123-def-456', '_', 'Z'.repeat(64)]) {
    const one = await a.connects(roomId);
    one.join();
    await one.expectError('ROOM_NOT_FOUND');
    await one.quiet();
    one.link.close();
  }
  // One is told about oneself before one is told about rooms.
  const nobody = await stranger().connects(UNKNOWN);
  nobody.join({ userId: a.userId });
  await nobody.expectError('INVALID_USER');
});

overEach(TRANSPORTS, (transport, options) => test(`15. Namespaces that cannot be (${transport})`, async (t) => {
  const { R, visitor } = scene(t, server);
  const a = await visitor('Ann');
  const link = a.link(options);
  const one = await a.connects(R, { link });
  for (const namespace of ['/public-room/a/b', '/public-room/%2e%2e', '/public-room/', '/public-room', `/public-room/${'x'.repeat(65)}`, '/public-room/ä', '/other',
    `/Public-Room/${R}`]) {
    const other = link.socket(namespace);
    assert.equal(await other.expect('connect_error'), 'Invalid namespace', namespace);
  }
  one.join();
  await one.welcomed(1);
}));

/** How many objects live in the server, after a collection. */
function alive() {
  const histogram = execFileSync(join(dirname(java), 'jcmd'), [`${server.pid}`, 'GC.class_histogram'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return Number(/^Total +(\d+)/m.exec(histogram)[1]);
}

test('15. Ten thousand random ids leave no growth behind', { timeout: 60_000 }, async (t) => {
  const { R, visitor } = scene(t, server);
  const a = await visitor('Ann');
  await a.takesSeat(R);
  const round = async () => {
    await visits(a, 2_500);
    await eventually('the sockets are gone', async () => await connections(server, a.address) === 0);
  };
  // The first one warms the server up.
  await round();
  const before = alive();
  for (let i = 0; i < 4; i++) await round();
  const grown = alive() - before;
  assert.ok(grown < 5_000, `${grown} objects more than before`);
});

/** Enters and leaves as many namespaces that nobody has heard of, on one connection. */
async function visits({ address }, wanted) {
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, { localAddress: address, perMessageDeflate: false });
  let number = 0;
  await new Promise((done, failed) => {
    const next = () => (number === wanted ? done() : socket.send(`40/public-room/${randomBytes(8).toString('hex')}-${number++},`));
    socket.on('error', failed).on('close', (code, reason) => failed(new Error(`closed after ${number}: ${code} ${reason}`))).on('message', (data) => {
      const packet = `${data}`;
      if (packet === '2') socket.send('3');
      else if (packet.startsWith('0')) next();
      else if (packet.startsWith('40/')) { socket.send(`41${packet.slice(2, packet.indexOf(',') + 1)}`); next(); }
      else failed(new Error(`${number}: ${packet}`));
    });
  });
  socket.terminate();
}

// ---- 16 and 17

overEach(TRANSPORTS, (transport, options) => test(`16. Repeated join-room (${transport})`, async (t) => {
  const { R, visitor, viewer, unaware, occupancy } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const one = await a.enters(R, 1, options);
  const two = await b.enters(R, 2, options);
  await one.expectJoined(b, 2);
  const watching = await viewer();
  one.join();
  await one.welcomed(2);
  await quiet(one, two);
  await unaware(watching);
  assert.equal(await occupancy(), 2);
}));

overEach(TRANSPORTS, (transport, options) => test(`17. Two tabs (${transport})`, async (t) => {
  const { R, visitor, viewer, sees, unaware, occupancy } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const other = await b.enters(R, 1);
  const first = await a.enters(R, 2, options);
  await other.expectJoined(a, 2);
  const watching = await viewer();
  const second = await a.enters(R, 2, options);
  await quiet(first, other);
  first.socket.disconnect();
  await eventually('one tab is gone', async () => await connections(server, a.address) === 1);
  await quiet(second, other);
  await unaware(watching);
  assert.equal(await occupancy(), 2);
  second.link.kill();
  await other.expectLeft(a, 1);
  await sees(watching, 1);
  await other.quiet();
  await unaware(watching);
  assert.equal(await occupancy(), 1);
}));

test('17. Two tabs: both go at once, and only one has announced itself', async (t) => {
  const { R, S, visitor } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const other = await b.enters(R, 1);
  const tabs = [await a.enters(R, 2), await a.enters(R, 2)];
  await other.expectJoined(a, 2);
  for (const { link } of tabs) link.kill();
  await other.expectLeft(a, 1);
  await eventually('both tabs are gone', async () => await connections(server, a.address) === 0);
  await other.quiet();
  // A tab that has not announced itself holds no seat, and ends none.
  const joined = await a.enters(R, 2);
  await other.expectJoined(a, 2);
  const idle = await a.connects(R);
  idle.link.kill();
  await eventually('the idle tab is gone', async () => await connections(server, a.address) === 1);
  await quiet(joined, other);
  const idleElsewhere = await a.connects(S);
  joined.link.kill();
  await other.expectLeft(a, 1);
  await quiet(other, idleElsewhere);
});
