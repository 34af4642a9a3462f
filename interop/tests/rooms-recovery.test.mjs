// A link that breaks and comes back within the window of recovery: nobody notices, and nothing is lost. Whatever else ends a socket is as it was.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connections, eventually, overEach, quiet, ROOMY, scene, startRooms, TRANSPORTS } from '../lib/rooms.mjs';

const WINDOW_MS = 2_000;
const BREAKS = 60;

const { PUBLIC_ROOMS_BACKOFF_THRESHOLD: _, ...settings } = ROOMY;
const server = await startRooms(settings, ['--socketio-recovery-window', `${WINDOW_MS}`]);
server.hasOffsets = true;
after(() => server.stop());

/** Ann, whose link will break, and Ben, who is to notice nothing; both have joined. */
async function pair(t, options) {
  const at = scene(t, server);
  const [a, b] = [await at.visitor('Ann'), await at.visitor('Ben')];
  const two = await b.enters(at.R, 1);
  const one = await a.enters(at.R, 2, options);
  await two.expectJoined(a, 2);
  return { ...at, a, b, one, two, watching: await at.viewer() };
}

async function breaks(one) {
  one.link.kill();
  assert.match(await one.expect('disconnect'), /^transport (close|error)$/);
}

/** Comes back; whether it was recovered. */
async function comesBack(one) {
  one.socket.connect();
  await one.expect('connect');
  return one.socket.recovered ?? false;
}

/** The next things are `connect`, as a recovered socket, and what it has missed, in order. The stock client may be told of the one before the other, or after it. */
async function recovers(one, from, contents) {
  const frames = [];
  for (let i = 0; i <= contents.length; i++) frames.push(await one.next('what was missed'));
  assert.equal(frames.filter(({ event }) => event === 'connect').length, 1);
  const messages = frames.filter(({ event }) => event === 'new-message').map(({ args: [{ userId, content }] }) => [userId, content]);
  assert.deepEqual(messages, contents.map((content) => [from.userId, content]));
  assert.equal(one.socket.recovered, true);
}

overEach(TRANSPORTS, (transport, options) => test(`A broken link (${transport}): nobody notices, and what was said meanwhile arrives once`, async (t) => {
  const { b, one, two, watching, unaware, occupancy } = await pair(t, options);
  const { id } = one;
  for (let round = 1; round <= 5; round++) {
    two.say(`before ${round}`);
    for (const socket of [one, two]) await socket.expectMessage(b, `before ${round}`);
    await breaks(one);
    for (let i = 1; i <= 3; i++) two.say(`${round}.${i}`);
    for (let i = 1; i <= 3; i++) await two.expectMessage(b, `${round}.${i}`);
    assert.equal(await occupancy(), 2);
    one.socket.connect();
    await recovers(one, b, [1, 2, 3].map((i) => `${round}.${i}`));
    assert.equal(one.id, id);
  }
  // More often than the backoff would allow a new socket, and it is still there as it was.
  one.toggle('video', true);
  for (const socket of [one, two]) await socket.expect('participant-video-toggle');
  await quiet(one, two);
  await unaware(watching);
}));

test("A broken link of the document's client, which announces itself whenever it is connected", async (t) => {
  const { R, visitor, viewer, unaware } = scene(t, server);
  const [a, b] = [await visitor('Ann'), await visitor('Ben')];
  const two = await b.enters(R, 1);
  const joins = { onConnect: (socket) => socket.emit('join-room', { userId: a.userId, userName: 'Ann' }) };
  const one = await a.connects(R, { transports: ['polling', 'websocket'], reconnection: true, reconnectionDelay: 100, randomizationFactor: 0, socket: joins });
  await one.welcomed(2);
  await two.expectJoined(a, 2);
  const watching = await viewer();
  await breaks(one);
  two.say('Still there?');
  await two.expectMessage(b, 'Still there?');
  await recovers(one, b, ['Still there?']);
  assert.deepEqual((await one.welcomed(2)).map(({ content }) => content), ['Still there?']);
  await quiet(one, two);
  await unaware(watching);
});

test('Another transport may bring it back; a socket that had not joined has nothing to come back to', async (t) => {
  const { a, b, one, two, R, watching, unaware } = await pair(t);
  const tab = await a.connects(R);
  const { id } = one;
  await breaks(one);
  await breaks(tab);
  for (const transports of [['polling'], ['polling', 'websocket'], ['websocket']]) {
    Object.assign(one.link.manager.opts, { transports });
    two.say(`over ${transports}`);
    await two.expectMessage(b, `over ${transports}`);
    one.socket.connect();
    await recovers(one, b, [`over ${transports}`]);
    assert.equal(one.id, id);
    if (transports[0] === 'polling') await breaks(one);
  }
  assert.equal(await comesBack(tab), false);
  await quiet(one, tab, two);
  await unaware(watching);
});

test('After the window it is over: the others see it leave, once, and it comes back as another socket', { timeout: 20_000 }, async (t) => {
  const { a, one, two, watching, sees, unaware } = await pair(t);
  const { id } = one;
  const brokenMs = performance.now();
  await breaks(one);
  await quiet(two);
  await two.expectLeft(a, 1, 3 * WINDOW_MS);
  assert.ok(performance.now() - brokenMs > WINDOW_MS - 100, 'not before');
  await sees(watching, 1);
  assert.equal(await comesBack(one), false);
  assert.notEqual(one.id, id);
  await one.quiet();
  one.join();
  await one.welcomed(2);
  await two.expectJoined(a, 2);
  await sees(watching, 2);
  await quiet(one, two);
  await unaware(watching);
});

overEach(TRANSPORTS, (transport, options) => test(`Who says goodbye has left (${transport}): the others see it at once`, async (t) => {
  const { a, one, two, watching, sees } = await pair(t, options);
  one.socket.disconnect();
  await one.expect('disconnect');
  await two.expectLeft(a, 1, WINDOW_MS / 2);
  await sees(watching, 1);
  assert.equal(await comesBack(one), false);
  one.join();
  await one.welcomed(2);
  await two.expectJoined(a, 2);
  one.leave();
  await two.expectLeft(a, 1, WINDOW_MS / 2);
  await one.expectThrownOut();
  assert.equal(await comesBack(one), false);
  await quiet(one, two);
}));

test('A visitor that leaves by REST while its link is broken is gone, and does not come back', async (t) => {
  const { R, a, one, two, watching, sees, unaware } = await pair(t);
  await breaks(one);
  await a.givesSeatUp(R);
  await two.expectLeft(a, 1, WINDOW_MS / 2);
  await sees(watching, 1);
  assert.equal(await comesBack(one), false);
  await quiet(one, two);
  await unaware(watching);
});

test('A broken link does not count against the limit; if others have taken the place, it is over', async (t) => {
  const { R, S, a, one, two, watching, sees, unaware } = await pair(t);
  await breaks(one);
  await eventually('its place is free', async () => await connections(server, a.address) === 0);
  const others = [await a.connects(R), await a.connects(S)];
  await quiet(...others);
  assert.equal(await comesBack(one), false);
  await one.expectError('TOO_MANY_CONNECTIONS');
  await one.expectThrownOut();
  await two.expectLeft(a, 1);
  await sees(watching, 1);
  await quiet(two, ...others);
  await unaware(watching);
});

overEach(TRANSPORTS, (transport, options) => test(`${BREAKS} breaks while messages flow (${transport}): everything comes once, in order`, { timeout: 60_000 }, async (t) => {
  const { b, one, two } = await pair(t, { ...options, reconnection: true, reconnectionDelay: 5, reconnectionDelayMax: 10 });
  let said = 0;
  const talk = setInterval(() => two.say(`${said++}`), 3);
  t.after(() => clearInterval(talk));
  for (let i = 0; i < BREAKS; i++) {
    one.link.kill();
    await one.until('disconnect');
    await one.until('connect');
    assert.equal(one.socket.recovered, true, `break ${i}`);
    await eventually('something arrives', () => Number(one.all('new-message').at(-1)?.content ?? -1) >= said - 5);
  }
  clearInterval(talk);
  for (let i = 0; i < said; i++) await two.expectMessage(b, `${i}`);
  await eventually('the last one arrives', () => one.all('new-message').length >= said);
  assert.deepEqual(one.all('new-message').map(({ content }) => Number(content)), Array.from({ length: said }, (_entry, i) => i));
  await two.quiet();
  assert.equal(one.all('user-joined').length, 1);
}));
