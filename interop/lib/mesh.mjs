// What a test of the Mesh protocol works with: servers, organisations of its own, clients that have come in.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, DEADLINE_MS, idsOf } from './mesh-client.mjs';
import { Offices } from './mesh-shapes.mjs';
import { startRoost } from './roost.mjs';

export { Client, DEADLINE_MS, idsOf };

/** How often a condition that nobody announces is looked at. */
const POLL_MS = 10;

/** How often a test is done at most. */
const MOST_ATTEMPTS = 5;

/**
 * A server with Mesh alone, on a port of its own: there `url` and `http` are, those of the shared port are `shared`.
 *
 * @param env settings; unless they name organisations, there are many, so that every test can have its own
 */
export async function startMesh(env = {}, args = [], organizations = times(40, (i) => `org_${i + 1}`)) {
  const roost = await startRoost(['--only', 'mesh', '--listen', 'mesh=0', ...args], { MINI_SERVER_ORGANIZATION_ID: organizations.join(), ...env });
  const port = Number((await eventually(() => /:(\d+) for mesh only/.exec(roost.log())))[1]);
  const shared = { url: roost.url, http: roost.http };
  return { ...roost, port, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`, shared, organizations, unused: [...organizations] };
}

/**
 * An organisation that no other test uses. `client` connects and has seen itself in a list; all leave when the test ends, and none of them may have seen
 * anything that the contract forbids.
 */
export async function scene(t, server, { organizationId = server.unused.shift() } = {}) {
  assert.ok(organizationId, 'the server has no organisation left');
  const clients = [];
  const offices = new Offices();
  t.after(async () => {
    await Promise.all(clients.map((client) => client.drop()));
    for (const client of clients) client.check();
  });
  const attempt = (options) => {
    const client = new Client(server, { organizationId, offices, ...options });
    clients.push(client);
    return client;
  };
  return {
    org: organizationId,
    /** Every [term, holder] that the clients have seen. */
    terms: () => offices.history(),
    /** A connection that may be refused. */
    attempt,
    /** A client of this name with these capabilities; one that is in `beatMs` keeps sending heartbeats. */
    client: (clientId, capabilities, { beatMs = 0, ...options } = {}) => greeted(attempt({ clientId, capabilities, ...options }), beatMs),
    /** A main admin. */
    mainAdmin: (clientId, { beatMs = 0, capabilities = ADMIN, ...options } = {}) =>
      greeted(attempt({ clientId, capabilities, deviceType: 'admin', ...options }), beatMs),
    /** What /stats says of the organisation. */
    stats: () => json(`${server.http}/stats?organizationId=${organizationId}`),
    health: () => json(`${server.http}/health?organizationId=${organizationId}`),
    /** The status of the answer to the demand for an election. */
    elect: async (headers = {}) =>
      (await fetch(`${server.shared.http}/api/admin/mesh/election?organizationId=${organizationId}`, { method: 'POST', headers })).status,
  };
}

async function greeted(client, beatMs) {
  await client.opened;
  if (beatMs > 0) client.beat(beatMs);
  await client.expect('welcome');
  await client.list(() => true);
  return client;
}

/** What a device needs to be elected. */
export const ADMIN = 'admin.manage';
/** The same with a higher priority. */
export const STRONG = 'location.view,admin.manage';

export async function json(url, options) {
  const response = await fetch(url, options);
  assert.equal(response.status, 200, url);
  return response.json();
}

/** Nothing more has come to the others of what `from` has caused. */
export async function quiet(from, ...others) {
  const marker = { marker: `${from.id} ${from.mark()}` };
  for (const one of others) {
    from.tell(one.id, marker);
    assert.deepEqual(await one.expectFrom(from.id), marker);
  }
  await from.ping();
}

/** Waits for a condition that nobody announces; returns what it gave at last. */
export async function eventually(condition, deadlineMs = DEADLINE_MS) {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain for ${condition}`);
    await delay(POLL_MS);
  }
}

/**
 * A test whose clients have to be in time: if it fails after this process has stood still for so long, which a busy machine may do to it, then that says nothing
 * about the server, and it is done again.
 */
export function awake(limitMs, run) {
  return async (t) => {
    for (let attempt = 1; ; attempt++) {
      const stalls = monitorEventLoopDelay({ resolution: 10 });
      stalls.enable();
      try {
        return await run(t);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || stalls.max / 1e6 < limitMs) throw error;
        t.diagnostic(`once more, because this process stood still for ${Math.round(stalls.max / 1e6)} ms: ${error.message}`);
      } finally {
        stalls.disable();
      }
    }
  };
}

/** Lets the clock run: only for rules about time, and for nothing else. */
export const passTime = delay;

export const times = (number, make) => Array.from({ length: number }, (_, i) => make(i));
