// Around the rooms: scenarios 13, 18, 24 to 26 and 28 of the Gallery contract, deletion of rooms, settings.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, chat, connected, eventually, health, passTime, pose, quiet, scene, stats, times, update } from '../lib/gallery.mjs';
import { CLOSE, PING, RawSocket, TEXT, frame, upgradeRequest } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const API_KEY = 'key + & %';
const HEARTBEAT = 300;
const GRACE = 700;
const ROOM_TIMEOUT = 600;
const MAX_CREATIONS = 5;
const ABUSE_AFTER = 1_500;
/** How late a busy machine may be with a row of timers. */
const LATE = 900;
const ORIGIN = 'https://gallery.example';
const MIB = 1024 * 1024;

const start = (env, ...args) => startRoost(['--only', 'gallery', '--store', 'memory', ...args], env);
const [guarded, timed, shared] = await Promise.all([
  start({ REQUIRE_API_KEY: 'yes', GALLERY_API_KEY: API_KEY, STATS_PUBLIC: 'false', ALLOWED_ORIGINS: ORIGIN }),
  // A key that nobody has to have; the bare names and the prefixed ones are the same.
  start({
    REQUIRE_API_KEY: 'no', API_KEY, HEARTBEAT_INTERVAL: String(HEARTBEAT), GALLERY_EMPTY_ROOM_GRACE: String(GRACE), ROOM_TIMEOUT: String(ROOM_TIMEOUT),
    GALLERY_ROOM_SWEEP_INTERVAL: '50', MAX_ROOM_CREATIONS: String(MAX_CREATIONS), TRUST_PROXY: 'true', ABUSE_AFTER: String(ABUSE_AFTER),
  }),
  startRoost(['--only', 'gallery,parrot', '--store', 'memory'], { GALLERY_REQUIRE_API_KEY: 'false' }),
]);
after(() => Promise.all([guarded.stop(), timed.stop(), shared.stop()]));

const join = (roomId) => frame(TEXT, JSON.stringify({ action: 'join_room', roomId }));

/** Reads frames until one of this opcode comes. */
async function readUntil(raw, opcode, limitMs) {
  let last;
  do last = await raw.next(limitMs); while (last.opcode !== opcode);
  return last;
}

// ---- 13 and 18

test('13. Timeout', async (t) => {
  const { R, client, member, listed } = await scene(t, timed);
  const a = await client('A', { localAddress: '127.0.0.13' });
  const from = performance.now();
  await a.create({}, `${R}-never`);
  await a.create({ persistent: true }, `${R}-kept`);
  await a.create({}, `${R}-used`);
  const b = await member('B', `${R}-used`);
  await eventually(async () => (await listed(`${R}-never`)) === undefined);
  const took = performance.now() - from;
  assert.ok(took > ROOM_TIMEOUT - 50 && took < ROOM_TIMEOUT + LATE, `gone after ${took} ms`);
  assert.equal((await listed(`${R}-kept`)).userCount, 0);
  assert.equal((await listed(`${R}-used`)).userCount, 1);
  await b.echo();
});

test('Section 4. An emptied room may wait for its members', async (t) => {
  const { R, client, member, listed } = await scene(t, timed);
  const a = await client('A', { localAddress: '127.0.0.14' });
  await a.create({ password: 'p' }, R);
  await a.join(R, { role: 'host', password: 'p' });
  a.broadcast(update(4, { sceneUrl: 'kept' }));
  await a.drop();
  await eventually(async () => (await listed(R))?.userCount === 0);
  const again = await client('A');
  await again.cannotJoin(R, 'Invalid password');
  const { state } = await again.join(R, { password: 'p', role: 'host' });
  assert.deepEqual([state.version, state.sceneUrl], [4, 'kept']);
  // Whoever is back in time stops the clock.
  await passTime(GRACE + 100);
  assert.equal((await listed(R)).userCount, 1);
  again.leave();
  await again.echo();
  const from = performance.now();
  assert.equal((await listed(R)).userCount, 0);
  await eventually(async () => (await listed(R)) === undefined);
  assert.ok(performance.now() - from < GRACE + LATE);
  assert.equal((await again.join(R)).state.version, 0);
});

test('18. Disconnect', async (t) => {
  const { R, member } = await scene(t, shared);
  const b = await member('B', R);
  const leave = { reset: (raw) => raw.reset(), end: (raw) => raw.finish(), close: (raw) => raw.send(frame(CLOSE)), 'bad frame': (raw) => raw.send(frame(0x3)) };
  for (const [id, go] of Object.entries(leave)) {
    const raw = await RawSocket.open(t, shared.port, { target: `/?userId=${encodeURIComponent(id)}` });
    raw.send(join(R));
    await b.expectJoined(id);
    const from = performance.now();
    go(raw);
    await b.expectLeft(id);
    assert.ok(performance.now() - from < LATE, `${id}: told after ${performance.now() - from} ms`);
  }
  await b.echo();
});

test('18. Disconnect: a silent peer', async (t) => {
  const { R, member } = await scene(t, timed);
  const b = await member('B', R);
  const dead = await RawSocket.open(t, timed.port, { target: '/?userId=dead' });
  dead.send(join(R));
  await b.expectJoined('dead');
  const from = performance.now();
  await b.expectLeft('dead');
  const took = performance.now() - from;
  assert.ok(took > HEARTBEAT / 2 && took < 2 * HEARTBEAT + LATE, `told after ${took} ms`);
  // It was asked before it was given up.
  await readUntil(dead, PING);
  // Who answers pings stays.
  await passTime(3 * HEARTBEAT);
  await b.echo();
});

// ---- 24

test('24. API key', async (t) => {
  const { client, attempt } = await scene(t, guarded);
  const a = await client('A', { apiKey: API_KEY, origin: ORIGIN });
  await a.join('R');
  for (const apiKey of [undefined, '', 'wrong', `${API_KEY} `, API_KEY.toUpperCase()]) {
    const refused = attempt({ userId: 'A', apiKey });
    await refused.opened;
    await refused.expectClose(1008, 'Invalid API key');
    assert.deepEqual(refused.log, []);
    assert.deepEqual(await health(guarded).then(({ rooms, users }) => [rooms, users]), [1, 1]);
  }
  await a.echo();
});

test('24. API key: what comes after a wrong one disturbs nobody', async (t) => {
  const { client } = await scene(t, guarded);
  const a = await client('A', { apiKey: API_KEY });
  const unmasked = frame(TEXT, 'x', { mask: null });
  const endless = frame(TEXT, 'x', { length: 2 ** 40 });
  for (const bad of [unmasked, endless, frame(0x3, 'x'), frame(TEXT, Buffer.from([0xff])), frame(TEXT, '{bad'), join('R')]) {
    const raw = await RawSocket.connect(t, guarded.port);
    // Together with the request, so that it is there before the server closes.
    raw.send(upgradeRequest({ target: '/?userId=B&apiKey=wrong' }), bad);
    assert.equal((await raw.response()).status, 101);
    const close = await raw.next();
    assert.deepEqual([close.opcode, [1002, 1007, 1008, 1009].includes(close.code)], [CLOSE, true], `closed with ${close.code}`);
  }
  await a.echo();
  assert.deepEqual(await health(guarded).then(({ rooms, users }) => [rooms, users]), [0, 1]);
});

test('24. API key: switched off it is not asked for', async (t) => {
  for (const server of [timed, shared]) {
    const { client } = await scene(t, server);
    await client('A', { apiKey: 'wrong' });
    await client('B');
  }
});

test('24. API key: required without one, the server does not start', async () => {
  await assert.rejects(start({ GALLERY_REQUIRE_API_KEY: '1' }).then((server) => server.stop()), /API_KEY/);
});

test('24. API key: for statistics', async () => {
  for (const request of [['/stats'], ['/stats?apiKey=wrong'], ['/stats', { headers: { 'X-API-Key': 'wrong' } }]]) {
    assert.equal((await fetch(guarded.http + request[0], request[1])).status, 401);
  }
  const key = encodeURIComponent(API_KEY);
  for (const request of [[`/stats?apiKey=${key}`], ['/stats', { headers: { 'X-API-Key': API_KEY } }]]) {
    const response = await fetch(guarded.http + request[0], request[1]);
    assert.equal(response.status, 200);
    assert.deepEqual(Object.keys(await response.json()).filter((name) => name === 'rooms' || name === 'totalUsers').sort(), ['rooms', 'totalUsers']);
  }
  assert.equal((await fetch(`${guarded.http}/health`)).status, 200);
});

test('Section 4. Origins', async (t) => {
  const { client } = await scene(t, guarded);
  await client('A', { apiKey: API_KEY, origin: ORIGIN });
  const stranger = new Client(guarded, { userId: 'B', apiKey: API_KEY, origin: 'https://elsewhere.example' });
  await assert.rejects(stranger.opened, /403/);
});

// ---- 25

test('25. Oversized', async (t) => {
  const { R, member } = await scene(t, shared);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const largest = JSON.stringify({ action: 'broadcast', message: chat('') });
  a.raw(largest.replace('"data":""', `"data":"${'x'.repeat(MIB - largest.length)}"`));
  assert.equal((await b.expectMessage('A')).data.length, MIB - largest.length);
  a.broadcast(chat('x'.repeat(2 * MIB)));
  await b.expectLeft('A');
  assert.equal((await a.ended()).code, 1009);
  await b.echo();
});

test('25. Flood: a thousand poses in one second', async (t) => {
  const { R, member } = await scene(t, shared);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const from = performance.now();
  for (let i = 0; i < 1_000; i += 20) {
    for (let k = 0; k < 20; k++) a.broadcast(pose(i + k));
    await passTime(20);
  }
  await eventually(() => a.errors('Rate limit exceeded') > 0);
  const seconds = (performance.now() - from) / 1_000;
  const received = b.all('message').length;
  assert.ok(received >= 190 && received <= 200 + 100 * (seconds + 0.5), `${received} poses in ${seconds} s`);
  assert.ok(a.errors('Rate limit exceeded') <= 1 + seconds);
  const seen = b.all('message').map(({ message }) => message.data.position[0]);
  assert.deepEqual(seen, [...seen].sort((x, y) => x - y));

  // With the burst used up, the rate of a client that is as it should be is still no flood.
  await passTime(1_100);
  const errors = a.errors('Rate limit exceeded');
  for (let i = 0; i < 80; i++) {
    a.broadcast(pose(2_000 + i));
    await passTime(25);
  }
  a.broadcast(chat('end'));
  await b.until((data) => data.message.data === 'end');
  assert.equal(a.errors('Rate limit exceeded'), errors);
  const after = b.all('message').map(({ message }) => message.data.position?.[0]).filter((x) => x >= 2_000);
  assert.ok(after.length >= 75, `${after.length} of 80`);
  assert.ok(a.isOpen);
});

test('25. Flood: one that goes on is ended', async (t) => {
  const { R, member } = await scene(t, timed);
  const b = await member('B', R);
  const a = await member('A', R);
  await b.expectJoined('A');
  const from = performance.now();
  while (a.isOpen) {
    for (let k = 0; k < 10; k++) a.broadcast(chat());
    // The rule is about a rate over some time.
    await passTime(20);
    assert.ok(performance.now() - from < ABUSE_AFTER + 3_000, 'the flood goes on and on');
  }
  const took = performance.now() - from;
  assert.equal((await a.ended()).code, 1008);
  assert.ok(took > ABUSE_AFTER - 100, `ended after ${took} ms`);
  assert.ok(a.errors('Rate limit exceeded') >= 1 && a.errors('Rate limit exceeded') <= 1 + took / 1_000);
  await b.until('user_left');
  await b.echo();
});

// ---- 26

test('26. HTTP', async (t) => {
  const { R, S, client, member } = await scene(t, shared);
  const response = await fetch(`${shared.http}/health`);
  assert.deepEqual([response.status, response.headers.get('content-type').split(';')[0]], [200, 'application/json']);
  const { status, rooms, users, uptime } = await response.json();
  assert.deepEqual([status, rooms, users], ['ok', 0, 0]);
  assert.ok(uptime > 0 && uptime < 600, `uptime ${uptime}`);

  const before = Date.now();
  const a = await member('A', R);
  await member('B', S);
  await a.join(S);
  await member('C', R);
  const nobody = await client('D');
  assert.deepEqual(await health(shared).then((now) => [now.rooms, now.users]), [2, 4]);
  const all = await stats(shared);
  // S is the older one by now.
  assert.deepEqual(all.rooms.map(({ roomId, userCount }) => [roomId, userCount]), [[S, 2], [R, 1]]);
  assert.equal(all.totalUsers, 4);
  for (const room of all.rooms) {
    assert.deepEqual(Object.keys(room).sort(), ['createdAt', 'lastActivity', 'roomId', 'userCount']);
    for (const time of [room.createdAt, room.lastActivity]) assert.ok(time >= before && time <= Date.now(), `${time}`);
  }
  await nobody.close();
  await eventually(async () => (await health(shared)).users === 3);
  await a.drop();
  await eventually(async () => (await stats(shared)).totalUsers === 2);
});

test('26. HTTP: what is no resource', async () => {
  const response = await fetch(`${shared.http}/x`);
  assert.equal(response.status, 404);
  assert.match(await response.text(), /Not Found/);
  for (const path of ['/health', '/stats']) {
    const head = await fetch(shared.http + path, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status } = await fetch(shared.http + path, { method });
      assert.ok(status === 404 || status === 405, `${method} ${path}: ${status}`);
    }
  }
});

test('26. HTTP: lastActivity', async (t) => {
  const { R, member, listed } = await scene(t, shared);
  const a = await member('A', R, { role: 'host' });
  const { createdAt } = await listed(R);
  const acts = {
    broadcast: () => a.broadcast(chat()), update: () => a.broadcast(update(1, {})),
    join: async () => (await member('B', R)).leave(),
  };
  for (const [name, act] of Object.entries(acts)) {
    await eventually(async () => Date.now() > (await listed(R)).lastActivity);
    const from = Date.now();
    await act();
    await eventually(async () => (await listed(R)).lastActivity >= from).catch(() => assert.fail(name));
  }
  assert.equal((await listed(R)).createdAt, createdAt);
});

// ---- Deletion of rooms (section 7)

test('Section 7. DELETE /rooms', async (t) => {
  const { R, S, client, member, listed } = await scene(t, timed);
  const a = await client('A', { localAddress: '127.0.0.15' });
  await a.create({ persistent: true, password: 'p' }, R);
  await a.join(R, { password: 'p', role: 'host' });
  a.broadcast(update(3, { sceneUrl: 'x' }));
  const b = await member('B', R, { password: 'p' });
  await a.expectJoined('B');
  const other = await member('C', S);
  const query = (key) => (key === undefined ? '' : `?apiKey=${encodeURIComponent(key)}`);
  const remove = (id, key, headers) => fetch(`${timed.http}/rooms/${id}${query(key)}`, { method: 'DELETE', headers });
  assert.equal((await remove(R)).status, 401);
  assert.equal((await remove(R, 'wrong')).status, 401);
  assert.equal((await remove(R, undefined, { 'X-API-Key': 'wrong' })).status, 401);
  assert.equal((await remove('unknown', API_KEY)).status, 404);
  await quiet(a, b);

  assert.equal((await remove(R, API_KEY)).status, 204);
  for (const [one, gone] of [[a, 'B'], [b, 'A']]) {
    const told = [await one.until(() => true), await one.until(() => true)];
    assert.deepEqual(told.sort((x) => (x.message ? -1 : 1)), [{ message: 'Room deleted' }, { userId: gone }]);
    await one.cannotBroadcast(chat(), 'Not in a room');
    await one.echo();
  }
  assert.equal(await listed(R), undefined);
  await other.echo();
  assert.equal((await remove(R, API_KEY)).status, 404);
  // The next one is a new room without the old password.
  const { state, users } = await a.join(R);
  assert.deepEqual([state.version, users.length], [0, 1]);

  const odd = 'a / b?é%';
  await a.create({ persistent: true }, odd);
  assert.equal((await remove(encodeURIComponent(odd), undefined, { 'X-API-Key': API_KEY })).status, 204);
  assert.equal(await listed(odd), undefined);
});

test('Section 7. DELETE /rooms: not without a key in the settings', async (t) => {
  const { R, member } = await scene(t, shared);
  const a = await member('A', R);
  for (const query of ['', '?apiKey=', '?apiKey=x']) assert.equal((await fetch(`${shared.http}/rooms/${R}${query}`, { method: 'DELETE' })).status, 404);
  await a.echo();
});

// ---- Limits of creation

test('Section 4. Rooms are created only so often from one address', async (t) => {
  const { R, client } = await scene(t, timed);
  const [a, b] = await Promise.all(times(2, (i) => client(`u${i}`, { localAddress: '127.0.0.21' })));
  for (let i = 0; i < MAX_CREATIONS; i++) await (i % 2 ? a : b).create({}, `${R}-${i}`);
  for (const one of [a, b]) await one.refused({ action: 'create_room', roomId: `${R}-more` }, 'Rate limit exceeded');
  assert.equal((await b.join(`${R}-0`)).roomId, `${R}-0`);
  const elsewhere = await client('c', { localAddress: '127.0.0.22' });
  await elsewhere.create({}, `${R}-more`);
  // Behind a proxy everybody has an address of their own.
  const proxied = (address) => client('d', { localAddress: '127.0.0.21', headers: { 'X-Forwarded-For': address } });
  await (await proxied('203.0.113.7')).create({}, `${R}-proxied`);
});

// ---- 28

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`28. Shutdown: ${signal}`, async (t) => {
    const ending = await start({});
    t.after(() => ending.stop('SIGKILL'));
    const clients = [];
    for (const id of ['A', 'B', 'C']) clients.push(await connected(ending, { userId: id }));
    for (const [i, one] of clients.slice(0, 2).entries()) {
      await one.join('R');
      for (const earlier of clients.slice(0, i)) await earlier.expectJoined(one.id);
    }
    // Somebody who never answers the close must not hold up the end for long.
    if (signal === 'SIGTERM') await RawSocket.open(t, ending.port, { target: '/?userId=dead' });
    const from = performance.now();
    const exited = ending.stop(signal);
    for (const one of clients) await one.ended();
    for (const one of clients) {
      one.check();
      assert.deepEqual(await one.closed, { code: 1001, reason: 'Server shutting down' });
    }
    assert.deepEqual(await exited, { code: 0, signal: null });
    assert.ok(performance.now() - from < 5_000);
  });
}
