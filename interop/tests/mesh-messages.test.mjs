// What clients say to each other: scenarios 5 to 9, 22 and 23 of the Mesh contract, and how faults are answered.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, eventually, idsOf, passTime, quiet, scene, startMesh, times } from '../lib/mesh.mjs';
import { BINARY, CLOSE, PING, PONG, RawSocket, TEXT, frame, fragments } from '../lib/rawsocket.mjs';

const TICK = 200;
const RATE = 50;
const MAX_MESSAGE_BYTES = 262_144;
const ABUSE_AFTER = 1_500;
/** How late a busy machine may be with what happens at once. */
const LATE = 1_500;
const MIB = 1024 * 1024;

const [open, viewers, limited] = await Promise.all([
  startMesh({ MAX_MESSAGES_PER_SEC: '100000', HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: '100', CLIENT_TIMEOUT: '60000', MINI_SERVER_DEVICE_ID: 'server_7' }),
  startMesh({ LOCATION_VISIBILITY: 'viewers', LOCATION_REQUIRES_SHARE: 'true' }),
  startMesh({ ABUSE_AFTER: String(ABUSE_AFTER) }),
]);
after(() => Promise.all([open, viewers, limited].map((server) => server.stop())));

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
    assert.deepEqual(clients.map(({ id, name, capabilities }) => [id, name, capabilities]), [['X', 'Unknown Client', [ADMIN]], ['A', 'Unknown Client', ['location.view']]]);
    assert.deepEqual([adminId, term], ['X', x.listed.term]);
    await quiet(a, x);
    assert.deepEqual(lists(), before);
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
    const odd = ['null', 'false', '0', '""', '[]', '{}', '12345678901234567890.000000000001', '1e400', '-0.0', '"\\u0000\\ud83d\\ude42"', '{"a":1,"a":2}', '[[[[]]]]',
      '{"fromId":"Z","targetId":"Y"}', '{"__proto__":{"x":1}}', JSON.stringify('x'.repeat(100_000))];
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
    'longitude -181': { latitude: 0, longitude: -181 }, 'text': { latitude: '52', longitude: 13 }, 'no longitude': { latitude: 5 }, 'null': { latitude: null, longitude: 13 },
    'true': { latitude: true, longitude: 1 }, 'a list': { latitude: [1], longitude: 1 }, 'accuracy -1': { ...BERLIN, accuracy: -1 }, 'accuracy as text': { ...BERLIN, accuracy: '10' },
    'accuracy null': { ...BERLIN, accuracy: null }, 'data null': null, 'data a list': [52, 13], 'data a text': '52,13', 'data empty': {}, 'no data': undefined,
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

describe('Faults', { concurrency: 6 }, () => {
  const malformed = {
    bad_message: ['{bad', 'null', '5', '"heartbeat"', '[]', '[{"type":"heartbeat"}]', '', '{"type":"heartbeat"}{', '{"type":"heartbeat"', "{'type':'heartbeat'}", 'heartbeat',
      '{"type":"peer-message"}', '{"type":"peer-message","data":null}', '{"type":"peer-message","data":[]}', '{"type":"peer-message","data":{"targetId":"B"}}',
      '{"type":"peer-message","data":{"message":1}}', '{"type":"peer-message","data":{"targetId":"","message":1}}',
      '{"type":"peer-message","data":{"targetId":5,"message":1}}', '{"type":"peer-message","data":{"targetId":["B"],"message":1}}',
      '{"type":"peer-message","data":{"targetId":null,"message":1}}', Buffer.from([0x7b, 0xff, 0x7d]), Buffer.alloc(0), '['.repeat(50_000),
      `{"type":"peer-message","data":{"targetId":"B","message":${'['.repeat(100_000)}`],
    unknown_type: ['{}', '{"type":"nothing"}', '{"type":5}', '{"type":null}', '{"type":"Heartbeat"}', '{"type":"heartbeat "}', '{"type":""}', '{"type":"__proto__"}',
      '{"data":{"targetId":"B","message":1}}', '{"type":"request-ice-servers"}', '{"type":"register","peerId":"p"}'],
  };
  for (const [code, payloads] of Object.entries(malformed)) {
    test(`22. Malformed: ${code}`, async (t) => {
      const { client } = await scene(t, open);
      const b = await client('B');
      for (const [i, payload] of payloads.entries()) {
        const a = await client(`A${i}`);
        a.raw(payload);
        await a.expectError(code).catch((error) => assert.fail(`${String(payload).slice(0, 80)}: ${error.message}`));
        await quiet(a, b);
        assert.ok(a.isOpen);
        await a.drop();
      }
    });
  }

  test('22. Malformed: at most one error a second, whatever the fault', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const faults = ['{bad', 'null', '{}', '{"type":"peer-message"}', '{"type":"x"}', '{"type":"location-update"}', '{"type":"peer-message","data":{"targetId":"nobody","message":1}}'];
    const from = performance.now();
    while (performance.now() - from < 2_300) {
      for (const fault of faults) a.raw(fault);
      await passTime(20);
    }
    await eventually(() => a.all('error').length >= 2);
    const at = a.all('error').map((error) => a.arrival(error).atMs);
    assert.ok(at.length <= 1 + (performance.now() - from) / 1_000, `${at.length} errors`);
    // A busy machine may deliver one late and the next in time.
    for (let i = 1; i < at.length; i++) assert.ok(at[i] - at[i - 1] > 500, `errors after ${at[i] - at[i - 1]} ms`);
    await quiet(b);
    b.tell('A', 'still here?');
    while ((await a.expect(() => true)).message !== 'still here?') assert.ok(a.isOpen);
    a.tell('B', 'yes');
    assert.equal(await b.expectFrom('A'), 'yes');
  });

  test('22. Malformed: storms of many disturb nobody', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const bad = ['{', 'null', '[[[[', '{"type":[]}', '{"type":"peer-message","data":5}', Buffer.from([0xc0, 0x80])];
    const storm = await Promise.all(times(20, (i) => client(`S${i}`)));
    for (const one of storm) for (let i = 0; i < 100; i++) one.raw(bad[i % bad.length]);
    for (let n = 0; n < 50; n++) a.tell('B', n);
    for (let n = 0; n < 50; n++) assert.equal(await b.expectFrom('A'), n);
    for (const one of storm) {
      await one.expect('error');
      assert.ok(one.isOpen);
    }
  });

  test('23. Oversized', async (t) => {
    const { client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const empty = JSON.stringify({ type: 'peer-message', data: { targetId: 'B', message: '' } });
    const sized = (bytes) => empty.replace('"message":""', `"message":"${'x'.repeat(bytes - empty.length)}"`);
    a.raw(sized(MAX_MESSAGE_BYTES));
    assert.equal((await b.expectFrom('A')).length, MAX_MESSAGE_BYTES - empty.length);
    for (const bytes of [MAX_MESSAGE_BYTES + 1, MIB]) {
      const c = await client('C');
      await b.sees('A', 'B', 'C');
      c.raw(sized(bytes));
      await b.sees('A', 'B');
      assert.equal((await c.ended()).code, 1009);
    }
    await quiet(a, b);
  });

  test('23. Bad frames end only the connection on which they come', async (t) => {
    const { org, client } = await scene(t, open);
    const [a, b] = [await client('A'), await client('B')];
    const bad = { 1002: [frame(0x3, 'x'), frame(TEXT, 'x', { mask: null }), frame(TEXT, 'x', { rsv: 7 }), frame(PING, 'x', { fin: false })], 1007: [frame(TEXT, Buffer.from([0xff]))] };
    for (const [code, frames] of Object.entries(bad)) {
      for (const one of frames) {
        const raw = await RawSocket.open(t, open.port, { target: target(org, 'C') });
        await a.sees('A', 'B', 'C');
        raw.send(one);
        let last;
        do last = await raw.next(); while (last.opcode !== CLOSE);
        assert.equal(last.code, Number(code));
        await a.sees('A', 'B');
      }
    }
    await quiet(a, b);
  });
});

describe('Floods', { concurrency: 3 }, () => {
  test('23. Flood: 1,000 messages in a second are limited, others are served in time', async (t) => {
    const { client } = await scene(t, limited);
    const [a, b, c] = [await client('A'), await client('B'), await client('C')];
    const late = [];
    const from = performance.now();
    for (let n = 0; n < 1_000; n += 20) {
      for (let i = 0; i < 20; i++) a.tell('B', n + i);
      if (n % 100 === 0) {
        const sent = performance.now();
        c.tell('C', n);
        await c.expectFrom('C');
        late.push(performance.now() - sent);
      }
      await passTime(20);
    }
    const seconds = (performance.now() - from) / 1_000;
    await a.expectError('rate_limited');
    const count = () => b.all('peer-message').length;
    await eventually(() => count() >= 2 * RATE);
    const received = b.all('peer-message').map(({ data }) => data.message);
    assert.ok(received.length >= 2 * RATE && received.length <= 2 * RATE + RATE * (seconds + 0.5), `${received.length} messages in ${seconds} s`);
    assert.deepEqual(received, [...received].sort((x, y) => x - y));
    assert.ok(a.all('error').length <= 1 + seconds + 0.5, `${a.all('error').length} errors`);
    late.sort((x, y) => x - y);
    assert.ok(late.at(-1) < LATE, `late by ${late.at(-1)} ms`);
    assert.ok(a.isOpen);
  });

  test('Section 4. A burst of twice the rate is no flood', async (t) => {
    const { client } = await scene(t, limited);
    const [a, b] = [await client('A'), await client('B')];
    for (let n = 0; n < 2 * RATE; n++) a.tell('B', n);
    for (let n = 0; n < 2 * RATE; n++) assert.equal(await b.expectFrom('A'), n);
    assert.deepEqual(a.all('error'), []);
  });

  test('Section 4. A flood that goes on is ended with 1008', async (t) => {
    const { client } = await scene(t, limited);
    const [a, b] = [await client('A'), await client('B')];
    const from = performance.now();
    while (a.isOpen) {
      for (let i = 0; i < 20; i++) a.tell('B', i);
      await passTime(5);
      assert.ok(performance.now() - from < ABUSE_AFTER + 4_000, 'the flood goes on and on');
    }
    assert.equal((await a.ended()).code, 1008);
    assert.ok(performance.now() - from > ABUSE_AFTER - 100, `ended after ${performance.now() - from} ms`);
    await b.sees('B');
  });
});
