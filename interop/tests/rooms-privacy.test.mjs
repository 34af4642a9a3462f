// Nobody learns where anybody is: scenario 33 of the contract, over every byte that a server sends while visitors do all that can be done, and over what it writes down.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { overEach, quiet, ROOMY, scene, startRooms, TRANSPORTS } from '../lib/rooms.mjs';
import { leak } from '../lib/rooms-shapes.mjs';

const KEY = 'a key that only this test knows';
const UNKNOWN = '12345678-1234-4234-8234-123456789abc';

let server;
let wire;
before(async () => {
  server = await startRooms({ ...ROOMY, PUBLIC_ROOMS_IP_HASH_KEY: KEY, PUBLIC_ROOMS_CHAT_LIMIT: '3', PUBLIC_ROOMS_EVENT_LIMIT: '60', PUBLIC_ROOMS_MAX_CONCURRENT: '8',
    PUBLIC_ROOMS_QUEUE_TIMEOUT_MS: '300', PUBLIC_ROOMS_QUEUE_MAX: '1', PUBLIC_ROOMS_JOIN_LIMIT: '8' });
  wire = await tap(server);
});
after(async () => {
  await wire?.stop();
  await server?.stop();
});

/** Forwards connections under the address that they come from, and keeps what the server says. */
async function tap(target) {
  const heard = [];
  const sockets = new Set();
  const listener = createServer((client) => {
    const upstream = connect({ port: target.port, host: '127.0.0.1', localAddress: client.remoteAddress });
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on('error', () => {}).once('close', () => { sockets.delete(from); to.destroy(); }).pipe(to);
    }
    upstream.on('data', (chunk) => heard.push(chunk));
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const http = `http://127.0.0.1:${listener.address().port}`;
  return {
    server: { ...target, http, url: http.replace('http', 'ws') },
    text: () => Buffer.concat(heard).toString('latin1'),
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Everything that somebody can do, right and wrong. */
async function everything(t, options) {
  const { R, S, visitor, stranger, viewer, sees } = scene(t, wire.server);
  const watching = await viewer(options);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  for (const answer of [await a.createUser(5), await a.createUser('<b></b>'), await a.call('POST', '/api/public/users', '{'), await a.call('GET', '/api/public/none'),
    await a.asksToJoin('nonsense'), await a.asksToJoin(UNKNOWN), await a.asksToJoin(R, UNKNOWN), await b.asksToLeave(R, a.userId),
    await a.call('POST', '/api/public/users', 'x'.repeat(20_000)),
    await a.call('GET', '/socket.io/?EIO=4&transport=none'), await a.call('GET', '/socket.io/?EIO=4&transport=polling&sid=none'), await a.call('DELETE', '/api/public/users')]) {
    assert.ok(answer.status >= 400, answer.text);
  }
  await a.takesSeat(R);
  assert.equal((await a.asksToJoin(R)).status, 409);
  for (let i = 0; i < 6; i++) await a.asksToJoin(R);
  const [one, two] = [await a.enters(R, 1, options), await b.enters(R, 2, options)];
  await one.expectJoined(b, 2);
  assert.equal((await two.link.socket('/nothing').next('an error')).event, 'connect_error');
  const tab = await a.connects(R, options);
  const wrong = async (code, ...args) => { tab.emit(...args); await tab.expectError(code); };
  await wrong('INVALID_REQUEST', 'join-room', null);
  await wrong('INVALID_USER', 'join-room', { userId: b.userId });
  await wrong('NOT_PARTICIPANT', 'send-message', { userId: a.userId, content: 'x' });
  await a.attempt(R, options).until('disconnect');
  const nowhere = await b.connects('abc-123-def-456', options);
  nowhere.join();
  await nowhere.expectError('ROOM_NOT_FOUND');
  nowhere.leave();
  await nowhere.expectError('LEAVE_ERROR');
  for (let i = 0; i < 3; i++) { one.say('Hello'); for (const socket of [one, two]) await socket.expectMessage(a, 'Hello'); }
  one.say('Hello');
  await one.expect('rate-limit-exceeded');
  for (const event of ['send-message', 'toggle-video', 'leave-room']) { two.emit(event, {}); await two.expectError('INVALID_REQUEST'); }
  two.toggle('audio', true);
  for (const socket of [one, two]) await socket.expect('participant-audio-toggle');
  await one.ask('webrtc-signal', { targetUserId: b.userId, candidate: null });
  await two.expect('webrtc-signal');
  await quiet(one, two, tab);
  // Nobody else fits in, nor into the queue.
  const crowd = [];
  for (let i = 0; i < 6; i++) crowd.push(await stranger().connects(S, options));
  for (const late of crowd.slice(4)) assert.equal((await late.until('error')).code, 'SYSTEM_AT_CAPACITY');
  for (let i = 0; i < 61; i++) crowd[0].emit('pong');
  await crowd[0].expect('rate-limit-exceeded');
  two.leave();
  await one.expectLeft(b, 1);
  await a.givesSeatUp(R);
  await one.expectThrownOut();
  for (const occupancy of [1, 1, 2, 1, 0]) await sees(watching, occupancy);
  return [a, b, ...crowd.map(({ visitor: { address } }) => ({ address }))].map(({ address }) => address);
}

overEach([...TRANSPORTS, 'both'], (transport) => test(`33. Privacy (${transport})`, async (t) => {
  const addresses = await everything(t, { transports: transport === 'both' ? ['polling', 'websocket'] : [transport] });
  const said = wire.text();
  for (const part of ['user-joined', 'TOO_MANY_CONNECTIONS', 'INVALID_DISPLAY_NAME', 'Invalid namespace']) assert.ok(said.includes(part), `${part} was recorded`);
  assert.equal(leak(said), null);
  for (const address of addresses) {
    const hash = createHmac('sha256', KEY).update(address).digest();
    const forms = [hash.toString('hex').slice(0, 8), hash.toString('base64').slice(0, 10), hash.toString('base64url').slice(0, 10)];
    for (const form of forms) assert.ok(!said.includes(form), `${form} of ${address}`);
  }
}));

test('33. Privacy: neither the pages of the operator nor the log tell who was there', async () => {
  const pages = await Promise.all(['/metrics', '/stats', '/health', '/openapi.json'].map(async (path) => (await fetch(`${server.http}${path}`)).text()));
  for (const text of [...pages, server.log()]) {
    assert.equal(/\b127\.1\.\d+\.\d+\b/.exec(text), null);
    assert.equal(/[0-9a-f]{24,}/i.exec(text), null);
  }
});
