// Who is there and who is gone: scenarios 18 to 20 of the Mesh contract, silent and slow clients, and a server that was stopped for a while.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, awake, eventually, idsOf, passTime, quiet, scene, startMesh, times } from '../lib/mesh.mjs';
import { CLOSE, PING, RawSocket, TEXT, frame } from '../lib/rawsocket.mjs';

const TICK = 200;
const TIMEOUT = 1_200;
const DELAY = 400;
const BEAT = 150;
/** How late a busy machine may be with a row of timers. */
const LATE = 2_000;
const NEVER = '600000';
const QUEUE_BYTES = 256 * 1024;
const STOPPED_FOR = 2 * TIMEOUT;

const timed = { HEARTBEAT_INTERVAL: String(TICK), CLIENT_TIMEOUT: String(TIMEOUT), ELECTION_DELAY: '150', MAX_MESSAGES_PER_SEC: '100000' };
const [server, ponging, calm, narrow, stoppable] = await Promise.all([
  startMesh(timed),
  startMesh({ ...timed, PONG_KEEPS_ALIVE: 'true' }),
  startMesh({ ...timed, CLIENT_TIMEOUT: NEVER, ELECTION_DELAY: String(DELAY) }),
  // Pings are rare, because one that does not read answers none.
  startMesh({ MAX_MESSAGES_PER_SEC: '100000', CLIENT_TIMEOUT: NEVER, HEARTBEAT_INTERVAL: '30000', MAX_QUEUE_BYTES: String(QUEUE_BYTES) }),
  // With several loops a tick may come before what lies in the sockets has been read.
  startMesh({ ...timed, MAIN_ADMIN_TIMEOUT: '900', LOOPS: '4' }),
]);
after(() => Promise.all([server, ponging, calm, narrow, stoppable].map((one) => one.stop())));

const target = (org, clientId, capabilities = '') => `/?organizationId=${org}&clientId=${clientId}&capabilities=${capabilities}`;
const residentKB = (pid) => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) : 0);
const distinct = (ids) => [...new Set(ids)];
const text = (message) => frame(TEXT, JSON.stringify(message));

/** Reads frames until one of this opcode comes. */
async function readUntil(raw, opcode, limitMs) {
  let last;
  do last = await raw.next(limitMs); while (last.opcode !== opcode);
  return last;
}

describe('Life and death', { concurrency: 16 }, () => {
  test('18. Alive admin stays (defect 3)', awake(TIMEOUT / 4, async (t) => {
    const { client, stats, terms } = await scene(t, server);
    const x = await client('X', ADMIN, { beatMs: BEAT });
    const a = await client('A', [], { beatMs: BEAT });
    const { term } = await a.announced('X');
    const from = performance.now();
    while (performance.now() - from < 5 * TIMEOUT) {
      await a.ticks(2);
      const { candidates, currentAdmin } = await stats();
      assert.deepEqual([currentAdmin, candidates.map(({ deviceId }) => deviceId)], ['X', ['X']]);
    }
    assert.deepEqual(distinct(a.announcements()), ['X']);
    assert.deepEqual(terms().at(-1), [term, 'X']);
    assert.ok(x.isOpen);
  }));

  test('19. Stale client', awake(TIMEOUT / 4, async (t) => {
    const { client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const from = performance.now();
    const b = await client('B');
    await a.sees('A', 'B');
    await a.sees('A');
    const took = performance.now() - from;
    assert.ok(took > TIMEOUT && took < TIMEOUT + TICK + LATE, `removed after ${took} ms`);
    await b.expectClose(1008, 'Client timeout');
    // The count is that after the removal.
    const beats = a.log.slice(a.log.findLastIndex(({ type }) => type === 'client-list-update')).filter(({ type }) => type === 'server-heartbeat');
    await a.ticks(1);
    assert.ok([...beats, ...a.all('server-heartbeat').slice(-1)].every(({ clientCount }) => clientCount === 1));
    // It may come back.
    const again = await client('B');
    await again.sees('A', 'B');
  }));

  test('19. Stale client: an admin, and an election follows', awake(TIMEOUT / 4, async (t) => {
    const { client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const x = await client('X', STRONG);
    await a.announced('X');
    const y = await client('Y', ADMIN, { beatMs: BEAT });
    await x.expectClose(1008, 'Client timeout');
    const vacancy = await a.sees('A', 'Y');
    await a.announced('Y');
    const ruled = await a.ruledBy('Y');
    assert.ok(ruled.term > vacancy.term || vacancy.adminId === 'Y');
    assert.ok(y.isOpen);
  }));

  test('19. Stale client: messages of any type keep alive', awake(TIMEOUT / 4, async (t) => {
    const { client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const words = {
      unknown: '{"type":"nothing"}', malformed: '{bad', empty: '', binary: Buffer.from('{"type":"heartbeat"}'), 'not UTF-8': Buffer.from([0xff]),
      list: '{"type":"request-client-list"}', location: '{"type":"location-update","data":{"latitude":1,"longitude":2}}',
      faulty: '{"type":"location-update"}', message: '{"type":"peer-message","data":{"targetId":"nobody","message":1}}',
    };
    const silent = await client('silent');
    const speaking = await Promise.all(Object.keys(words).map((id) => client(id)));
    const clock = setInterval(() => speaking.forEach((one) => one.isOpen && one.raw(words[one.id])), BEAT);
    t.after(() => clearInterval(clock));
    await silent.expectClose(1008, 'Client timeout');
    const from = performance.now();
    while (performance.now() - from < 1.5 * TIMEOUT) await a.ticks(1);
    const list = await a.list(({ clients }) => !clients.some(({ id }) => id === 'silent'));
    assert.deepEqual(idsOf(list).sort(), ['A', ...Object.keys(words)].sort());
    for (const one of speaking) assert.ok(one.isOpen, one.id);
  }));

  test('19. Stale client: the socket is closed, also if the client does not answer (defect 7)', awake(TIMEOUT / 4, async (t) => {
    const { org, client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const raw = await RawSocket.open(t, server.port, { target: target(org, 'R') });
    await a.sees('A', 'R');
    await a.sees('A');
    const { code, reason } = await readUntil(raw, CLOSE);
    assert.deepEqual([code, reason], [1008, 'Client timeout']);
    // What it says now is unheard.
    raw.send(text({ type: 'peer-message', data: { targetId: 'A', message: 'from beyond' } }), text({ type: 'heartbeat' }));
    await a.ticks(2);
    await a.ping();
    assert.deepEqual(idsOf(a.listed), ['A']);
    await raw.ended();
  }));

  test('2.1 Pongs keep nobody alive, unless PONG_KEEPS_ALIVE says so', awake(TICK / 2, async (t) => {
    const here = await scene(t, server);
    const there = await scene(t, ponging);
    // ws answers every ping.
    const [a, b] = [await here.client('A'), await there.client('B')];
    // This one answers none.
    const raw = await RawSocket.open(t, ponging.port, { target: target(there.org, 'R') });
    await b.sees('B', 'R');
    await a.expectClose(1008, 'Client timeout');
    await b.sees('B');
    const from = performance.now();
    while (performance.now() - from < 2 * TIMEOUT) await b.ticks(1);
    assert.ok(b.isOpen);
    assert.deepEqual(idsOf(b.listed), ['B']);
    await readUntil(raw, PING);
  }));

  test('2.1 Pings are only for dead TCP: who speaks but answers none stays', awake(TIMEOUT / 4, async (t) => {
    const { org, client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const raw = await RawSocket.open(t, server.port, { target: target(org, 'R') });
    const clock = setInterval(() => raw.send(text({ type: 'heartbeat' })), BEAT);
    t.after(() => clearInterval(clock));
    await a.sees('A', 'R');
    const from = performance.now();
    while (performance.now() - from < 2 * TIMEOUT) await a.ticks(1);
    assert.deepEqual(idsOf(a.listed), ['A', 'R']);
    await readUntil(raw, PING);
  }));

  test('2.1 A device that is suspended, and answers nothing, has its whole CLIENT_TIMEOUT', awake(TICK / 2, async (t) => {
    const { org, client } = await scene(t, server);
    const a = await client('A', [], { beatMs: BEAT });
    const from = performance.now();
    const raw = await RawSocket.open(t, server.port, { target: target(org, 'R') });
    await a.sees('A', 'R');
    await a.sees('A');
    assert.ok(performance.now() - from > TIMEOUT, 'it was given up before its time');
    const { code, reason } = await readUntil(raw, CLOSE);
    assert.deepEqual([code, reason], [1008, 'Client timeout']);
  }));

  test('20. The newest connection is the one', async (t) => {
    const { client, stats } = await scene(t, calm);
    const a1 = await client('A', ADMIN, { clientName: 'one' });
    const b = await client('B');
    const joinTime = async () => (await stats()).candidates.find(({ deviceId }) => deviceId === 'A')?.joinTime;
    const before = await joinTime();
    await eventually(() => Date.now() > before);
    const a2 = await client('A', STRONG, { clientName: 'two' });
    await a1.expectClose(1008, 'Replaced by new connection');
    for (const one of [a2, b]) {
      const { clients } = await one.list(({ clients: [first] }) => first.name === 'two');
      assert.deepEqual(clients.map(({ id, capabilities }) => [id, capabilities]), [['A', STRONG.split(',')], ['B', []]]);
    }
    assert.equal(await joinTime(), before);
    b.tell('A', 1);
    assert.equal(await a2.expectFrom('B'), 1);
    assert.equal(a1.all('peer-message').length, 0);
    await b.ticks(2);
    assert.deepEqual(idsOf(b.listed), ['A', 'B']);
    assert.ok(b.all('client-list-update').every(({ data }) => idsOf(data).includes('A')));
  });

  test('20. Nothing that the old connection does has an effect', async (t) => {
    await Promise.all(['close', 'reset', 'finish'].map(async (end) => {
      const { org, client } = await scene(t, calm);
      const b = await client('B');
      const old = await RawSocket.open(t, calm.port, { target: target(org, 'A') });
      await b.sees('B', 'A');
      const mark = b.mark();
      const a = await client('A', [], { clientName: end });
      assert.equal((await readUntil(old, CLOSE)).reason, 'Replaced by new connection');
      old.send(text({ type: 'peer-message', data: { targetId: 'B', message: 'old' } }), text({ type: 'location-update', data: { latitude: 1, longitude: 1 } }));
      if (end === 'close') old.send(frame(CLOSE, Buffer.from([3, 240])));
      else old[end]();
      await old.ended().catch(() => {});
      await b.ticks(2);
      await quiet(a, b);
      assert.ok(b.all('client-list-update', mark).every(({ data }) => idsOf(data).join() === 'B,A'));
      await a.drop();
      await b.sees('B');
    }));
  });

  test('20. An admin stays in office', async (t) => {
    const { client, terms } = await scene(t, calm);
    const a = await client('A');
    await client('X', ADMIN);
    const { term } = await a.announced('X');
    await client('Y', STRONG);
    for (let i = 0; i < 3; i++) {
      const next = await client('X', ADMIN, { clientName: `number ${i}` });
      await next.announced('X');
      assert.equal(next.log[1].data.adminId, 'X');
    }
    await a.ticks(3);
    assert.deepEqual(distinct(a.announcements()), ['X']);
    assert.deepEqual(terms().at(-1), [term, 'X']);
  });

  test('20. An admin that comes back without admin.manage is none any more', async (t) => {
    const { client, stats } = await scene(t, calm);
    const a = await client('A');
    await client('X', STRONG);
    await a.announced('X');
    await client('Y', ADMIN);
    const x = await client('X', 'location.view');
    const { term } = await x.ruledBy(null);
    const mark = a.mark();
    await a.announced('Y');
    assert.ok((await a.ruledBy('Y')).term > term);
    assert.deepEqual((await stats()).candidates.map(({ deviceId }) => deviceId), ['Y']);
    // With it once more it stands again, and its place is the old one.
    await client('X', STRONG);
    assert.deepEqual(idsOf(await a.list(({ clients }) => clients[1].capabilities.length === 2)), ['A', 'X', 'Y']);
    await a.ticks(2);
    assert.deepEqual(distinct(a.announcements(mark)), ['Y']);
  });

  test('20. It competes with what the newest connection can do', awake(DELAY / 4, async (t) => {
    const { client } = await scene(t, calm);
    const a = await client('A');
    // Both within the delay of X; the one that was there first wins the tie in the end.
    await client('X', 'location.view');
    await client('Y', STRONG);
    await client('X', STRONG);
    assert.equal((await a.announced()).deviceId, 'X');
  }));

  // Its clients are alive, whoever stands still.
  test('19. A server that was stopped for longer than CLIENT_TIMEOUT', { skip: process.platform === 'win32' && 'has no SIGSTOP' }, awake(TIMEOUT / 4, async (t) => {
    const groups = await Promise.all(times(4, async () => {
      const [one, other] = [await scene(t, stoppable), await scene(t, stoppable)];
      const beating = await Promise.all(['A', 'B', 'C'].map((id) => one.client(id, [], { beatMs: BEAT })));
      const [x, silent] = [await one.client('X', ADMIN, { beatMs: BEAT }), await one.client('silent')];
      const [m, y] = [await other.mainAdmin('M', { beatMs: BEAT }), await other.client('Y', STRONG, { beatMs: BEAT })];
      const { term } = await x.announced('X');
      await y.announced('M');
      return { one, beating, x, silent, m, y, term };
    }));
    process.kill(stoppable.pid, 'SIGSTOP');
    await passTime(STOPPED_FOR);
    process.kill(stoppable.pid, 'SIGCONT');
    await Promise.all(groups.map(async ({ one, beating, x, silent, m, y, term }) => {
      await silent.expectClose(1008, 'Client timeout');
      await Promise.all([x, y].map((client) => client.ticks(5)));
      for (const client of [...beating, x, y, m]) assert.ok(client.isOpen, `${client.id}: ${JSON.stringify(client.end)}`);
      const list = await x.list(({ clients }) => !clients.some(({ id }) => id === 'silent'));
      assert.deepEqual(idsOf(list).sort(), ['A', 'B', 'C', 'X']);
      assert.deepEqual(distinct(x.announcements()), ['X']);
      assert.deepEqual(one.terms().at(-1), [term, 'X']);
      assert.deepEqual(distinct(y.announcements()), ['M']);
    }));
  }));
});

describe('Slow clients', { concurrency: 1 }, () => {
  test('Section 4. MAX_QUEUE_BYTES: one that does not read disturbs nobody and is closed', async (t) => {
    const { client } = await scene(t, narrow);
    const [a, b, slow] = [await client('A'), await client('B'), await client('slow')];
    for (const one of [a, b]) await one.sees('A', 'B', 'slow');
    const before = residentKB(narrow.pid);
    slow.pause();
    const filler = 'x'.repeat(20_000);
    const late = [];
    const isGone = () => !idsOf(b.listed).includes('slow');
    let sent = 0;
    for (; sent < 2_000 && !isGone(); sent++) {
      const from = performance.now();
      a.tell('broadcast', `${sent} ${filler}`);
      assert.equal((await b.expectFrom('A')).split(' ')[0], `${sent}`);
      late.push(performance.now() - from);
    }
    assert.ok(isGone(), `still there after ${sent} messages`);
    const grown = residentKB(narrow.pid) - before;
    assert.ok(grown < 100_000, `${grown} KB more`);
    late.sort((x, y) => x - y);
    assert.ok(late[late.length >> 1] < 50 && late.at(-1) < LATE, `median ${late[late.length >> 1]} ms, at most ${late.at(-1)} ms`);
    slow.pause(false);
    const { code } = await slow.ended();
    // It may find no more than a broken TCP connection behind what it has not read.
    assert.ok([1013, 1006].includes(code), `closed with ${code}`);
    const numbers = slow.all('peer-message').map(({ data }) => Number(data.message.split(' ')[0]));
    assert.deepEqual(numbers, times(numbers.length, (i) => i));
  });

  test('Section 4. MAX_QUEUE_BYTES: locations and lists are dropped for one that does not read, and it catches up', async (t) => {
    const { client } = await scene(t, narrow);
    const [a, b, slow] = [await client('A'), await client('B'), await client('slow')];
    await a.sees('A', 'B', 'slow');
    slow.pause();
    const filler = 'x'.repeat(20_000);
    for (let n = 0; n < 600; n++) {
      a.locate({ latitude: 1, longitude: 2, n, filler });
      assert.equal((await b.expect('location-update')).location.n, n);
      if (n % 20 === 0) await (await client(`c${n}`)).drop();
    }
    await b.sees('A', 'B', 'slow');
    a.tell('slow', 'reliable');
    slow.pause(false);
    let data;
    do data = await slow.expect((message) => ['location-update', 'peer-message'].includes(message.type)); while (data.message !== 'reliable');
    const seen = slow.all('location-update').map((update) => update.data.location.n);
    assert.ok(seen.length < 600, 'all of it went into the buffers of TCP: this has proved nothing');
    assert.deepEqual(seen, [...seen].sort((x, y) => x - y));
    assert.equal(seen.at(-1), 599);
    await slow.sees('A', 'B', 'slow');
    await quiet(a, slow);
  });
});
