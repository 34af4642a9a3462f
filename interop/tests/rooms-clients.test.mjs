// Clients that others wrote: the one of the Public Rooms document, as it stands there, and stock clients of Socket.IO 2, which need the option.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DEADLINE_MS, eventually, overEach, quiet, ROOMY, scene, startRooms, TRANSPORTS, Visitor } from '../lib/rooms.mjs';
import { open } from '../lib/socketio.mjs';
import { root, temporaryFolder } from '../lib/tools.mjs';

const server = await startRooms({ ...ROOMY, PUBLIC_ROOMS_PING_INTERVAL_MS: '500', PUBLIC_ROOMS_PONG_TIMEOUT_MS: '150' }, ['--socketio-eio3', 'true']);
after(() => server.stop());

/** "Client-Side (TypeScript)", word for word. */
const DOCUMENT = `
import { io, Socket } from 'socket.io-client';

// Connect to public room namespace
const roomId = 'abc-123-def-456';
const socket: Socket = io(\`http://localhost:8100/public-room/\${roomId}\`, {
  transports: ['websocket', 'polling'],
});

// Handle connection
socket.on('connect', () => {
  console.log('Connected to public room');
  
  // Emit join-room event
  socket.emit('join-room', {
    userId: 'user-id',
    userName: 'John Doe',
  });
});

// Listen for user-joined events
socket.on('user-joined', (data) => {
  console.log(\`\${data.userName} joined the room\`);
  console.log(\`Current occupancy: \${data.currentOccupancy}\`);
});

// Listen for user-left events
socket.on('user-left', (data) => {
  console.log(\`User \${data.userId} left the room\`);
  console.log(\`Current occupancy: \${data.currentOccupancy}\`);
});

// Handle ping/pong for health checks
socket.on('ping', () => {
  socket.emit('pong');
});

// Handle errors
socket.on('error', (error) => {
  console.error('Socket error:', error);
});

// Leave room
function leaveRoom(userId: string) {
  socket.emit('leave-room', { userId });
}

// Disconnect
function disconnect() {
  socket.disconnect();
}
`;

/** Runs the document's client with a room and a user in place of its examples; whatever comes on standard input is run inside. */
function documented(t, { roomId = 'abc-123-def-456', userId = 'user-id' }) {
  const folder = temporaryFolder(t, 'document');
  symlinkSync(join(root, 'interop/node_modules'), join(folder, 'node_modules'));
  const changes = [["'abc-123-def-456'", `'${roomId}'`], ["'user-id'", `'${userId}'`], ['localhost:8100', `127.0.0.1:${server.port}`],
    // What only TypeScript reads.
    [': Socket', ''], [', Socket', ''], ['userId: string', 'userId']];
  const script = changes.reduce((text, [from, to]) => text.replace(from, to), DOCUMENT);
  const remote = "process.stdin.on('data', (line) => eval(`${line}`));\nsocket.on('disconnect', (reason) => { console.log(reason); process.exit(0); });\n";
  writeFileSync(join(folder, 'client.mjs'), `${script}\n${remote}`);
  const child = spawn(process.execPath, [join(folder, 'client.mjs')], { stdio: 'pipe' });
  const exited = new Promise((done) => child.once('exit', done));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  t.after(() => { child.kill('SIGKILL'); return exited; });
  return { run: (line) => child.stdin.write(`${line}\n`), says: (text) => eventually(`"${text}" in ${output}`, () => output.includes(text)), output: () => output, exited };
}

test("The document's client: joins, sees others come and go, answers pings, leaves", { timeout: 30_000 }, async (t) => {
  const { R, visitor } = scene(t, server);
  const me = new Visitor(server, { address: '127.0.0.1' });
  await me.named('Somebody');
  const client = documented(t, { roomId: R, userId: me.userId });
  await client.says('Connected to public room\nJohn Doe joined the room\nCurrent occupancy: 1\n');
  const other = await visitor('Ann');
  const socket = await other.enters(R, 2);
  socket.socket.on('ping', () => socket.emit('pong'));
  await client.says('Ann joined the room\nCurrent occupancy: 2\n');
  // Five pings are more than a client survives that does not answer.
  for (let i = 0; i < 5; i++) await socket.expect('ping');
  socket.leave();
  await client.says(`User ${other.userId} left the room\nCurrent occupancy: 1\n`);
  const back = await other.enters(R, 2);
  client.run(`leaveRoom('${me.userId}')`);
  await client.says('io server disconnect');
  await client.exited;
  assert.ok(!client.output().includes('error'), client.output());
  await back.expectLeft(me, 1);
});

test("The document's client: with the ids that stand there it is told what is wrong; it disconnects", { timeout: 30_000 }, async (t) => {
  const client = documented(t, {});
  await client.says("code: 'INVALID_USER'");
  client.run('disconnect()');
  await client.says('io client disconnect');
});

overEach(TRANSPORTS, (transport, options) => test(`Socket.IO 2 (${transport}): joins, hears and is heard, leaves`, async (t) => {
  const { R, visitor } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const two = await b.enters(R, 1);
  const shown = (what) => async (client) => (await client.find(what, DEADLINE_MS)).data;
  const old = open(t, server, `/public-room/${R}`, { version: 2, address: a.address, ...options });
  await old.expect('connect');
  old.emit('join-room', { userId: a.userId, userName: 'Ann' });
  assert.deepEqual(await shown('chat-history')(old), { messages: [] });
  const { joinedAt, ...arrival } = await shown('user-joined')(old);
  assert.deepEqual(arrival, { userId: a.userId, userName: 'Ann', currentOccupancy: 2 });
  await two.expectJoined(a, 2);
  old.emit('send-message', { userId: a.userId, content: 'Grüße 🙂' });
  const said = await two.expectMessage(a, 'Grüße 🙂');
  assert.deepEqual(await shown('new-message')(old), said);
  two.say('Hello');
  await two.expectMessage(b, 'Hello');
  assert.equal((await shown('new-message')(old)).content, 'Hello');
  assert.deepEqual(await old.request('get-rtp-capabilities'), { error: 'MEDIA_ENGINE_NOT_AVAILABLE' });
  old.emit('leave-room', { userId: a.userId });
  await two.expectLeft(a, 1);
  assert.equal(await shown('disconnect')(old), 'io server disconnect');
  await quiet(two);
}));
