// Who is in which room, and as whom: scenarios 14 to 17 of the Gallery contract, names, roles and avatars of section 2.3.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chat, eventually, focus, quiet, scene, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

const server = await startRoost(['--only', 'gallery', '--store', 'memory'], { GALLERY_MAX_ROOM_CREATIONS: '100000' });
after(() => server.stop());

const ids = ({ users }) => users.map(({ id }) => id);
const rolesOf = ({ users }) => users.map(({ id, role }) => [id, role]);

// ---- 14 to 17

test('14. Join twice, other room', async (t) => {
  const { R, S, member, listed } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  const c = await member('C', S);
  await a.expectJoined('B');
  const roomInfo = await a.join(S);
  assert.deepEqual([roomInfo.roomId, ids(roomInfo)], [S, ['C', 'A']]);
  await b.expectLeft('A');
  await c.expectJoined('A');
  b.broadcast(chat('for R'));
  await b.echo();
  await quiet(c, a);
  await b.close();
  await eventually(async () => (await listed(R)) === undefined);
});

test('14. Join twice, other room: the old one is gone at once if empty', async (t) => {
  const { R, S, member, listed } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  a.broadcast(update(3, { sceneUrl: 'old' }));
  await a.join(S);
  await eventually(async () => (await listed(R)) === undefined);
  const { version, sceneUrl } = (await a.join(R)).state;
  assert.deepEqual([version, sceneUrl], [0, '']);
});

test('14. Join twice, other room: a refused one leaves all as it was', async (t) => {
  const { R, S, client, member } = await scene(t, server);
  const owner = await client('O');
  await owner.create({ maxUsers: 1 }, S);
  await owner.join(S);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R);
  await a.expectJoined('B');
  await a.cannotJoin(S, 'Room is full', { name: 'Al', role: 'host' });
  await a.cannotJoin('', 'Invalid room ID', { name: 'Al', role: 'host' });
  await quiet(a, b);
  const { users } = await a.join(R);
  assert.deepEqual(users.map(({ id, name, role }) => [id, name, role]), [['A', 'A', 'editor'], ['B', 'B', 'viewer']]);
  await quiet(a, b);
});

test('15. Join again, same room', async (t) => {
  const { R, client, member } = await scene(t, server);
  const owner = await client('O');
  await owner.create({ maxUsers: 2 }, R);
  const avatar = { type: 'simple', color: '#3498db', displayName: 'Al' };
  const a = await member('A', R, { name: 'Al', role: 'editor', avatar });
  const b = await member('B', R);
  await a.expectJoined('B');
  assert.deepEqual(ids(await a.join(R, { name: 'Al', role: 'editor', avatar })), ['A', 'B']);
  // A name and a role that are not given stay.
  await a.join(R, { avatar });
  await quiet(a, b);
  for (const [key, value] of Object.entries({ name: 'Alice', role: 'host', avatar: { ...avatar, color: 'red' } })) {
    const { users } = await a.join(R, { avatar, [key]: value });
    const seen = await b.expectJoined('A');
    assert.deepEqual(seen[key], value);
    assert.deepEqual({ ...users[0], lastSeen: 0 }, { ...seen, lastSeen: 0 });
  }
  await a.join(R, {});
  assert.ok(!('avatar' in await b.expectJoined('A')));
  await quiet(a, b);
});

test('16. Same userId twice', async (t) => {
  const { R, client, member } = await scene(t, server);
  const a1 = await member('A', R, { role: 'host', name: 'Al' });
  const b = await member('B', R);
  await a1.expectJoined('B');
  const a2 = await client('A');
  const roomInfo = await a2.join(R, { role: 'host', name: 'Al' });
  assert.deepEqual(rolesOf(roomInfo), [['A', 'host'], ['B', 'viewer']]);
  await a1.expectError('Joined from another connection');
  await quiet(a2, b);
  await quiet(b, a2);

  // The older one is open, and in no room.
  await a1.cannotBroadcast(chat(), 'Not in a room');
  a1.leave();
  await quiet(a2, b);
  await a1.close();
  await quiet(a2, b);
  await quiet(b, a2);
  await a2.close();
  await b.expectLeft('A');
  await quiet(b);
});

test('16. Same userId twice: in a full room, with another name', async (t) => {
  const { R, client, member } = await scene(t, server);
  const b = await client('B');
  await b.create({ maxUsers: 2 }, R);
  const a1 = await member('A', R, { name: 'Al', role: 'host' });
  await b.join(R);
  await a1.expectJoined('B');
  const a2 = await client('A');
  assert.deepEqual(rolesOf(await a2.join(R, { name: 'Alice', role: 'editor' })), [['A', 'editor'], ['B', 'viewer']]);
  await a1.expectError('Joined from another connection');
  const { name, role } = await b.expectJoined('A');
  assert.deepEqual([name, role], ['Alice', 'editor']);
  // And back again.
  await a1.join(R, { name: 'Alice', role: 'editor' });
  await a2.expectError('Joined from another connection');
  await quiet(a1, b);
});

test('16. Same userId twice: the newer one comes from another room', async (t) => {
  const { R, S, member } = await scene(t, server);
  const a1 = await member('A', R);
  const a2 = await member('A', S);
  const s = await member('s', S);
  await a2.expectJoined('s');
  await a2.join(R);
  await s.expectLeft('A');
  await a1.expectError('Joined from another connection');
  await a1.join(S);
  await s.expectJoined('A');
  await quiet(s, a1);
  await quiet(a2);
});

test('16. Same userId twice: in different rooms it is two', async (t) => {
  const { R, S, member } = await scene(t, server);
  const pairs = [];
  for (const room of [R, S]) {
    const a = await member('A', room);
    const other = await member(`of ${room}`, room);
    await a.expectJoined(other.id);
    pairs.push([a, other]);
  }
  const [[a1, r], [a2, s]] = pairs;
  await quiet(r, a1);
  await quiet(s, a2);
  r.tell('A', chat('for the one in R'));
  await a1.expectMessage(r.id);
  await a1.close();
  await r.expectLeft('A');
  await quiet(s, a2);
  await quiet(a2, s);
});

test('17. Leave, rejoin', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R);
  await a.expectJoined('B');
  // Its room id does not count.
  b.send({ action: 'leave_room', roomId: 'another', requestId: 'q' });
  await a.expectLeft('B');
  b.leave();
  await b.cannotBroadcast(chat(), 'Not in a room');
  b.leave();
  await quiet(a);
  assert.deepEqual(rolesOf(await b.join(R)), [['A', 'editor'], ['B', 'viewer']]);
  await a.expectJoined('B');
  await quiet(a, b);
  await quiet(b, a);
});

// ---- Names and avatars

test('Section 2.3. Names', async (t) => {
  const { R, S, client, member } = await scene(t, server);
  const b = await member('B', R);
  const a = await client('A');
  const cases = [
    [' Al ', 'Al'], ['<b>Al</b>', 'bAl/b'], ['A\u0000l\u0007\n\u0085', 'Al'], ['x'.repeat(70), 'x'.repeat(64)], [`  ${'y'.repeat(64)}z`, 'y'.repeat(64)],
    ['Ünïcödé 😀', 'Ünïcödé 😀'], ['"&\'\\', '"&\'\\'], ['__proto__', '__proto__'],
  ];
  for (const [name, cleaned] of cases) {
    assert.equal((await a.join(R, { name })).users.at(-1).name, cleaned);
    assert.equal((await b.expectJoined('A')).name, cleaned);
  }
  // What leaves no name changes nothing.
  for (const name of ['', '   ', '<>', '\u0000', 5, null, {}, ['Al'], true]) assert.equal((await a.join(R, { name })).users.at(-1).name, '__proto__');
  await quiet(b, a);
  assert.equal((await a.join(S)).users[0].name, '__proto__');
  const c = await client('C');
  for (const name of [undefined, '', '<>', 5]) assert.equal((await c.join(S, { name })).users.at(-1).name, 'C');
});

test('Section 2.3. Roles', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  const roleFor = async (role) => (await a.join(R, { role })).users[0].role;
  for (const role of ['admin', 'HOST', '', 5, null, {}, ['host'], '__proto__', 'host ']) assert.equal(await roleFor(role), 'viewer');
  for (const role of ['host', 'viewer', 'editor']) assert.equal(await roleFor(role), role);
  assert.equal(await roleFor('admin'), 'editor');
  assert.equal(await roleFor(undefined), 'editor');
});

test('Section 2.3. Avatars', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  const avatarOf = async (avatar) => (await a.join(R, { avatar })).users[0].avatar;
  const full = { type: 'vrm', url: 'https://example.com/a.vrm?x=1&y=<2>', color: '#3498db', displayName: 'Al' };
  assert.deepEqual(await avatarOf(full), full);
  assert.equal((await avatarOf({ ...full, displayName: ` <i>${'x'.repeat(70)}\n` })).displayName, `i${'x'.repeat(63)}`);
  for (const color of ['#fff', '#ffff', '#A1B2C3', '#12345678', 'red', 'RebeccaPurple']) assert.equal((await avatarOf({ ...full, color })).color, color);
  for (const color of ['#ff', '#123456789', '#ggg', 'red;', 'url(x)', 'rgb(1,2,3)', '', ' red', 'red\n', 5, null, {}, '#fff\n']) {
    assert.ok(!('color' in await avatarOf({ ...full, color })), `${color}`);
  }
  for (const avatar of [undefined, null, 'text', 5, [], [full], { ...full, url: 'x'.repeat(4_096) }]) assert.equal(await avatarOf(avatar), undefined);
  const large = { ...full, url: 'x'.repeat(3_900) };
  assert.deepEqual(await avatarOf(large), large);
});

test('Section 2.3. Nobody else\'s identity', async (t) => {
  const { R, client, member } = await scene(t, server);
  const b = await member('B', R);
  const a = await client('A');
  const { users } = await a.join(R, { userId: 'B', id: 'B', connected: false, lastSeen: 0, name: 'Al' });
  assert.deepEqual(users.map(({ id, name }) => [id, name]), [['B', 'B'], ['A', 'Al']]);
  await b.expectJoined('A');
  a.broadcast({ ...focus('/a', { userId: 'B' }), senderId: 'B' });
  assert.equal((await b.expectMessage('A')).senderId, 'A');
});
