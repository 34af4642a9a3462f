// Who gets in, and as whom: section 1 of the Mesh contract, its scenarios 1 to 4 and 21, tokens and places.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, eventually, idsOf, json, scene, startMesh, times } from '../lib/mesh.mjs';
import { RawSocket, request, upgradeRequest } from '../lib/rawsocket.mjs';

const ORIGIN = 'https://mesh.example';
const MAX_CLIENTS = 3;
const TOKEN = 'secret + & %';

const [named, guarded, single, small] = await Promise.all([
  startMesh({ MINI_SERVER_DEVICE_ID: 'server_7', MINI_SERVER_DEVICE_NAME: 'Depot', HEARTBEAT_INTERVAL: '200', ELECTION_DELAY: '150', CLIENT_TIMEOUT: '60000' }),
  startMesh({ MESH_TOKEN: 'org_1=one,org_2=two', ALLOWED_ORIGINS: ORIGIN }, [], ['org_1', 'org_2']),
  startMesh({ MESH_TOKEN: TOKEN, ELECTION_DELAY: '60000' }, [], ['org_1']),
  startMesh({ MAX_CLIENTS: String(MAX_CLIENTS), ELECTION_DELAY: '100' }),
]);
after(() => Promise.all([named, guarded, single, small].map((server) => server.stop())));

const query = (parameters) => new URLSearchParams(parameters).toString();
/** The status with which an upgrade is refused. */
async function refusal(client) {
  const { message } = await client.opened.then(() => assert.fail('it was let in'), (error) => error);
  return Number(/Unexpected server response: (\d+)/.exec(message)?.[1] ?? assert.fail(message));
}
const only = (one) => one.listed.clients.find(({ id }) => id === one.id);

describe('Who connects', { concurrency: 8 }, () => {
  test('1. Connect', async (t) => {
    const { org, client } = await scene(t, named);
    const before = Date.now();
    const a = await client('A', ['location.share', 'admin.manage'], { clientName: 'Al' });
    const [welcome, first] = a.log;
    assert.deepEqual(welcome, { type: 'welcome', data: { serverId: 'server_7', serverName: 'Depot', organizationId: org, timestamp: welcome.data.timestamp } });
    assert.ok(welcome.data.timestamp >= before - 50 && welcome.data.timestamp <= Date.now() + 50);
    assert.equal(first.type, 'client-list-update');
    const { lastSeen, ...rest } = first.data.clients[0];
    assert.deepEqual(rest, { id: 'A', name: 'Al', capabilities: ['location.share', 'admin.manage'] });
    assert.ok(lastSeen >= before - 50 && lastSeen <= Date.now() + 50);
    assert.deepEqual([first.data.clients.length, first.data.adminId], [1, null]);
    assert.equal(a.protocol, '');
  });

  test('1. Connect: a server without a name of its own', async (t) => {
    const { client } = await scene(t, small);
    const { serverId, serverName } = (await client('A')).log[0].data;
    assert.match(serverId, /^server_.+/);
    assert.equal(serverName, 'Mini Server');
    const again = (await client('B')).log[0].data;
    assert.equal(again.serverId, serverId);
  });

  test('1. Connect: an announcement comes after welcome and list', async (t) => {
    const { client } = await scene(t, named);
    const x = await client('X', ADMIN);
    await x.announced('X');
    const a = await client('A');
    await a.announced('X');
    assert.deepEqual(a.types().slice(0, 3), ['welcome', 'client-list-update', 'admin-heartbeat']);
    assert.equal(a.log[1].data.adminId, 'X');
    assert.deepEqual(idsOf(a.log[1].data), ['X', 'A']);
  });

  test('1. Connect: on any path', async (t) => {
    const { client } = await scene(t, named);
    for (const path of ['', '/', '/mesh', '/any/path', '/gallery', '/pocket-parrot', '/socket.io/', '/health']) await (await client('A', ADMIN, { path })).ping();
  });

  test('2. Defaults', async (t) => {
    const { client, attempt, org } = await scene(t, named);
    const a = await client('A');
    assert.deepEqual([only(a).name, only(a).capabilities], ['Unknown Client', []]);
    const b = await client('B', '', { clientName: '' });
    assert.deepEqual([only(b).name, only(b).capabilities], ['Unknown Client', []]);
    for (const clientName of ['<>', ' \u0000\u0007 ', '   ']) assert.equal(only(await client('C', ',, ,', { clientName })).name, 'Unknown Client');
    // The URL of the document, as it is.
    const d = attempt({ query: `organizationId=${org}&clientId=device_123&clientName=MyDevice&capabilities=location.share,admin.manage` });
    await d.opened;
    const { clients } = await d.list(() => true);
    const { name, capabilities } = clients.find(({ id }) => id === 'device_123');
    assert.deepEqual([name, capabilities], ['MyDevice', ['location.share', 'admin.manage']]);
  });

  test('Section 1. Names are cleaned', async (t) => {
    const { client } = await scene(t, named);
    const cases = {
      ' Al ': 'Al', '<b>Al</b>': 'bAl/b', 'A\u0000l\u001b[1m\u007f\u0085': 'Al[1m', 'Zoë 🙂 & co': 'Zoë 🙂 & co', '< Al >': 'Al',
      [`  ${'x'.repeat(100)}`]: 'x'.repeat(64), [`${'<'.repeat(80)}Al`]: 'Al',
    };
    for (const [clientName, name] of Object.entries(cases)) assert.equal(only(await client('A', [], { clientName })).name, name);
  });

  test('Section 1. A parameter that is repeated counts once, the first', async (t) => {
    const { org, attempt } = await scene(t, named);
    const a = attempt({ query: `organizationId=${org}&organizationId=x&clientId=A&clientId=B&clientName=one&clientName=two&capabilities=a&capabilities=b` });
    const { clients } = await a.opened.then(() => a.list(() => true));
    assert.deepEqual(clients.map(({ id, name, capabilities }) => [id, name, capabilities]), [['A', 'one', ['a']]]);
    assert.equal(await refusal(attempt({ query: `organizationId=x&organizationId=${org}&clientId=A` })), 401);
    await attempt({ query: `organizationId=${org}&clientId=&clientId=B` }).refused(1008, 'Missing client ID');
  });

  test('Section 1. The first subprotocol that is offered is spoken', async (t) => {
    const { client } = await scene(t, named);
    assert.equal((await client('A', [], { protocols: ['mesh.v2', 'mesh.v1'] })).protocol, 'mesh.v2');
  });

  test('3. Cross-organisation', async (t) => {
    const { org, client, attempt } = await scene(t, named);
    const a = await client('A');
    const wrong = [undefined, '', 'org', `${org} `, org.toUpperCase(), `${org},${org}`, named.organizations.join(), '__proto__', '*'];
    for (const organizationId of wrong) assert.equal(await refusal(attempt({ clientId: 'B', organizationId })), 401, organizationId);
    assert.equal(await refusal(attempt({ query: query({ organizationid: org, clientId: 'B' }) })), 401);
    // The organisation comes first: whoever is a stranger does not hear what else is wrong.
    assert.equal(await refusal(attempt({ organizationId: 'stranger' })), 401);
    const raw = await RawSocket.connect(t, named.port);
    raw.send(upgradeRequest({ target: '/?organizationId=stranger&clientId=B' }));
    const { status, body } = await raw.response();
    assert.equal(status, 401);
    assert.notEqual(body, '');
    await a.ping();
    assert.equal(a.all('client-list-update').length, 1);
  });

  test('4. Missing id', async (t) => {
    const { client, attempt } = await scene(t, named);
    const a = await client('A');
    const cases = {
      'Missing client ID': [undefined, ''],
      'Invalid client ID': ['x'.repeat(129), 'a\u0000', 'a\nb', '\u007f', 'a\u0085'],
      'Reserved client ID': ['broadcast', 'server_7'],
    };
    for (const [reason, ids] of Object.entries(cases)) {
      for (const clientId of ids) await attempt({ clientId, capabilities: ADMIN }).refused(1008, reason);
    }
    await a.ping();
    assert.equal(a.all('client-list-update').length, 1);
    const odd = ['x'.repeat(128), '__proto__', 'constructor', 'Zoë 🙂', 'a,b', '"\\'];
    const clients = [];
    for (const id of odd) clients.push(await client(id));
    await a.sees('A', ...odd);
    for (const one of clients) {
      a.tell(one.id, { to: one.id });
      assert.deepEqual(await one.expectFrom('A'), { to: one.id });
      one.tell('A', 'back');
      assert.equal(await a.expectFrom(one.id), 'back');
    }
  });

  test('21. Capability validation', async (t) => {
    const { client, stats } = await scene(t, named);
    const priority = async (id) => (await stats()).candidates.find(({ deviceId }) => deviceId === id).priority;
    const a = await client('A', 'admin.manage,admin.manage,,');
    assert.deepEqual(only(a).capabilities, [ADMIN]);
    assert.equal(await priority('A'), 11);
    const many = ['admin.manage', ...times(200, (i) => `c${i}`)];
    const b = await client('B', many);
    assert.deepEqual(only(b).capabilities, many.slice(0, 32));
    assert.equal(await priority('B'), 42);
    const c = await client('C', [' admin.manage ', 'x'.repeat(64), 'x'.repeat(65), 'a b', 'é', '<b>', 'a/b', 'A-z_0:9.', '', 'admin.manage']);
    assert.deepEqual(only(c).capabilities, [ADMIN, 'x'.repeat(64), 'A-z_0:9.']);
    // Faulty and repeated ones take no place among the 32.
    const d = await client('D', [...times(100, () => 'a b'), ...times(100, () => 'x'), ...times(40, (i) => `d${i}`)]);
    assert.deepEqual(only(d).capabilities, ['x', ...times(31, (i) => `d${i}`)]);
    // Capabilities are told apart by case, too.
    const e = await client('E', ['Admin.Manage']);
    assert.deepEqual(only(e).capabilities, ['Admin.Manage']);
    assert.deepEqual((await stats()).candidates.map(({ deviceId }) => deviceId).sort(), ['A', 'B', 'C']);
  });

  test('Section 2.2. The table of priorities', async (t) => {
    const { client, stats } = await scene(t, named);
    const table = {
      'admin.manage': 11, 'location.share,admin.manage': 12, 'admin.manage,server.temporary': 15, 'location.view,admin.manage': 17,
      'location.view,admin.manage,server.temporary': 21,
    };
    for (const capabilities of Object.keys(table)) await client(capabilities, capabilities);
    const { candidates } = await stats();
    assert.deepEqual(Object.fromEntries(candidates.map(({ deviceId, priority }) => [deviceId, priority])), table);
  });

  test('Section 1. deviceType: only admin is one, and only with admin.manage', async (t) => {
    const { client, mainAdmin } = await scene(t, named);
    const x = await client('X', STRONG);
    await x.announced('X');
    for (const deviceType of ['Admin', 'client', '', 'server', 'admin ']) {
      const y = await client('Y', ADMIN, { deviceType });
      await y.announced('X');
      await y.ping();
    }
    const plain = await mainAdmin('Z', { capabilities: 'location.view' });
    await plain.announced('X');
    await plain.ticks(2);
    assert.deepEqual([...new Set(x.announcements())], ['X']);
    const m = await mainAdmin('M');
    await m.announced('M');
  });
});

describe('HTTP on the own port', { concurrency: 4 }, () => {
  test('Section 1. 426 without an upgrade', async (t) => {
    const requests = [['GET', '/'], ['POST', '/'], ['GET', '/mesh'], ['GET', '/?organizationId=org_1&clientId=A'], ['DELETE', '/any'], ['GET', '/metrics']];
    for (const [method, target] of requests) {
      const raw = await RawSocket.connect(t, named.port);
      raw.send(request(method, target, { 'Content-Length': 0 }));
      const { status, body } = await raw.response();
      assert.deepEqual([status, body.trim()], [426, 'Upgrade Required'], `${method} ${target}`);
    }
  });

  test('Section 1. /health', async (t) => {
    const { client, health } = await scene(t, named);
    const before = await health();
    assert.deepEqual({ ...before, uptime: 0 }, { status: 'ok', clients: 0, admin: null, uptime: 0 });
    assert.ok(typeof before.uptime === 'number' && before.uptime >= 0);
    const x = await client('X', ADMIN);
    await client('A');
    await x.announced('X');
    const now = await health();
    assert.deepEqual([now.clients, now.admin], [2, 'X']);
    assert.ok(now.uptime > before.uptime);
    await x.drop();
    await eventually(async () => (await health()).admin === null);
    // Without one organisation it tells of all of them together.
    const all = await json(`${named.http}/health`);
    assert.ok(all.status === 'ok' && all.clients >= 1, JSON.stringify(all));
  });

  test('Section 1. /stats', async (t) => {
    const { org, client, stats } = await scene(t, named);
    const before = Date.now();
    const x = await client('X', ADMIN, { clientName: 'Ex' });
    await client('A', 'location.view');
    await x.announced('X');
    const { candidates, config, term, ...rest } = await stats();
    assert.equal(term, x.listed.term);
    assert.deepEqual(rest, { isRunning: true, clientCount: 2, currentAdmin: 'X', isAdmin: false, adminElectionActive: false });
    assert.deepEqual(config, {
      port: named.port, organizationId: org, deviceId: 'server_7', deviceName: 'Depot', heartbeatInterval: 200, clientTimeout: 60_000,
    });
    const [{ joinTime, lastSeen, ...candidate }, ...others] = candidates;
    assert.deepEqual([candidate, others], [{ deviceId: 'X', deviceName: 'Ex', capabilities: [ADMIN], priority: 11 }, []]);
    for (const time of [joinTime, lastSeen]) assert.ok(time >= before - 50 && time <= Date.now() + 50, `${time}`);
    await x.ping();
    assert.ok((await stats()).candidates[0].lastSeen >= lastSeen);
    assert.equal((await stats()).candidates[0].joinTime, joinTime);
    assert.equal((await fetch(`${named.http}/stats`)).status, 400);
    assert.ok([401, 404].includes((await fetch(`${named.http}/stats?organizationId=stranger`)).status));
  });
});

describe('Tokens', { concurrency: 1 }, () => {
  test('Section 1. Each organisation its own', async (t) => {
    const { attempt } = await scene(t, guarded, { organizationId: 'org_1' });
    const wrong = [undefined, '', 'two', 'ONE', 'one ', 'org_1=one', 'one,org_2=two'];
    for (const token of wrong) assert.equal(await refusal(attempt({ clientId: 'A', token })), 401, token);
    assert.equal(await refusal(attempt({ clientId: 'A', organizationId: 'org_2', token: 'one' })), 401);
    const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
    assert.equal(await refusal(attempt({ clientId: 'A', ...bearer('two') })), 401);
    assert.equal(await refusal(attempt({ clientId: 'A', headers: { Authorization: 'Basic one' } })), 401);
    for (const right of [{ token: 'one' }, bearer('one'), { organizationId: 'org_2', token: 'two' }, { organizationId: 'org_2', ...bearer('two') }]) {
      const one = attempt({ clientId: 'A', ...right });
      await one.opened;
      await one.sees('A');
      await one.close();
    }
    // Without a client id the token counts first.
    assert.equal(await refusal(attempt({})), 401);
    await attempt({ token: 'one' }).refused(1008, 'Missing client ID');
  });

  test('Section 1. One for all, and for statistics', async (t) => {
    const { client, attempt } = await scene(t, single, { organizationId: 'org_1' });
    const a = await client('A', [], { token: TOKEN });
    assert.equal(await refusal(attempt({ clientId: 'B' })), 401);
    await a.ping();
    for (const search of ['', '?organizationId=org_1', '?token=wrong']) assert.equal((await fetch(`${single.http}/stats${search}`)).status, 401, search);
    const requests = [[`${single.http}/stats?${query({ token: TOKEN })}`], [`${single.http}/stats`, { headers: { Authorization: `Bearer ${TOKEN}` } }]];
    for (const [url, options] of requests) {
      const { clientCount, config } = await json(url, options);
      assert.deepEqual([clientCount, config.organizationId], [1, 'org_1']);
    }
    assert.equal((await json(`${single.http}/health`)).clients, 1);
  });

  test('Section 1. /stats: an election that is pending', async (t) => {
    const { client } = await scene(t, single, { organizationId: 'org_1' });
    const stats = () => json(`${single.http}/stats?${query({ token: TOKEN })}`);
    await eventually(async () => (await stats()).clientCount === 0);
    assert.equal((await stats()).adminElectionActive, false);
    const x = await client('X', ADMIN, { token: TOKEN });
    assert.deepEqual(await stats().then((now) => [now.adminElectionActive, now.currentAdmin]), [true, null]);
    await x.drop();
    await eventually(async () => !(await stats()).adminElectionActive);
  });

  test('Section 4. Origins', async (t) => {
    const { client, attempt } = await scene(t, guarded, { organizationId: 'org_2' });
    await client('A', [], { token: 'two', origin: ORIGIN });
    assert.equal(await refusal(attempt({ clientId: 'B', token: 'two', origin: 'https://elsewhere.example' })), 403);
  });
});

test('Section 4. MAX_CLIENTS', async (t) => {
  const { client, attempt } = await scene(t, small);
  const [a, b, c] = [await client('A'), await client('B'), await client('C', ADMIN)];
  await a.sees('A', 'B', 'C');
  await attempt({ clientId: 'D' }).refused(1013, 'Server full');
  await a.ping();
  assert.deepEqual(idsOf(a.listed), ['A', 'B', 'C']);
  // Whoever comes back needs no place of its own.
  const b2 = await client('B', [], { clientName: 'again' });
  await b.expectClose(1008, 'Replaced by new connection');
  await b2.sees('A', 'B', 'C');
  // Another organisation has its own places.
  const other = await scene(t, small);
  await Promise.all(['A', 'B', 'C'].map((id) => other.client(id)));
  await c.drop();
  await a.sees('A', 'B');
  const d = await client('D');
  await d.sees('A', 'B', 'D');
});

test('Section 4. MAX_CLIENTS: many come at once', async (t) => {
  const { attempt } = await scene(t, small);
  const all = times(20, (i) => attempt({ clientId: `u${i}` }));
  await Promise.all(all.map((one) => one.opened));
  await Promise.all(all.map((one) => eventually(() => one.end || one.listed)));
  const inside = all.filter((one) => one.listed);
  assert.equal(inside.length, MAX_CLIENTS);
  for (const one of all.filter((other) => !inside.includes(other))) await one.refused(1013, 'Server full');
  await inside[0].list(({ clients }) => clients.length === MAX_CLIENTS);
});

test('Defect 16. Nothing of a client stays behind', async (t) => {
  const { client, stats } = await scene(t, named);
  for (let i = 0; i < 30; i++) await (await client(`u${i}`, ADMIN)).drop();
  await eventually(async () => (await stats()).clientCount === 0);
  assert.deepEqual((await stats()).candidates, []);
  const last = await client('last');
  await last.sees('last');
});
