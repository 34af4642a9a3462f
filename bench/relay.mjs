// The reference of every comparison: the plainest relay under Node that does Parrot's main work. The first user on
// /pocket-parrot is the sender; each of its points is acknowledged and goes to everybody on /listener. There is no
// roles' state machine, no statistics, no limit and no bound: what Roost does beyond this, Roost pays for.
//
// It is meant to be fair: stock `ws`, compression off, one JSON.stringify a message (not one a listener), no log lines
// while it works. `--send buffer` hands `ws` the bytes instead of the string, to see whether that matters.
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
const listeners = new Set();
let sender = null;
let users = 0;

server.on('connection', (socket, request) => {
  socket.on('error', () => socket.terminate());
  if (request.url === '/listener') listen(socket);
  else if (request.url === '/pocket-parrot') join(socket);
  else socket.close(1008, 'unknown path');
});

function listen(socket) {
  listeners.add(socket);
  socket.on('close', () => listeners.delete(socket));
  socket.send(JSON.stringify({ type: 'listener_connected', message: 'listening', timestamp: new Date().toISOString() }));
}

function join(socket) {
  const user = { id: `user_${Date.now()}_${(++users).toString(36)}`, username: null, socket };
  sender ??= user;
  socket.on('close', () => { if (sender === user) sender = null; });
  socket.on('message', (bytes) => {
    const message = JSON.parse(bytes);
    if (message.type === 'handshake') welcome(user, message);
    else if (message.type === 'data') relay(user, message);
  });
}

function welcome(user, message) {
  user.username = message.username ?? null;
  const role = sender === user ? 'sender' : 'observer';
  user.socket.send(JSON.stringify({ type: 'welcome', clientId: user.id, serverTime: new Date().toISOString(), message: 'welcome', role }));
}

function relay(user, { data }) {
  if (sender !== user) return user.socket.send(JSON.stringify({ type: 'rejected', message: 'not the active sender' }));
  const timestamp = new Date().toISOString();
  const text = JSON.stringify({ type: 'sensor_data', timestamp, userId: user.id, username: user.username, data });
  const frame = options.send === 'buffer' ? Buffer.from(text) : text;
  for (const listener of listeners) {
    if (listener.readyState === WebSocket.OPEN) listener.send(frame, { binary: false });
  }
  user.socket.send(JSON.stringify({ type: 'ack', timestamp, received: data.id, clientId: user.id }));
}

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

http.listen(Number(options.port), options.host, 4096, () => {
  console.log(`Listening on http://${options.host}:${http.address().port}`);
});
