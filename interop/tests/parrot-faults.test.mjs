// What clients and networks do wrong: scenarios 13, 17, 21, 23 and 24 of the Parrot contract.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { awake } from '../lib/mesh.mjs';
import { passTime, scene } from '../lib/parrot.mjs';
import { PING, RawSocket, TEXT, frame, upgradeRequest } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const PING_INTERVAL = 1_000;
/** How late a busy machine may be with a row of timers. */
const LATE = 900;
/** A machine that stands still for so long tells nothing about times. */
const STALL = 250;
const MAX_USERS = 25;
const TOKEN = 'dashboard token + & %';

const [server, pinging, guarded] = await Promise.all([
  startRoost(['--only', 'parrot']),
  startRoost(['--only', 'parrot'], { PING_INTERVAL: String(PING_INTERVAL) }),
  startRoost(['--only', 'parrot'], { DASHBOARD_TOKEN: TOKEN }),
]);
after(() => Promise.all([server.stop(), pinging.stop(), guarded.stop()]));

const KINDS = ['/pocket-parrot', '/dashboard', '/listener', '/orientation', '/bulk'];

/** Messages that are no messages, in legal frames. */
const MALFORMED = ['{bad', 'null', '5', '[]', '{}', '""', '', '{"type":5}', '{"type":null}', '{"type":"no such type"}', '{"type":"data"}{}',
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), Buffer.from('{"type":"\u0000'), Buffer.alloc(0)];

/** What RFC 6455 forbids. */
const BAD_FRAMES = [
  frame(TEXT, 'unmasked', { mask: null }),
  frame(0x3, 'reserved opcode'),
  frame(TEXT, 'reserved bit', { rsv: 4 }),
  frame(0x0, 'nothing to continue'),
  frame(PING, 'x'.repeat(126)),
  frame(TEXT, Buffer.from([0xff])),
];

const full = (users) => Promise.all(Array.from({ length: MAX_USERS }, () => users({ handshake: false })));

test('13. Capacity', async (t) => {
  const { d, user, dashboard, listener } = await scene(t, server);
  const users = await full(user);
  for (const _ of users) await d.expect('userConnected');

  const refused = await user({ handshake: false });
  assert.equal((await refused.expect('rejected')).code, 'capacity');
  await refused.expectClose(1013);
  await (await dashboard()).stats((stats) => stats.activeUsers === MAX_USERS);
  await (await listener()).expect('listener_connected');

  await users[3].close();
  // The next thing that the dashboard hears of: so it has heard nothing of the one who was refused.
  await d.expect('userDisconnected');
  const accepted = await user();
  await d.expect('userConnected');
  await accepted.until('welcome');
});

test('13. Capacity: 40 at once', async (t) => {
  const { d, user } = await scene(t, server);
  const users = await Promise.all(Array.from({ length: 40 }, () => user({ handshake: false })));
  for (let i = 0; i < MAX_USERS; i++) await d.expect('userConnected');
  const ends = new Map(users.map((client) => [client, client.ended().then(() => client)]));
  while (ends.size > MAX_USERS) {
    const refused = await Promise.race(ends.values());
    ends.delete(refused);
    await refused.expect('rejected');
    await refused.expectClose(1013);
  }
  const accepted = [...ends.keys()];
  accepted[0].handshake();
  await accepted[0].expect('promoted');
  await d.expect('senderPromoted');
  assert.ok(accepted.every((client) => client.isOpen));
});

test('17. Kick unknown', async (t) => {
  const { d, dashboard, sender, observer } = await scene(t, server);
  const a = await sender();
  const b = await observer();
  const nobody = 'user_1_nobody';
  for (const type of ['kickUser', 'promoteUser']) {
    for (const command of [{ type, userId: nobody }, { type }, { type, userId: 42 }, { type, userId: null }, { type, userId: { id: a.id } }]) {
      // A dashboard of its own, since errors may be rare on one connection.
      const board = await dashboard();
      await board.stats();
      board.send(command);
      const error = await board.expect('error');
      if (command.userId === nobody) assert.deepEqual([error.code, error.userId], ['user_not_found', nobody]);
      await board.getStats((stats) => stats.activeSender === a.id && stats.activeUsers === 2);
    }
  }
  a.point({});
  await d.none('error', d.until('dataReceived'));
  await a.expect('ack');
  await b.roundTrip('rejected');
});

for (const path of ['/pocket-parrot', '/dashboard']) {
  test(`21. Bad input on ${path}`, async (t) => {
    const { d, sender, observer, dashboard } = await scene(t, server);
    const a = await sender();
    const isUser = path === '/pocket-parrot';
    const faulty = isUser ? await observer() : await dashboard();
    const from = performance.now();
    for (const payload of MALFORMED) faulty.raw(payload);
    await faulty.expect('error');
    if (isUser) {
      faulty.handshake({ username: 'Bo' });
      assert.equal((await faulty.until('welcome')).role, 'observer');
      // Binary frames that hold JSON are no fault.
      faulty.raw(Buffer.from('{"type":"handshake","username":"Bin"}'));
      await faulty.until('welcome');
      await d.stats((stats) => stats.users.some((one) => one.username === 'Bin'));
    } else {
      await faulty.getStats((stats) => stats.activeSender === a.id);
    }
    const errors = faulty.types().filter((type) => type === 'error').length;
    assert.ok(errors <= 1 + (performance.now() - from) / 1_000, `${errors} errors in one second`);
    await a.roundTrip('ack');
  });
}

test('21. Bad frames end one connection, on every endpoint', async (t) => {
  const { d, sender } = await scene(t, server);
  const a = await sender();
  for (const target of KINDS) {
    for (const bad of BAD_FRAMES) {
      const raw = await RawSocket.open(t, server.port, { target });
      raw.send(bad);
      let last;
      do last = await raw.next(); while (last.opcode === TEXT);
      assert.ok([1002, 1007].includes(last.code), `${target}: the close code is ${last.code}`);
      await raw.ended();
    }
  }
  await a.roundTrip('ack');
  await d.getStats((stats) => stats.activeSender === a.id);
});

test('21. Bad frames from those who have no place', async (t) => {
  const { d, sender, user } = await scene(t, server);
  const a = await sender();
  await Promise.all(Array.from({ length: MAX_USERS - 1 }, () => user({ handshake: false })));
  for (let i = 0; i < MAX_USERS; i++) await d.until('userConnected');
  for (const bad of BAD_FRAMES) {
    const raw = await RawSocket.connect(t, server.port);
    // Together with the request, so that it is there before the server closes.
    raw.send(upgradeRequest({ target: '/pocket-parrot' }), bad);
    assert.equal((await raw.response()).status, 101);
    let last;
    do last = await raw.next(); while (last.opcode === TEXT);
    assert.ok([1002, 1007, 1013].includes(last.code), `the close code is ${last.code}`);
  }
  await a.roundTrip('ack');
  // What comes next is this, so the dashboard has heard of none of them.
  await d.expect('dataReceived');
});

test('23. Paths', async (t) => {
  const { d, user } = await scene(t, server);
  for (const path of ['/', '/event', '/stream', '/data', '/pocket-parrot?x=1', '/Dashboard', '/listener/', '/listenerx']) {
    const one = await user({ path });
    await d.until('userConnected');
    await one.expect('promoted');
    await one.expect('welcome');
    await one.close();
    await d.until('userDisconnected');
  }
});

test('23. Paths: those of dashboards and listeners, with a query', async (t) => {
  const { dashboard, listener } = await scene(t, server);
  await (await dashboard({ token: 'x' })).stats();
  for (const path of ['/listener', '/orientation?', '/bulk?token=x&y']) {
    await (await listener(path)).expect((message) => message.type.endsWith('listener_connected'));
  }
});

test('23. Paths: the first subprotocol is taken', async (t) => {
  const { user, dashboard, listener } = await scene(t, server);
  const offer = { protocols: ['foo', 'bar'] };
  for (const client of await Promise.all([user(offer), dashboard(offer), listener('/listener', offer)])) assert.equal(client.protocol, 'foo');
  assert.equal((await user()).protocol, '');
});

test('23. Paths: plain requests', async () => {
  const pages = ['/', '/dashboard', '/listener'];
  for (const path of [...pages, '/pocket-parrot', '/orientation', '/bulk', '/event?x=1', '/no/such/path']) {
    const response = await fetch(server.http + path);
    const body = await response.text();
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type'), /^text\//, path);
    // On the shared port people get pages where they look for them.
    if (!pages.includes(path)) assert.deepEqual([response.headers.get('content-type').split(';')[0], body], ['text/plain', 'Pocket Parrot WebSocket Server\n']);
  }
});

test('24. Half-open sender', awake(STALL, async (t) => {
  const { d, observer, listener } = await scene(t, pinging);
  const l = await listener();
  const dead = await RawSocket.open(t, pinging.port, { target: '/pocket-parrot' });
  dead.send(frame(TEXT, JSON.stringify({ type: 'handshake', username: 'Al' })));
  const { userId } = await d.until('senderPromoted');
  const b = await observer();
  // From here on nothing comes from it: no pong, no answer to a close, no FIN.
  const from = performance.now();
  const gone = await d.until('userDisconnected');
  const took = performance.now() - from;
  assert.deepEqual([gone.userId, gone.wasActiveSender], [userId, true]);
  assert.ok(took < 2 * PING_INTERVAL + LATE, `freed after ${took} ms`);
  await b.expect('promoted');
  // It was asked before it was given up.
  while ((await dead.next()).opcode !== PING);

  // Who answers pings stays: two more intervals must pass for that to show.
  await passTime(2 * PING_INTERVAL);
  await b.roundTrip('ack');
  await l.until('sensor_data');
  await d.until('dataReceived');
}));

test('Section 4. A dashboard needs the token, if there is one', async (t) => {
  const { d, dashboard, user } = await scene(t, guarded, { token: TOKEN });
  for (const token of [undefined, '', 'wrong', `${TOKEN} `]) {
    const stranger = await dashboard({ token });
    await stranger.expectClose(1008);
    assert.deepEqual(stranger.log, []);
  }
  await (await user()).expect('promoted');
  await d.expect('userConnected');
});
