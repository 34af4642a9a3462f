// What a test of the public rooms works with: a server, visitors with addresses of their own, REST calls, and rooms that nobody has used.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Link, RoomSocket } from './rooms-client.mjs';
import { DATA, envelopeFault, keepSecret, leak, misshapen, shown } from './rooms-shapes.mjs';
import { startRoost } from './roost.mjs';
import { eventually } from './tools.mjs';

export { DEADLINE_MS, Link, TRANSPORTS } from './rooms-client.mjs';
export { eventually };

/** Limits that no test reaches which is not about them, and rooms enough for a whole file. */
export const ROOMY = {
  PUBLIC_ROOMS_COUNT: '150', PUBLIC_ROOMS_API_LIMIT: '100000', PUBLIC_ROOMS_JOIN_LIMIT: '100000', PUBLIC_ROOMS_CHAT_LIMIT: '100000', PUBLIC_ROOMS_EVENT_LIMIT: '100000',
  PUBLIC_ROOMS_BACKOFF_THRESHOLD: '100000', PUBLIC_ROOMS_BLOCK_THRESHOLD: '1000', PUBLIC_ROOMS_MAX_CONCURRENT: '1000',
};

/** Who looks on without taking part; all others have addresses above 127.1. */
const OBSERVER = '127.0.0.9';
const RATE_HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
/** What counts against a limit: everything that has an address of its own below /api/public. */
const LIMITED = /^\/api\/public\/(rooms|users|rooms\/[^/]+\/(join|leave))$/;

/** A server of the public rooms: what {@link startRoost} gives, and `rooms`. */
export async function startRooms(env = ROOMY, args = []) {
  const server = await startRoost(['--only', 'publicrooms', ...args], env);
  server.rooms = await listed(server);
  return server;
}

// ---- REST

/** One request on a connection of its own: { status, headers, text, body }. Holds headers and envelope of the answer against the contract. */
export async function call(server, method, path, { body, headers = {}, localAddress = OBSERVER } = {}) {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const answer = await new Promise((done, failed) => {
    // The path goes out as it is, also where a URL would be tidied up.
    const { hostname: host, port } = new URL(server.http);
    const sent = request({ host, port, path, method, localAddress, agent: false, headers: { ...(payload !== undefined && { 'Content-Type': 'application/json' }), ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('error', failed);
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, raw: response.rawHeaders, text }));
    });
    sent.on('error', failed).end(payload);
  });
  assert.equal(leak(`${answer.raw.join('\n')}\n${answer.text}`), null);
  answer.body = answer.text === '' ? null : JSON.parse(answer.text);
  if (path.startsWith('/api/public/') && method !== 'OPTIONS') holds(method, path, answer);
  return answer;
}

function holds(method, path, { status, headers, body }) {
  const where = `${method} ${path} ${status} ${shown(body)}`;
  assert.equal(envelopeFault(status, body), null, where);
  assert.match(headers['content-type'], /^application\/json\b/, where);
  assert.equal(headers['x-powered-by'], undefined, where);
  if (status === 429) {
    assert.equal(headers['retry-after'], `${body.error.retryAfter}`, where);
  } else if (LIMITED.test(path) && ![404, 405, 413].includes(status)) {
    const [limit, remaining, reset] = RATE_HEADERS.map((header) => headers[header]);
    assert.match(limit, /^\d+$/, where);
    assert.ok(/^\d+$/.test(remaining) && Number(remaining) < Number(limit), `${where}: ${remaining} of ${limit}`);
    assert.ok(new Date(reset).toISOString() === reset && Date.parse(reset) > Date.now() - 1_000, `${where}: ${reset}`);
  }
}

/** The answer is this success; returns its data. */
export function succeeded(answer, status, shape) {
  assert.equal(answer.status, status, answer.text);
  if (shape) assert.equal(misshapen(answer.body.data, DATA[shape]), null, answer.text);
  return answer.body.data;
}

/** The answer is this error; returns it. */
export function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.body?.error?.code], [status, code], answer.text);
  return answer.body.error;
}

export async function listed(server) {
  return succeeded(await call(server, 'GET', '/api/public/rooms'), 200, 'rooms').rooms;
}

/** The room as everybody sees it. */
export async function room(server, roomId) {
  return (await listed(server)).find(({ id }) => id === roomId);
}

/** An operation of section 3.6, from this machine. */
export async function admin(server, method, path, body) {
  const { status, text } = await call(server, method, `/api/admin/public-rooms/${path}`, { body, localAddress: '127.0.0.1' });
  assert.equal(status, 200, text);
  return JSON.parse(text).data;
}

// ---- Visitors

/** Somebody with an address. */
export class Visitor {
  /** Of the user, once there is one. */
  userId = null;
  displayName = null;
  #server;
  #links;
  #headers;

  constructor(server, { address, name = address, headers = {}, links = [] }) {
    this.#server = server;
    this.#headers = headers;
    this.#links = links;
    this.address = address;
    this.name = name;
    keepSecret(address);
  }

  call(method, path, body, headers = {}) {
    return call(this.#server, method, path, { body, localAddress: this.address, headers: { ...this.#headers, ...headers } });
  }

  createUser(displayName) {
    return this.call('POST', '/api/public/users', { displayName });
  }

  /** Has a user from now on, or renames it. */
  async named(displayName) {
    Object.assign(this, succeeded(await this.createUser(displayName), 201, 'user'));
    assert.equal(this.displayName, displayName);
    return this;
  }

  asksToJoin(roomId, userId = this.userId) {
    return this.call('POST', `/api/public/rooms/${roomId}/join`, { userId });
  }

  asksToLeave(roomId, userId = this.userId) {
    return this.call('POST', `/api/public/rooms/${roomId}/leave`, { userId });
  }

  /** Takes a seat by REST: { room, participants }. */
  async takesSeat(roomId) {
    return succeeded(await this.asksToJoin(roomId), 200, 'join');
  }

  async givesSeatUp(roomId) {
    const answer = await this.asksToLeave(roomId);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(typeof answer.body.message, 'string');
  }

  /** A connection of the stock client. */
  link(options) {
    const link = new Link(this.#server, { localAddress: this.address, ...(Object.keys(this.#headers).length > 0 && { extraHeaders: this.#headers }), ...options });
    this.#links.push(link);
    return link;
  }

  /** A socket in the room that may be refused; `socket` holds the options of {@link RoomSocket}, all else is for the link. */
  attempt(roomId, { socket, link, ...options } = {}) {
    const one = new RoomSocket(link ?? this.link(options), this, roomId, socket);
    one.link.sockets = [...(one.link.sockets ?? []), one];
    return one;
  }

  /** A connected socket in the room that is not joined. */
  async connects(roomId, options) {
    const one = this.attempt(roomId, options);
    await one.expect('connect');
    return one;
  }

  /** A connected and joined socket; `currentOccupancy` is what it is told. */
  async enters(roomId, currentOccupancy, options) {
    const one = await this.connects(roomId, options);
    one.join();
    await one.welcomed(currentOccupancy);
    return one;
  }
}

// ---- Scenes

let visitors = 0;
/** How many scenes a server has seen, by its rooms. */
const scenes = new WeakMap();

const nextAddress = () => {
  visitors += 1;
  return `127.1.${Math.floor(visitors / 250)}.${visitors % 250 + 1}`;
};

/**
 * For every test three rooms `R`, `S` and `T` that nobody has used, and visitors whose addresses nobody else has. All of them leave when the test ends, and none may have
 * seen anything that breaks the contract.
 */
export function scene(t, server) {
  const links = [];
  const first = 3 * (scenes.get(server.rooms) ?? 0);
  scenes.set(server.rooms, first / 3 + 1);
  assert.ok(first + 3 <= server.rooms.length, 'the server has too few rooms for this file');
  const [R, S, T] = server.rooms.slice(first, first + 3).map(({ id }) => id);
  t.after(() => {
    for (const link of links) link.close();
    for (const { sockets = [] } of links) for (const one of sockets) one.check();
  });

  /** Somebody new, without a user. */
  const stranger = (options = {}) => new Visitor(server, { address: nextAddress(), links, ...options });
  /** Somebody new with a user. */
  const visitor = (name = 'Ann', options = {}) => stranger({ name, ...options }).named(name);
  /** Who watches the list of rooms; sees only those of this scene. */
  const viewer = async (options = {}) => {
    const link = options.link ?? stranger().link(options);
    const one = link.socket('/', { name: 'viewer', passesOver: (event, data) => event === 'room-occupancy-update' && ![R, S, T].includes(data.roomId) });
    link.sockets = [...(link.sockets ?? []), one];
    await one.expect('connect');
    return one;
  };
  /** The next thing that a viewer sees. */
  const sees = async (one, currentOccupancy, roomId = R) => assert.deepEqual(await one.expect('room-occupancy-update'), { roomId, currentOccupancy });
  let marker = null;
  /** Viewers have seen nothing else, up to now: the next thing they see is caused by somebody in room T. */
  const unaware = async (...viewers) => {
    marker ??= await visitor('Marker');
    await marker.takesSeat(T);
    await marker.givesSeatUp(T);
    for (const one of viewers) { await sees(one, 1, T); await sees(one, 0, T); }
  };
  const occupancy = async (roomId = R) => (await room(server, roomId)).currentOccupancy;
  return { R, S, T, stranger, visitor, viewer, sees, unaware, occupancy };
}

/** These sockets have received nothing else, up to now. */
export const quiet = (...sockets) => Promise.all(sockets.map((one) => one.quiet()));

/** How many live sockets an address has, as the server sees it. */
export async function connections(server, address) {
  return (await admin(server, 'GET', `connections?ip=${address}`)).count;
}

/** Lets the clock run: only for rules about time, and for nothing else. */
export const passTime = delay;

export const times = (number, make) => Array.from({ length: number }, (_, i) => make(i));

/** Runs a test over each transport of the stock client. */
export function overEach(transports, define) {
  for (const transport of transports) define(transport, { transports: [transport] });
}
