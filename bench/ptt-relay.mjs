// The reference for PTT: the plainest router under Node that does a push-to-talk server's main work, in the manner of the one that Roost
// replaces. Every frame is decoded, its type is looked at, a group is a list of user ids, the floor is a variable, and what goes to a
// group is encoded once and sent to each member who is there. There is no presence, no Redis, no recording, no limit and no bound: what
// Roost does beyond this, Roost pays for.
//
// It is meant to be fair: stock `ws`, compression off, `notepack` as the original has it, tokens verified once a connection, no log lines
// while it works, and no copy of a frame for each member.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { load } from './lib/packages.mjs';
import { WebSocketServer, WebSocket } from './lib/ws.mjs';

const notepack = load('notepack');
const { verify } = load('jsonwebtoken');

const GROUP = 0;
const PRIVATE = 1;
const MAXIMUM_IDLE_MS = 3_000;
const type = { START: 1, STOP: 2, AUDIO: 3, START_ACK: 6, STOP_ACK: 7, START_FAILED: 8, USER_ADD: 15, USER_REMOVE: 16, CONNECTION_TEST: 25, CONNECTION_ACK: 26, UNAUTHORIZED_GROUP: 27, HEARTBEAT: 30 };

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    send: { type: 'string', default: 'buffer' }, // what it has is a buffer: nothing to choose, but the other relays have the option
  },
});
const secret = process.env.SECRET_KEY;
if (!secret) throw new Error('SECRET_KEY is needed: tokens are verified with it');

const http = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.end('ptt-relay\n');
});
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const clients = new Map(); // user id -> { id, groups, socket }
const groups = new Map(); // group id -> { members: [user id], holder, lastAudio }

http.on('upgrade', (request, socket, head) => {
  let claims;
  try {
    claims = verify(request.headers.token, secret, { algorithms: ['HS256'] });
  } catch {
    return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  }
  server.handleUpgrade(request, socket, head, (upgraded) => connected(upgraded, String(claims.uid), claims.channelIds ?? []));
});

function connected(socket, id, channelIds) {
  const client = { id, socket };
  clients.get(id)?.socket.close();
  clients.set(id, client);
  for (const groupId of channelIds) add(String(groupId), id);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => left(client));
  socket.on('message', (bytes) => received(client, bytes));
}

function left(client) {
  if (clients.get(client.id) !== client) return;
  clients.delete(client.id);
  for (const group of groups.values()) if (group.holder === client.id) group.holder = undefined;
}

function received(client, bytes) {
  let decoded;
  try {
    decoded = notepack.decode(bytes);
  } catch {
    return;
  }
  if (!Array.isArray(decoded)) return;
  const [channelType, messageType, fromId, toId] = decoded;
  const message = { channelType, messageType, fromId, toId, messageId: decoded.length > 5 ? decoded[4] : undefined, payload: decoded[decoded.length > 5 ? 5 : 4] };
  switch (messageType) {
    case type.CONNECTION_TEST: return send(client, { ...message, channelType: PRIVATE, messageType: type.CONNECTION_ACK, fromId: 0, toId: client.id });
    case type.USER_ADD: return add(String(message.payload), client.id);
    case type.USER_REMOVE: return remove(String(message.payload), client.id);
    case type.HEARTBEAT: return; // there is no presence
    default: return channelType === GROUP ? toGroup(client, message) : toUser(message);
  }
}

function toUser(message) {
  const to = clients.get(String(message.toId));
  if (to !== undefined) send(to, message);
}

function toGroup(client, message) {
  const group = groups.get(String(message.toId));
  if (group === undefined || !group.members.includes(client.id)) {
    return send(client, { ...message, messageType: type.UNAUTHORIZED_GROUP, payload: 'Unauthorized Group' });
  }
  switch (message.messageType) {
    case type.START: {
      if (isBusy(group, client)) return send(client, { ...message, messageType: type.START_FAILED, payload: 'Busy' });
      group.holder = client.id;
      group.lastAudio = Date.now();
      send(client, { ...message, messageType: type.START_ACK, payload: String(message.payload) });
      break;
    }
    case type.AUDIO: {
      if (isBusy(group, client)) return;
      group.lastAudio = Date.now();
      break;
    }
    case type.STOP: {
      if (group.holder === client.id) group.holder = undefined;
      send(client, { ...message, messageType: type.STOP_ACK, payload: 'Acknowledged' });
      break;
    }
    default:
  }
  const frame = encode(message);
  for (const id of group.members) {
    if (id === client.id) continue;
    const member = clients.get(id);
    if (member !== undefined && member.socket.readyState === WebSocket.OPEN) member.socket.send(frame);
  }
}

const isBusy = (group, client) => group.holder !== undefined && group.holder !== client.id && Date.now() - group.lastAudio < MAXIMUM_IDLE_MS;

function add(groupId, id) {
  if (!groups.has(groupId)) groups.set(groupId, { members: [], holder: undefined, lastAudio: 0 });
  const { members } = groups.get(groupId);
  if (!members.includes(id)) members.push(id);
}

function remove(groupId, id) {
  const group = groups.get(groupId);
  if (group !== undefined) group.members = group.members.filter((member) => member !== id);
}

function send(client, message) {
  if (client.socket.readyState === WebSocket.OPEN) client.socket.send(encode(message));
}

const encode = ({ channelType, messageType, fromId, toId, messageId, payload }) => notepack.encode(messageId
  ? [channelType, messageType, fromId, toId, messageId, payload] : [channelType, messageType, fromId, toId, payload]);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

http.listen(Number(options.port), options.host, 4096, () => {
  console.log(`Listening on http://${options.host}:${http.address().port}`);
});
