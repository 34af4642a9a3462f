// The REST side of the public rooms: scenarios 1 to 8 of the contract, and what section 1.4 says of every answer.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { call, overEach, quiet, refused, room, ROOMY, scene, startRooms, succeeded, times, TRANSPORTS } from '../lib/rooms.mjs';

const ORIGIN = 'https://rooms.example';
const CAPACITY = 3;
const UNKNOWN = '12345678-1234-4234-8234-123456789abc';

const [fresh, server] = await Promise.all([
  startRooms({}),
  startRooms({ ...ROOMY, PUBLIC_ROOMS_CAPACITY: `${CAPACITY}`, FRONTEND_URL: ORIGIN, PUBLIC_ROOMS_MAX_BODY_BYTES: '1000' }),
]);
after(() => Promise.all([fresh.stop(), server.stop()]));

const namesOf = ({ participants }) => participants.map(({ displayName }) => displayName);

// ---- 1 to 3

test('1. Room list: ten empty rooms', async () => {
  const { rooms } = succeeded(await call(fresh, 'GET', '/api/public/rooms', { localAddress: '127.0.0.77' }), 200, 'rooms');
  assert.equal(rooms.length, 10);
  assert.equal(new Set(rooms.map(({ id }) => id)).size, 10);
  assert.deepEqual(rooms.map(({ id, ...rest }) => rest), times(10, (i) => ({ name: `Study Room ${i + 1}`, currentOccupancy: 0, capacity: 10, isFull: false })));
});

test('1. Room list: the rate headers count down', async (t) => {
  const { stranger } = scene(t, server);
  const one = stranger();
  const remaining = [];
  for (let i = 0; i < 3; i++) remaining.push(Number((await one.call('GET', '/api/public/rooms')).headers['x-ratelimit-remaining']));
  assert.deepEqual(remaining, [99_999, 99_998, 99_997]);
  assert.equal((await one.call('GET', '/api/public/rooms')).headers['x-ratelimit-limit'], '100000');
});

test('2. User per IP', async (t) => {
  const { stranger } = scene(t, server);
  const [a, b] = [stranger(), stranger()];
  const first = succeeded(await a.createUser('Ann'), 201, 'user');
  assert.equal(first.displayName, 'Ann');
  assert.deepEqual(succeeded(await a.createUser('  Anna '), 201, 'user'), { ...first, displayName: 'Anna' });
  assert.notEqual(succeeded(await b.createUser('Ann'), 201, 'user').userId, first.userId);
});

test('2. User per IP: many requests at once make one user', async (t) => {
  const one = scene(t, server).stranger();
  const answers = await Promise.all(times(10, (i) => one.createUser(`Ann ${i}`)));
  assert.equal(new Set(answers.map((answer) => succeeded(answer, 201, 'user').userId)).size, 1);
});

test('3. Bad names', async (t) => {
  const one = scene(t, server).stranger();
  const path = '/api/public/users';
  for (const body of [{}, [], null, 'text', 5, { displayName: 5 }, { displayName: null }, { displayName: ['Ann'] }, { displayName: '' }, { displayName: ' \t\n ' },
    { displayName: 'x'.repeat(51) }, { displayName: ` ${'é'.repeat(51)} ` }]) {
    const { details } = refused(await one.call('POST', path, JSON.stringify(body)), 400, 'INVALID_INPUT');
    assert.ok(details === undefined || details.every(({ location }) => location === 'body'), JSON.stringify(details));
  }
  for (const broken of ['', '{', '{"displayName":"Ann"', 'displayName=Ann', '{"displayName":"Ann"}}', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]) {
    refused(await one.call('POST', path, broken), 400, 'INVALID_INPUT');
  }
  for (const empty of ['<b></b>', '<script>', ' <i> </i> ', '\u0000\u0007']) refused(await one.createUser(empty), 400, 'INVALID_DISPLAY_NAME');
});

test('3. Names that are allowed come back escaped', async (t) => {
  const one = scene(t, server).stranger();
  const returned = async (name) => succeeded(await one.createUser(name), 201, 'user').displayName;
  for (const name of ["O'Brien", 'Create & Update', '<script>alert("x")</script>', 'SELECT * FROM users; DROP', '1 < 2', 'a/b', '名前 🙂']) {
    const shown = await returned(name);
    assert.ok(shown !== '' && !shown.includes('<'), shown);
  }
  assert.match(await returned('Create & Update'), /^Create &amp; Update$/);
  assert.match(await returned("O'Brien"), /^O&#(39|x27);Brien$/i);
  assert.match(await returned('<b>Bold</b>\u0007'), /^Bold$/);
  // The limit is on what people typed.
  assert.equal(await returned('&'.repeat(50)), '&amp;'.repeat(50));
  assert.equal(await returned(` ${'x'.repeat(50)} `), 'x'.repeat(50));
});

// ---- 4 to 8

test('4. REST join', async (t) => {
  const { R, visitor, viewer, sees, unaware } = scene(t, server);
  const watching = await viewer();
  const a = await visitor('Ann');
  const joined = await a.takesSeat(R);
  assert.deepEqual(joined.room, { ...await room(server, R), currentOccupancy: 1, isFull: false });
  assert.deepEqual(joined.participants.map(({ joinedAt, ...rest }) => rest), [{ id: a.userId, displayName: 'Ann', isVideoEnabled: false, isAudioEnabled: false }]);
  await sees(watching, 1);
  const b = await visitor('Ben');
  assert.deepEqual(namesOf(await b.takesSeat(R)).sort(), ['Ann', 'Ben']);
  await sees(watching, 2);
  await a.givesSeatUp(R);
  await sees(watching, 1);
  await unaware(watching);
});

test('5. Double join', async (t) => {
  const { R, S, visitor, viewer, sees, unaware, occupancy } = scene(t, server);
  const a = await visitor();
  await a.takesSeat(R);
  const watching = await viewer();
  refused(await a.asksToJoin(R), 409, 'ALREADY_IN_ROOM');
  refused(await a.asksToJoin(S), 409, 'ALREADY_IN_ROOM');
  assert.deepEqual([await occupancy(R), await occupancy(S)], [1, 0]);
  await unaware(watching);
  await a.givesSeatUp(R);
  await sees(watching, 0);
  await a.takesSeat(S);
  assert.deepEqual([await occupancy(R), await occupancy(S)], [0, 1]);
});

test('6. Ids', async (t) => {
  const { R, visitor, occupancy } = scene(t, server);
  const a = await visitor();
  for (const roomId of ['abc', 'abc-123-def-456', R.slice(1), `${R}0`, '%2e%2e', `${R.slice(0, -1)}g`]) {
    const { details = [] } = refused(await a.asksToJoin(roomId), 400, 'INVALID_INPUT');
    assert.ok(details.every(({ path, location }) => path === 'roomId' && location === 'params'), JSON.stringify(details));
    refused(await a.asksToLeave(roomId), 400, 'INVALID_INPUT');
  }
  for (const userId of ['abc', '', 5, null, [a.userId], { id: a.userId }, `${a.userId} `]) {
    const { details = [] } = refused(await a.asksToJoin(R, userId), 400, 'INVALID_INPUT');
    assert.ok(details.every(({ path, location }) => path === 'userId' && location === 'body'), JSON.stringify(details));
    refused(await a.asksToLeave(R, userId), 400, 'INVALID_INPUT');
  }
  for (const body of [undefined, '{', '[]', 'null', '{}']) {
    refused(await a.call('POST', `/api/public/rooms/${R}/join`, body), 400, 'INVALID_INPUT');
    refused(await a.call('POST', `/api/public/rooms/${R}/leave`, body), 400, 'INVALID_INPUT');
  }
  refused(await a.asksToJoin(UNKNOWN), 404, 'ROOM_NOT_FOUND');
  refused(await a.asksToJoin(R, UNKNOWN), 404, 'USER_NOT_FOUND');
  refused(await a.asksToJoin(UNKNOWN, UNKNOWN), 404, 'USER_NOT_FOUND');
  assert.equal(await occupancy(), 0);
  await a.takesSeat(R);
});

test('7. Foreign user', async (t) => {
  const { R, S, visitor, viewer, unaware, occupancy } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  refused(await b.asksToJoin(R, a.userId), 403, 'INVALID_USER');
  // Before the room is looked for.
  refused(await b.asksToJoin(UNKNOWN, a.userId), 403, 'INVALID_USER');
  const socket = await a.enters(R, 1);
  const watching = await viewer();
  refused(await b.asksToLeave(R, a.userId), 403, 'INVALID_USER');
  refused(await b.asksToJoin(S, a.userId), 403, 'INVALID_USER');
  await quiet(socket);
  await unaware(watching);
  assert.equal(await occupancy(), 1);
});

test('8. Last seat race, by REST', async (t) => {
  const { R, visitor, viewer } = scene(t, server);
  const people = await Promise.all(times(10, (i) => visitor(`Guest ${i}`)));
  const watching = await viewer();
  const answers = await Promise.all(people.map((one) => one.asksToJoin(R)));
  const seated = people.filter((_, i) => answers[i].status === 200);
  assert.equal(seated.length, CAPACITY);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 409, 'ROOM_FULL');
  const full = await room(server, R);
  assert.deepEqual([full.currentOccupancy, full.capacity, full.isFull], [CAPACITY, CAPACITY, true]);
  // Who came n-th was told that there are n.
  assert.deepEqual(answers.filter(({ status }) => status === 200).map(({ body }) => body.data.room.currentOccupancy).sort(), [1, 2, 3]);
  await Promise.all(times(2, () => seated[0].givesSeatUp(R)));
  assert.deepEqual([await room(server, R)].map(({ currentOccupancy, isFull }) => [currentOccupancy, isFull]), [[2, false]]);
  for (const occupancy of [1, 2, 3, 2]) assert.deepEqual(await watching.expect('room-occupancy-update'), { roomId: R, currentOccupancy: occupancy });
  await people.find((one) => !seated.includes(one)).takesSeat(R);
});

overEach(TRANSPORTS, (transport, over) => test(`8. Last seat race, by ${transport}`, async (t) => {
  const { R, visitor, occupancy } = scene(t, server);
  const people = await Promise.all(times(10, (i) => visitor(`Guest ${i}`)));
  const sockets = await Promise.all(people.map((one) => one.connects(R, over)));
  for (const one of sockets) one.join();
  const answers = await Promise.all(sockets.map((one) => one.next('an answer')));
  assert.equal(answers.filter(({ event }) => event === 'chat-history').length, CAPACITY);
  for (const { event, args } of answers.filter((answer) => answer.event !== 'chat-history')) assert.deepEqual([event, args[0].code], ['error', 'JOIN_ERROR']);
  assert.equal(await occupancy(), CAPACITY);
  const outside = await visitor('Late');
  refused(await outside.asksToJoin(R), 409, 'ROOM_FULL');
}));

// ---- Every answer

test('Unknown paths, bodies that are too large, and leaving twice', async (t) => {
  const { R, visitor } = scene(t, server);
  const a = await visitor();
  for (const path of ['/api/public/nothing', `/api/public/rooms/${R}`, `/api/public/rooms/${R}/join/now`, '/api/public/']) refused(await a.call('GET', path), 404, 'NOT_FOUND');
  refused(await a.call('POST', '/api/public/users', { displayName: 'x'.repeat(1_000) }), 413, 'PAYLOAD_TOO_LARGE');
  await a.givesSeatUp(R);
  await a.takesSeat(R);
  await a.givesSeatUp(R);
  await a.givesSeatUp(R);
  const answer = await a.asksToLeave(R, UNKNOWN);
  assert.equal(answer.status, 200, answer.text);
});

test('CORS and security headers', async (t) => {
  const one = scene(t, server).stranger();
  const from = { Origin: ORIGIN };
  for (const [method, path, body] of [['GET', '/api/public/rooms'], ['POST', '/api/public/users', '{'], ['GET', '/api/public/none']]) {
    const { headers } = await one.call(method, path, body, from);
    assert.equal(headers['access-control-allow-origin'], ORIGIN);
    assert.equal(headers['access-control-allow-credentials'], 'true');
    const exposed = headers['access-control-expose-headers'].toLowerCase().split(/, */).sort();
    assert.deepEqual(exposed, ['retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']);
    assert.match(headers['strict-transport-security'], /^max-age=31536000; *includeSubDomains; *preload$/i);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['content-security-policy'], /default-src 'self'/);
    assert.equal(headers['referrer-policy'], 'strict-origin-when-cross-origin');
  }
  const asked = { ...from, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
  const preflight = await one.call('OPTIONS', '/api/public/users', undefined, asked);
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], ORIGIN);
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true');
  assert.equal(preflight.headers['access-control-max-age'], '86400');
  const allowed = (header) => preflight.headers[`access-control-allow-${header}`].toLowerCase().split(/, */).sort();
  assert.deepEqual(allowed('methods'), ['delete', 'get', 'options', 'post', 'put']);
  assert.deepEqual(allowed('headers'), ['authorization', 'content-type']);
});

test('CORS of /socket.io/', async (t) => {
  const one = scene(t, server).stranger();
  const opened = await fetch(`${server.http}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: ORIGIN } });
  assert.equal(opened.status, 200);
  assert.equal(opened.headers.get('access-control-allow-origin'), ORIGIN);
  assert.equal(opened.headers.get('access-control-allow-credentials'), 'true');
  const { pingInterval, pingTimeout, maxPayload, upgrades } = JSON.parse((await opened.text()).slice(1));
  assert.deepEqual([pingInterval, pingTimeout, maxPayload, upgrades], [25_000, 60_000, 1_000_000, ['websocket']]);
  const preflight = await one.call('OPTIONS', '/socket.io/?EIO=4&transport=polling', undefined, { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], ORIGIN);
  const methods = preflight.headers['access-control-allow-methods'].split(/, */);
  for (const method of ['GET', 'POST']) assert.ok(methods.includes(method), methods.join());
});

// ---- 28

test('28. REST limits with the settings as they come: 100 requests a minute', async (t) => {
  const { stranger } = scene(t, fresh);
  const [a, b] = [stranger(), stranger()];
  const path = '/api/public/rooms';
  for (let i = 1; i <= 100; i++) {
    const { status, headers } = await a.call('GET', path);
    assert.deepEqual([status, headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']], [200, '100', `${100 - i}`]);
  }
  const { retryAfter } = refused(await a.call('GET', path), 429, 'RATE_LIMIT_EXCEEDED');
  assert.ok(retryAfter >= 1 && retryAfter <= 60, `${retryAfter}`);
  refused(await a.createUser('Ann'), 429, 'RATE_LIMIT_EXCEEDED');
  succeeded(await b.call('GET', path), 200, 'rooms');
});

test('28. REST limits with the settings as they come: 5 joins a minute', async (t) => {
  const { R, visitor } = scene(t, fresh);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  await a.takesSeat(R);
  for (let i = 0; i < 4; i++) refused(await a.asksToJoin(R), 409, 'ALREADY_IN_ROOM');
  const { retryAfter } = refused(await a.asksToJoin(R), 429, 'JOIN_LIMIT_EXCEEDED');
  assert.ok(retryAfter >= 299 && retryAfter <= 300, `${retryAfter}`);
  // Not even what is malformed is looked at.
  refused(await a.asksToJoin('nonsense'), 429, 'JOIN_LIMIT_EXCEEDED');
  await b.takesSeat(R);
  // The other budget is its own.
  await a.givesSeatUp(R);
});
