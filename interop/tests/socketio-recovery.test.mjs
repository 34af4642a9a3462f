// The stock client behind links that break at random: in the middle of a frame or of a handshake, noticed by both sides or by the client alone. While events flow, a thousand times.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect as dial, createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { eventually, ROOMY, room, startRooms, Visitor } from '../lib/rooms.mjs';

/** What a client uses, how many there are, and how often their links break altogether. */
const CASES = [
  { name: 'WebSocket', transports: ['websocket'], count: 20, breaks: 1_000 },
  { name: 'polling', transports: ['polling'], count: 5, breaks: 100 },
  { name: 'polling, then WebSocket', transports: ['polling', 'websocket'], count: 8, breaks: 200 },
];
const WINDOW_MS = 10_000;
const LIMIT_MS = 90_000;
const GONE_MS = 20_000;

const server = await startRooms({ ...ROOMY, PUBLIC_ROOMS_CAPACITY: '20' }, ['--socketio-recovery-window', `${WINDOW_MS}`, '--socketio-connect-timeout', '3000']);
after(() => server.stop());

/** The way of one client to the server. Each connection breaks after some bytes of the server have passed. */
class FrailLink {
  breaks = 0;
  /** Connections of the server whose clients have gone without a word. */
  stale = new Set();
  frail = true;
  #listener;
  #open = new Set();

  /** @param mayBreak asked before each break */
  constructor(address, mayBreak) {
    this.#listener = createServer((down) => {
      const up = dial({ host: '127.0.0.1', port: server.port, localAddress: address });
      let left = 100 + Math.floor(Math.random() ** 2 * 12_000);
      const silent = Math.random() < 0.5;
      for (const one of [up, down]) this.#open.add(one.setNoDelay().on('error', () => {}).on('close', () => this.#open.delete(one)));
      up.on('close', () => { this.stale.delete(up); down.destroy(); });
      down.on('data', (bytes) => up.write(bytes)).on('close', () => { if (!this.stale.has(up)) up.destroy(); });
      up.on('data', (bytes) => {
        if (this.stale.has(up)) return;
        if (bytes.length < left || !mayBreak()) {
          left -= bytes.length;
          down.write(bytes);
          return;
        }
        this.breaks += 1;
        // What comes before the break still arrives.
        if (silent) this.stale.add(up);
        down.write(bytes.subarray(0, left), () => (silent ? down.destroy() : [up, down].forEach((one) => one.resetAndDestroy())));
        left = 0;
      });
    });
  }

  async listen() {
    await new Promise((done) => this.#listener.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${this.#listener.address().port}`;
  }

  close() {
    this.#listener.close();
    for (const one of this.#open) one.destroy();
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
after(() => agent.destroy());

/** Sends an event to a room; how many sockets got it at once. */
function broadcast(roomId, data) {
  return new Promise((done, failed) => {
    const sent = request(`${server.http}/api/admin/public-rooms/${roomId}/broadcast`, { method: 'POST', agent, headers: { 'Content-Type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('error', failed)
        .on('end', () => (response.statusCode === 200 ? done(JSON.parse(text).data.receivers) : failed(new Error(`${response.statusCode} ${text}`))));
    });
    sent.on('error', failed).end(JSON.stringify({ event: 'news', data }));
  });
}

CASES.forEach(({ name, transports, count, breaks }, at) => test(`${breaks} random breaks while events flow (${name}): nothing is lost, nothing comes twice, the order stays, all are recovered`, { timeout: LIMIT_MS }, async (t) => {
  const roomId = server.rooms[at].id;
  const clients = [];
  const total = () => clients.reduce((sum, { link }) => sum + link.breaks, 0);
  let breaking = false;
  t.after(() => clients.forEach(({ socket, link }) => { socket.close(); link.close(); }));
  for (let i = 1; i <= count; i++) {
    const address = `127.2.${at}.${i}`;
    const visitor = await new Visitor(server, { address }).named(`Guest ${i}`);
    const link = new FrailLink(address, () => breaking && total() < breaks);
    const socket = io(`${await link.listen()}/public-room/${roomId}`, { forceNew: true, transports, reconnectionDelay: 5, reconnectionDelayMax: 20, timeout: 2_000 });
    const client = { socket, link, ids: new Set(), news: [], begun: 0, others: [] };
    socket.on('connect', () => {
      client.ids.add(socket.id);
      if (!socket.recovered) {
        client.begun += 1;
        socket.emit('join-room', { userId: visitor.userId });
      }
    });
    socket.on('news', ({ number }) => client.news.push(number));
    socket.on('user-left', (left) => client.others.push(left));
    clients.push(client);
    await new Promise((joined) => socket.once('user-joined', joined));
  }
  await eventually('everybody has joined', async () => (await room(server, roomId)).currentOccupancy === count);

  breaking = true;
  let sent = 0;
  for (; total() < breaks; sent++) {
    // Some are longer than what the network passes at once.
    await broadcast(roomId, { number: sent, filler: 'x'.repeat(sent % 25 === 0 ? 3_000 : sent % 200) });
    await delay(1);
  }
  breaking = false;
  for (const last = sent + 10; sent < last; sent++) await broadcast(roomId, { number: sent });
  await eventually('the last event arrives everywhere', () => clients.every(({ news }) => news.at(-1) === sent - 1));
  const all = Array.from({ length: sent }, (_entry, i) => i);
  for (const { news, ids, begun, others, link } of clients) {
    assert.deepEqual(news, all);
    assert.deepEqual({ ids: ids.size, begun, others }, { ids: 1, begun: 1, others: [] }, 'the same socket all the time, and nobody was seen to leave');
    assert.ok(link.breaks > breaks / count / 5, `${link.breaks} breaks`);
  }
  // And those whose clients had not yet said what they want; an upgrade has 10 s, and a WebSocket that does not answer its close 5 s more.
  await eventually('the server has ended the sessions that were taken over', () => clients.every(({ link }) => link.stale.size === 0), GONE_MS);
  assert.equal(await broadcast(roomId, { number: sent }), count);
  t.diagnostic(`${total()} breaks, ${sent} events to each of ${count} clients`);
}));
