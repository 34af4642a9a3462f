// Crowds, storms and races: scenarios 19 and 20 of the Parrot contract and what its limits promise.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { passTime, scene } from '../lib/parrot.mjs';
import { startRoost } from '../lib/roost.mjs';

const ABUSE_AFTER = 1_500;
const RATE = 60;
const BURST = 120;

const server = await startRoost(['--only', 'parrot'], { ABUSE_AFTER: String(ABUSE_AFTER) });
after(() => server.stop());

const secondsSince = (from) => (performance.now() - from) / 1_000;
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const tally = (client, type) => client.types().filter((one) => one === type).length;

/** Runs all, but only so many at a time. */
async function inGroups(size, count, run) {
  for (let i = 0; i < count; i += size) await Promise.all(times(Math.min(size, count - i), (k) => run(i + k)));
}

test('19. Promotion races a disconnect', async (t) => {
  const { d, dashboard, sender, observer } = await scene(t, server);
  // Several operators, so that none of them sends faster than anybody may.
  const operators = await Promise.all(times(4, () => dashboard()));
  const a = await sender({ username: 'Al' });
  for (let round = 0; round < 200; round++) {
    const b = await observer();
    const operator = operators[round % operators.length];
    const race = [() => operator.send({ type: 'promoteUser', userId: b.id }), () => void (round % 4 < 2 ? b.close() : b.drop())];
    if (round % 2) race.reverse();
    for (const start of race) start();
    await d.until((message) => message.type === 'userDisconnected' && message.userId === b.id);
    const { activeSender, users } = await operator.getStats((stats) => stats.users.every((one) => one.id !== b.id));
    assert.equal(activeSender, a.id, `round ${round}`);
    assert.deepEqual(users.map((one) => one.id), [a.id]);
  }
  a.point({ id: 'last' });
  await a.until('ack');
  assert.equal(tally(a, 'demoted'), tally(a, 'promoted') - 1);
});

test('20. Two requests race', async (t) => {
  const { d, sender, observer } = await scene(t, server);
  for (let round = 0; round < 25; round++) {
    const a = await sender();
    const b = await observer();
    const c = await observer();
    const racers = round % 2 ? [c, b] : [b, c];
    for (const racer of racers) racer.requestRole();
    const answers = await Promise.all(racers.map((racer) => racer.until((message) => message.type === 'promoted' || message.type === 'rejected')));
    const { activeSender } = await d.getStats((stats) => stats.activeSender !== a.id);
    const [winner, ...others] = racers.filter((racer) => racer.id === activeSender);
    assert.ok(winner && others.length === 0, 'one of the two is the sender');
    const loser = racers.find((racer) => racer !== winner);
    assert.equal(answers[racers.indexOf(winner)].type, 'promoted');
    assert.ok(answers[racers.indexOf(loser)].type === 'rejected' || tally(loser, 'demoted') === 1);
    winner.point({});
    await winner.until('ack');
    for (const one of [a, winner, loser]) assert.ok(tally(one, 'demoted') <= 1 && tally(one, 'promoted') <= 1);
    assert.equal(tally(winner, 'demoted'), 0);
    await Promise.all([a, b, c].map((one) => one.drop()));
    for (let gone = 0; gone < 3; gone++) await d.until('userDisconnected');
  }
});

test('Section 4. A burst is not a flood', async (t) => {
  const { sender, observer } = await scene(t, server);
  const a = await sender();
  const b = await observer();
  for (let id = 0; id < 100; id++) for (const one of [a, b]) one.point({ id });
  for (let id = 0; id < 100; id++) {
    assert.equal((await a.expect('ack')).received, id);
    assert.equal((await b.expect('rejected')).code, 'not_active_sender');
  }
});

test('Section 4. A flood is rejected, then ended', async (t) => {
  const { d, sender, observer, listener } = await scene(t, server);
  const l = await listener();
  const a = await sender();
  const b = await observer();
  const from = performance.now();
  for (let id = 0; a.isOpen; id += 20) {
    times(20, (i) => a.point({ id: id + i }));
    // The rule is about a rate over some time.
    await passTime(5);
    assert.ok(secondsSince(from) < ABUSE_AFTER / 1_000 + 3, 'the flood goes on and on');
  }
  assert.equal(await a.ended(), 1008);
  const took = secondsSince(from);
  assert.ok(took > ABUSE_AFTER / 1_000 - 0.1, `ended after ${took} s`);
  const acked = tally(a, 'ack');
  const rejected = a.log.filter((message) => message.type === 'rejected');
  assert.ok(acked >= BURST && acked <= BURST + RATE * took + RATE / 2, `${acked} points were accepted`);
  assert.ok(rejected.every((message) => message.code === 'rate_limited'));
  assert.ok(rejected.length >= 1 && rejected.length <= 1 + took, `${rejected.length} rejections in ${took} s`);

  await b.expect('promoted');
  const { dataCount } = await d.until('userDisconnected');
  await b.roundTrip('ack', { id: 'after the flood' });
  await l.until((message) => message.data?.id === 'after the flood');
  // What came while the close frame was on its way may have been accepted without an answer that arrived.
  assert.equal(tally(l, 'sensor_data'), dataCount + 1);
  assert.ok(dataCount >= acked);
});

test('A point reaches 2,000 listeners, each exactly once', async (t) => {
  const { d, sender, listener } = await scene(t, server);
  const listeners = await Promise.all(times(2_000, () => listener()));
  await Promise.all(listeners.map((one) => one.expect('listener_connected')));
  await d.stats((stats) => stats.passiveListeners === 2_000);
  const a = await sender();
  for (const id of [1, 2]) await a.roundTrip('ack', { id, gps: { latitude: 52.5, longitude: 13.4 } });
  for (const one of listeners) {
    for (const id of [1, 2]) assert.equal((await one.expect('sensor_data')).data.id, id);
  }
  await Promise.all(listeners.map((one) => one.drop()));
  await d.stats((stats) => stats.passiveListeners === 0);
});

test('Malformed storms from many', async (t) => {
  const { d, sender, user, dashboard, listener } = await scene(t, server);
  const a = await sender();
  const l = await listener();
  const bad = ['{', 'null', '[[[[', '{"type":[]}', '{"type":"data"}', '{"type":"data","data":5}', Buffer.from([0xc0, 0x80])];
  const from = performance.now();
  const users = await Promise.all(times(20, () => user()));
  const boards = await Promise.all(times(5, () => dashboard()));
  await Promise.all(users.map((one) => one.until('welcome')));
  for (const one of [...users, ...boards]) times(100, (i) => one.raw(bad[i % bad.length]));
  for (const one of users) {
    one.handshake();
    await one.until('welcome');
  }
  for (const board of boards) await board.getStats((stats) => stats.activeSender === a.id && stats.activeUsers === 21);
  for (const one of [...users, ...boards]) {
    const errors = tally(one, 'error');
    assert.ok(errors >= 1 && errors <= 1 + secondsSince(from), `${errors} errors`);
    assert.equal(tally(one, 'kicked') + tally(one, 'promoted'), 0);
  }
  a.point({ id: 'calm' });
  await d.none('error', d.until('dataReceived'));
  await a.expect('ack');
  await l.expect('listener_connected');
  assert.equal((await l.expect('sensor_data')).data.id, 'calm');
});

test('The "test connection" button, 200 times', async (t) => {
  const { d, sender, user } = await scene(t, server);
  const a = await sender();
  await d.until('senderPromoted');
  const halfway = () => new Promise((done) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('GET /pocket-parrot HTTP/1.1\r\nHost: x\r\n', () => { socket.destroy(); done(); }));
    socket.on('error', done);
  });
  await inGroups(10, 200, async (i) => {
    if (i % 5 === 4) await halfway();
    const client = await user({ handshake: false });
    await (i % 2 ? client.close() : client.drop());
    assert.ok(client.types().every((type) => type === 'observer_mode'));
  });
  const here = new Set();
  for (let events = 0; events < 2 * 200; events++) {
    const { type, userId } = await d.expect((message) => message.type === 'userConnected' || message.type === 'userDisconnected');
    if (type === 'userConnected') here.add(userId);
    else assert.ok(here.delete(userId), 'somebody left who had not come, or twice');
  }
  assert.equal(here.size, 0);
  // The first thing that the sender hears of it all is the answer to its point.
  await a.roundTrip('ack');
  const { activeSender, activeUsers } = await d.getStats((stats) => stats.activeUsers === 1);
  assert.deepEqual([activeSender, activeUsers], [a.id, 1]);
});
