// Scenario 29 of the Mesh contract: every setting changes what the server does, whether it comes as a bare name, with the prefix, or as an option.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { ADMIN, Client, STRONG, eventually, json, scene, startMesh, times } from '../lib/mesh.mjs';
import { startRoost } from '../lib/roost.mjs';
import { freePort } from '../lib/tools.mjs';

const ORGANIZATIONS = times(12, (i) => `org_${i + 1}`);
const TICK = 150;
const TIMEOUT = 1_500;
const DELAY = 120;
const ABSENT = 600;
const MAX_BYTES = 2_000;
const RATE = 10;
const TOKEN = 'sesame';
const NEVER = '600000';

/** What is set, by the names of the contract. */
const SETTINGS = {
  HEARTBEAT_INTERVAL: TICK, CLIENT_TIMEOUT: TIMEOUT, ELECTION_DELAY: DELAY, MAIN_ADMIN_TIMEOUT: ABSENT, HANDOFF: 'close', LOCATION_VISIBILITY: 'viewers',
  LOCATION_REQUIRES_SHARE: true, MAX_CLIENTS: 4, MAX_MESSAGE_BYTES: MAX_BYTES, MAX_MESSAGES_PER_SEC: RATE,
};
/** What holds where another name wins. */
const OTHERS = {
  HEARTBEAT_INTERVAL: NEVER, CLIENT_TIMEOUT: NEVER, ELECTION_DELAY: NEVER, MAIN_ADMIN_TIMEOUT: NEVER, HANDOFF: 'keep', LOCATION_VISIBILITY: 'all',
  LOCATION_REQUIRES_SHARE: 'false', MAX_CLIENTS: '1', MAX_MESSAGE_BYTES: '300000', MAX_MESSAGES_PER_SEC: '5000',
};
/** These have one name only. */
const OWN = {
  MINI_SERVER_ORGANIZATION_ID: ORGANIZATIONS.join(' , '), MINI_SERVER_DEVICE_ID: 'server_29', MINI_SERVER_DEVICE_NAME: 'Twenty-nine',
  MINI_SERVER_CAPABILITIES: 'server.temporary', MESH_TOKEN: TOKEN,
};

const environment = (values, prefix = '') => Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, `${value}`]));
const options = (values, prefix = '') => Object.entries(values).flatMap(([name, value]) => [`--${(prefix + name).toLowerCase().replaceAll('_', '-')}`, `${value}`]);

/** A server whose own port for Mesh is known, as the scenes want it. */
function placed(roost, port, organizations = ORGANIZATIONS) {
  const [url, http] = [`ws://127.0.0.1:${port}`, `http://127.0.0.1:${port}`];
  return { ...roost, port, url, http, shared: { url: roost.url, http: roost.http }, unused: [...organizations] };
}

async function withPort(how) {
  const port = await freePort();
  return placed(await how(`${port}`), port);
}

const servers = Object.fromEntries(await Promise.all(Object.entries({
  'bare names, MINI_SERVER_PORT': (port) => startRoost([], { ...environment(SETTINGS), ...OWN, MINI_SERVER_PORT: port }),
  'prefixed names over bare ones, MESH_PORT': (port) => startRoost([], { ...OTHERS, ...environment(SETTINGS, 'MESH_'), ...OWN, MESH_PORT: port }),
  'options over the environment, --listen': (port) => startRoost(['--only', 'mesh', '--listen', `mesh=${port}`, ...options(SETTINGS, 'MESH_'), ...options(OWN)],
    { ...environment(OTHERS, 'MESH_'), MINI_SERVER_ORGANIZATION_ID: 'other', MINI_SERVER_DEVICE_ID: 'other', MESH_TOKEN: 'other' }),
}).map(async ([name, how]) => [name, await withPort(how)])));
const plain = await startMesh(
  { TURN_SECRET: 'north', TURN_URLS: 'turn:turn.example:3478?transport=udp, turns:turn.example:5349', MESH_TURN_TTL: '3600000' }, [], ['org_1', 'org_2']);
after(() => Promise.all([...Object.values(servers), plain].map((server) => server.stop())));

for (const [name, server] of Object.entries(servers)) {
  describe(`29. Environment: ${name}`, { concurrency: 12 }, () => {
    /** A scene whose clients know the token. */
    const meeting = async (t) => {
      const { client, mainAdmin, ...rest } = await scene(t, server);
      return {
        ...rest,
        client: (id, capabilities, more) => client(id, capabilities, { token: TOKEN, ...more }),
        mainAdmin: (id, more) => mainAdmin(id, { token: TOKEN, ...more }),
        attempt: (more) => rest.attempt({ token: TOKEN, ...more }),
      };
    };

    test('MINI_SERVER_DEVICE_ID, MINI_SERVER_DEVICE_NAME, MINI_SERVER_CAPABILITIES, and the port', async (t) => {
      const { org, client } = await meeting(t);
      const a = await client('A');
      const { timestamp, ...welcome } = a.log[0].data;
      assert.deepEqual(welcome, { serverId: 'server_29', serverName: 'Twenty-nine', organizationId: org });
      const { config, candidates } = await json(`${server.http}/stats?organizationId=${org}&token=${TOKEN}`);
      assert.deepEqual(config, {
        port: server.port, organizationId: org, deviceId: 'server_29', deviceName: 'Twenty-nine', heartbeatInterval: TICK, clientTimeout: TIMEOUT,
      });
      assert.deepEqual(candidates, []);
      assert.ok(Number.isInteger(timestamp));
    });

    test('MESH_TOKEN', async (t) => {
      const { org, attempt } = await meeting(t);
      for (const token of [undefined, 'other']) await assert.rejects(attempt({ clientId: 'A', token }).opened, /401/);
      assert.equal((await fetch(`${server.http}/stats?organizationId=${org}`)).status, 401);
    });

    test('HEARTBEAT_INTERVAL and CLIENT_TIMEOUT', async (t) => {
      const { client } = await meeting(t);
      const a = await client('A', [], { beatMs: TICK });
      const from = performance.now();
      const b = await client('B');
      await b.expectClose(1008, 'Client timeout');
      assert.ok(performance.now() - from > TIMEOUT);
      assert.ok(a.all('server-heartbeat').length >= 3);
      await a.sees('A');
    });

    test('ELECTION_DELAY', async (t) => {
      const { client } = await meeting(t);
      const from = performance.now();
      const x = await client('X', ADMIN, { beatMs: TICK });
      await x.announced('X');
      assert.ok(performance.now() - from >= DELAY);
    });

    test('MAIN_ADMIN_TIMEOUT and HANDOFF', async (t) => {
      const { client, mainAdmin } = await meeting(t);
      const a = await client('A');
      const m = await mainAdmin('M');
      await a.expectClose(1001, 'Main admin returned');
      const b = await client('B', STRONG, { beatMs: TICK });
      await b.ruledBy(null);
      await b.announced('B', b.mark());
      assert.ok(m.isOpen);
    });

    test('LOCATION_VISIBILITY and LOCATION_REQUIRES_SHARE', async (t) => {
      const { client } = await meeting(t);
      const [a, b, c] = [await client('A', 'location.share'), await client('B', 'location.view'), await client('C')];
      for (const one of [c, a]) one.locate({ latitude: 1, longitude: 2 });
      await c.expectError('not_allowed');
      assert.equal((await b.expect('location-update')).clientId, 'A');
      a.tell('C', 'end');
      assert.equal(await c.expectFrom('A'), 'end');
    });

    test('MAX_CLIENTS', async (t) => {
      const { client, attempt } = await meeting(t);
      for (const id of ['A', 'B', 'C', 'D']) await client(id, [], { beatMs: TICK });
      await attempt({ clientId: 'E' }).refused(1013, 'Server full');
    });

    test('MAX_MESSAGE_BYTES', async (t) => {
      const { client } = await meeting(t);
      const a = await client('A');
      const message = (bytes) => `{"type":"heartbeat","filler":"${'x'.repeat(bytes - 32)}"}`;
      assert.equal(message(MAX_BYTES).length, MAX_BYTES);
      a.raw(message(MAX_BYTES));
      await eventually(() => a.all('heartbeat-ack').length === 1);
      a.raw(message(MAX_BYTES + 1));
      assert.equal((await a.ended()).code, 1009);
    });

    test('MAX_MESSAGES_PER_SEC', async (t) => {
      const { client } = await meeting(t);
      const a = await client('A');
      const from = performance.now();
      for (let i = 0; i < 10 * RATE; i++) a.tell('A', i);
      await eventually(() => a.all('error').length > 0);
      await eventually(() => a.all('peer-message').length >= 2 * RATE);
      assert.equal(a.all('error')[0].data.code, 'rate_limited');
      assert.ok(a.all('peer-message').length <= 2 * RATE + RATE * (performance.now() - from + 1_000) / 1_000);
    });
  });
}

describe('29. Environment', { concurrency: 6 }, () => {
  test('Defaults', async (t) => {
    const { client, stats } = await scene(t, plain);
    const { heartbeatInterval, clientTimeout, deviceName, deviceId } = (await stats()).config;
    assert.deepEqual([heartbeatInterval, clientTimeout, deviceName], [10_000, 30_000, 'Mini Server']);
    assert.match(deviceId, /^server_[A-Za-z0-9]+$/);
    const from = performance.now();
    const x = await client('X', ADMIN);
    await x.announced('X');
    const took = performance.now() - from;
    assert.ok(took >= 2_000, `elected after ${took} ms`);
  });

  test('TURN_SECRET, TURN_URLS and TURN_TTL', async (t) => {
    const { client } = await scene(t, plain);
    const a = await client('A');
    const before = Date.now();
    a.send({ type: 'request-ice-servers' });
    const { iceServers, expiresAt } = await a.expect('ice-servers');
    assert.ok(expiresAt >= before + 3_599_000 && expiresAt <= Date.now() + 3_601_000, `${expiresAt - before}`);
    const [{ urls, username, credential }, ...more] = iceServers;
    assert.deepEqual([urls, more], [['turn:turn.example:3478?transport=udp', 'turns:turn.example:5349'], []]);
    const [expiry, id] = username.split(':');
    assert.deepEqual([id, Math.abs(Number(expiry) - expiresAt / 1_000) <= 1], ['A', true], username);
    assert.equal(credential, createHmac('sha1', 'north').update(username).digest('base64'));
  });

  const wrong = [
    ['no organisation, with --only', ['--only', 'mesh'], {}, 'MINI_SERVER_ORGANIZATION_ID'],
    ['an interval that is no number', [], { MESH_HEARTBEAT_INTERVAL: 'soon' }, 'HEARTBEAT_INTERVAL'],
    ['a hand-off that there is not', [], { HANDOFF: 'maybe' }, 'HANDOFF'],
    ['a token for only one organisation', [], { MINI_SERVER_ORGANIZATION_ID: 'org_1,org_2', MESH_TOKEN: 'org_1=x' }, 'MESH_TOKEN'],
    ['a device that is called broadcast', [], { MINI_SERVER_DEVICE_ID: 'broadcast' }, 'MINI_SERVER_DEVICE_ID'],
  ];
  for (const [name, args, env, setting] of wrong) {
    test(`It does not start with ${name}`, async () => {
      const named = args.length > 0 ? {} : { MINI_SERVER_ORGANIZATION_ID: 'org_1' };
      const { message } = await startRoost(args, { ...named, ...env }).then((server) => server.stop().then(() => assert.fail('it started')), (error) => error);
      const [first, ...output] = message.trimEnd().split('\n');
      assert.match(first, /^Roost ended with [1-9]/, message);
      assert.equal(output.length, 1, message);
      assert.ok(output[0].includes(setting), message);
    });
  }

  test('Without an organisation mesh is off, says so, and the rest runs', async (t) => {
    const off = await startRoost();
    t.after(() => off.stop());
    const lines = () => off.log().split('\n').filter((line) => line.includes('MINI_SERVER_ORGANIZATION_ID')).length;
    await eventually(lines);
    for (const path of ['/mesh', '/', '/any']) await assert.rejects(new Client(off, { path, organizationId: 'org_1', clientId: 'A' }).opened, /404/);
    assert.equal((await fetch(`${off.http}/health`)).status, 200);
    assert.equal(lines(), 1, off.log());
  });
});
