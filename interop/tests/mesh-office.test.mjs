// Terms of office, elections on demand, and an organisation whose lists are long.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, eventually, idsOf, scene, startMesh, times } from '../lib/mesh.mjs';

const TICK = 200;
const SOON = 100;
const ADMIN_TOKEN = 'operator + & %';

const timed = { CLIENT_TIMEOUT: '600000', HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: String(SOON) };
const [quick, calm] = await Promise.all([
  startMesh({ ...timed, ADMIN_TOKEN }),
  // A crowd within one process cannot answer pings as fast as a quick server wants it.
  startMesh({ ...timed, HEARTBEAT_INTERVAL: '30000', TRUSTED_PROXIES: '127.0.0.1' }),
]);
after(() => Promise.all([quick, calm].map((server) => server.stop())));

const operator = { Authorization: `Bearer ${ADMIN_TOKEN}` };
const distinct = (ids) => [...new Set(ids)];

describe('The office', { concurrency: 8 }, () => {
  test('Terms change with the office and with nothing else', async (t) => {
    const start = Date.now() - 60_000;
    const { client, terms } = await scene(t, quick);
    const a = await client('A');
    assert.equal(a.listed.adminId, null);
    assert.ok(a.listed.term >= start && a.listed.term <= Date.now() + 1_000, `${a.listed.term}`);
    for (const id of ['X', 'Y', 'Z']) await client(id, ADMIN);
    await a.announced('X');
    // What has nothing to do with the office.
    const b = await client('B');
    await b.drop();
    const x2 = await client('X', STRONG);
    await client('Y', ADMIN);
    const c = await client('C', 'location.view,admin.manage,server.temporary');
    await a.ask();
    await a.ticks(3);
    await c.drop();
    await a.sees('A', 'X', 'Y', 'Z');
    await x2.drop();
    await a.announced('Y');
    await a.ruledBy('Y');
    const history = terms();
    assert.deepEqual(history.map(([, holder]) => holder), [null, 'X', null, 'Y']);
    const ask = await a.ask();
    assert.deepEqual([ask.term, ask.adminId], history.at(-1));
  });

  test('Defect 12. The old admin stays a candidate', async (t) => {
    const { client, elect, stats } = await scene(t, quick);
    const a = await client('A');
    const x = await client('X', ADMIN);
    const { term } = await a.announced('X');
    const y = await client('Y', STRONG);
    await a.sees('A', 'X', 'Y');
    const mark = a.mark();
    assert.equal(await elect(operator), 202);
    assert.ok((await a.announced('Y', mark)).term > term);
    await a.ruledBy('Y');
    assert.deepEqual((await stats()).candidates.map(({ deviceId }) => deviceId).sort(), ['X', 'Y']);
    assert.ok([a, x, y].every((one) => one.isOpen));
    const after = a.mark();
    await y.drop();
    await a.announced('X', after);
    // Nobody else stands: it is elected again.
    const again = a.mark();
    const { term: before } = await a.ruledBy('X');
    assert.equal(await elect(operator), 202);
    const list = await a.list(({ adminId, term: now }) => adminId === 'X' && now > before);
    assert.equal((await a.announced('X', again)).deviceId, 'X');
    assert.deepEqual(idsOf(list), ['A', 'X']);
  });

  test('Who may demand one', async (t) => {
    const { client, elect } = await scene(t, quick);
    const x = await client('X', ADMIN);
    const { term } = await x.announced('X');
    for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Authorization: `Basic ${ADMIN_TOKEN}` }, { Authorization: ADMIN_TOKEN }]) {
      assert.ok([401, 403].includes(await elect(headers)), JSON.stringify(headers));
    }
    assert.equal(await elect(), 401);
    await x.ticks(2);
    assert.equal(x.listed.term, term);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await fetch(`${quick.shared.http}/api/admin/mesh/election?organizationId=org_1`, { method, headers: operator });
      assert.ok([404, 405].includes(status), `${method}: ${status}`);
    }
  });

  test('There has to be something to elect', async (t) => {
    const { client, mainAdmin, elect } = await scene(t, quick);
    assert.equal(await elect(operator), 409);
    const a = await client('A');
    assert.equal(await elect(operator), 409);
    const x = await client('X', ADMIN);
    await a.announced('X');
    await mainAdmin('M');
    await a.announced('M');
    assert.equal(await elect(operator), 409);
    await x.ping();
    assert.equal(a.listed.adminId, 'M');
    for (const search of ['?organizationId=stranger', '', '?organizationId=']) {
      const { status } = await fetch(`${quick.shared.http}/api/admin/mesh/election${search}`, { method: 'POST', headers: operator });
      assert.ok(status === 404 || status === 400, `${search}: ${status}`);
    }
  });

  test('Without ADMIN_TOKEN only this machine may demand one', async (t) => {
    const { client, elect } = await scene(t, calm);
    const x = await client('X', ADMIN);
    const { term } = await x.announced('X');
    assert.ok([401, 403].includes(await elect({ 'X-Forwarded-For': '203.0.113.7' })));
    await x.ping();
    assert.equal(x.listed.term, term);
    assert.equal(await elect(), 202);
    await x.list(({ adminId, term: now }) => adminId === 'X' && now > term);
  });

  test('Several at once are one', async (t) => {
    const { client, elect, terms } = await scene(t, quick);
    const x = await client('X', ADMIN);
    const y = await client('Y', ADMIN);
    await x.announced('X');
    const before = terms().length;
    const answers = await Promise.all(times(10, () => elect(operator)));
    assert.ok(answers.every((status) => status === 202), answers.join());
    await eventually(() => terms().length > before);
    const list = await y.list(({ adminId, term }) => adminId === 'X' && term > terms()[before - 1][0]);
    await y.ticks(3);
    assert.equal(y.listed.adminId, list.adminId);
    assert.deepEqual(distinct([...x.announcements(), ...y.announcements()]), ['X']);
  });
});

// Where lists are long they wait for each other, and still nobody hears of an admin who is not on the newest one.
test('A big organisation', async (t) => {
  const { client, attempt, mainAdmin } = await scene(t, calm);
  const crowd = times(120, (i) => attempt({ clientId: `c${i}`, clientName: `Device number ${i}`, capabilities: 'location.share,message.broadcast' }));
  const all = async (what) => Promise.all(crowd.filter((one) => one.isOpen).map(what));
  await Promise.all(crowd.map((one) => one.opened));
  await all((one) => one.expect('welcome'));
  await all((one) => one.list(({ clients }) => clients.length === crowd.length));
  for (let i = 0; i < 2; i++) {
    const x = await client(`X${i}`, ADMIN);
    await all((one) => one.announced(x.id));
    await all((one) => one.ruledBy(x.id));
    const m = await mainAdmin(`M${i}`);
    await all((one) => one.ruledBy(m.id));
    const gone = crowd.slice(20 * i, 20 * (i + 1));
    await Promise.all([m, x, ...gone].map((one) => one.drop()));
    await all((one) => one.ruledBy(null));
    await all((one) => one.list(({ clients }) => clients.length === crowd.length - 20 * (i + 1)));
  }
  const [last] = crowd.slice(-1);
  assert.deepEqual(idsOf(await last.ask()).sort(), crowd.slice(40).map(({ id }) => id).sort());
});
