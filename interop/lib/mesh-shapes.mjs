// What may arrive from the Mesh protocol: the shapes of section 3.2 of its contract, and what must hold of everything that one connection sees in a row.

const text = (value) => typeof value === 'string' && value !== '';
const count = (value) => Number.isInteger(value) && value >= 0;
/** Milliseconds since 1970: whoever sends seconds or nanoseconds is found out. */
const time = (value) => Number.isInteger(value) && Math.abs(value - Date.now()) < 3_600_000;
/** Whether it is what JSON calls an object. */
export const object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const cleanName = (value) => text(value) && value.length <= 64 && !/[<>\p{Cc}]/u.test(value);
const either = (...values) => (value) => values.includes(value);
const orNull = (check) => (value) => value === null || check(value);
const never = (value) => value === undefined;
const anything = (value) => value !== undefined;
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
const like = (shape) => (value) => misshapen(value, shape) === null;

const capabilities = (value) => listOf((one) => /^[A-Za-z0-9._:-]{1,64}$/.test(one))(value) && value.length <= 32 && new Set(value).size === value.length;
const CLIENT = { id: text, name: cleanName, capabilities, lastSeen: time };
const LIST = { clients: listOf(like(CLIENT)), adminId: orNull(text), term: count };
const ERRORS = ['bad_message', 'unknown_type', 'bad_location', 'not_allowed', 'unknown_target', 'rate_limited'];

/** The fields that must be there; more are legal, other types are not. */
const SHAPES = {
  welcome: { data: { serverId: text, serverName: text, organizationId: text, timestamp: time } },
  'client-list-update': { data: LIST },
  'client-list': { data: LIST },
  'server-heartbeat': { timestamp: time, clientCount: count, data: never },
  'heartbeat-ack': { timestamp: time },
  'admin-heartbeat': { data: { deviceId: text, timestamp: time, term: count } },
  'location-update': { data: { clientId: text, location: object, timestamp: time } },
  'peer-message': { data: { fromId: text, message: anything } },
  'ice-servers': { data: { iceServers: listOf(like({ urls: listOf(text), username: text, credential: text })), expiresAt: Number.isInteger } },
  error: { data: { code: either(...ERRORS), message: text } },
};

/** What is wrong with a value that should have this shape: null if nothing is. */
function misshapen(value, shape) {
  if (!object(value)) return `should be an object, but is ${shown(value)}`;
  for (const [key, check] of Object.entries(shape)) {
    if (typeof check === 'function' && !check(value[key])) return `${key} has a wrong value: ${shown(value[key])}`;
    const inside = typeof check === 'function' ? null : misshapen(value[key], check);
    if (inside) return `${key} ${inside}`;
  }
  return null;
}

/** Who held which term of one organisation's office, as all its clients have seen it together. */
export class Offices {
  #holders = new Map();

  /** A term belongs to one holder, or to the time without one: null if it does. */
  fault(term, holder) {
    if (!this.#holders.has(term)) this.#holders.set(term, holder);
    const first = this.#holders.get(term);
    return first === holder ? null : `term ${term} was ${first}'s and is ${holder}'s`;
  }

  /** Every [term, holder] that anybody has seen, in the order of the terms. */
  history() {
    return [...this.#holders].sort(([a], [b]) => a - b);
  }
}

/** Looks at all that one connection gets, in the order in which it comes. */
export class Witness {
  #id;
  #offices;
  #serverId = null;
  #listed = null;
  #term = -1;

  /** @param id the client's own, which is in every list that it gets; undefined if the test does not know */
  constructor(id, offices) {
    this.#id = id;
    this.#offices = offices;
  }

  /** What the contract forbids about the next message: null if nothing. */
  fault(message) {
    if (!Object.hasOwn(SHAPES, message.type)) return `no such type: ${shown(message)}`;
    const wrong = misshapen(message, SHAPES[message.type]);
    if (wrong) return `in ${message.type}, ${wrong}: ${shown(message)}`;
    if ((message.type === 'welcome') !== (this.#serverId === null)) return `welcome is the first message, and only that: ${shown(message)}`;
    const strange = this.#inOrder(message);
    return strange && `${strange}: ${shown(message)}`;
  }

  #inOrder({ type, data }) {
    if (type === 'welcome') this.#serverId = data.serverId;
    else if (type === 'client-list' || type === 'client-list-update') return this.#list(data);
    else if (type === 'admin-heartbeat') return this.#announce(data);
    return null;
  }

  #list({ clients, adminId, term }) {
    this.#listed = new Set(clients.map(({ id }) => id));
    if (this.#listed.size < clients.length) return 'somebody is twice in a list';
    if (this.#id !== undefined && !this.#listed.has(this.#id)) return 'a list without the one who gets it';
    if (adminId !== null && !this.#isHere(adminId)) return 'the admin is not there';
    return this.#office(term, adminId);
  }

  #announce({ deviceId, term }) {
    if (this.#listed === null) return 'an announcement before the first list';
    if (!this.#isHere(deviceId)) return `announced, but not in the newest list (${[...this.#listed].join()})`;
    return this.#office(term, deviceId);
  }

  #isHere(id) {
    return this.#listed.has(id) || id === this.#serverId;
  }

  #office(term, holder) {
    if (term < this.#term) return `the term falls from ${this.#term}`;
    this.#term = term;
    return this.#offices.fault(term, holder);
  }
}

/** A value for people, in one line that is not too long. */
export function shown(value) {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 300 ? `${json.slice(0, 300)}... (${json.length} characters)` : json;
}
