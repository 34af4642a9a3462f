// The reference for Mesh: the plainest relay under Node that does a mini server's main work. Who comes is welcomed and everybody gets the
// new list; a peer message goes to the client that it names, or to all the others; heartbeats are answered, and everybody gets one each
// tick. There is no organisation, no office and no election, no check, no limit and no bound: what Roost does beyond this, Roost pays for.
//
// It is meant to be fair: stock `ws`, compression off, one JSON.parse and one JSON.stringify a message (not one a client), no log lines
// while it works. `--send buffer` hands `ws` the bytes instead of the string, to see whether that matters.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { WebSocketServer, WebSocket } from './lib/ws.mjs';

const HEARTBEAT_INTERVAL_MS = 10_000;
const CLIENT_TIMEOUT_MS = 30_000;

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    send: { type: 'string', default: 'text' },
  },
});

const http = createServer((request, response) => {
  response.writeHead(426, { 'Content-Type': 'text/plain' });
  response.end('Upgrade Required\n');
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
const clients = new Map(); // id -> client

server.on('connection', (socket, request) => {
  const query = new URL(request.url, 'http://relay').searchParams;
  const id = query.get('clientId');
  if (!id) return socket.close(1008, 'Missing client ID');
  clients.get(id)?.socket.close(1008, 'Replaced by new connection');
  const client = { id, name: query.get('clientName') || 'Unknown Client', capabilities: query.get('capabilities')?.split(',') ?? [], lastSeen: Date.now(), socket };
  clients.set(id, client);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => leave(client));
  socket.on('message', (bytes) => receive(client, JSON.parse(bytes)));
  send(client, { type: 'welcome', data: { serverId: 'relay', serverName: 'Relay', organizationId: query.get('organizationId'), timestamp: Date.now() } });
  sendList();
});

function receive(client, message) {
  client.lastSeen = Date.now();
  switch (message.type) {
    case 'heartbeat': return send(client, { type: 'heartbeat-ack', timestamp: Date.now() });
    case 'location-update': return toOthers(client, { type: 'location-update', data: { clientId: client.id, location: message.data, timestamp: Date.now() } });
    case 'peer-message': return relay(client, message.data);
    case 'request-client-list': return send(client, { type: 'client-list', data: list() });
    default:
  }
}

function relay(client, { targetId, message }) {
  const outgoing = { type: 'peer-message', data: { fromId: client.id, message } };
  if (targetId === 'broadcast') return toOthers(client, outgoing);
  const target = clients.get(targetId);
  if (target !== undefined) send(target, outgoing);
}

function leave(client) {
  if (clients.get(client.id) !== client) return;
  clients.delete(client.id);
  sendList();
}

const list = () => ({ clients: [...clients.values()].map(({ id, name, capabilities, lastSeen }) => ({ id, name, capabilities, lastSeen })), adminId: null });
const sendList = () => toOthers(null, { type: 'client-list-update', data: list() });

function send(client, message) {
  if (client.socket.readyState === WebSocket.OPEN) client.socket.send(encode(message), { binary: false });
}

function toOthers(sender, message) {
  const frame = encode(message);
  for (const client of clients.values()) {
    if (client !== sender && client.socket.readyState === WebSocket.OPEN) client.socket.send(frame, { binary: false });
  }
}

function encode(message) {
  const text = JSON.stringify(message);
  return options.send === 'buffer' ? Buffer.from(text) : text;
}

setInterval(() => {
  for (const client of clients.values()) {
    if (Date.now() - client.lastSeen > CLIENT_TIMEOUT_MS) client.socket.close(1008, 'Client timeout');
  }
  toOthers(null, { type: 'server-heartbeat', timestamp: Date.now(), clientCount: clients.size });
}, HEARTBEAT_INTERVAL_MS);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

http.listen(Number(options.port), options.host, 4096, () => {
  console.log(`Listening on http://${options.host}:${http.address().port}`);
});
