// Coming and going: scenarios 1 to 4, 10 to 12, 22 and 23 of the Gallery contract.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { annotation, chat, eventually, health, quiet, scene, stats, times, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

const MAX_USERS = 6;

const [server, small] = await Promise.all([
  startRoost(['--only', 'gallery', '--store', 'memory'], { GALLERY_MAX_ROOM_CREATIONS: '100000' }),
  // The prefixed name wins over the bare one.
  startRoost(['--only', 'gallery', '--store', 'memory'], {
    MAX_ROOMS: '2', GALLERY_MAX_ROOMS: '3', MAX_USERS_PER_ROOM: String(MAX_USERS), MAX_ROOM_CREATIONS: '100000',
  }),
]);
after(() => Promise.all([server.stop(), small.stop()]));

const NEW_STATE = {
  version: 0, sceneUrl: '', sceneLoaded: false, treeViewState: {}, annotations: [], focusPoints: [],
  sessionSettings: { avatarsVisible: true, syncCameraFraming: false, allowAnnotations: true },
};

const ids = ({ users }) => users.map(({ id }) => id);
const rolesOf = ({ users }) => users.map(({ id, role }) => [id, role]);

// ---- 1 to 4

test('1. Connect', async (t) => {
  const { client } = await scene(t, server);
  assert.equal((await client('u1')).id, 'u1');
  // `client` holds generated ids against the contract's form.
  const generated = [await client(), await client(), await client('')];
  assert.equal(new Set(generated.map(({ id }) => id)).size, 3);
  assert.equal((await client(undefined, { query: 'userId=a&userId=b' })).id, 'a');
  assert.equal((await client('é 日 +&=%')).id, 'é 日 +&=%');
  assert.equal((await client('x'.repeat(128))).id.length, 128);
});

test('1. Connect: any path', async (t) => {
  const { client } = await scene(t, server);
  for (const path of ['/', '/gallery', '/any/thing', '/rooms/R', '/health', '/a%20b;c']) assert.equal((await client('p', { path })).id, 'p', path);
});

test('1. Connect: the first subprotocol is taken', async (t) => {
  const { client } = await scene(t, server);
  assert.equal((await client('a', { protocols: ['foo', 'bar'] })).protocol, 'foo');
  assert.equal((await client('b')).protocol, '');
});

test('1. Connect: ids that are none', async (t) => {
  const { attempt } = await scene(t, server);
  for (const userId of ['x'.repeat(129), 'a\u0000b', 'a\nb', '\u0085', '\u007f']) {
    const refused = attempt({ userId });
    await refused.expectClose(1008, 'Invalid user ID');
    assert.deepEqual(refused.log, []);
  }
  assert.equal((await health(server)).users, 0);
});

test('2. Auto-create', async (t) => {
  const { R, client, listed } = await scene(t, server);
  const a = await client('A');
  const before = Date.now();
  const roomInfo = await a.join(R, { role: 'editor', name: 'Al' });
  assert.deepEqual([roomInfo.roomId, roomInfo.state], [R, NEW_STATE]);
  const [{ lastSeen, ...user }, ...others] = roomInfo.users;
  assert.deepEqual([user, others], [{ id: 'A', name: 'Al', role: 'editor', connected: true }, []]);
  for (const time of [lastSeen, roomInfo.createdAt]) assert.ok(time >= before && time <= Date.now(), `${time}`);
  const { userCount, createdAt, lastActivity } = await listed(R);
  assert.deepEqual([userCount, createdAt], [1, roomInfo.createdAt]);
  assert.ok(lastActivity >= createdAt);
});

test('2. Auto-create: a password in the join protects nothing', async (t) => {
  const { R, member, client } = await scene(t, server);
  const a = await member('A', R, { password: 'secret' });
  const b = await client('B');
  assert.deepEqual(ids(await b.join(R)), ['A', 'B']);
  await a.expectJoined('B');
});

test('3. Create', async (t) => {
  const { client, member, listed } = await scene(t, server);
  const a = await client('A');
  const roomId = await a.create({ name: 'Mine' });
  assert.match(roomId, /^room-[a-z0-9]{1,9}$/);
  assert.equal((await listed(roomId)).userCount, 0);

  const b = await member('B', roomId);
  b.broadcast(chat());
  await b.echo();
  // The creator is no member: all that comes to it is the answer to this.
  await a.refused({ action: 'create_room', roomId }, 'Room already exists');
  assert.deepEqual(ids(await a.join(roomId)), ['B', 'A']);
  await b.expectJoined('A');
});

test('3. Create: ids as asked for, or generated', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  assert.equal(await a.create({}, R), R);
  assert.equal(await a.create(undefined, `${R} é/日?`), `${R} é/日?`);
  assert.match(await a.create({}, ''), /^room-[a-z0-9]{1,9}$/);
  assert.equal(await a.create({}, 7_001), '7001');
  for (const roomId of [{}, [], true, 'x'.repeat(129), 'a\u0000b']) {
    await a.refused({ action: 'create_room', roomId }, 'Invalid room ID');
  }
});

test('3. Create: the room one is in is not touched', async (t) => {
  const { R, S, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  await a.create({}, S);
  await quiet(a, b);
});

test('4. Second member', async (t) => {
  const { R, member, client } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  const b = await client('B');
  const roomInfo = await b.join(R, { name: 'Bo', avatar: { type: 'simple', displayName: 'Bo' } });
  assert.deepEqual(rolesOf(roomInfo), [['A', 'host'], ['B', 'viewer']]);
  const { lastSeen, ...user } = await a.expectJoined('B');
  assert.deepEqual(user, { id: 'B', name: 'Bo', role: 'viewer', avatar: { type: 'simple', displayName: 'Bo' }, connected: true });
  await quiet(a, b);
});

// ---- 10 to 12

test('10. Room full', async (t) => {
  const { R, client, member } = await scene(t, server);
  const c = await client('C');
  await c.create({ maxUsers: 2 }, R);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  await c.cannotJoin(R, 'Room is full');
  await quiet(a, b);
  b.leave();
  await a.expectLeft('B');
  assert.deepEqual(ids(await c.join(R)), ['A', 'C']);
  await a.expectJoined('C');
});

test('10. Room full: 20 at once', async (t) => {
  const { R, client, snapshot, listed } = await scene(t, server);
  const all = await Promise.all(times(20, (i) => client(`u${i}`)));
  await all[0].create({ maxUsers: 5 }, R);
  for (const one of all) one.send({ action: 'join_room', roomId: R, requestId: one.id });
  await Promise.all(all.map((one) => one.until((data) => data.requestId === one.id)));
  const joined = all.filter((one) => one.all('room_joined').length === 1);
  const refused = all.filter((one) => one.all('error').some(({ message }) => message === 'Room is full'));
  assert.deepEqual([joined.length, refused.length], [5, 15]);
  assert.deepEqual(joined.map((one) => one.all('room_joined')[0].roomInfo.users.length).sort(), [1, 2, 3, 4, 5]);
  assert.equal((await listed(R)).userCount, 5);
  joined[0].leave();
  assert.equal((await snapshot(R)).users.length, 5);
});

test('10. Room full: maxUsers that is none is the default', async (t) => {
  const { R, client } = await scene(t, small);
  for (const [i, maxUsers] of [-1, 0, 2.5, '2', null, 1_000, MAX_USERS].entries()) {
    const guests = await Promise.all(times(MAX_USERS + 1, (k) => client(`u${k}`)));
    await guests[0].create({ maxUsers }, `${R}-${i}`);
    for (const guest of guests.slice(0, MAX_USERS)) await guest.join(`${R}-${i}`);
    await guests[MAX_USERS].cannotJoin(`${R}-${i}`, 'Room is full');
    await Promise.all(guests.map((guest) => guest.drop()));
    await eventually(async () => (await health(small)).rooms === 0);
  }
});

test('10. Room full: at 50, unless said otherwise', async (t) => {
  const { R, S, client } = await scene(t, server);
  const guests = await Promise.all(times(51, (i) => client(`u${i}`)));
  await guests[0].create({ maxUsers: 1_000 }, S);
  for (const room of [R, S]) {
    for (const guest of guests.slice(0, 50)) guest.send({ action: 'join_room', roomId: room, requestId: room });
    await Promise.all(guests.slice(0, 50).map((guest) => guest.until((data) => data.requestId === room && data.roomInfo)));
    await guests[50].cannotJoin(room, 'Room is full');
  }
});

test('11. Password', async (t) => {
  const secret = 'a password nobody guesses';
  const { R, S, client, member, listed } = await scene(t, server);
  const a = await client('A');
  await a.create({ password: secret, name: 'a name nobody sees' }, R);
  await a.join(R, { password: secret });
  const b = await member('B', S, { name: 'Bo', role: 'editor', avatar: { type: 'simple', displayName: 'Bo' } });
  const c = await member('C', S);
  await b.expectJoined('C');
  for (const password of ['wrong', undefined, '', null, 5, [secret], secret.toUpperCase(), `${secret} `]) {
    await b.cannotJoin(R, 'Invalid password', { password, name: 'Bobby', role: 'host' });
  }
  assert.equal((await listed(R)).userCount, 1);
  await quiet(b, c);
  // The failed joins have changed neither name nor role (defect 15).
  const roomInfo = await b.join(S, {});
  const { lastSeen, ...me } = roomInfo.users.find(({ id }) => id === 'B');
  assert.deepEqual([me.name, me.role], ['Bo', 'editor']);

  assert.deepEqual(ids(await b.join(R, { password: secret })), ['A', 'B']);
  await a.expectJoined('B');
  await quiet(a, b);
  const pages = await Promise.all(['/health', '/stats'].map(async (path) => (await fetch(server.http + path)).text()));
  const frames = [a, b, c].flatMap((one) => one.log.map((frame) => one.arrival(frame).text));
  for (const text of [...pages, ...frames]) assert.ok(!text.includes('nobody'), text);
});

test('11. Password: a numeric one is no key for its digits', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  await a.create({ password: '1234' }, R);
  await a.cannotJoin(R, 'Invalid password', { password: 1234 });
  await a.join(R, { password: '1234' });
});

test('11. Password: what is no password protects nothing', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  for (const [i, password] of [1234, '', null, {}, 'x'.repeat(257)].entries()) {
    await a.create({ password }, `${R}-${i}`);
    await a.join(`${R}-${i}`);
  }
  await a.create({ password: 'é'.repeat(256) }, R);
  await a.cannotJoin(R, 'Invalid password');
  await a.join(R, { password: 'é'.repeat(256) });
});

test('11. Password: full comes before wrong, and a member who joins again must know it, too', async (t) => {
  const { R, client, member } = await scene(t, server);
  const c = await client('C');
  await c.create({ password: 'p', maxUsers: 2 }, R);
  const a = await member('A', R, { password: 'p' });
  const b = await member('B', R, { password: 'p' });
  await a.expectJoined('B');
  await c.cannotJoin(R, 'Room is full', { password: 'wrong' });
  await b.cannotJoin(R, 'Invalid password', { password: 'wrong', name: 'Bo' });
  const twin = await client('B');
  await twin.cannotJoin(R, 'Invalid password', { password: 'wrong' });
  await quiet(a, b);
  assert.deepEqual((await b.join(R, { password: 'p' })).users.map(({ name }) => name), ['A', 'B']);
});

test('12. Persistent', async (t) => {
  const { R, S, client, listed } = await scene(t, server);
  const a = await client('A');
  await a.create({ persistent: true, password: 'p' }, R);
  await a.create({ password: 'p' }, S);
  for (const roomId of [R, S]) {
    const { createdAt } = await a.join(roomId, { role: 'host', password: 'p' });
    a.broadcast(update(7, { sceneUrl: 'x.glb', extra: [1] }));
    a.broadcast(annotation('n1'));
    a.leave();
    const again = await a.join(roomId, { password: roomId === R ? 'p' : undefined });
    const { version, sceneUrl, extra, annotations } = again.state;
    if (roomId === R) {
      assert.deepEqual([version, sceneUrl, extra, annotations.map(({ id }) => id)], [7, 'x.glb', [1], ['n1']]);
      assert.equal(again.createdAt, createdAt);
    } else {
      assert.deepEqual(again.state, NEW_STATE);
    }
  }
  a.leave();
  await a.echo();
  assert.equal((await listed(R)).userCount, 0);
  assert.equal(await listed(S), undefined);
});

test('12. Persistent: a connection that breaks is a leave', async (t) => {
  const { R, S, client, member, listed } = await scene(t, server);
  const a = await client('A');
  await a.create({ persistent: true }, R);
  await (await member('B', R)).drop();
  await (await member('B', S)).drop();
  await eventually(async () => (await listed(S)) === undefined);
  await eventually(async () => (await listed(R))?.userCount === 0);
});

// ---- 22 and 23

test('22. Missing or odd roomId', async (t) => {
  const { client } = await scene(t, server);
  const a = await client('A');
  const { rooms } = await health(server);
  for (const roomId of [undefined, '', null, {}, [], ['R'], true, 'x'.repeat(200), 'x'.repeat(129), 'a\u0007b', '\u0000']) {
    await a.cannotJoin(roomId, 'Invalid room ID');
  }
  assert.equal((await health(server)).rooms, rooms);
  for (const [sent, roomId] of [[5, '5'], [-5, '-5'], [1.5, '1.5'], ['x'.repeat(128), 'x'.repeat(128)], ['ключ', 'ключ'], ['constructor', 'constructor']]) {
    assert.equal((await a.join(sent)).roomId, roomId);
  }
  const b = await client('B');
  await a.join(5);
  assert.deepEqual(ids(await b.join('5')), ['A', 'B']);
});

test('23. Server full', async (t) => {
  const { R, client, member } = await scene(t, small);
  await eventually(async () => (await health(small)).rooms === 0);
  const a = await client('A');
  const b = await member('B', `${R}-1`);
  await a.create({ persistent: true }, `${R}-2`);
  await a.create({}, `${R}-3`);
  await a.refused({ action: 'create_room', roomId: `${R}-4` }, 'Server at capacity');
  await a.refused({ action: 'create_room' }, 'Server at capacity');
  await a.cannotJoin(`${R}-4`, 'Server at capacity');
  assert.equal((await stats(small)).rooms.length, 3);
  assert.deepEqual(ids(await a.join(`${R}-1`)), ['B', 'A']);
  await b.expectJoined('A');
  // A place is free as soon as a room is gone.
  await a.join(`${R}-3`);
  await b.expectLeft('A');
  b.leave();
  await b.echo();
  await b.join(`${R}-5`);
  // Its own room would be free then, but it has not left it yet.
  await b.cannotJoin(`${R}-6`, 'Server at capacity');
  await b.echo();
});
