// What may arrive from the PTT protocol: the shapes of section 3 of its contract, and the frame layout of section 1.3.
import { isDeepStrictEqual } from 'node:util';
import notepack from 'notepack';
import modern from 'notepack.io';

export const GROUP = 0;
export const PRIVATE = 1;

export const START = 1;
export const STOP = 2;
export const AUDIO = 3;
export const CONNECTION = 4;
export const STATUS = 5;
export const START_ACK = 6;
export const STOP_ACK = 7;
export const START_FAILED = 8;
export const LOGIN_DUPLICATED = 9;
export const USER_ADD = 15;
export const USER_REMOVE = 16;
export const TEXT = 17;
export const IMAGE = 18;
export const DELIVERED = 20;
export const READ = 21;
export const TEXT_ACK = 22;
export const INTERACTIVE = 23;
export const INTERACTIVE_ACK = 24;
export const CONNECTION_TEST = 25;
export const CONNECTION_ACK = 26;
export const UNAUTHORIZED_GROUP = 27;
export const HEARTBEAT = 30;
export const PRESENCE_UPDATE = 31;
export const PRESENCE_SNAPSHOT = 32;

const NAMES = {
  START, STOP, AUDIO, CONNECTION, STATUS, START_ACK, STOP_ACK, START_FAILED, LOGIN_DUPLICATED, USER_ADD, USER_REMOVE, TEXT, IMAGE, DELIVERED, READ,
  TEXT_ACK, INTERACTIVE, INTERACTIVE_ACK, CONNECTION_TEST, CONNECTION_ACK, UNAUTHORIZED_GROUP, HEARTBEAT, PRESENCE_UPDATE, PRESENCE_SNAPSHOT,
};

/** The name of a message type, for people. */
export const nameOf = (type) => Object.keys(NAMES).find((name) => NAMES[name] === type) ?? `type ${type}`;

// ---- Reading

/**
 * A message of the server as { channel, type, from, to, id (null: the frame has five elements), payload, array, bytes, atMs }, or { fault } with what is wrong
 * with it. It is read with the library of the original and with its successor, which must agree.
 */
export function frameOf(bytes, isBinary) {
  if (!isBinary) return { fault: `a text message: ${bytes}` };
  let array;
  try {
    array = notepack.decode(bytes);
    if (!isDeepStrictEqual(modern.decode(bytes), array)) return { fault: `notepack and notepack.io differ over ${bytes.toString('hex')}` };
  } catch (error) {
    return { fault: `${error.message}: ${bytes.toString('hex', 0, 100)}` };
  }
  if (!Array.isArray(array) || (array.length !== 5 && array.length !== 6)) return { fault: `not five or six elements: ${shown(array)}` };
  const [channel, type, from, to] = array;
  const frame = { channel, type, from, to, id: array.length === 6 ? array[4] : null, payload: array.at(-1), array, bytes, atMs: performance.now() };
  try {
    return { ...frame, fault: faultOf(frame) };
  } catch (error) {
    return { ...frame, fault: `${error.message}: ${bytes.toString('hex', 0, 100)}` };
  }
}

/** How a frame is shown to people. */
export function shown(value) {
  const text = JSON.stringify(value?.array ?? value, (key, inner) => inner?.type === 'Buffer' ? `${inner.data.length} bytes` : inner) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}

// ---- Shapes

const text = (value) => typeof value === 'string' && value !== '';
const count = (value) => Number.isInteger(value) && value >= 0;
/** Milliseconds since 1970: whoever sends seconds or nanoseconds is found out. */
const time = (value) => Number.isInteger(value) && Math.abs(value - Date.now()) < 3_600_000;
const pastTime = (value) => count(value) && value < Date.now() + 3_600_000 && value > 1e12;
const either = (...values) => (value) => values.includes(value);
const maybe = (check) => (value) => value === undefined || check(value);
const json = (shape) => (value) => {
  try {
    return typeof value === 'string' && like(shape)(JSON.parse(value));
  } catch {
    return false;
  }
};
/** An object with these fields and no others. */
const like = (shape) => (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
  && Object.keys(value).every((key) => key in shape) && Object.entries(shape).every(([key, check]) => check(value[key]));

const id = (value) => text(value) || Number.isInteger(value);
const nobody = either(0);
const none = either(null);
const anything = () => true;
const acknowledged = either('Acknowledged');
const spoken = json({ message_id: text, text: (value) => typeof value === 'string' });
const status = { userId: text, status: either('online', 'offline'), lastSeen: pastTime, deviceId: maybe(text) };
const update = { ...status, type: either('presence_update'), timestamp: time, lastSeen: (value) => value === 0 || pastTime(value), role: maybe(text) };
const error = { type: either('error'), code: either('HEARTBEAT_NOT_ALLOWED', 'SUBSCRIBE_NOT_ALLOWED', 'INVALID_SUBSCRIPTION'), message: text };
const batch = { type: either('presence_batch'), updates: (value) => Array.isArray(value) && value.length > 0 && value.every(like(update)), timestamp: time };
const snapshot = (value) => like({ users: Array.isArray, timestamp: time, totalOnline: count })(value) && value.users.length === value.totalOnline
  && value.users.every((user) => user.status === 'online' && like(status)(user));

/** Per type what channel, from, to, message id and payload may be. */
const SHAPES = {
  [START]: {},
  [STOP]: { payload: json({ duration: count, message_id: (value) => value === null || text(value) }) },
  [AUDIO]: {},
  [STATUS]: { channel: either(PRIVATE), from: nobody, to: text, id: none, payload: like(error) },
  [START_ACK]: {},
  [STOP_ACK]: { payload: acknowledged },
  [START_FAILED]: { id: none, payload: either('Busy', 'Ack Failed', 'Recipient offline') },
  [LOGIN_DUPLICATED]: { channel: either(PRIVATE), from: nobody, to: text, id: none, payload: text },
  [TEXT]: { payload: spoken },
  [IMAGE]: {},
  [DELIVERED]: { channel: either(PRIVATE) },
  [READ]: { channel: either(PRIVATE) },
  [TEXT_ACK]: { id: text, payload: acknowledged },
  [INTERACTIVE]: { payload: spoken },
  [INTERACTIVE_ACK]: { id: text, payload: acknowledged },
  [CONNECTION_ACK]: { channel: either(PRIVATE), from: nobody, to: text, id: none },
  [UNAUTHORIZED_GROUP]: { channel: either(GROUP), id: none, payload: either('Unauthorized Group') },
  [PRESENCE_UPDATE]: { channel: either(GROUP), from: nobody, to: either('broadcast'), id: text, payload: (value) => like(update)(value) || like(batch)(value) },
  [PRESENCE_SNAPSHOT]: { channel: either(GROUP), from: nobody, to: text, id: text, payload: snapshot },
};

/** What the server makes itself has exactly the bytes that the original's library makes of it; what it relays has those of the client. */
const OWN = [STATUS, STOP_ACK, START_FAILED, LOGIN_DUPLICATED, TEXT_ACK, INTERACTIVE_ACK, UNAUTHORIZED_GROUP, PRESENCE_UPDATE, PRESENCE_SNAPSHOT];

/** What is wrong with a frame of the server: null if nothing is. */
function faultOf(frame) {
  const shape = { channel: either(GROUP, PRIVATE), from: id, to: id, id: (value) => value === null || text(value), payload: anything, ...SHAPES[frame.type] };
  if (!(frame.type in SHAPES)) return `the server never sends ${nameOf(frame.type)}: ${shown(frame)}`;
  for (const [key, check] of Object.entries(shape)) {
    if (!check(frame[key])) return `${nameOf(frame.type)} has a wrong ${key}: ${shown(frame)}`;
  }
  if (frame.type === START_ACK && frame.channel === GROUP && (typeof frame.payload !== 'string' || frame.id !== null)) {
    return `a wrong START_ACK of a group: ${shown(frame)}`;
  }
  if (OWN.includes(frame.type) && !notepack.encode(frame.array).equals(frame.bytes)) {
    return `notepack writes ${shown(frame)} in other bytes than ${frame.bytes.toString('hex')}`;
  }
  return null;
}
