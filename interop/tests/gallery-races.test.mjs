// Crowds, races and slow readers: scenarios 10, 16, 27 and 29 of the Gallery contract, with many going at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { chat, eventually, health, pose, quiet, scene, stats, times, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

const MAX_ROOMS = 40;
const QUEUE_BYTES = 256 * 1024;

const server = await startRoost(['--only', 'gallery', '--store', 'memory'], {
  GALLERY_MAX_ROOMS: String(MAX_ROOMS), GALLERY_MAX_ROOM_CREATIONS: '100000', GALLERY_MAX_MESSAGES_PER_SEC: '100000', GALLERY_MAX_QUEUE_BYTES: String(QUEUE_BYTES),
});
after(() => server.stop());

const isMessage = (content) => (data, event) => event === 'message' && data.message.data === content;
const joinOf = (roomId, requestId) => ({ action: 'join_room', roomId, requestId });
const residentKB = (pid) => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) : 0);

test('10. Room full: 20 join at once, 25 times', async (t) => {
  const { R, client, listed } = await scene(t, server);
  const creator = await client('creator');
  const all = await Promise.all(times(20, (i) => client(`u${i}`)));
  for (let round = 0; round < 25; round++) {
    await creator.create({ maxUsers: 5 }, `${R}-${round}`);
    const from = all.map((one) => one.log.length);
    const order = round % 2 ? [...all].reverse() : all;
    for (const one of order) one.send(joinOf(`${R}-${round}`, round));
    await Promise.all(all.map((one) => one.until((data) => data.requestId === round)));
    const joined = all.filter((one, i) => one.log.slice(from[i]).some(({ event }) => event === 'room_joined'));
    const rosters = joined.map((one) => one.all('room_joined').at(-1).roomInfo.users.map(({ id }) => id));
    assert.deepEqual(rosters.map((roster) => roster.length).sort(), [1, 2, 3, 4, 5], `round ${round}`);
    // Each roster is the beginning of the longest one: everybody saw the same order.
    const longest = rosters.find((roster) => roster.length === 5);
    for (const roster of rosters) assert.deepEqual(roster, longest.slice(0, roster.length));
    for (const one of joined) one.leave();
    await eventually(async () => (await listed(`${R}-${round}`)) === undefined);
  }
});

test('23. Server full: only so many of those who come at once', async (t) => {
  const { R, client } = await scene(t, server);
  await eventually(async () => (await health(server)).rooms === 0);
  const all = await Promise.all(times(MAX_ROOMS + 20, (i) => client(`u${i}`)));
  for (const [i, one] of all.entries()) one.send(i % 3 ? joinOf(`${R}-${i}`, 'q') : { action: 'create_room', roomId: `${R}-${i}`, requestId: 'q' });
  await Promise.all(all.map((one) => one.until((data) => data.requestId === 'q')));
  assert.equal(all.filter((one) => one.errors('Server at capacity') === 1).length, 20);
  assert.equal((await stats(server)).rooms.length, MAX_ROOMS);
  for (const [i, one] of all.entries()) {
    if (i % 3 || one.all('room_created').length === 0) continue;
    await one.join(`${R}-${i}`);
  }
  for (const one of all) one.leave();
  await eventually(async () => (await health(server)).rooms === 0);
});

test('3. Create: the same id at the same time', async (t) => {
  const { R, client } = await scene(t, server);
  const all = await Promise.all(times(10, (i) => client(`u${i}`)));
  for (let round = 0; round < 20; round++) {
    for (const one of all) one.send({ action: 'create_room', roomId: `${R}-${round}`, requestId: round });
    const answers = await Promise.all(all.map((one) => one.expect((data) => data.requestId === round)));
    assert.equal(answers.filter(({ message }) => message === 'Room already exists').length, 9);
    const creator = all[answers.findIndex(({ roomId }) => roomId === `${R}-${round}`)];
    await creator.join(`${R}-${round}`);
    creator.leave();
    await creator.echo();
  }
});

test('16. Same userId, joining from two connections at the same time', async (t) => {
  const { R, member, client } = await scene(t, server);
  const b = await member('B', R);
  for (let round = 0; round < 60; round++) {
    const pair = await Promise.all([client('A'), client('A')]);
    for (const one of pair) one.send(joinOf(R, 'q'));
    await Promise.all(pair.map((one) => one.expect('room_joined')));
    await b.expectJoined('A');
    const loser = await eventually(() => pair.find((one) => one.errors('Joined from another connection') > 0));
    const winner = pair.find((one) => one !== loser);
    await loser.expectError('Joined from another connection');
    await quiet(b, winner);
    await quiet(winner, b);
    await loser.cannotBroadcast(chat(), 'Not in a room');
    await (round % 2 ? loser.close() : loser.drop());
    await quiet(b, winner);
    assert.equal(winner.errors('Joined from another connection'), 0);
    await (round % 3 ? winner.close() : winner.drop());
    await b.expectLeft('A');
  }
});

test('16. Same userId: the old connection breaks while the new one joins', async (t) => {
  const { R, member, client } = await scene(t, server);
  const b = await member('B', R);
  let old = await member('A', R);
  await b.expectJoined('A');
  for (let round = 0; round < 60; round++) {
    const next = await client('A');
    const from = b.log.length;
    const race = [() => void (round % 4 < 2 ? old.close() : old.drop()), () => next.send(joinOf(R, 'q'))];
    if (round % 2) race.reverse();
    for (const start of race) start();
    const { roomInfo } = await next.expect('room_joined');
    assert.deepEqual(roomInfo.users.map(({ id }) => id), ['B', 'A'], `round ${round}`);
    await old.closed;
    next.broadcast(chat(round));
    await b.until(isMessage(round));
    // B has heard nothing of a change of hands, or, if the old one was gone first, of that and of a new one.
    assert.ok(['message', 'user_left,user_joined,message'].includes(b.events().slice(from).join()), b.events().slice(from).join());
    old = next;
  }
});

test('27. Switch race', async (t) => {
  const { R, S, client, member } = await scene(t, server);
  // In each room one who streams numbered edits, and one who comes and goes.
  const rooms = {};
  for (const room of [R, S]) {
    const writer = await member(`writer ${room}`, room, { role: 'host' });
    rooms[room] = { writer, guest: await client(`guest ${room}`), n: 0 };
  }
  const a = await client('A');
  const act = (room) => {
    const { writer, guest } = rooms[room];
    rooms[room].n += 1;
    const { n } = rooms[room];
    writer.broadcast({ ...update(n, { n }), room });
    if (n % 3 === 0) guest.send(n % 2 ? joinOf(room) : { action: 'leave_room' });
    if (n % 5 === 0) writer.tell('A', { room, direct: n });
  };
  for (let round = 0; round < 200; round++) {
    for (const room of [R, S]) {
      act(R);
      act(S);
      a.send(joinOf(room, `${round} ${room}`));
      act(R);
      act(S);
      await a.until((data) => data.requestId === `${round} ${room}`);
    }
  }
  for (const room of [R, S]) {
    await rooms[room].writer.until((data, event) => event === 'user_joined' && data.user.id === 'A');
    rooms[room].writer.tell(rooms[room].writer.id, chat('end'));
    await rooms[room].writer.until(isMessage('end'));
  }
  a.tell('A', chat('end'));
  await a.until(isMessage('end'));

  let room = null;
  let n = 0;
  let seen = 0;
  for (const { event, data } of a.log.slice(1)) {
    if (event === 'room_joined') {
      room = data.roomInfo.roomId;
      n = data.roomInfo.state.n ?? 0;
      assert.ok(data.roomInfo.users.some(({ id }) => id === 'A'));
    } else if (event === 'message' && data.message.type === 'state_update') {
      // None of another room, none twice, none missing between the snapshot and the first that is relayed.
      assert.deepEqual([data.message.room, data.message.data.data.n], [room, n + 1]);
      n += 1;
      seen += 1;
    } else if (event === 'message' && data.message.direct) {
      assert.equal(data.message.room, room);
    } else if (event === 'user_joined' || event === 'user_left') {
      assert.equal(data.userId ?? data.user.id, `guest ${room}`);
    }
  }
  assert.ok(seen > 100, `only ${seen} edits were seen, so this has proved little`);
  assert.equal(a.all('room_joined').length, 400);
});

test('27. Switch race: two swap rooms', async (t) => {
  const { R, S, member, client } = await scene(t, server);
  const keepers = { [R]: await member('r', R), [S]: await member('s', S) };
  const [a, b] = [await client('A'), await client('B')];
  for (let round = 0; round < 100; round++) {
    const [forA, forB] = round % 2 ? [R, S] : [S, R];
    a.send(joinOf(forA, round));
    b.send(joinOf(forB, round));
    await Promise.all([a, b].map((one) => one.until((data) => data.requestId === round)));
  }
  // One more coming each tells the keepers that all is over.
  for (const [room, keeper] of Object.entries(keepers)) {
    const last = await client(`last ${room}`);
    await last.join(room);
    await keeper.until((data, event) => event === 'user_joined' && data.user.id === `last ${room}`);
    const present = new Set();
    for (const { event, data } of keeper.log) {
      if (event === 'user_joined') assert.ok(!present.has(data.user.id) && present.add(data.user.id), 'came twice');
      if (event === 'user_left') assert.ok(present.delete(data.userId), 'left without having come');
    }
    assert.deepEqual([...present].sort(), [room === R ? 'A' : 'B', `last ${room}`].sort());
    assert.deepEqual(last.all('room_joined')[0].roomInfo.users.map(({ id }) => id), [keeper.id, room === R ? 'A' : 'B', `last ${room}`]);
  }
});

test('12. Persistent: the last member goes while another one comes', async (t) => {
  const { R, client, listed } = await scene(t, server);
  for (let round = 0; round < 60; round++) {
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((id) => client(id)));
    await a.join(R);
    const race = [() => a.leave(), () => b.send(joinOf(R, 'q'))];
    if (round % 2) race.reverse();
    for (const start of race) start();
    await b.expect('room_joined');
    a.tell('A', chat('out'));
    await a.until(isMessage('out'));
    assert.deepEqual((await c.join(R)).users.map(({ id }) => id), ['B', 'C'], `round ${round}`);
    assert.equal((await listed(R)).userCount, 2);
    await Promise.all([a, b, c].map((one) => one.drop()));
    await eventually(async () => (await listed(R)) === undefined);
  }
});

test('29. Slow consumer', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const slow = await member('slow', R);
  for (const one of [a, b]) await one.expectJoined('slow');
  const before = residentKB(server.pid);
  slow.pause();
  const late = [];
  const filler = 'x'.repeat(20_000);
  // Poses alone: they are dropped, and nobody is closed for them.
  for (let i = 0; i < 600; i++) {
    const from = performance.now();
    a.broadcast({ ...pose(i), filler });
    await b.until((data, event) => event === 'message' && data.message.data.position[0] === i);
    late.push(performance.now() - from);
  }
  a.broadcast(chat('reliable'));
  assert.equal((await b.expectMessage('A')).data, 'reliable');
  slow.pause(false);
  await slow.until(isMessage('reliable'));
  const poses = slow.all('message').map(({ message }) => message.data?.position?.[0]).filter((x) => x !== undefined);
  assert.ok(poses.length < 600, 'all of it went into the buffers of TCP: this has proved nothing');
  assert.deepEqual(poses, [...poses].sort((x, y) => x - y));
  assert.equal(poses.at(-1), 599);
  late.sort((x, y) => x - y);
  assert.ok(late[300] < 20 && late[597] < 500, `median ${late[300]} ms, late ${late[597]} ms`);

  // What has to be kept does not fit for ever.
  slow.pause();
  const isGone = () => b.all('user_left').length > 0;
  for (let i = 0; i < 1_000 && !isGone(); i++) {
    a.broadcast(chat(`${i} ${filler}`));
    await b.until(isMessage(`${i} ${filler}`));
  }
  assert.ok(isGone());
  const grown = residentKB(server.pid) - before;
  assert.ok(grown < 100_000, `${grown} KB more`);
  slow.pause(false);
  const { code } = await slow.ended();
  // It may find no more than a broken TCP connection behind what it has not read.
  assert.ok([1013, 1006].includes(code), `closed with ${code}`);
});
