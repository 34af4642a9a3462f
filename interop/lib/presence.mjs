// What a test about presence works with: times of seconds, mobiles that beat, watchers that keep account of everybody.
import assert from 'node:assert/strict';
import { Client, DEADLINE_MS, eventually, passTime, PRESENCE_SNAPSHOT, PRESENCE_UPDATE, scene, shown, sign, startPtt } from './ptt.mjs';

export const TTL_MS = 3_000;
export const SPACING_MS = 600;
export const WINDOW_MS = 100;
export const SWEEP_MS = 500;
/** How late a busy machine may be with what happens at once. */
export const LATE_MS = 2_500;
/** The contract lets a second pass between the end of a TTL and the news of it. */
export const NOTICED_MS = 1_000;

/** Presence in seconds instead of minutes. */
export const QUICK = {
  PRESENCE_TTL: String(TTL_MS / 1_000), PRESENCE_MIN_HEARTBEAT_MS: String(SPACING_MS), PRESENCE_BATCH_WINDOW_MS: String(WINDOW_MS),
  PRESENCE_SNAPSHOT_CACHE_MS: '1000', PRESENCE_SWEEP_MS: String(SWEEP_MS),
};

/** The spacing of servers where nobody's time passes while a busy machine does something else. */
export const WIDE_SPACING_MS = 2_000;
export const PATIENT = { ...QUICK, PRESENCE_TTL: '60', PRESENCE_MIN_HEARTBEAT_MS: String(WIDE_SPACING_MS) };

/** What is needed to stay online on a server of {@link QUICK}. */
export const BEAT_MS = SPACING_MS + 50;

/** A server that shares a Redis, has found it, and hears what is published there. */
export async function startShared(redis, env = {}) {
  const server = await startPtt({ ...redis.env, ...env });
  await eventually(async () => (await asked(server)).status === 200);
  const probe = new Client(server, { uid: 'probe', token: sign({ uid: 'probe', role: 'dashboard' }) });
  await eventually(async () => {
    await redis.command('PUBLISH', 'presence:updates', '{"userId":"probe","status":"offline"}');
    return probe.all(PRESENCE_UPDATE).length > 0;
  });
  await probe.drop();
  return server;
}

/**
 * The scene of ptt.mjs, with mobiles that have a device and watchers that keep account.
 *
 * @param servers the first one is where clients go that do not say `server`
 */
export function presenceScene(t, ...servers) {
  const { client, ...more } = scene(t, servers[0]);
  const mobile = (uid, { beatMs = 0, ...options } = {}) => {
    const startMs = performance.now();
    return client(uid, { device: `device of ${uid}`, ...options }).then((one) => {
      beat(one, beatMs);
      return Object.assign(one, { startMs });
    });
  };
  const watcher = async (uid, options = {}) => {
    const one = new Watch(await client(uid, { role: 'dashboard', device: `tab of ${uid}`, ...options }));
    await one.snapshot();
    return one;
  };
  let fences = 0;
  /** All changes before this have reached these watchers, as far as they will. */
  const fence = async (...watchers) => {
    const uid = more.name(`fence${++fences}`);
    const one = await mobile(uid);
    await Promise.all(watchers.map((each) => each.sees(uid, 'online')));
    return one.drop();
  };
  return { ...more, client, mobile, watcher, fence };
}

/** Sends a heartbeat now and every so many milliseconds as long as the connection is open; 0 ends that. */
export function beat(client, everyMs) {
  clearInterval(client.beating);
  if (everyMs === 0) return;
  const send = () => (client.isOpen ? client.heartbeat() : clearInterval(client.beating));
  client.beating = setInterval(send, everyMs);
  send();
}

/** What the bulk API says of these users, an object each. */
export async function statuses(server, ...userIds) {
  const response = await asked(server, ...userIds);
  assert.equal(response.status, 200);
  return (await response.json()).users;
}

/** The answer of the bulk API about these users, whatever it is. */
export function asked(server, ...userIds) {
  return fetch(`${server.http}/api/presence/status`, { method: 'POST', body: JSON.stringify({ userIds }) });
}

/** Waits until the bulk API says so of a user; returns the object. */
export function hasStatus(server, userId, status) {
  return eventually(async () => {
    const response = await asked(server, userId);
    if (response.status !== 200) return false;
    const { users: [one] } = await response.json();
    return one.status === status && one;
  });
}

/** What /metrics says: the sum of all samples of a name; 0 if there is none. */
export async function metric(server, name) {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** A client with the role of a watcher, and what it knows of everybody. */
export class Watch {
  constructor(client) {
    this.client = client;
  }

  /** Waits for as many snapshots as that; returns the last of them. */
  async snapshot(count = 1) {
    await this.client.until(() => this.client.all(PRESENCE_SNAPSHOT).length >= count);
    const first = this.client.log.find(({ type }) => type === PRESENCE_SNAPSHOT || type === PRESENCE_UPDATE);
    assert.equal(first.type, PRESENCE_SNAPSHOT, `the first frame about presence: ${shown(first)}`);
    return this.client.all(PRESENCE_SNAPSHOT)[count - 1].payload;
  }

  /** The place in the log right after the last snapshot. */
  get afterSnapshot() {
    return this.client.log.findLastIndex(({ type }) => type === PRESENCE_SNAPSHOT) + 1;
  }

  /** The changes that came after the first `from` frames, in order, each with the time of its arrival. */
  changes(from = 0) {
    const updates = ({ updates: several, ...one }) => several ?? [one];
    return this.client.all(PRESENCE_UPDATE, from).flatMap(({ payload, atMs }) => updates(payload).map((update) => ({ ...update, atMs })));
  }

  /** Those of one user. */
  of(userId, from = 0) {
    return this.changes(from).filter((change) => change.userId === userId);
  }

  /** The states that a user went through, as words. */
  story(userId, from = 0) {
    return this.of(userId, from).map(({ status }) => status);
  }

  /** Who is online, by the last snapshot and all changes after it. */
  view() {
    const online = new Set(this.client.all(PRESENCE_SNAPSHOT).at(-1).payload.users.map(({ userId }) => userId));
    for (const { userId, status } of this.changes(this.afterSnapshot)) online[status === 'online' ? 'add' : 'delete'](userId);
    return online;
  }

  /** Waits until the last change of a user is of this status; returns it. */
  async sees(userId, status, { from = 0, deadlineMs = DEADLINE_MS } = {}) {
    let last;
    await this.client.until(() => (last = this.of(userId, from).at(-1))?.status === status, deadlineMs)
      .catch((error) => { throw new Error(`${userId} ${status}: ${error.message}; of ${userId} came ${this.story(userId, from).join(', ') || 'nothing'}`); });
    return last;
  }
}

/** Enough time for whatever a server does by itself to be done again: only where nothing may come. */
export const aWhile = () => passTime(2 * SWEEP_MS);
