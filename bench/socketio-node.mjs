// The reference for Socket.IO: the stock `socket.io` server under Node with the part of public rooms that the load needs: a user for each
// address, a room, `join-room`, `toggle-audio` and `toggle-video`, which go to everybody who joined. There is no seat, no limit, no queue, no health
// check and no chat: what Roost does beyond this, Roost pays for.
//
// It is meant to be fair: the package as it comes (no compression, frames of a broadcast encoded once), one `emit` an event, no log lines
// while it works, the heartbeat and the size limit that Roost has.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const ROOM_ID = randomUUID();
const JOINED = 'joined'; // the Socket.IO room of those who have joined

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    send: { type: 'string', default: 'text' }, // the package decides: nothing to choose, but the other relays have the option
  },
});

let Server;
try {
  ({ Server } = await import('socket.io'));
} catch {
  throw new Error('the package `socket.io` is missing: run `npm ci` in bench/');
}

const users = new Map(); // address -> { userId, displayName, sockets: of these, how many have joined }

const http = createServer(async (request, response) => {
  if (request.method === 'GET' && request.url === '/api/public/rooms') {
    return answer(response, 200, { rooms: [{ id: ROOM_ID, name: 'Study Room 1', currentOccupancy: 0, capacity: 10, isFull: false }] });
  }
  if (request.method === 'POST' && request.url === '/api/public/users') {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { displayName } = JSON.parse(Buffer.concat(chunks));
    const user = users.get(request.socket.remoteAddress) ?? { userId: randomUUID(), sockets: 0 };
    users.set(request.socket.remoteAddress, Object.assign(user, { displayName }));
    return answer(response, 201, { userId: user.userId, displayName });
  }
  response.writeHead(404).end();
});

function answer(response, status, data) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ success: true, data }));
}

const server = new Server(http, { pingInterval: 25_000, pingTimeout: 60_000, maxHttpBufferSize: 1_000_000 });

server.of(/^\/public-room\/[A-Za-z0-9_-]{1,64}$/).on('connection', (socket) => {
  let joined;
  socket.on('join-room', ({ userId }) => {
    const user = users.get(socket.handshake.address);
    if (user?.userId !== userId) return socket.emit('error', { code: 'INVALID_USER', message: 'unknown user' });
    const announcement = { userId, userName: user.displayName, joinedAt: new Date().toISOString(), currentOccupancy: 1 };
    joined = user;
    socket.join(JOINED);
    socket.emit('chat-history', { messages: [] });
    // A further tab of somebody who is there is no news for the others.
    if (user.sockets++ === 0) socket.nsp.to(JOINED).emit('user-joined', announcement);
    else socket.emit('user-joined', announcement);
  });
  for (const medium of ['audio', 'video']) {
    socket.on(`toggle-${medium}`, ({ userId, enabled }) => {
      if (joined?.userId !== userId) return socket.emit('error', { code: 'NOT_PARTICIPANT', message: 'join first' });
      socket.nsp.to(JOINED).emit(`participant-${medium}-toggle`, { userId, enabled });
    });
  }
  socket.on('disconnect', () => {
    if (joined !== undefined && --joined.sockets === 0) socket.nsp.to(JOINED).emit('user-left', { userId: joined.userId, currentOccupancy: 0 });
  });
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

http.listen(Number(options.port), options.host, 4096, () => {
  console.log(`Listening on http://${options.host}:${http.address().port}`);
});
