// What clients do wrong: scenarios 22 and 23 of the Mesh contract, faults, floods, bad frames.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { eventually, passTime, quiet, scene, startMesh, times } from '../lib/mesh.mjs';
import { CLOSE, PING, RawSocket, TEXT, frame } from '../lib/rawsocket.mjs';

const RATE = 50;
const MAX_MESSAGE_BYTES = 262_144;
const ABUSE_AFTER = 3_000;
/** How late a busy machine may be with what happens at once. */
const LATE = 1_500;
const MIB = 1024 * 1024;

const [open, limited] = await Promise.all([
  startMesh({ MAX_MESSAGES_PER_SEC: '100000', HEARTBEAT_INTERVAL: '200', CLIENT_TIMEOUT: '60000' }),
  startMesh({ ABUSE_AFTER: String(ABUSE_AFTER) }),
]);
after(() => Promise.all([open, limited].map((server) => server.stop())));

describe('Faults', { concurrency: 6 }, () => {
  const malformed = {
    bad_message: ['{bad', 'null', '5', '"heartbeat"', '[]', '[{"type":"heartbeat"}]', '', '{"type":"heartbeat"}{', '{"type":"heartbeat"', "{'type':'heartbeat'}",
      'heartbeat', '{"type":"peer-message"}',
      '{"type":"peer-message","data":null}', '{"type":"peer-message","data":[]}', '{"type":"peer-message","data":{"targetId":"B"}}',
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
    const faults = ['{bad', 'null', '{}', '{"type":"peer-message"}', '{"type":"x"}', '{"type":"location-update"}',
      '{"type":"peer-message","data":{"targetId":"nobody","message":1}}'];
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
    const bad = {
      1002: [frame(0x3, 'x'), frame(TEXT, 'x', { mask: null }), frame(TEXT, 'x', { rsv: 7 }), frame(PING, 'x', { fin: false })],
      1007: [frame(TEXT, Buffer.from([0xff]))],
    };
    for (const [code, frames] of Object.entries(bad)) {
      for (const one of frames) {
        const raw = await RawSocket.open(t, open.port, { target: `/?organizationId=${org}&clientId=C` });
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
    for (let n = 0; n < 1_000 && performance.now() - from < ABUSE_AFTER / 2; n += 20) {
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

  test('Section 4. MAX_QUEUE_BYTES: one alone does not fill the queues of all others', async (t) => {
    const { client } = await scene(t, limited);
    const [a, b, c] = [await client('A'), await client('B'), await client('C')];
    c.pause();
    const large = 'x'.repeat(200_000);
    const from = performance.now();
    for (let n = 0; n < 60; n++) a.tell('broadcast', { n, large });
    await a.expectError('rate_limited');
    a.tell('B', 'end');
    let last;
    let received = 0;
    do {
      last = await b.expectFrom('A');
      received += last === 'end' ? 0 : 1;
    } while (last !== 'end');
    // Half a queue at once, and then 20 KiB for each message that it may send.
    const seconds = (performance.now() - from) / 1_000;
    assert.ok(received >= 10 && received <= 11 + 6 * seconds, `${received} broadcasts in ${seconds} s`);
    c.pause(false);
    a.tell('C', 'end');
    await eventually(() => c.all('peer-message').at(-1)?.data.message === 'end');
    assert.equal(c.all('peer-message').length, received + 1);
    assert.ok([a, b, c].every((one) => one.isOpen));
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
