// Who becomes the temporary admin: scenarios 10 to 17 and 27 of the Mesh contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, awake, eventually, idsOf, passTime, scene, startMesh, times } from '../lib/mesh.mjs';

const TICK = 200;
const DELAY = 600;
const SOON = 100;
const OWN_DELAY = 2_000;
const NEVER = '600000';

const timed = { CLIENT_TIMEOUT: NEVER, HEARTBEAT_INTERVAL: String(TICK) };
const [slow, quick] = await Promise.all([
  startMesh({ ...timed, ELECTION_DELAY: String(DELAY), MINI_SERVER_DEVICE_ID: 'server_7' }),
  // Whatever is announced here is not announced by a tick.
  startMesh({ CLIENT_TIMEOUT: NEVER, HEARTBEAT_INTERVAL: NEVER, ELECTION_DELAY: String(SOON) }),
]);
const standing = { ...timed, ELECTION_DELAY: String(OWN_DELAY), MINI_SERVER_CAPABILITIES: 'admin.manage,location.view', MINI_SERVER_DEVICE_ID: 'server_7' };
const own = await startMesh(standing, [], ['org_1', 'org_2']);
after(() => Promise.all([slow, quick, own].map((server) => server.stop())));

const distinct = (ids) => [...new Set(ids)];

describe('Elections', { concurrency: 16 }, () => {
  test('27. Own device: it is elected where it beats the clients, and where it does not they are', awake(OWN_DELAY / 4, async (t) => {
    // The clock of its own device runs from its start.
    const server = await startMesh(standing, [], ['org_1', 'org_2']);
    t.after(() => server.stop());
    const [one, other] = [await scene(t, server), await scene(t, server)];
    const [x, y] = [await one.client('X', ADMIN), await other.client('Y', 'location.view,admin.manage,server.temporary')];
    const a = await other.client('A');
    const { term } = await x.announced('server_7');
    const list = await x.ruledBy('server_7');
    assert.deepEqual([idsOf(list), list.term], [['X'], term]);
    await x.ticks(2);
    assert.deepEqual(distinct(x.announcements()), ['server_7']);
    const { isAdmin, currentAdmin, clientCount, candidates } = await one.stats();
    assert.deepEqual([isAdmin, currentAdmin, clientCount], [true, 'server_7', 1]);
    assert.deepEqual(candidates.map(({ deviceId, priority }) => [deviceId, priority]).sort(), [['X', 11], ['server_7', 17]].sort());

    await a.announced('Y');
    assert.deepEqual(distinct(a.announcements()), ['Y']);
    await y.drop();
    await a.ruledBy(null);
    const from = a.mark();
    await a.announced('server_7', from);
    assert.deepEqual(distinct(a.announcements(from)), ['server_7']);
  }));

  test('27. Own device: it was there first, and there is no pre-emption', async (t) => {
    const { client } = await scene(t, own);
    const x = await client('X', STRONG);
    await x.announced('server_7');
    const y = await client('Y', 'location.view,admin.manage,server.temporary');
    await y.announced('server_7');
    await y.ticks(2);
    assert.deepEqual(distinct([...x.announcements(), ...y.announcements()]), ['server_7']);
  });

  test('27. Own device: it makes way for a main admin and comes back', async (t) => {
    const { client, mainAdmin } = await scene(t, own);
    const a = await client('A');
    await a.announced('server_7');
    const m = await mainAdmin('M');
    await a.announced('M');
    await a.ruledBy('M');
    await m.drop();
    await a.ruledBy(null);
    const from = a.mark();
    await a.announced('server_7', from);
    await a.ruledBy('server_7');
    assert.deepEqual(distinct(a.announcements(from)), ['server_7']);
  });

  test('27. Own device: without admin.manage it never stands (defects 5 and 6)', async (t) => {
    const { client, stats } = await scene(t, slow);
    const a = await client('A', 'location.view,server.temporary');
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual([a.announcements(), (await stats()).candidates], [[], []]);
    const x = await client('X', ADMIN);
    await a.announced('X');
    await x.ticks(2);
    assert.deepEqual(distinct(a.announcements()), ['X']);
  });

  test('10. Single candidate', async (t) => {
    const { client } = await scene(t, slow);
    const from = performance.now();
    const x = await client('X', ADMIN);
    await x.announced('X');
    assert.ok(performance.now() - from >= DELAY);
    await x.ruledBy('X');
    const start = x.mark();
    await x.ticks(6);
    const [ticks, announced] = [x.all('server-heartbeat', start).length, x.announcements(start).length];
    assert.ok(Math.abs(ticks - announced) <= 1, `${announced} announcements in ${ticks} ticks`);
    assert.deepEqual(distinct(x.announcements()), ['X']);
  });

  test('10. Single candidate: the announcement does not wait for a tick', async (t) => {
    const { client } = await scene(t, quick);
    const a = await client('A');
    const x = await client('X', ADMIN);
    for (const one of [a, x]) {
      await one.announced('X');
      // O3: first the announcement, then the list.
      const from = one.types().indexOf('admin-heartbeat');
      await eventually(() => one.all('client-list-update', from).some(({ data }) => data.adminId === 'X'));
      assert.deepEqual(one.announcements(), ['X']);
    }
  });

  test('11. No candidate', async (t) => {
    const { client } = await scene(t, slow);
    const a = await client('A', 'location.view,location.share,server.temporary,admin,admin.manager');
    await client('B');
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual(a.announcements(), []);
    assert.ok(a.all('client-list-update').every(({ data }) => data.adminId === null));
    const from = performance.now();
    await client('X', ADMIN);
    await a.announced('X');
    assert.ok(performance.now() - from >= DELAY);
  });

  test('12. Priority', awake(DELAY / 4, async (t) => {
    const [one, other] = [await scene(t, slow), await scene(t, slow)];
    const from = performance.now();
    const x = await one.client('X', ADMIN);
    await passTime(DELAY / 2);
    const y = await one.client('Y', STRONG);
    // Another organisation's candidate that comes with Y is the clock.
    const z = await other.client('Z', ADMIN);
    const announced = await y.announced();
    assert.equal(announced.deviceId, 'Y');
    assert.ok(performance.now() - from >= DELAY);
    await x.announced('Y');
    const clock = await z.announced('Z');
    assert.ok(announced.timestamp < clock.timestamp, `Y is announced at ${announced.timestamp}, Z at ${clock.timestamp}`);
    assert.deepEqual(distinct([...x.announcements(), ...y.announcements()]), ['Y']);
  }));

  test('13. Tie: the one that came first, in 50 of 50 runs', async (t) => {
    await Promise.all(times(5, async () => {
      const { client } = await scene(t, quick);
      const a = await client('A');
      for (let run = 0; run < 10; run++) {
        const mark = a.mark();
        const x = await client(`X${run}`, STRONG);
        const y = await client(`Y${run}`, ['admin.manage', 'location.view']);
        assert.equal((await a.announced(undefined, mark)).deviceId, x.id);
        await Promise.all([x.drop(), y.drop()]);
        await a.sees('A');
      }
    }));
  });

  test('13. Tie: of those who come at the same moment the first in the list', async (t) => {
    await Promise.all(times(5, async (k) => {
      const { client } = await scene(t, quick);
      const a = await client('A');
      for (let run = 0; run < 6; run++) {
        const all = await Promise.all(times(6, (i) => client(`c${(i * 5 + run + k) % 6}`, ADMIN)));
        const { clients } = await a.list(({ clients: now }) => now.length === 7);
        const list = await a.list(({ adminId }) => adminId !== null);
        assert.equal(list.adminId, clients[1].id);
        assert.equal((await all[0].announced()).deviceId, clients[1].id);
        await Promise.all(all.map((one) => one.drop()));
        await a.sees('A');
      }
    }));
  });

  test('14. No starvation', awake(DELAY / 4, async (t) => {
    const { client } = await scene(t, slow);
    const x = await client('X', ADMIN);
    let candidates = 0;
    const from = performance.now();
    for (let i = 0; i < 20; i++) {
      await passTime(Math.max(0, from + (i + 1) * DELAY / 2 - performance.now()));
      await client(`c${i}`, ADMIN);
      candidates += 1;
      if (x.announcements().length > 0) break;
    }
    assert.ok(candidates <= 8, `${candidates} candidates came before somebody was elected`);
    assert.deepEqual(distinct(x.announcements()), ['X']);
  }));

  test('15. No pre-emption', async (t) => {
    const { client, terms } = await scene(t, slow);
    const x = await client('X', ADMIN);
    const { term } = await x.announced('X');
    const y = await client('Y', 'location.view,admin.manage,server.temporary');
    await y.announced('X');
    assert.deepEqual(y.types().slice(0, 3), ['welcome', 'client-list-update', 'admin-heartbeat']);
    await y.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual(distinct([...x.announcements(), ...y.announcements()]), ['X']);
    assert.deepEqual(distinct(y.all('client-list-update').map(({ data }) => data.adminId)), ['X']);
    // One who leaves and was not in office changes nothing.
    await y.drop();
    await x.sees('X');
    await x.ticks(2);
    assert.deepEqual(terms().at(-1), [term, 'X']);
  });

  test('16. Admin loss', async (t) => {
    const { client } = await scene(t, slow);
    const [a, x] = [await client('A'), await client('X', STRONG)];
    await a.announced('X');
    const y = await client('Y', ADMIN);
    await client('Z', ADMIN);
    await a.sees('A', 'X', 'Y', 'Z');
    const from = performance.now();
    await x.drop();
    await Promise.all([a, y].map(async (one) => {
      assert.equal((await one.sees('A', 'Y', 'Z')).adminId, null);
      const mark = one.mark();
      await one.announced('Y', mark);
      assert.ok(performance.now() - from >= DELAY);
      await one.ruledBy('Y');
      assert.deepEqual(distinct(one.announcements(mark)), ['Y']);
    }));
  });

  test('16. Admin loss: without another candidate', async (t) => {
    const { client } = await scene(t, slow);
    const [a, x] = [await client('A', 'location.view'), await client('X', ADMIN)];
    await a.announced('X');
    await x.close();
    const list = await a.sees('A');
    assert.equal(list.adminId, null);
    const mark = a.mark();
    await a.ticks(Math.ceil(2 * DELAY / TICK));
    assert.deepEqual(a.announcements(mark), []);
    const b = await client('B');
    await b.ping();
    assert.deepEqual([b.listed.adminId, b.announcements()], [null, []]);
  });

  test('16. Admin loss: the last candidate goes while the election is pending', async (t) => {
    const { client } = await scene(t, slow);
    const a = await client('A');
    await (await client('X', ADMIN)).drop();
    await a.sees('A');
    await a.ticks(Math.ceil(1.5 * DELAY / TICK));
    assert.deepEqual(a.announcements(), []);
    // The next one waits for the whole time again.
    const from = performance.now();
    await client('Y', ADMIN);
    await a.announced('Y');
    assert.ok(performance.now() - from >= DELAY);
  });

  test('17. Admin returns in the delay: a tie is lost', awake(DELAY / 4, async (t) => {
    const { client, stats } = await scene(t, slow);
    const [a, x] = [await client('A'), await client('X', ADMIN)];
    await a.announced('X');
    const y = await client('Y', ADMIN);
    await x.drop();
    await a.sees('A', 'Y');
    const mark = a.mark();
    await client('X', ADMIN);
    await a.announced('Y', mark);
    await a.ruledBy('Y');
    assert.deepEqual(distinct(a.announcements(mark)), ['Y']);
    const times = Object.fromEntries((await stats()).candidates.map(({ deviceId, joinTime }) => [deviceId, joinTime]));
    assert.ok(times.X > times.Y);
    assert.ok(y.isOpen);
  }));

  test('17. Admin returns in the delay: with a higher priority it wins again, in a new term', awake(DELAY / 4, async (t) => {
    const { client } = await scene(t, slow);
    const [a, x] = [await client('A'), await client('X', STRONG)];
    const { term } = await a.announced('X');
    await client('Y', ADMIN);
    await x.drop();
    const vacancy = await a.sees('A', 'Y');
    const mark = a.mark();
    await client('X', STRONG);
    const again = await a.announced('X', mark);
    assert.ok(term < vacancy.term && vacancy.term < again.term);
    assert.deepEqual(distinct(a.announcements(mark)), ['X']);
  }));
});
