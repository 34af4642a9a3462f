// Many visitors who do everything at once, by REST and by sockets over both transports, in rooms that are too small for them: what each of them hears makes sense (section 2.2).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connections, eventually, listed, quiet, ROOMY, scene, startRooms, times, TRANSPORTS } from '../lib/rooms.mjs';

const CAPACITY = 4;
const PEOPLE = 16;
const STEPS = 40;
const SEED = Number(process.env.ROOMS_SEED ?? Date.now() % 1_000_000);

// Their connections are on several loops. Whoever breaks a link between two polls is noticed by the heartbeat alone.
const server = await startRooms({
  ...ROOMY, PUBLIC_ROOMS_ENGINE_PING_INTERVAL_MS: '500', PUBLIC_ROOMS_ENGINE_PING_TIMEOUT_MS: '6000', PUBLIC_ROOMS_COUNT: '9', PUBLIC_ROOMS_CAPACITY: `${CAPACITY}`,
}, ['--loops', '3']);
after(() => server.stop());

/** The same numbers for the same seed: less than `below` (mulberry32). */
function random(seed) {
  let state = seed;
  return (below) => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) % below;
  };
}

/** One visitor, who does one thing after the other without waiting for what comes of it. */
async function restless(visitor, rooms, choose) {
  const sockets = [];
  const alive = () => sockets.filter(({ socket }) => socket.connected);
  for (let step = 0; step < STEPS; step++) {
    const roomId = rooms[choose(rooms.length)];
    const one = alive()[choose(Math.max(1, alive().length))];
    const action = choose(8);
    if (action === 0) await visitor.asksToJoin(roomId);
    else if (action === 1) await visitor.asksToLeave(roomId);
    else if (action === 2) await Promise.all([visitor.asksToJoin(roomId), visitor.asksToLeave(roomId), one?.leave()]);
    else if (action === 3 && one) one.leave();
    else if (action === 4 && one) one.link.kill();
    else if (action === 5 && one) one.socket.disconnect();
    else if (one && alive().length === 2) one.join();
    else sockets.push(await arrived(visitor.attempt(roomId, { transports: [TRANSPORTS[choose(2)]], socket: { name: `${visitor.name}.${sockets.length}` } })));
  }
  return sockets;
}

async function arrived(one) {
  one.socket.once('connect', () => one.join());
  await one.expect('connect');
  return one;
}

/** What a socket has heard of others: each comes and goes in turn, and the number of people is one that can be. */
function makesSense({ name, log, visitor }) {
  const present = new Map();
  const mine = log.filter(({ event, args }) => event === 'user-joined' && args[0].userId === visitor.userId);
  const begin = log.indexOf(mine[0]);
  for (const { event, args: [data] } of log.filter(({ event: kind }) => ['user-joined', 'user-left'].includes(kind))) {
    const { userId, currentOccupancy } = data;
    assert.ok(begin >= 0, `${name} has not joined and hears of others`);
    assert.ok(currentOccupancy >= 1 && currentOccupancy <= CAPACITY, `${name}: ${event} with ${currentOccupancy}`);
    if (userId === visitor.userId) {
      assert.equal(event, 'user-joined', `${name} is told of its own leaving`);
    } else {
      assert.notEqual(present.get(userId), event, `${name} hears ${event} of ${userId} twice`);
      present.set(userId, event);
    }
  }
}

/** A viewer sees every change: by one at most, within the capacity. */
function isGapless(updates) {
  let last = 0;
  for (const { currentOccupancy } of updates) {
    assert.ok(Math.abs(currentOccupancy - last) <= 1 && currentOccupancy >= 0 && currentOccupancy <= CAPACITY, `${currentOccupancy} after ${last}`);
    last = currentOccupancy;
  }
  return last;
}

test(`${PEOPLE} restless visitors (seed ${SEED})`, { timeout: 60_000 }, async (t) => {
  const { R, S, T, visitor, viewer } = scene(t, server);
  const watching = await viewer();
  const people = await Promise.all(times(PEOPLE, (i) => visitor(`Guest ${i}`)));
  const sockets = (await Promise.all(people.map((one, i) => restless(one, [R, S], random(SEED + i))))).flat();
  const joins = sockets.flatMap((one) => one.all('user-joined').filter(({ userId }) => userId === one.visitor.userId));
  assert.ok(joins.length > PEOPLE, `only ${joins.length} have joined`);

  // Everybody goes; nobody is left behind, neither in a room nor in the books of an address.
  for (const { link } of sockets) link.close();
  await Promise.all(people.map(async (one) => { await one.givesSeatUp(R); await one.givesSeatUp(S); }));
  await eventually('all rooms are empty', async () => (await listed(server)).every(({ currentOccupancy }) => currentOccupancy === 0));
  for (const { address } of people) await eventually('no socket is left', async () => await connections(server, address) === 0);
  for (const one of sockets) makesSense(one);
  const marker = await visitor('Marker');
  await marker.takesSeat(T);
  await eventually('the viewer has seen it all', () => watching.all('room-occupancy-update').some(({ roomId }) => roomId === T));
  for (const roomId of [R, S]) assert.equal(isGapless(watching.all('room-occupancy-update').filter((update) => update.roomId === roomId)), 0);

  // And everybody may come back, with two sockets.
  const [some, rooms] = [people.slice(0, CAPACITY), [R, R]];
  const back = await Promise.all(some.flatMap((one) => rooms.map((roomId) => one.connects(roomId))));
  await quiet(...back);
});
