// What may arrive from the Gallery protocol, and in which shape (section 3.2 of its contract); more fields are legal, other types are not.

const text = (value) => typeof value === 'string' && value !== '';
const flag = (value) => typeof value === 'boolean';
const count = (value) => Number.isInteger(value) && value >= 0;
/** Milliseconds since 1970: whoever sends seconds or nanoseconds is found out. */
const time = (value) => Number.isInteger(value) && Math.abs(value - Date.now()) < 3_600_000;
/** Whether it is what JSON calls an object. */
export const object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const cleanName = (value) => text(value) && !/[<>\p{Cc}]/u.test(value);
const optional = (check) => (value) => value === undefined || check(value);
const either = (...values) => (value) => values.includes(value);
const listOf = (shape) => (value) => Array.isArray(value) && value.every((item) => misshapen(item, shape) === null);

const ERRORS = ['Room is full', 'Invalid password', 'Room already exists', 'Server at capacity', 'Invalid message format', 'Invalid room ID', 'Not in a room',
  'User not found', 'Permission denied', 'Stale state update', 'Invalid state update', 'Room state too large', 'Too many annotations', 'Rate limit exceeded',
  'Joined from another connection', 'Room deleted'];

const USER = {
  id: text, name: cleanName, role: either('host', 'editor', 'viewer'), avatar: optional(object), connected: either(true), lastSeen: time,
};
const STATE = {
  version: count, sceneUrl: (value) => typeof value === 'string', sceneLoaded: flag, treeViewState: object, annotations: Array.isArray,
  focusPoints: Array.isArray, sessionSettings: object,
};
const requestId = optional((value) => typeof value === 'string' && value.length <= 128 || Number.isFinite(value));
const never = (value) => value === undefined;
const SHAPES = {
  connected: { userId: text },
  room_created: { requestId, roomId: text },
  room_joined: { requestId, roomInfo: { roomId: text, users: listOf(USER), state: STATE, createdAt: time, config: never, password: never } },
  user_joined: { user: USER },
  user_left: { userId: text },
  message: { senderId: text, message: (value) => value !== undefined && value !== null },
  error: { message: (value) => ERRORS.includes(value) || `${value}`.startsWith('Unknown action: '), requestId: (value) => value === null || requestId(value) },
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

/** What the contract forbids about this frame: null if nothing. */
export function fault(frame) {
  if (!Object.hasOwn(SHAPES, frame.event)) return `no such event: ${shown(frame)}`;
  const { event, data } = frame;
  const wrong = misshapen(data, SHAPES[event]);
  if (wrong) return `in ${event}, ${wrong}: ${shown(frame)}`;
  if (event === 'error' && data.requestId === null && data.message !== 'Invalid message format') return `requestId is null in ${shown(frame)}`;
  const ids = event === 'room_joined' ? data.roomInfo.users.map(({ id }) => id) : [];
  return new Set(ids).size === ids.length ? null : `somebody is twice in ${shown(ids)}`;
}

/** A value for people, in one line that is not too long. */
export function shown(value) {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 300 ? `${json.slice(0, 300)}... (${json.length} characters)` : json;
}
