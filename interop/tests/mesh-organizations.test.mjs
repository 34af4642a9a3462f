// Several organisations in one process, the port that all protocols share, and what outlives a server: sections 1, 3.3 and 4 of the Mesh contract.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, Client, STRONG, awake, eventually, idsOf, json, quiet, scene, startMesh } from '../lib/mesh.mjs';
import { RawSocket } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const TICK = 150;
const NEVER = '600000';
const ORGANIZATIONS = ['org_1', 'org_2', 'Org_1', 'Zoë & co'];

const timed = { HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: '100', CLIENT_TIMEOUT: NEVER };
const [several, shared, narrow] = await Promise.all([
  startMesh({ ...timed, MESH_HANDOFF: 'close' }, [], ORGANIZATIONS),
  startRoost(['--listen', 'mesh=0'], { ...timed, MINI_SERVER_ORGANIZATION_ID: 'org_1,org_2', MESH_TOKEN: 'org_1=one,org_2=two' }),
  startRoost([], { ...timed, MINI_SERVER_ORGANIZATION_ID: 'org_1', MESH_PATH: '/meet' }),
]);
after(() => Promise.all([several, shared, narrow].map((server) => server.stop())));

const distinct = (ids) => [...new Set(ids)];
const at = (roost) => ({ ...roost, shared: roost, unused: [] });

describe('Several organisations', { concurrency: 1 }, () => {
  const both = async (t) => [await scene(t, several, { organizationId: 'org_1' }), await scene(t, several, { organizationId: 'org_2' })];
  /** Nobody of the test before is left. */
  const empty = () => Promise.all(ORGANIZATIONS.map((id) =>
    eventually(async () => (await json(`${several.http}/stats?organizationId=${encodeURIComponent(id)}`)).clientCount === 0)));

  test('Nothing crosses: lists, messages, locations, ids', async (t) => {
    await empty();
    const [one, other] = await both(t);
    const [a, b] = [await one.client('A'), await one.client('B')];
    const [a2, c2] = [await other.client('A'), await other.client('C')];
    await b.sees('A', 'B');
    await c2.sees('A', 'C');
    const mark = c2.mark();
    a.tell('broadcast', 1);
    a.locate({ latitude: 1, longitude: 2 });
    assert.equal(await b.expectFrom('A'), 1);
    await b.expect('location-update');
    a.tell('C', 2);
    await a.expectError('unknown_target');
    a.tell('A', 'myself');
    assert.equal(await a.expectFrom('A'), 'myself');
    await quiet(a2, c2);
    // The same id here is no second connection of the device there.
    const again = await one.client('A');
    await a.expectClose(1008, 'Replaced by new connection');
    await b.drop();
    await again.sees('A');
    assert.deepEqual(idsOf(await again.ask()), ['A']);
    await c2.ticks(2);
    assert.ok(a2.isOpen);
    assert.equal(c2.all('client-list-update', mark).length, 0);
    assert.deepEqual(distinct(c2.all('server-heartbeat', mark).map(({ clientCount }) => clientCount)), [2]);
  });

  test('Nothing crosses: elections, terms, main admins, statistics', async (t) => {
    await empty();
    const [one, other] = await both(t);
    const a = await one.client('A');
    const b = await other.client('B');
    const { term } = b.listed;
    const x = await one.client('X', ADMIN);
    await a.announced('X');
    assert.deepEqual(await one.stats().then(({ clientCount, currentAdmin }) => [clientCount, currentAdmin]), [2, 'X']);
    assert.deepEqual(await other.stats().then(({ clientCount, currentAdmin, candidates }) => [clientCount, currentAdmin, candidates]), [1, null, []]);
    assert.deepEqual(await one.health().then(({ clients, admin }) => [clients, admin]), [2, 'X']);
    assert.deepEqual(await other.health().then(({ clients, admin }) => [clients, admin]), [1, null]);
    const y = await other.client('Y', STRONG);
    await b.announced('Y');
    const mark = b.mark();
    assert.equal(await one.elect(), 202);
    await a.list(({ adminId, term: now }) => adminId === 'X' && now > x.all('admin-heartbeat')[0].data.term);
    // HANDOFF=close: only those of its own are sent away.
    const m = await one.mainAdmin('M');
    for (const gone of [a, x]) await gone.expectClose(1001, 'Main admin returned');
    await m.announced('M');
    await b.ticks(3);
    assert.ok(b.isOpen && y.isOpen);
    assert.deepEqual(distinct(b.announcements(mark)), ['Y']);
    assert.equal(b.all('client-list-update', mark).length, 0);
    assert.deepEqual(other.terms().map(([, holder]) => holder), [null, 'Y']);
    assert.equal(other.terms()[0][0], term);
  });

  test('Organisations are told apart exactly', async (t) => {
    await empty();
    for (const organizationId of ORGANIZATIONS) {
      const { client } = await scene(t, several, { organizationId });
      const a = await client('A');
      assert.equal(a.log[0].data.organizationId, organizationId);
      await a.sees('A');
    }
    for (const organizationId of ['org_3', 'ORG_1', 'org_1,org_2', 'Zoë', '*', '']) {
      await assert.rejects(new Client(several, { organizationId, clientId: 'A' }).opened, /401/);
    }
  });
});

describe('The shared port', { concurrency: 1 }, () => {
  /** Whose client it becomes: the answer to its first message tells. */
  const owner = async (roost, options) => {
    const one = new Client(roost, options);
    await one.opened;
    one.send({ type: 'handshake' });
    await eventually(() => one.log.length > 0 || one.end);
    one.drop();
    const [{ type, event, data }] = one.log;
    if (event === 'connected') return 'gallery';
    return type === 'welcome' && data?.organizationId ? 'mesh' : 'parrot';
  };

  test('Whose a path is', async () => {
    const table = { '/mesh': 'mesh', '/': 'mesh', '': 'mesh', '/any/path': 'mesh', '/pocket-parrot': 'parrot', '/dashboard': 'parrot', '/gallery': 'gallery' };
    const device = { clientId: 'A', organizationId: 'org_1', token: 'one' };
    for (const [path, whose] of Object.entries(table)) assert.equal(await owner(shared, { path, ...device }), whose, path);
    // The old clients of the others end up where they belong.
    assert.equal(await owner(shared, { query: 'userId=A' }), 'gallery');
    assert.equal(await owner(shared, { query: 'organizationId=org_1&token=one&clientId=A&userId=A' }), 'mesh');
    assert.equal(await owner(shared, { path: '/' }), 'parrot');
  });

  test('A stranger does not become somebody else\'s client', async () => {
    for (const path of ['/mesh', '/', '/any']) {
      for (const organizationId of ['org_3', '']) await assert.rejects(new Client(shared, { path, organizationId, clientId: 'A' }).opened, /401/, path);
    }
    await assert.rejects(new Client(shared, { path: '/mesh', clientId: 'A' }).opened, /401/);
    await assert.rejects(new Client(shared, { path: '/mesh', query: 'userId=A' }).opened, /401/);
  });

  test('MESH_PATH adds a path, and then others are not taken', async () => {
    const options = { organizationId: 'org_1', clientId: 'A' };
    for (const path of ['/mesh', '/meet']) assert.equal(await owner(narrow, { path, ...options }), 'mesh', path);
    for (const path of ['/', '/any', '/meet/more']) assert.equal(await owner(narrow, { path, ...options }), 'parrot', path);
    assert.equal(await owner(narrow, { query: 'organizationId=org_1&clientId=A&userId=A' }), 'gallery');
  });

  test('/health and /stats are the process\'s; an organisation\'s statistics take its token', async (t) => {
    const { client } = await scene(t, at(shared), { organizationId: 'org_2' });
    const x = await client('X', ADMIN, { token: 'two' });
    await x.announced('X');
    const health = await json(`${shared.http}/health`);
    assert.ok(health.status === 'ok' && Number.isInteger(health.users), JSON.stringify(health));
    const all = await json(`${shared.http}/stats`);
    assert.ok(Array.isArray(all.rooms));
    assert.ok(all.mesh.clients >= 1 && all.mesh.organizations === 2, JSON.stringify(all.mesh));
    for (const value of Object.values(all.mesh)) assert.equal(typeof value, 'number');
    const { organization } = (await json(`${shared.http}/stats?organizationId=org_2&token=two`)).mesh;
    assert.deepEqual([organization.currentAdmin, organization.clientCount, organization.config.organizationId], ['X', 1, 'org_2']);
    const bearer = await json(`${shared.http}/stats?organizationId=org_2`, { headers: { Authorization: 'Bearer two' } });
    assert.equal(bearer.mesh.organization.clientCount, 1);
    for (const search of ['', '&token=one', '&token=']) {
      const response = await fetch(`${shared.http}/stats?organizationId=org_2${search}`);
      assert.ok(response.status === 401 || (await response.json()).mesh.organization === undefined, search);
    }
  });

  test('A device is the same on either port', async (t) => {
    const port = await eventually(() => /:(\d+) for mesh only/.exec(shared.log())?.[1]);
    const { client, attempt } = await scene(t, { ...at(shared), url: `ws://127.0.0.1:${port}` }, { organizationId: 'org_1' });
    const a = await client('A', [], { token: 'one' });
    const b = new Client(shared, { path: '/mesh', organizationId: 'org_1', clientId: 'B', token: 'one' });
    t.after(() => b.drop());
    await b.opened;
    await b.expect('welcome');
    for (const one of [a, b]) await one.sees('A', 'B');
    b.tell('A', 'hello');
    assert.equal(await a.expectFrom('B'), 'hello');
    const again = attempt({ clientId: 'B', token: 'one' });
    await b.expectClose(1008, 'Replaced by new connection');
    await again.sees('A', 'B');
    b.check();
  });
});

describe('The end of a server', { concurrency: 2 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`Shutdown: ${signal}, and terms go on in the next server (defect 16)`, awake(200, async (t) => {
      const ending = await startMesh({ ...timed, ELECTION_DELAY: '50' }, [], ['org_1', 'org_2']);
      t.after(() => ending.stop('SIGKILL'));
      const { client } = await scene(t, ending);
      const { client: elsewhere } = await scene(t, ending);
      const clients = [await client('A'), await client('X', ADMIN), await elsewhere('B', ADMIN)];
      for (let i = 0; i < 5; i++) {
        await clients[1].announced('X', clients[1].mark());
        await clients[1].drop();
        await clients[0].sees('A');
        clients[1] = await client('X', ADMIN);
      }
      const { term } = await clients[1].announced('X');
      // Neither one who never answers the close nor one who does not read may hold up the end.
      await RawSocket.open(t, ending.port, { target: '/?organizationId=org_1&clientId=dead' });
      const deaf = await client('deaf');
      deaf.pause();
      for (let i = 0; i < 40; i++) clients[0].tell('deaf', 'x'.repeat(50_000));
      const from = performance.now();
      const exited = ending.stop(signal);
      for (const one of clients) await one.expectClose(1001, 'Server shutting down');
      assert.deepEqual(await exited, { code: 0, signal: null });
      assert.ok(performance.now() - from < 5_000, `it took ${performance.now() - from} ms`);
      // Nobody was told of the others' leaving.
      assert.ok(idsOf(clients[0].listed).includes('X'));

      if (signal === 'SIGINT') return;
      const next = await startMesh({ ...timed, ELECTION_DELAY: '50' }, [], ['org_1']);
      t.after(() => next.stop());
      const { client: later } = await scene(t, next);
      const x = await later('X', ADMIN);
      assert.ok(x.listed.term > term, `${x.listed.term} after ${term}`);
      assert.ok((await x.announced('X')).term > term);
    }));
  }
});
