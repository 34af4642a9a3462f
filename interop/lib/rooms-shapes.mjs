// What may arrive from the public rooms, and in which shape (sections 1.4 and 3 of the contract): exactly these keys, and nothing that tells an address.
import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const text = (value) => typeof value === 'string' && value !== '';
const flag = (value) => typeof value === 'boolean';
const count = (value) => Number.isInteger(value) && value >= 0;
const positive = (value) => Number.isInteger(value) && value >= 1;
const uuid = (value) => typeof value === 'string' && UUID.test(value);
/** A user or a message: random. */
const random = (value) => typeof value === 'string' && UUID_V4.test(value);
/** As `Date.toISOString` gives it, and not a time of another age or zone. */
const iso = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value
  && Math.abs(Date.parse(value) - Date.now()) < 7_200_000;
/** Sanitised: nothing is left that a browser would take for a tag. */
const clean = (value) => text(value) && !/[<>"'/\p{Cc}]/u.test(value);
const name = (value) => clean(value) && value.length <= 300;
/** Whether it is what JSON calls an object. */
export const object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const optional = (check) => Object.assign((value) => value === undefined || check(value), { isOptional: true });
const either = (...values) => (value) => values.includes(value);
const listOf = (shape) => (value) => Array.isArray(value) && value.every((item) => misshapen(item, shape) === null);

const CODES = ['TOO_MANY_CONNECTIONS', 'CONNECTION_ERROR', 'CONNECTION_TIMEOUT', 'INVALID_REQUEST', 'INVALID_USER', 'ROOM_NOT_FOUND', 'JOIN_ERROR', 'LEAVE_ERROR',
  'IP_BLOCKED', 'RECONNECTION_THROTTLED', 'SYSTEM_AT_CAPACITY', 'NOT_PARTICIPANT', 'INVALID_MESSAGE', 'SEND_MESSAGE_ERROR', 'TOGGLE_VIDEO_ERROR', 'TOGGLE_AUDIO_ERROR'];
const REST_CODES = ['INVALID_INPUT', 'INVALID_DISPLAY_NAME', 'USER_NOT_FOUND', 'INVALID_USER', 'ROOM_NOT_FOUND', 'ALREADY_IN_ROOM', 'ROOM_FULL', 'RATE_LIMIT_EXCEEDED',
  'JOIN_LIMIT_EXCEEDED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'PAYLOAD_TOO_LARGE', 'INTERNAL_ERROR', 'UNAUTHORIZED', 'FORBIDDEN'];

const MESSAGE = { id: random, userId: random, userName: name, content: clean, timestamp: iso };
const TOGGLE = { userId: random, enabled: flag };
const EVENTS = {
  'user-joined': { userId: random, userName: name, joinedAt: iso, currentOccupancy: positive },
  'user-left': { userId: random, currentOccupancy: count },
  'chat-history': { messages: listOf(MESSAGE) },
  'new-message': MESSAGE,
  'rate-limit-exceeded': { action: either('chat_message', 'socket_event'), message: text, resetTime: iso },
  'participant-video-toggle': TOGGLE,
  'participant-audio-toggle': TOGGLE,
  'room-occupancy-update': { roomId: uuid, currentOccupancy: count },
  'system-capacity-queue': { message: text, queuePosition: positive },
  'webrtc-signal': { fromUserId: random, description: optional(object), candidate: optional((value) => value === null || object(value)) },
  error: { code: either(...CODES), message: text, retryAfter: optional(positive) },
};
/** What the socket itself reports, and what the server sends without arguments or with the caller's. */
const FREE = { connect: 0, disconnect: 1, connect_error: 1, ping: 0, 'room-update': 1 };

/** What is wrong with a value that should have this shape: null if nothing is. */
export function misshapen(value, shape) {
  if (!object(value)) return `should be an object, but is ${shown(value)}`;
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  if (unknown.length > 0) return `has unknown keys: ${unknown}`;
  const wrong = Object.entries(shape).find(([key, check]) => !check(value[key]));
  return wrong ? `${wrong[0]} has a wrong value: ${shown(value[wrong[0]])}` : null;
}

/** What the contract forbids about an event: null if nothing. `hasOffset`: recovery is on, so that an offset may be the last argument. */
export function fault(event, args, hasOffset) {
  const free = Object.hasOwn(FREE, event);
  if (!free && !Object.hasOwn(EVENTS, event)) return `no such event: ${event} ${shown(args)}`;
  const payload = hasOffset && typeof args.at(-1) === 'string' && !['disconnect', 'connect_error'].includes(event) ? args.slice(0, -1) : args;
  const expected = free ? FREE[event] : 1;
  if (payload.length !== expected) return `${event} has ${payload.length} arguments instead of ${expected}: ${shown(args)}`;
  const wrong = free ? null : misshapen(payload[0], EVENTS[event]);
  if (wrong) return `in ${event}, ${wrong}: ${shown(payload[0])}`;
  if (event === 'error' && payload[0].code === 'RECONNECTION_THROTTLED' && payload[0].retryAfter === undefined) return 'RECONNECTION_THROTTLED without retryAfter';
  return leak(JSON.stringify(payload));
}

// ---- REST

const ROOM = { id: uuid, name, currentOccupancy: count, capacity: positive, isFull: flag };
const PARTICIPANT = { id: random, displayName: name, isVideoEnabled: flag, isAudioEnabled: flag, joinedAt: iso };
const isRoom = (value) => misshapen(value, ROOM) === null && value.isFull === value.currentOccupancy >= value.capacity;
const DETAIL = { type: either('field'), msg: text, path: (value) => typeof value === 'string', location: either('body', 'params'), value: optional(() => true) };
const ERROR = { code: either(...REST_CODES), message: text, details: optional(listOf(DETAIL)), retryAfter: optional(positive) };

/** The data of each answer, by what was asked. */
export const DATA = {
  rooms: { rooms: (value) => Array.isArray(value) && value.every(isRoom) },
  user: { userId: random, displayName: name },
  join: { room: isRoom, participants: listOf(PARTICIPANT) },
};

/** What is wrong with the body of an answer, from its outside: null if nothing is. */
export function envelopeFault(status, body) {
  if (status < 400) return misshapen(body, { success: either(true), data: optional(object), message: optional(text) });
  return misshapen(body, { error: (value) => misshapen(value, ERROR) === null });
}

// ---- Privacy

const known = new Set();

/** From now on nothing that arrives may tell this address, nor a plain hash of it (what a keyed one looks like, nobody here can know). */
export function keepSecret(address) {
  const hash = createHash('sha256').update(address);
  known.add(address).add(hash.copy().digest('hex').slice(0, 16)).add(hash.digest('base64').slice(0, 16));
}

/** Dotted addresses, mapped ones, and whatever is as long as a hash in hexadecimal digits. */
const TELLING = [/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/, /::ffff:/i, /[0-9a-f]{24,}/i];

/** What of a text tells an address or its hash: null if nothing does. */
export function leak(all) {
  for (const pattern of TELLING) {
    const match = pattern.exec(all);
    if (match) return `an address or a hash arrived: ${match[0]} in ${all.slice(0, 300)}`;
  }
  for (const secret of known) if (all.includes(secret)) return `${secret} arrived in ${all.slice(0, 300)}`;
  return null;
}

/** A value for people, in one line that is not too long. */
export function shown(value) {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 300 ? `${json.slice(0, 300)}... (${json.length} characters)` : json;
}
