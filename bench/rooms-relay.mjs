// The reference for rooms: the plainest relay under Node that does Gallery's main work. Who joins a room gets `room_joined` and
// is announced; a broadcast goes to all other members; who leaves is announced. There are no roles, no state, no versions, no
// limits and no bounds: what Roost does beyond this, Roost pays for.
//
// It is meant to be fair: stock `ws`, compression off, one JSON.parse and one JSON.stringify a message (not one a member), no log
// lines while it works. `--send buffer` hands `ws` the bytes instead of the string, to see whether that matters.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { WebSocketServer, WebSocket } from './lib/ws.mjs';

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    send: { type: 'string', default: 'text' },
  },
});

const http = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.end('relay\n');
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
const rooms = new Map(); // id -> Map of user id -> user
let users = 0;

server.on('connection', (socket, request) => {
  const id = new URL(request.url, 'http://relay').searchParams.get('userId') || `user-${(++users).toString(36)}`;
  const user = { id, name: id, role: 'viewer', socket, roomId: null };
  socket.on('error', () => socket.terminate());
  socket.on('close', () => leave(user));
  socket.on('message', (bytes) => receive(user, JSON.parse(bytes)));
  send(user, 'connected', { userId: id });
});

function receive(user, message) {
  switch (message.action) {
    case 'join_room': return join(user, message);
    case 'leave_room': return leave(user);
    case 'broadcast': return toOthers(user, 'message', { message: message.message, senderId: user.id });
    default: return send(user, 'error', { message: `Unknown action: ${message.action}`, requestId: message.requestId });
  }
}

function join(user, { requestId, roomId, userInfo }) {
  leave(user);
  user.name = userInfo?.name ?? user.name;
  user.role = userInfo?.role ?? user.role;
  user.roomId = roomId;
  if (!rooms.has(roomId)) rooms.set(roomId, new Map());
  const members = rooms.get(roomId);
  members.set(user.id, user);
  send(user, 'room_joined', { requestId, roomInfo: { roomId, users: [...members.values()].map(describe), state: { version: 0 }, createdAt: Date.now() } });
  toOthers(user, 'user_joined', { user: describe(user) });
}

function leave(user) {
  const members = rooms.get(user.roomId);
  if (members === undefined) return;
  toOthers(user, 'user_left', { userId: user.id });
  members.delete(user.id);
  if (members.size === 0) rooms.delete(user.roomId);
  user.roomId = null;
}

const describe = ({ id, name, role }) => ({ id, name, role, connected: true, lastSeen: Date.now() });

function send(user, event, data) {
  user.socket.send(JSON.stringify({ event, data }));
}

function toOthers(user, event, data) {
  const members = rooms.get(user.roomId);
  if (members === undefined) return;
  const text = JSON.stringify({ event, data });
  const frame = options.send === 'buffer' ? Buffer.from(text) : text;
  for (const member of members.values()) {
    if (member !== user && member.socket.readyState === WebSocket.OPEN) member.socket.send(frame, { binary: false });
  }
}

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

http.listen(Number(options.port), options.host, 4096, () => {
  console.log(`Listening on http://${options.host}:${http.address().port}`);
});
