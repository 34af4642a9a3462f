// Main admins come and go: scenarios 24 to 26 of the Mesh contract, and what HANDOFF changes.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, awake, eventually, idsOf, passTime, quiet, scene, startMesh } from '../lib/mesh.mjs';

const TICK = 200;
const DELAY = 400;
const ABSENT = 1_500;
/** Often enough, also on a busy machine. */
const BEAT = 150;
const NEVER = '600000';

const [keep, still, closing] = await Promise.all([
  startMesh({ HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: String(DELAY), MAIN_ADMIN_TIMEOUT: String(ABSENT), CLIENT_TIMEOUT: NEVER }),
  // Here nothing comes of a tick, and nothing of an election but where a test waits for it.
  startMesh({ HEARTBEAT_INTERVAL: NEVER, ELECTION_DELAY: NEVER, MAIN_ADMIN_TIMEOUT: NEVER, CLIENT_TIMEOUT: NEVER }),
  startMesh({ HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: '100', HANDOFF: 'close', MAIN_ADMIN_TIMEOUT: NEVER, CLIENT_TIMEOUT: NEVER }),
]);
after(() => Promise.all([keep, still, closing].map((server) => server.stop())));

const distinct = (ids) => [...new Set(ids)];

describe('Main admins', { concurrency: 20 }, () => {
  test('24. Main admin returns', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin, stats, terms } = await scene(t, keep);
    const [a, x, y] = [await client('A'), await client('X', STRONG), await client('Y', ADMIN)];
    const { term } = await a.announced('X');
    const candidates = async () => (await stats()).candidates.map(({ deviceId, joinTime, priority }) => [deviceId, joinTime, priority]);
    const before = await candidates();
    const everybody = [a, x, y];
    const marks = everybody.map((one) => one.mark());
    const m = await mainAdmin('M', { beatMs: BEAT });
    await Promise.all([...everybody, m].map(async (one) => {
      const announcement = await one.announced('M');
      const list = await one.ruledBy('M');
      assert.deepEqual(idsOf(list), ['A', 'X', 'Y', 'M']);
      assert.ok(announcement.term > term && list.term === announcement.term);
    }));
    assert.deepEqual(m.types().slice(0, 2), ['welcome', 'client-list-update']);
    // Relaying goes on, and the records are kept.
    x.tell('M', 'welcome back');
    assert.equal(await m.expectFrom('X'), 'welcome back');
    a.tell('broadcast', 'hello');
    for (const one of [x, y, m]) assert.equal(await one.expectFrom('A'), 'hello');
    const now = await candidates();
    assert.deepEqual(now.filter(([id]) => id !== 'M'), before);
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    for (const [i, one] of everybody.entries()) {
      const ids = one.announcements(marks[i]);
      // Once M has been announced nobody else is any more.
      assert.deepEqual(distinct(ids.slice(ids.indexOf('M'))), ['M']);
      assert.ok(one.isOpen);
    }
    assert.equal((await stats()).currentAdmin, 'M');
    assert.deepEqual(terms().slice(-2).map(([, holder]) => holder), ['X', 'M']);
  }));

  test('24. Main admin returns: at once, and not with a tick', async (t) => {
    const { client, mainAdmin } = await scene(t, still);
    const [a, x] = [await client('A'), await client('X', STRONG)];
    const m = await mainAdmin('M');
    for (const one of [a, x, m]) {
      await one.announced('M');
      await one.ruledBy('M');
      assert.deepEqual(distinct(one.announcements()), ['M']);
    }
    const b = await client('B', STRONG);
    await b.announced('M');
    assert.deepEqual(b.types().slice(0, 3), ['welcome', 'client-list-update', 'admin-heartbeat']);
    assert.equal(b.log[1].data.adminId, 'M');
  });

  test('24. Main admin returns: a pending election never fires', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const [a, x] = [await client('A'), await client('X', STRONG)];
    await mainAdmin('M', { beatMs: BEAT });
    await a.announced('M');
    await client('Y', STRONG);
    await a.ticks(Math.ceil(3 * DELAY / TICK));
    assert.deepEqual(distinct([...a.announcements(), ...x.announcements()]), ['M']);
  }));

  test('24. Main admin returns: it is its very own device that was elected while it was a client', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const [a, x] = [await client('A'), await client('X', ADMIN)];
    await a.announced('X');
    const m = await mainAdmin('X', { beatMs: BEAT });
    await x.expectClose(1008, 'Replaced by new connection');
    await m.announced('X');
    await a.sees('A', 'X');
    const mark = a.mark();
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual(distinct(a.announcements(mark)), ['X']);
    assert.deepEqual(distinct(a.all('client-list-update', mark).map(({ data }) => data.adminId)).filter((id) => id !== 'X'), []);
  }));

  test('Section 2.4. Who is no main admin', async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const [a, x] = [await client('A'), await client('X', ADMIN)];
    const { term } = await a.announced('X');
    await client('B', STRONG, { deviceType: 'client', beatMs: BEAT });
    await client('C', STRONG, { deviceType: 'Admin', beatMs: BEAT });
    await mainAdmin('D', { capabilities: 'location.view,admin', beatMs: BEAT });
    // Defect 13: what the temporary admin says does not make it the main one.
    x.beat(BEAT);
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual([distinct(a.announcements()), a.listed.term], [['X'], term]);
    await x.drop();
    await a.ruledBy(null);
    await a.announced('B');
  });

  test('25. Main admin lost: it closes, and who came first is elected after the delay', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const x = await client('X', ADMIN);
    await x.announced('X');
    const m = await mainAdmin('M', { beatMs: BEAT });
    await x.announced('M');
    const y = await client('Y', ADMIN);
    const z = await client('Z', ADMIN);
    const from = performance.now();
    await m.drop();
    const vacancy = await z.ruledBy(null);
    assert.deepEqual(idsOf(vacancy), ['X', 'Y', 'Z']);
    const mark = z.mark();
    // The connection of Z outlives the vacancy; that of X is a new one, and still its place is kept.
    const x2 = await client('X', ADMIN);
    await z.announced('X', mark);
    assert.ok(performance.now() - from >= DELAY);
    await z.ruledBy('X');
    assert.deepEqual(distinct(z.announcements(mark)), ['X']);
    assert.ok([x2, y, z].every((one) => one.isOpen));
  }));

  test('25. Main admin lost: without candidates nobody follows', async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const a = await client('A');
    const m = await mainAdmin('M', { beatMs: BEAT });
    await a.announced('M');
    await m.close();
    await a.ruledBy(null);
    const mark = a.mark();
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual(a.announcements(mark), []);
    await mainAdmin('M', { beatMs: BEAT });
    await a.announced('M', mark);
    await a.ruledBy('M');
  });

  test('25. Main admin lost: it is silent, and takes over at once when it speaks', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const from = performance.now();
    const m = await mainAdmin('M');
    const x = await client('X', STRONG);
    await x.announced('M');
    const vacancy = await x.ruledBy(null);
    assert.ok(performance.now() - from >= ABSENT, `absent after ${performance.now() - from} ms`);
    assert.deepEqual(idsOf(vacancy), ['M', 'X']);
    const mark = x.mark();
    await x.announced('X', mark);
    assert.ok(performance.now() - from >= ABSENT + DELAY);
    await x.ruledBy('X');
    for (const word of ['{bad', '{"type":"heartbeat"}']) {
      const before = x.mark();
      const { term } = x.listed;
      m.raw(word);
      assert.ok((await x.announced('M', before)).term > term);
      await x.ruledBy('M');
      await x.ruledBy(null);
      await x.ruledBy('X');
    }
    assert.ok(m.isOpen);
  }));

  test('25. Main admin lost: it is as long in office as it speaks', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin, terms } = await scene(t, keep);
    await mainAdmin('M', { beatMs: BEAT });
    const x = await client('X', STRONG);
    await x.announced('M');
    await x.ticks(Math.ceil(2.2 * ABSENT / TICK));
    assert.deepEqual(distinct(x.announcements()), ['M']);
    assert.equal(terms().filter(([, holder]) => holder === 'M').length, 1);
  }));

  test('Section 2.4. One who is absent but connected is an ordinary candidate', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin, elect } = await scene(t, keep);
    const a = await client('A');
    const m = await mainAdmin('M', { capabilities: STRONG });
    await client('X', ADMIN);
    await a.announced('M');
    await a.ruledBy(null);
    const mark = a.mark();
    await a.announced('M', mark);
    await a.ruledBy('M');
    // Speaking again it is the main admin: no election can be demanded any more.
    m.beat(BEAT);
    await m.ping();
    assert.equal(await elect(), 409);
    assert.deepEqual(distinct(a.announcements()), ['M']);
  }));

  test('26. Two main admins: the first stays; the other one follows without an election', async (t) => {
    // Where no election would ever be over.
    const { client, mainAdmin } = await scene(t, still);
    const a = await client('A');
    await client('X', STRONG);
    const m1 = await mainAdmin('M2');
    await a.announced('M2');
    const { term } = await a.ruledBy('M2');
    const others = [];
    for (const id of ['m', 'M3', 'M1', 'é']) others.push(await mainAdmin(id));
    await a.list(({ clients }) => clients.length === 7);
    await quiet(a, ...others);
    assert.deepEqual(distinct(a.announcements()), ['M2']);
    assert.equal(a.listed.term, term);
    await m1.drop();
    // By plain order of their ids.
    for (const next of ['M1', 'M3', 'm', 'é']) {
      const list = await a.ruledBy(next);
      await a.announced(next);
      assert.ok(list.term > term);
      await others.find(({ id }) => id === next).drop();
    }
    await a.ruledBy(null);
    assert.deepEqual(distinct(a.announcements()), ['M2', 'M1', 'M3', 'm', 'é']);
    // In between nobody was out of office.
    const reigns = a.all('client-list-update').map(({ data }) => data.adminId);
    assert.deepEqual(distinct(reigns.slice(reigns.indexOf('M2'), -1).filter((id) => id === null)), []);
  });

  test('26. Two main admins: one that is silent is followed by the other', awake(DELAY / 4, async (t) => {
    const { client, mainAdmin } = await scene(t, keep);
    const x = await client('X', STRONG);
    const m1 = await mainAdmin('M1');
    await x.announced('M1');
    await mainAdmin('M2', { beatMs: BEAT });
    const mark = x.mark();
    await x.announced('M2', mark);
    await x.ruledBy('M2');
    // First come stays, also when the other one speaks again.
    const later = x.mark();
    m1.beat(BEAT);
    await x.ticks(4);
    assert.deepEqual(distinct(x.announcements(later)), ['M2']);
    assert.ok(!x.announcements().includes('X'));
  }));

  test('26. Two main admins: the first is replaced by a new connection of its own', async (t) => {
    const { client, mainAdmin } = await scene(t, still);
    const a = await client('A');
    const m1 = await mainAdmin('M2');
    await mainAdmin('M1');
    await a.sees('A', 'M2', 'M1');
    const { term } = await a.ruledBy('M2');
    const again = await mainAdmin('M2', { capabilities: STRONG });
    await m1.expectClose(1008, 'Replaced by new connection');
    await again.announced('M2');
    await a.list(({ clients }) => clients[1].capabilities.length === 2);
    assert.deepEqual([distinct(a.announcements()), a.listed.term], [['M2'], term]);
    // Without admin.manage it is none any more.
    await mainAdmin('M2', { capabilities: 'location.view' });
    await a.ruledBy('M1');
    await a.announced('M1');
  });

  test('Section 2.4. Everybody but main admins hears the notices, and then goes', async (t) => {
    const { client, mainAdmin } = await scene(t, closing);
    const [a, x, y] = [await client('A'), await client('X', STRONG), await client('Y', ADMIN)];
    await a.announced('X');
    const m = await mainAdmin('M');
    for (const one of [a, x, y]) {
      await one.expectClose(1001, 'Main admin returned');
      await one.announced('M');
      assert.equal(one.listed.adminId, 'M');
    }
    await m.sees('M');
    await m.announced('M');
    // They may come back, and a second main admin sends nobody away.
    const [b, c] = [await client('A'), await client('X', STRONG)];
    await b.announced('M');
    const m2 = await mainAdmin('M2');
    await m2.sees('M', 'A', 'X', 'M2');
    const m3 = await mainAdmin('M');
    await m.expectClose(1008, 'Replaced by new connection');
    await quiet(m3, b, c, m2);
    // The next in office was there already.
    await m3.drop();
    await m2.ruledBy('M2');
    await m2.ping();
    assert.ok(m2.isOpen);
  });

  test('Section 2.4. Without a main admin nobody is sent away', async (t) => {
    const { client } = await scene(t, closing);
    const [a, x] = [await client('A'), await client('X', ADMIN)];
    await a.announced('X');
    await x.drop();
    await a.ruledBy(null);
    const y = await client('Y', STRONG);
    await a.announced('Y');
    await a.ticks(2);
    assert.ok(a.isOpen && y.isOpen);
  });

  test('Section 2.4. One who comes while the others are sent away may stay', async (t) => {
    const { client, mainAdmin } = await scene(t, closing);
    const all = await Promise.all(['A', 'B', 'C', 'D'].map((id) => client(id, ADMIN)));
    const m = await mainAdmin('M');
    const again = await Promise.all(['A', 'B', 'C', 'D'].map((id) => client(`${id}2`)));
    for (const one of all) assert.deepEqual(await one.ended(), { code: 1001, reason: 'Main admin returned' });
    await m.list(({ clients }) => clients.length === 5);
    await passTime(TICK);
    await eventually(() => again.every((one) => one.isOpen));
  });
});
