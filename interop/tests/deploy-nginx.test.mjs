// deploy/nginx.conf and deploy/nginx-stream.conf, tried: a real nginx in front of a real Roost, real clients over TLS.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { startNginx, startStream } from '../lib/nginx.mjs';
import { dashboard, listener, user } from '../lib/parrot.mjs';
import { startRoost } from '../lib/roost.mjs';
import { connect } from '../lib/socketio.mjs';
import { certificate, eventually, temporaryFolder } from '../lib/tools.mjs';

const MIB = 1 << 20;
const TLS = { rejectUnauthorized: false };
const SETTINGS = { TRUSTED_PROXIES: '127.0.0.1', DASHBOARD_TOKEN: 'board', REQUIRE_API_KEY: 'true', API_KEY: 'open sesame', MAX_MESSAGES_PER_SEC: '100000',
  MINI_SERVER_ORGANIZATION_ID: 'org_1', MESH_TOKEN: 'a mesh token', ELECTION_DELAY: '0', ADMIN_TOKEN: 'operator' };
const ALL = ['--only', 'parrot,gallery,mesh,publicrooms,echo'];

/** An open WebSocket through nginx. */
async function open(t, nginx, path, options = {}) {
  const ws = new WebSocket(nginx.url + path, { ...TLS, perMessageDeflate: false, ...options });
  t.after(() => ws.terminate());
  await once(ws, 'open');
  return ws;
}

/** The status with which an upgrade is refused. */
async function refused(nginx, path, options = {}) {
  const ws = new WebSocket(nginx.url + path, { ...TLS, ...options });
  ws.on('error', () => {});
  const [, response] = await once(ws, 'unexpected-response');
  response.resume();
  ws.terminate();
  return response.statusCode;
}

async function closed(ws) {
  const [code, reason] = await once(ws, 'close');
  return { code, reason: reason.toString() };
}

async function echoes(ws, message) {
  ws.send(message);
  const [answer, isBinary] = await once(ws, 'message');
  assert.equal(isBinary, Buffer.isBuffer(message));
  assert.ok(Buffer.from(message).equals(answer), 'the echo differs');
}

/** An HTTPS request: { status, body }. */
async function ask(nginx, path, { body, ...options } = {}) {
  const [response] = await once(request(nginx.https + path, { ...TLS, agent: false, ...options }).end(body), 'response');
  return { status: response.statusCode, body: (await response.toArray()).join('') };
}

/** The addresses of users as a dashboard sees them. */
async function addressSeen(t, nginx, options) {
  const board = await dashboard(nginx, { token: 'board', ...TLS });
  const phone = await user(nginx, { ...TLS, ...options });
  t.after(() => Promise.all([board.drop(), phone.drop()]));
  await phone.until('welcome');
  const { users } = await board.getStats(({ users: all }) => all.some(({ id }) => id === phone.id));
  return users.find(({ id }) => id === phone.id).ip;
}

describe('through nginx', () => {
  let roost;
  before(async () => { roost = await startRoost(ALL, SETTINGS); });
  after(() => roost?.stop());

  test('plain HTTP is sent to HTTPS', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const response = await fetch(`${nginx.http}/listener?a=b`, { redirect: 'manual', headers: { connection: 'close' } });
    assert.equal(response.status, 301);
    assert.equal(response.headers.get('location'), 'https://127.0.0.1/listener?a=b');
  });

  test('pages and health are for everybody, metrics and what operators do for this machine only', async (t) => {
    const nginx = await startNginx(t, roost.port);
    assert.equal(JSON.parse((await ask(nginx, '/health')).body).status, 'ok');
    assert.match((await ask(nginx, '/listener')).body, /<html/);
    assert.match((await ask(nginx, '/metrics')).body, /^roost_connections /m);
    for (const path of ['/metrics', '/ready', '/api/admin/mesh/election', '/api//admin/x', '/%61pi/admin/x']) {
      assert.equal((await ask(nginx, path, { localAddress: '127.0.0.2' })).status, 403, path);
    }
    assert.equal((await ask(nginx, '/health', { localAddress: '127.0.0.2' })).status, 200);
  });

  test('2,000 messages come back in order, text and binary, and one of a mebibyte', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const ws = await open(t, nginx, '/echo');
    const came = [];
    ws.on('message', (bytes, isBinary) => came.push(`${isBinary} ${bytes}`));
    const sent = Array.from({ length: 2_000 }, (_, i) => `message ${i} ${'x'.repeat(i % 300)}`);
    sent.forEach((text, i) => ws.send(text, { binary: i % 2 === 1 }));
    await eventually('the last echo', () => came.length === sent.length);
    assert.deepEqual(came, sent.map((text, i) => `${i % 2 === 1} ${text}`));
    await echoes(ws, Buffer.alloc(MIB, 'roost'));
    await echoes(ws, 'ü'.repeat(MIB / 2));
  });

  test('a Parrot session: a sender, a listener, 200 points', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const ears = await listener(nginx, '/listener', TLS);
    const phone = await user(nginx, TLS);
    t.after(() => Promise.all([ears.drop(), phone.drop()]));
    await phone.expect('promoted');
    await phone.expect('welcome');
    await ears.expect('listener_connected');
    for (let id = 0; id < 200; id++) phone.point({ id });
    for (let id = 0; id < 200; id++) {
      assert.equal((await ears.expect('sensor_data')).data.id, id);
      await phone.expect('ack');
    }
    [ears, phone].forEach((client) => client.check());
  });

  test('a Gallery session: two members and a broadcast; a wrong key is closed with 1008', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const key = encodeURIComponent(SETTINGS.API_KEY);
    const [ann, bob] = await Promise.all(['ann', 'bob'].map((id) => open(t, nginx, `/gallery?userId=${id}&apiKey=${key}`)));
    const heard = { ann: [], bob: [] };
    ann.on('message', (bytes) => heard.ann.push(JSON.parse(bytes)));
    bob.on('message', (bytes) => heard.bob.push(JSON.parse(bytes)));
    for (const ws of [ann, bob]) {
      ws.send(JSON.stringify({ action: 'join_room', roomId: 'hall' }));
      await eventually('joining', () => heard[ws === ann ? 'ann' : 'bob'].some(({ event }) => event === 'room_joined'));
    }
    ann.send(JSON.stringify({ action: 'broadcast', message: { type: 'chat_message', senderId: 'ann', data: { text: 'hello' } } }));
    const { data } = await eventually('the message', () => heard.bob.find(({ event }) => event === 'message'));
    assert.deepEqual([data.senderId, data.message.data.text], ['ann', 'hello']);

    const stranger = new WebSocket(`${nginx.url}/gallery?userId=eve&apiKey=wrong`, TLS);
    assert.deepEqual(await closed(stranger), { code: 1008, reason: 'Invalid API key' });
    assert.doesNotMatch(nginx.accessLog(), /apiKey|sesame/);
  });

  test('a Mesh session: two devices by the old URL, a message, an election by an operator on this machine', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const heard = { ann: [], bob: [] };
    const device = async (clientId, capabilities) => {
      const ws = new WebSocket(`${nginx.url}/?${new URLSearchParams({ organizationId: 'org_1', clientId, capabilities, token: SETTINGS.MESH_TOKEN })}`, TLS);
      t.after(() => ws.terminate());
      ws.on('message', (bytes) => heard[clientId].push(JSON.parse(bytes)));
      await eventually('the list', () => heard[clientId].some(({ type }) => type === 'client-list-update'));
      return ws;
    };
    await device('ann', 'admin.manage');
    const { data: { term } } = await eventually('the election', () => heard.ann.find(({ type }) => type === 'admin-heartbeat'));
    const bob = await device('bob', '');
    bob.send(JSON.stringify({ type: 'peer-message', data: { targetId: 'ann', message: 'hello' } }));
    assert.deepEqual((await eventually('the message', () => heard.ann.find(({ type }) => type === 'peer-message'))).data, { fromId: 'bob', message: 'hello' });

    const election = '/api/admin/mesh/election?organizationId=org_1';
    assert.equal((await ask(nginx, election, { method: 'POST' })).status, 401);
    assert.equal((await ask(nginx, election, { method: 'POST', headers: { authorization: `Bearer ${SETTINGS.ADMIN_TOKEN}` } })).status, 202);
    await eventually('a new term', () => heard.bob.some(({ type, data }) => type === 'admin-heartbeat' && data.deviceId === 'ann' && data.term > term));
    assert.equal(await refused(nginx, '/?organizationId=org_2&clientId=eve'), 401);
    assert.doesNotMatch(nginx.accessLog(), /org_1|org_2|token/);
  });

  test('public rooms by the stock client of Socket.IO: one polls, one upgrades; their addresses tell them apart, whatever they claim', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const { rooms: [room] } = JSON.parse((await ask(nginx, '/api/public/rooms')).body).data;
    const enter = async (displayName, localAddress, options) => {
      const claim = { 'X-Forwarded-For': '203.0.113.9' };
      const { status, body } = await ask(nginx, '/api/public/users', { method: 'POST', localAddress, headers: { ...claim, 'Content-Type': 'application/json' }, body: JSON.stringify({ displayName }) });
      assert.equal(status, 201, body);
      const { userId } = JSON.parse(body).data;
      const socket = await connect(t, { http: nginx.https }, `/public-room/${room.id}`, { ...TLS, agent: new Agent({ ...TLS, localAddress }), extraHeaders: claim, ...options });
      socket.emit('join-room', { userId });
      return { userId, socket };
    };
    const ann = await enter('Ann', '127.0.0.2', { transports: ['polling'], upgrade: false });
    assert.deepEqual(await ann.socket.find('user-joined').then(({ data }) => [data.userId, data.currentOccupancy]), [ann.userId, 1]);
    const bob = await enter('Bob', '127.0.0.3', { transports: ['polling', 'websocket'] });
    assert.notEqual(ann.userId, bob.userId);
    assert.deepEqual(await ann.socket.find('user-joined').then(({ data }) => [data.userName, data.currentOccupancy]), ['Bob', 2]);
    await eventually('the upgrade', () => bob.socket.transport === 'websocket');
    assert.equal(ann.socket.transport, 'polling');
    for (const { userId, socket } of [ann, bob]) {
      socket.emit('send-message', { userId, content: `from ${userId}` });
      for (const hearer of [ann, bob]) assert.equal((await hearer.socket.find('new-message')).data.content, `from ${userId}`);
    }
    const count = async (ip) => JSON.parse((await ask(nginx, `/api/admin/public-rooms/connections?ip=${ip}`, { headers: { authorization: `Bearer ${SETTINGS.ADMIN_TOKEN}` } })).body).data.count;
    assert.deepEqual([await count('127.0.0.2'), await count('127.0.0.3'), await count('127.0.0.1'), await count('203.0.113.9')], [1, 1, 0, 0]);
  });

  test('close codes come through, in both directions', async (t) => {
    const nginx = await startNginx(t, roost.port);
    const polite = await open(t, nginx, '/echo');
    polite.close(4001, 'that was all');
    assert.deepEqual(await closed(polite), { code: 4001, reason: 'that was all' });
    const long = await open(t, nginx, '/gallery?userId=long&apiKey=open%20sesame');
    long.send('x'.repeat(MIB + 1));
    assert.equal((await closed(long)).code, 1009);
  });

  test('over the limit of connections from one address: 503 from nginx; another address is served', async (t) => {
    const nginx = await startNginx(t, roost.port, [['limit_conn roost_connections 200', 'limit_conn roost_connections 2']]);
    const two = [await open(t, nginx, '/echo'), await open(t, nginx, '/echo')];
    assert.equal(await refused(nginx, '/echo'), 503);
    await echoes(await open(t, nginx, '/echo', { localAddress: '127.0.0.2' }), 'from elsewhere');
    two[0].close();
    await closed(two[0]);
    await eventually('a free place', async () => (await ask(nginx, '/health')).status === 200);
    await echoes(await open(t, nginx, '/echo'), 'in its place');
  });

  test('over the rate of requests: 429', async (t) => {
    const nginx = await startNginx(t, roost.port, [['rate=50r/s', 'rate=1r/m'], ['burst=200', 'burst=2']]);
    for (let i = 0; i < 3; i++) assert.equal((await ask(nginx, '/health')).status, 200);
    assert.equal(await refused(nginx, '/echo'), 429);
    await echoes(await open(t, nginx, '/echo', { localAddress: '127.0.0.2' }), 'from elsewhere');
  });

  test('Roost knows the address of the client, whatever the client claims', async (t) => {
    const nginx = await startNginx(t, roost.port);
    assert.equal(await addressSeen(t, nginx, { localAddress: '127.0.0.2' }), '127.0.0.2');
    assert.equal(await addressSeen(t, nginx, { localAddress: '127.0.0.3', headers: { 'X-Forwarded-For': '203.0.113.9' } }), '127.0.0.3');
  });
});

test('without TRUSTED_PROXIES every client has the address of nginx, and none counts as a user of this machine', async (t) => {
  const roost = await startRoost(['--only', 'parrot'], { DASHBOARD_TOKEN: 'board', MAX_CONNECTIONS_PER_ADDRESS: '2' });
  t.after(() => roost.stop());
  const nginx = await startNginx(t, roost.port);
  assert.equal(await addressSeen(t, nginx, { localAddress: '127.0.0.2' }), '127.0.0.1');
  assert.equal(await refused(nginx, '/listener', { localAddress: '127.0.0.3' }), 503);
});

test('with TRUSTED_PROXIES the limit of connections counts for each client by itself', async (t) => {
  const roost = await startRoost(['--only', 'echo'], { TRUSTED_PROXIES: '127.0.0.1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
  t.after(() => roost.stop());
  const nginx = await startNginx(t, roost.port);
  for (const localAddress of ['127.0.0.2', '127.0.0.3']) await echoes(await open(t, nginx, '/echo', { localAddress }), localAddress);
  assert.equal(await refused(nginx, '/echo', { localAddress: '127.0.0.2' }), 503);
});

test('nginx as a TCP proxy: TLS ends in Roost, which learns the address from the PROXY header', async (t) => {
  const { cert, key } = certificate(temporaryFolder(t, 'tls'));
  const roost = await startRoost(ALL, { ...SETTINGS, TLS_CERT: cert, TLS_KEY: key, PROXY_PROTOCOL: 'true' });
  t.after(() => roost.stop());
  const nginx = await startStream(t, roost.port);
  assert.equal(await addressSeen(t, nginx, { localAddress: '127.0.0.2' }), '127.0.0.2');
  assert.equal(JSON.parse((await ask(nginx, '/health')).body).status, 'ok');
  const ws = await open(t, nginx, '/echo');
  await echoes(ws, Buffer.alloc(MIB, 'roost'));
  ws.close(4002, 'enough');
  assert.deepEqual(await closed(ws), { code: 4002, reason: 'enough' });
});

test('an idle connection lives as long as the pings come sooner than nginx loses patience', async (t) => {
  const roost = await startRoost(ALL, { ...SETTINGS, PARROT_PING_INTERVAL: '200' });
  t.after(() => roost.stop());
  const nginx = await startNginx(t, roost.port, [['proxy_read_timeout 300s', 'proxy_read_timeout 2s']]);
  // Echo pings every 30 s: nginx cuts this one off, which shows that its limit is at work.
  const cut = await open(t, nginx, '/echo');
  const pinged = await open(t, nginx, '/orientation');
  let pings = 0;
  pinged.on('ping', () => { pings++; });
  assert.equal((await closed(cut)).code, 1006);
  await eventually('more pings', () => pings >= 12);
  assert.equal(pinged.readyState, WebSocket.OPEN);
});

test('a restart of Roost: clients are told with 1001, get 502 meanwhile, and are served again by the same nginx', async (t) => {
  const first = await startRoost(['--only', 'echo']);
  t.after(() => first.stop());
  const nginx = await startNginx(t, first.port);
  const ws = await open(t, nginx, '/echo');
  await echoes(ws, 'before');
  const end = closed(ws);
  assert.deepEqual(await first.stop(), { code: 0, signal: null });
  assert.deepEqual(await end, { code: 1001, reason: 'Server shutting down' });
  assert.equal(await refused(nginx, '/echo'), 502);
  const second = await startRoost(['--only', 'echo', '--port', String(first.port)]);
  t.after(() => second.stop());
  await echoes(await open(t, nginx, '/echo'), 'after');
});
