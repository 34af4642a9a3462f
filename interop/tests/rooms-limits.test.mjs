// How many sockets an address may have, and whose address it is: scenarios 22 to 25 of the contract.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import WebSocket from 'ws';
import { call, connections, DEADLINE_MS, eventually, overEach, quiet, refused, ROOMY, scene, startRooms, succeeded, times, TRANSPORTS, Visitor } from '../lib/rooms.mjs';

const STALE_MS = 1_500;
/** Half-open sessions have to end by themselves, and those of a slow machine must not. */
const ENGINE = { PUBLIC_ROOMS_ENGINE_PING_INTERVAL_MS: '500', PUBLIC_ROOMS_ENGINE_PING_TIMEOUT_MS: '3000', PUBLIC_ROOMS_ENGINE_MAX_MESSAGE_BYTES: '20000' };

const [server, lenient] = await Promise.all([
  startRooms({ ...ROOMY, ...ENGINE }),
  startRooms({ ...ROOMY, PUBLIC_ROOMS_STALE_CONNECTION_MS: `${STALE_MS}`, TRUSTED_PROXIES: '127.0.0.1/32, 10.0.0.0/8' }),
]);
after(() => Promise.all([server.stop(), lenient.stop()]));

/** Is told that there are too many, after `connect` and before the end. */
async function isRefused(one) {
  await one.expect('connect');
  await one.expectError('TOO_MANY_CONNECTIONS');
  await one.expectThrownOut();
}

// ---- Connections that end badly

/** Ways to give up while one is not yet there. */
const ABORTED = [
  async (address) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: address });
    await once(socket, 'connect');
    await new Promise((sent) => socket.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConn', sent));
    socket.resetAndDestroy();
  },
  async (address) => {
    const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, { localAddress: address });
    await once(socket, 'open');
    socket.terminate();
  },
  async (address, roomId) => {
    const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, { localAddress: address });
    await once(socket, 'message');
    await new Promise((sent) => socket.send(`40/public-room/${roomId},`, sent));
    socket.terminate();
  },
  async (address, roomId) => {
    const path = '/socket.io/?EIO=4&transport=polling';
    const from = { localAddress: address };
    const { sid } = JSON.parse((await poll(server, 'GET', path, from)).slice(1));
    assert.equal(await poll(server, 'POST', `${path}&sid=${sid}`, from, `40/public-room/${roomId},`), 'ok');
  },
];

/** One polling request; the text of the answer. */
function poll({ port }, method, path, { headers, localAddress }, body) {
  return new Promise((done, failed) => {
    request({ host: '127.0.0.1', port, path, method, localAddress, agent: false, headers: { 'Content-Type': 'text/plain;charset=UTF-8', ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; }).on('end', () => done(text));
    }).on('error', failed).end(body);
  });
}

describe('Connections that end badly', { concurrency: true }, () => {
  overEach(TRANSPORTS, (transport, options) => test(`1.1. A network that is gone without a word (${transport}): the others see it by the heartbeat`, async (t) => {
    const { R, visitor } = scene(t, server);
    const [a, b] = [await visitor('Ann'), await visitor('Ben')];
    const two = await b.enters(R, 1);
    const one = await a.enters(R, 2, options);
    await two.expectJoined(a, 2);
    one.link.freeze();
    await two.expectLeft(a, 1, 2 * DEADLINE_MS);
    await two.quiet();
  }));

  overEach(TRANSPORTS, (transport, options) => test(`1.1. A message that is too large ends the link (${transport})`, async (t) => {
    const { R, visitor } = scene(t, server);
    const [a, b] = [await visitor('Ann'), await visitor('Ben')];
    const two = await b.enters(R, 1);
    const one = await a.enters(R, 2, options);
    await two.expectJoined(a, 2);
    one.say('x'.repeat(19_000));
    await one.expectError('INVALID_MESSAGE');
    one.say('x'.repeat(20_001));
    assert.match(await one.expect('disconnect'), /^transport (close|error)$/);
    await two.expectLeft(a, 1);
    await two.quiet();
  }));

  test('23. Connection race: fifty that are given up on the way leave nothing behind', async (t) => {
    const { R, visitor } = scene(t, server);
    const a = await visitor('Ann');
    await Promise.all(times(50, (i) => ABORTED[i % ABORTED.length](a.address, R)));
    await eventually('they are gone', async () => await connections(server, a.address) === 0);
    await quiet(await a.enters(R, 1), await a.enters(R, 1));
    await isRefused(a.attempt(R));
  });
});

// ---- 22 and 23

overEach(TRANSPORTS, (transport, options) => test(`22. Third connection (${transport})`, async (t) => {
  const { R, S, visitor, viewer, sees } = scene(t, server);
  const a = await visitor('Ann');
  const first = await a.enters(R, 1, options);
  const second = await a.enters(R, 1, options);
  const link = a.link(options);
  const lobby = await viewer({ link });
  const third = a.attempt(R, { link });
  await isRefused(third);
  // A room of another name is no way around it, nor is one that does not exist.
  await isRefused(a.attempt(S, options));
  await isRefused(a.attempt('abc-123-def-456', options));
  await quiet(first, second);
  const b = await visitor('Ben');
  await b.takesSeat(R);
  await sees(lobby, 2);
  third.nothingWaits();
  second.socket.disconnect();
  await eventually('a place is free', async () => await connections(server, a.address) === 1);
  // Over the very link that was refused before.
  const fourth = await a.connects(S, { link });
  await quiet(first, fourth);
  await isRefused(a.attempt(R, options));
}));

test('22. Third connection: two namespaces on one link count as two, and a link without a namespace is closed', async (t) => {
  const { R, S, T, visitor } = scene(t, server);
  const a = await visitor('Ann');
  const link = a.link();
  const two = [await a.connects(R, { link }), await a.connects(S, { link })];
  await isRefused(a.attempt(T, { link }));
  await quiet(...two);
  const raw = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, { localAddress: a.address, perMessageDeflate: false });
  const packets = [];
  raw.on('message', (data) => { if (`${data}` === '2') raw.send('3'); else packets.push(`${data}`); });
  await once(raw, 'message');
  raw.send(`40/public-room/${R},`);
  await once(raw, 'close');
  const [, accepted, error, end] = packets.filter((packet) => !packet.startsWith('6'));
  assert.match(accepted, new RegExp(`^40/public-room/${R},\\{"sid":"[^"]{16,}"\\}$`));
  assert.equal(JSON.parse(error.slice(error.indexOf('[')))[1].code, 'TOO_MANY_CONNECTIONS');
  assert.equal(end, `41/public-room/${R},`);
});

overEach(TRANSPORTS, (transport, options) => test(`23. Connection race (${transport}): of ten exactly two remain`, async (t) => {
  const { R, visitor } = scene(t, server);
  const a = await visitor('Ann');
  const sockets = times(10, () => a.attempt(R, options));
  for (const one of sockets) await one.expect('connect');
  await eventually('eight have left', () => sockets.filter((one) => one.all('disconnect').length > 0).length >= 8);
  const remaining = sockets.filter((one) => one.all('disconnect').length === 0);
  await quiet(...remaining);
  assert.equal(remaining.length, 2);
  for (const one of sockets.filter((other) => !remaining.includes(other))) { await one.expectError('TOO_MANY_CONNECTIONS'); await one.expectThrownOut(); }
  assert.equal(await connections(server, a.address), 2);
}));

test('The list of rooms takes twenty sockets of an address', async (t) => {
  const { R, stranger } = scene(t, server);
  const a = stranger();
  const links = times(21, () => a.link());
  for (const link of links.slice(0, 20)) await link.socket('/').expect('connect');
  assert.equal(await links[20].socket('/').expect('connect_error'), 'Too many connections');
  // They are not counted as sockets of rooms, nor the other way round.
  await a.connects(R, { link: links[20] });
  await a.connects(R);
  await isRefused(a.attempt(R));
  links[0].close();
  await eventually('one may come', async () => {
    const { event } = await a.link().socket('/').next('an answer');
    return event === 'connect';
  });
});

// ---- 24

overEach(TRANSPORTS, (transport, options) => test(`24. X-Forwarded-For without proxies (${transport}): nobody listens to it`, async (t) => {
  const { R, visitor } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const from = (address) => ({ ...options, extraHeaders: { 'X-Forwarded-For': address } });
  const first = await a.enters(R, 1, from('203.0.113.1'));
  const second = await a.enters(R, 1, from('203.0.113.2'));
  await isRefused(a.attempt(R, from(b.address)));
  await quiet(first, second);
  const { userId } = succeeded(await a.call('POST', '/api/public/users', { displayName: 'Ann' }, { 'X-Forwarded-For': b.address }), 201, 'user');
  assert.equal(userId, a.userId);
  refused(await a.call('POST', `/api/public/rooms/${R}/leave`, { userId: b.userId }, { 'X-Forwarded-For': b.address }), 403, 'INVALID_USER');
}));

/** Who comes through the trusted proxy; `path` is what its header says. */
const proxied = (path) => new Visitor(lenient, { address: '127.0.0.1', headers: { 'X-Forwarded-For': path } });
const userOf = async (path) => succeeded(await proxied(path).createUser('Ann'), 201, 'user').userId;

test('24. X-Forwarded-For behind a proxy: the right-most address that is not trusted counts, in REST', async () => {
  const real = await userOf('203.0.113.5');
  for (const path of ['198.51.100.9, 203.0.113.5', '203.0.113.5, 127.0.0.1', '198.51.100.9,203.0.113.5 , 10.1.2.3, 127.0.0.1', '::ffff:203.0.113.5', 'nonsense, 203.0.113.5',
    ['198.51.100.9', '203.0.113.5']]) {
    assert.equal(await userOf(path), real, `${path}`);
  }
  for (const path of ['203.0.113.6', '203.0.113.5, 198.51.100.9', '2001:db8::5']) assert.notEqual(await userOf(path), real, path);
  assert.equal(await userOf('2001:DB8:0:0::5'), await userOf('2001:db8::5'));
  // Nothing that can be used: the proxy itself.
  const peer = succeeded(await call(lenient, 'POST', '/api/public/users', { body: { displayName: 'Ann' }, localAddress: '127.0.0.1' }), 201, 'user').userId;
  for (const path of ['', 'nonsense', '127.0.0.1']) assert.equal(await userOf(path), peer, path);
});

overEach(TRANSPORTS, (transport, options) => test(`24. X-Forwarded-For behind a proxy (${transport}): sockets and REST mean the same`, async (t) => {
  const at = scene(t, lenient);
  const through = (path) => at.stranger({ address: '127.0.0.1', headers: { 'X-Forwarded-For': path } });
  const ip = transport === 'polling' ? '203.0.113.20' : '203.0.113.21';
  const a = await through(`198.51.100.1, ${ip}`).named('Ann');
  const b = through(`${ip}, 203.0.113.${transport === 'polling' ? 22 : 23}`);
  const others = [through(ip), through(`198.51.100.2, ${ip}, 10.0.0.1`), through(`198.51.100.3, ${ip}`)];
  for (const one of others) one.userId = a.userId;
  const first = await others[0].connects(at.R, options);
  first.join();
  await first.expect('chat-history');
  assert.equal((await first.expect('user-joined')).userId, a.userId);
  await others[1].connects(at.R, options);
  await isRefused(others[2].attempt(at.R, options));
  // Whoever wrote the address to the left of its own is not that visitor.
  const thief = await b.connects(at.R, options);
  thief.join({ userId: a.userId });
  await thief.expectError('INVALID_USER');
  assert.equal(await connections(lenient, ip), 2);
}));

test('24. X-Forwarded-For behind a proxy: who somebody is, is settled when the session opens', async (t) => {
  const { R } = scene(t, lenient);
  const from = (address) => ({ headers: { 'X-Forwarded-For': address }, localAddress: '127.0.0.1' });
  const path = '/socket.io/?EIO=4&transport=polling';
  const { sid } = JSON.parse((await poll(lenient, 'GET', path, from('203.0.113.30'))).slice(1));
  assert.equal(await poll(lenient, 'POST', `${path}&sid=${sid}`, from('203.0.113.31'), `40/public-room/${R},`), 'ok');
  assert.match(await poll(lenient, 'GET', `${path}&sid=${sid}`, from('203.0.113.32')), /^40\/public-room\//);
  assert.deepEqual(await Promise.all([30, 31, 32].map((i) => connections(lenient, `203.0.113.${i}`))), [1, 0, 0]);
});

// ---- 25

/** Connects again and again until it is admitted. */
async function admitted(visitor, roomId) {
  return eventually('an old entry is dropped', async () => {
    const one = await visitor.connects(roomId);
    return await one.verdict() === null && one;
  });
}

test('25. Stale rule', async (t) => {
  const { R, S, visitor } = scene(t, lenient);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const old = [await a.enters(R, 1), await a.enters(R, 1)];
  const third = await admitted(a, R);
  b.userSocket = await b.enters(R, 2);
  for (const one of old) await one.expectJoined(b, 2);
  third.nothingWaits();
  const fourth = await admitted(a, R);
  // What is true for these two will be true for the third and the fourth of the other one, which are older.
  const clock = await visitor('Clock');
  await clock.connects(S);
  await clock.connects(S);
  await admitted(clock, S);
  await isRefused(a.attempt(R));
  assert.equal(await connections(lenient, a.address), 4);
  await quiet(...old, third, fourth);
  // When one goes, there is room again, however old the others are.
  old[0].link.kill();
  await eventually('one is gone', async () => await connections(lenient, a.address) === 3);
  await quiet(await a.connects(R));
  await isRefused(a.attempt(R));
});
