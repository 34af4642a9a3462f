// What clients say to each other: scenarios 5 to 9 of the Mesh contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, eventually, idsOf, quiet, scene, startMesh } from '../lib/mesh.mjs';
import { BINARY, CLOSE, PING, PONG, RawSocket, TEXT, frame, fragments } from '../lib/rawsocket.mjs';

const TICK = 200;
/** How late a busy machine may be with what happens at once. */
const LATE = 1_500;

const [open, viewers] = await Promise.all([
  startMesh({ MAX_MESSAGES_PER_SEC: '100000', HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: '100', CLIENT_TIMEOUT: '60000', MINI_SERVER_DEVICE_ID: 'server_7' }),
  startMesh({ LOCATION_VISIBILITY: 'viewers', LOCATION_REQUIRES_SHARE: 'true' }),
]);
after(() => Promise.all([open, viewers].map((server) => server.stop())));

const target = (org, clientId, more = '') => `/?organizationId=${org}&clientId=${encodeURIComponent(clientId)}${more}`;
const BERLIN = { latitude: 52.52, longitude: 13.405, accuracy: 10 };

describe('Lists and heartbeats', { concurrency: 6 }, () => {
  test('5. Join and leave', async (t) => {
    const { client } = await scene(t, open);
    const a = await client('A');
    const b = await client('B', 'location.share', { clientName: 'Bea' });
    for (const one of [a, b]) {
      const { clients, adminId } = await one.sees('A', 'B');
      assert.deepEqual(clients.map(({ name, capabilities }) => [name, capabilities]), [['Unknown Client', []], ['Bea', ['location.share']]]);
      assert.equal(adminId, null);
    }
    await b.drop();
    await a.sees('A');
    // The order is that of joining: whoever comes back stands at the end.
    const c = await client('C');
    await client('B');
    for (const one of [a, c]) await one.sees('A', 'C', 'B');
  });

  test('5. Join and leave: in all ways in which a connection can end', async (t) => {
    const { org, client } = await scene(t, open);
    const a = await client('A');
    const leave = { reset: (raw) => raw.reset(), end: (raw) => raw.finish(), close: (raw) => raw.send(frame(CLOSE)), 'bad frame': (raw) => raw.send(frame(0x3)) };
    for (const [id, go] of Object.entries(leave)) {
      const raw = await RawSocket.open(t, open.port, { target: target(org, id) });
      await a.sees('A', id);
      const from = performance.now();
      go(raw);
      await a.sees('A');
      assert.ok(performance.now() - from < LATE, `${id}: told after ${performance.now() - from} ms`);
    }
  });

  test('6. List request', async (t) => {
    const { client } = await scene(t, open);
    const x = await client('X', ADMIN);
    await x.announced('X');
    const a = await client('A', 'location.view');
    const lists = () => [x, a].map((one) => one.all('client-list-update').length);
    await x.sees('X', 'A');
    const before = lists();
    const { clients, adminId, term } = await a.ask();
    assert.deepEqual(clients.map(({ lastSeen, ...client }) => client), [
      { id: 'X', name: 'Unknown Client', capabilities: [ADMIN] }, { id: 'A', name: 'Unknown Client', capabilities: ['location.view'] }]);
    assert.deepEqual([adminId, term], ['X', x.listed.term]);
    await quiet(a, x);
    assert.deepEqual(lists(), before);
    for (let i = 0; i < 100; i++) a.send({ type: 'request-client-list' });
    for (let i = 0; i < 100; i++) await a.expect('client-list');
    // What is there besides the type does not matter.
    a.send({ type: 'request-client-list', data: { organizationId: 'other' }, requestId: 5 });
    assert.deepEqual(idsOf(await a.expect('client-list')), ['X', 'A']);
  });

  test('6. List request: lastSeen is the last frame of each', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const seen = async () => Object.fromEntries((await a.ask()).clients.map(({ id, lastSeen }) => [id, lastSeen]));
    const before = await seen();
    await a.ticks(2);
    const silent = await seen();
    assert.equal(silent.B, before.B);
    assert.ok(silent.A > before.A);
    for (const frameOfB of ['{"type":"heartbeat"}', '{bad', '{"type":"nothing"}', Buffer.from('{"type":"heartbeat"}')]) {
      const last = (await seen()).B;
      await eventually(async () => Date.now() > last + 1);
      b.raw(frameOfB);
      await eventually(async () => (await seen()).B > last);
    }
  });

  test('7. Heartbeat', async (t) => {
    const { client } = await scene(t, open);
    const a = await client('A');
    const before = Date.now();
    const { timestamp, ...rest } = await a.ping();
    assert.deepEqual(rest, { type: 'heartbeat-ack' });
    assert.ok(timestamp >= before - 50 && timestamp <= Date.now() + 50);
    a.send({ type: 'heartbeat', timestamp: 1, data: null, more: [] });
    await eventually(() => a.all('heartbeat-ack').length === 2);

    const b = await client('B');
    for (const count of [2, 3, 2]) {
      const c = count === 3 ? await client('C') : null;
      await Promise.all([a, b].map((one) => one.list(({ clients }) => clients.length === count)));
      const [fromA, fromB] = [a.mark(), b.mark()];
      await Promise.all([a.ticks(3), b.ticks(3)]);
      for (const beat of [...a.all('server-heartbeat', fromA), ...b.all('server-heartbeat', fromB)]) {
        assert.deepEqual(Object.keys(beat).sort(), ['clientCount', 'timestamp', 'type']);
        assert.equal(beat.clientCount, count);
      }
      if (c) await c.drop();
    }
    const at = a.all('server-heartbeat').map((beat) => beat.timestamp);
    const perTick = (at.at(-1) - at[0]) / (at.length - 1);
    assert.ok(perTick > TICK * 0.8 && perTick < TICK * 3, `a tick takes ${perTick} ms`);
    // With nobody in office nobody is announced.
    assert.deepEqual([...a.announcements(), ...b.announcements()], []);
  });
});

describe('Peer messages', { concurrency: 6 }, () => {
  test('8. Direct and broadcast', async (t) => {
    const { client } = await scene(t, open);
    const [a, b, c] = [await client('A'), await client('B'), await client('C')];
    const message = { type: 'offer', data: { sdp: 'v=0\r\n', nested: [1, [null, { 'é': '🙂\u0000' }]] }, fromPeerId: 'forged', toPeerId: 'whoever' };
    a.tell('B', message);
    assert.deepEqual(await b.expectFrom('A'), message);
    await quiet(a, c, b);
    a.tell('broadcast', message);
    for (const one of [b, c]) assert.deepEqual(await one.expectFrom('A'), message);
    await quiet(a, b, c);
    a.tell('A', 'me');
    assert.equal(await a.expectFrom('A'), 'me');
    await quiet(a, b, c);
    a.tell('nobody', message);
    await a.expectError('unknown_target');
    await quiet(a, b, c);
    // The sender is who it is, whatever it says.
    b.send({ type: 'peer-message', fromId: 'A', data: { fromId: 'A', targetId: 'C', message: 1 } });
    assert.equal(await c.expectFrom('B'), 1);
  });

  test('8. Direct and broadcast: one who is alone', async (t) => {
    const { client } = await scene(t, open);
    const a = await client('A');
    a.tell('broadcast', 'is anybody there?');
    await a.ping();
  });

  test('8. Direct and broadcast: neither one who is gone nor the server is a target', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    await a.sees('A', 'B');
    await b.drop();
    await a.sees('A');
    a.tell('B', 1);
    await a.expectError('unknown_target');
    const c = await client('C');
    c.tell('server_7', 1);
    await c.expectError('unknown_target');
  });

  test('8. Direct and broadcast: 1,000 messages arrive in order', async (t) => {
    const { client } = await scene(t, open);
    const [a, b, c] = [await client('A'), await client('B'), await client('C')];
    for (let n = 0; n < 1_000; n++) a.tell(n % 10 ? 'B' : 'broadcast', { n });
    for (let n = 0; n < 1_000; n++) assert.deepEqual(await b.expectFrom('A'), { n });
    for (let n = 0; n < 1_000; n += 10) assert.deepEqual(await c.expectFrom('A'), { n });
    await quiet(a, b, c);
  });

  test('8. Direct and broadcast: all that is sent is unchanged, whatever it is', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const odd = ['null', 'false', '0', '""', '[]', '{}', '12345678901234567890.000000000001', '1e400', '-0.0', '"\\u0000\\ud83d\\ude42"', '{"a":1,"a":2}',
      '[[[[]]]]', '{"fromId":"Z","targetId":"Y"}', '{"__proto__":{"x":1}}', JSON.stringify('x'.repeat(100_000))];
    for (const literal of odd) {
      a.raw(`{"data" : {"message" :${literal}, "extra":1,\n"targetId":"B"},"type":"peer-message","more":{}}`);
      await b.expect('peer-message');
      const { text } = b.arrival(b.all('peer-message').at(-1));
      assert.ok(text.includes(`"message":${literal}`), `${literal} became ${text.slice(0, 200)}`);
    }
    await quiet(a, b);
  });

  test('3.1 Binary frames are as good as text, and so are fragments', async (t) => {
    const { org, client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    a.raw(Buffer.from(JSON.stringify({ type: 'peer-message', data: { targetId: 'B', message: 'bin é' } })));
    assert.equal(await b.expectFrom('A'), 'bin é');
    a.raw(Buffer.from('{"type":"heartbeat"}'));
    await a.ping();
    assert.equal(a.all('heartbeat-ack').length, 2);
    const raw = await RawSocket.open(t, open.port, { target: target(org, 'R') });
    const bytes = Buffer.from(JSON.stringify({ type: 'peer-message', data: { targetId: 'B', message: 'Zoë 🙂' } }));
    for (const opcode of [TEXT, BINARY]) {
      // One byte a frame, with a ping in the middle of it.
      const parts = fragments(opcode, [...bytes].map((byte) => Buffer.from([byte])));
      raw.send(...parts.slice(0, 9), frame(PING, 'p'), ...parts.slice(9));
      assert.equal(await b.expectFrom('R'), 'Zoë 🙂');
    }
    let last;
    do last = await raw.next(); while (last.opcode !== PONG);
    assert.equal(last.payload.toString(), 'p');
  });

  test('8. What clients may not say: what only the server says', async (t) => {
    const { client } = await scene(t, open);
    const x = await client('X', ADMIN);
    await x.announced('X');
    const b = await client('B');
    const forged = [
      { type: 'admin-heartbeat', data: { deviceId: 'A', timestamp: Date.now(), term: 1 } },
      { type: 'client-list-update', data: { clients: [], adminId: 'A', term: 1 } },
      { type: 'server-heartbeat', timestamp: 1, clientCount: 99 },
      { type: 'welcome', data: {} },
      { type: 'heartbeat-ack', timestamp: 1 },
    ];
    for (const message of forged) {
      const a = await client(`A ${message.type}`, ADMIN);
      a.send(message);
      await a.expectError('unknown_type');
      await quiet(a, b, x);
    }
    assert.deepEqual([...new Set([...x.announcements(), ...b.announcements()])], ['X']);
  });
});

describe('Locations', { concurrency: 6 }, () => {
  test('9. Location', async (t) => {
    const { client } = await scene(t, open);
    const [a, b, c] = [await client('A'), await client('B'), await client('C')];
    const good = [BERLIN, { latitude: 90, longitude: 180 }, { latitude: -90, longitude: -180, accuracy: 0 }, { latitude: 0, longitude: 0, accuracy: 1e9 },
      { ...BERLIN, altitude: null, heading: 'north', clientId: 'forged', nested: { any: [1, 'é🙂'] } }, { latitude: 1e-300, longitude: -0.5 }];
    for (const location of good) {
      const before = Date.now();
      a.locate(location);
      for (const one of [b, c]) {
        const { timestamp, ...rest } = await one.expect('location-update');
        assert.deepEqual(rest, { clientId: 'A', location });
        assert.ok(timestamp >= before - 50 && timestamp <= Date.now() + 50);
      }
      await a.ping();
    }
  });

  const bad = {
    'latitude 91': { latitude: 91, longitude: 0 }, 'latitude -90.001': { latitude: -90.001, longitude: 0 }, 'longitude 180.5': { latitude: 0, longitude: 180.5 },
    'longitude -181': { latitude: 0, longitude: -181 }, 'text': { latitude: '52', longitude: 13 }, 'no longitude': { latitude: 5 },
    'null': { latitude: null, longitude: 13 }, 'true': { latitude: true, longitude: 1 }, 'a list': { latitude: [1], longitude: 1 },
    'accuracy -1': { ...BERLIN, accuracy: -1 },
    'accuracy as text': { ...BERLIN, accuracy: '10' }, 'accuracy null': { ...BERLIN, accuracy: null },
    'data null': null, 'data a list': [52, 13], 'data a text': '52,13', 'data empty': {}, 'no data': undefined,
  };
  for (const [name, data] of Object.entries(bad)) {
    test(`9. Location: not ${name}`, async (t) => {
      const { client } = await scene(t, viewers, { organizationId: viewers.organizations[0] });
      const a = await client(`A ${name}`, 'location.share');
      const b = await client(`B ${name}`, 'location.view');
      a.locate(data);
      await a.expectError('bad_location');
      await quiet(a, b);
    });
  }

  test('9. Location: not finite', async (t) => {
    const { client } = await scene(t, open);
    const b = await client('B');
    for (const literal of ['{"latitude":1e400,"longitude":0}', '{"latitude":0,"longitude":-1e999}', '{"latitude":0,"longitude":0,"accuracy":1e400}']) {
      const a = await client('A');
      a.raw(`{"type":"location-update","data":${literal}}`);
      await a.expectError('bad_location');
      await quiet(a, b);
      await a.drop();
    }
  });

  test('9. Location: with LOCATION_VISIBILITY=viewers only those who may see it get it', async (t) => {
    const { client } = await scene(t, viewers);
    const a = await client('A', 'location.share');
    const [b, c, d] = [await client('B', 'location.view'), await client('C', 'location.views,location'), await client('D', 'admin.manage,location.view')];
    a.locate(BERLIN);
    for (const one of [b, d]) assert.deepEqual((await one.expect('location-update')).location, BERLIN);
    await quiet(a, b, c, d);
  });

  test('3.1 LOCATION_REQUIRES_SHARE', async (t) => {
    const { client } = await scene(t, viewers);
    const b = await client('B', 'location.view');
    const a = await client('A', 'location.view,location.sharer');
    a.locate(BERLIN);
    await a.expectError('not_allowed');
    await quiet(a, b);
    const again = await client('A', 'location.share');
    again.locate(BERLIN);
    assert.equal((await b.expect('location-update')).clientId, 'A');
    // By default everybody may.
    const other = await scene(t, open);
    const [c, d] = [await other.client('C'), await other.client('D')];
    c.locate(BERLIN);
    await d.expect('location-update');
  });
});
