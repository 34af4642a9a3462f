// Who may send: scenarios 1, 2, 7 to 12 and 18 of the Parrot contract.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { USER_ID, passTime, scene } from '../lib/parrot.mjs';
import { startRoost } from '../lib/roost.mjs';

const SENDER_TIMEOUT = 800;
const ROLE_GRACE = 700;
/** How far a busy machine may shift what is measured here against the server's clock. */
const BLUR = 300;

const [server, hurried] = await Promise.all([
  startRoost(['--only', 'parrot'], { ROLE_GRACE: String(ROLE_GRACE) }),
  startRoost(['--only', 'parrot'], { SENDER_TIMEOUT: String(SENDER_TIMEOUT) }),
]);
after(() => Promise.all([server.stop(), hurried.stop()]));

test('1. First sender', async (t) => {
  const { d, user } = await scene(t, server);
  assert.equal(d.log[0].type, 'stats');

  const a = await user({ handshake: false });
  const connected = await d.expect('userConnected');
  a.handshake();
  await a.expect('promoted');
  const welcome = await a.expect('welcome');
  assert.equal(welcome.role, 'sender');
  assert.equal(welcome.reconnected, false);
  assert.match(welcome.clientId, USER_ID);
  assert.equal(connected.userId, a.id);
  const promoted = await d.expect('senderPromoted');
  assert.deepEqual([promoted.userId, promoted.username], [a.id, null]);
  const stats = await d.stats((now) => now.activeSender === a.id);
  assert.deepEqual(stats.users.map((one) => [one.id, one.isActiveSender, one.dataCount, one.lastData]), [[a.id, true, 0, null]]);
});

test('2. Observer', async (t) => {
  const { sender, user } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  const b = await user({ handshake: false });
  assert.equal((await b.expect('observer_mode')).activeSender, 'Al');
  b.handshake({ username: 'Bo' });
  assert.equal((await b.expect('welcome')).role, 'observer');
  assert.match(b.id, USER_ID);
  assert.notEqual(b.id, a.id);
});

test('2. Observer: a sender without a name is shown by its id', async (t) => {
  const { sender, user } = await scene(t, server);
  const a = await sender();
  const b = await user({ handshake: false });
  assert.equal((await b.expect('observer_mode')).activeSender, a.id);
});

test('7. Sender leaves', async (t) => {
  const { d, sender, observer } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  const c = await observer({ username: 'Cy' });
  await a.roundTrip('ack');
  await d.until('dataReceived');

  await a.close();
  await c.expect('promoted');
  assert.equal((await b.expect('sender_changed')).activeSender, 'Cy');
  const gone = await d.expect('userDisconnected');
  assert.deepEqual([gone.userId, gone.dataCount, gone.wasActiveSender], [a.id, 1, true]);
  assert.equal((await d.expect('senderPromoted')).userId, c.id);
  await d.stats((stats) => stats.activeSender === c.id);
  const later = d.log.slice(d.log.indexOf(gone)).filter((message) => message.type === 'stats');
  assert.ok(later.every(({ data }) => data.activeSender !== a.id), 'statistics still name the one who left');
  await c.roundTrip('ack');
});

test('7. Sender leaves: who has shaken hands comes before who connected later', async (t) => {
  const { sender, observer, user } = await scene(t, server);
  const a = await sender();
  const b = await observer({ username: 'Bo' });
  const silent = await user({ handshake: false });
  await silent.expect('observer_mode');
  await a.drop();
  await b.expect('promoted');
  assert.equal((await silent.expect('sender_changed')).activeSender, 'Bo');
  await b.close();
  await silent.expect('promoted');
});

test('8. Newest is the sender', async (t) => {
  const { d, sender, observer } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  d.send({ type: 'promoteUser', userId: b.id });
  await b.expect('promoted');
  await a.expect('demoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');

  await b.close();
  await a.expect('promoted');
  await a.roundTrip('ack');
  await d.until('dataReceived');
  const promotions = d.log.filter((message) => message.type === 'senderPromoted').map((message) => message.username);
  assert.deepEqual(promotions, ['Al', 'Bo', 'Al']);
});

test('9. Inactivity', async (t) => {
  const { d, sender, observer } = await scene(t, hurried);
  const a = await sender();
  const b = await observer({ username: 'Bo' });
  await a.roundTrip('ack');
  const from = performance.now();
  await a.expect('demoted');
  const silence = performance.now() - from;
  assert.ok(silence > SENDER_TIMEOUT - BLUR, `demoted after ${silence} ms`);
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');
  await b.expect('promoted');
  await d.stats((stats) => stats.activeSender === b.id);
});

test('9. Inactivity: the newest follows, then the role rotates', async (t) => {
  const { d, sender, observer } = await scene(t, hurried);
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  const c = await observer({ username: 'Cy' });
  await a.roundTrip('ack');
  await d.until('dataReceived');

  // Whoever has never been passed over comes first, the newest of them; then who had to wait the longest.
  const turns = [];
  for (const next of [c, b, a, c, b]) {
    const promoted = await d.expect('senderPromoted');
    assert.equal(promoted.userId, next.id);
    turns.push(d.arrival(promoted).atMs);
  }
  turns.reduce((before, now) => {
    assert.ok(now - before > SENDER_TIMEOUT - BLUR, `a turn of ${now - before} ms`);
    return now;
  });
  for (const type of ['demoted', 'sender_changed', 'sender_changed', 'promoted', 'demoted', 'sender_changed']) await a.expect(type);
  for (const type of ['promoted', 'demoted', 'sender_changed', 'sender_changed', 'promoted']) await c.expect(type);
});

test('10. Lone idle sender', async (t) => {
  const { d, sender, user } = await scene(t, hurried);
  const a = await sender({ username: 'Al' });
  // The rule is that nothing happens while this time passes.
  await passTime(3 * SENDER_TIMEOUT);
  await a.roundTrip('ack');
  const { activeSender } = await d.getStats();
  assert.equal(activeSender, a.id);
  assert.deepEqual(a.types(), ['promoted', 'welcome', 'ack']);

  // Overdue is who was silent longer than allowed.
  await passTime(SENDER_TIMEOUT + BLUR);
  const b = await user({ username: 'Bo' });
  assert.equal((await b.expect('observer_mode')).activeSender, 'Al');
  await b.expect('promoted');
  assert.equal((await b.expect('welcome')).role, 'sender');
  await a.expect('demoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');
});

test('11. Data keeps the role', async (t) => {
  const { sender, observer } = await scene(t, hurried);
  const a = await sender();
  const b = await observer();
  for (let i = 0; i < 6; i++) {
    // The pace is the point: half of the time after which the role would be lost.
    await passTime(SENDER_TIMEOUT / 2);
    await a.roundTrip('ack');
  }
  await b.roundTrip('rejected');
});

test('11. Data keeps the role: a malformed point does not', async (t) => {
  const { sender, observer } = await scene(t, hurried);
  const a = await sender();
  await observer();
  await a.roundTrip('ack');
  const from = performance.now();
  // Late enough that the role would last visibly longer if this point counted.
  await passTime(SENDER_TIMEOUT * 0.6);
  a.send({ type: 'data', data: 'not an object' });
  assert.equal((await a.expect('error')).code, 'bad_data');
  await a.expect('demoted');
  const silence = performance.now() - from;
  assert.ok(silence < SENDER_TIMEOUT + BLUR, `demoted after ${silence} ms`);
});

test('12. Role request: who sends data keeps the role', async (t) => {
  const { sender, observer } = await scene(t, server);
  const a = await sender();
  const b = await observer();
  await a.roundTrip('ack');
  b.requestRole();
  assert.equal((await b.expect('rejected')).code, 'sender_active');
  await a.roundTrip('ack');
});

test('12. Role request: who has sent nothing yet gives way, and has to wait then', async (t) => {
  const { d, sender, observer } = await scene(t, server);
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  b.requestRole();
  await b.expect('promoted');
  const from = performance.now();
  await a.expect('demoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');
  a.requestRole();
  assert.equal((await a.expect('rejected')).code, 'sender_active');
  b.requestRole();
  await b.expect('promoted');
  // The time for which a requested role is safe.
  await passTime(ROLE_GRACE - (performance.now() - from));
  a.requestRole();
  await a.expect('promoted');
  await b.expect('demoted');
  // The holder's repeated request was announced to nobody.
  for (const name of ['Al', 'Bo', 'Al']) assert.equal((await d.until('senderPromoted')).username, name);
  assert.deepEqual(a.types(), ['promoted', 'welcome', 'demoted', 'sender_changed', 'rejected', 'promoted']);
});

test('12. Role request: a vacant slot is for anyone', async (t) => {
  const { d, user } = await scene(t, server);
  const a = await user({ handshake: false });
  const connected = await d.expect('userConnected');
  a.requestRole();
  await a.expect('promoted');
  assert.equal((await d.expect('senderPromoted')).userId, connected.userId);
  await d.stats((stats) => stats.activeSender === connected.userId);
  await a.roundTrip('ack');
});

test('18. Dashboard promote/demote', async (t) => {
  const { d, dashboard, sender, observer, user } = await scene(t, server);
  const other = await dashboard();
  const a = await sender({ username: 'Al' });
  const b = await observer({ username: 'Bo' });
  d.send({ type: 'promoteUser', userId: b.id });
  await a.expect('demoted');
  assert.equal((await a.expect('sender_changed')).activeSender, 'Bo');
  await b.expect('promoted');
  for (const board of [d, other]) {
    const promoted = await board.until((message) => message.type === 'senderPromoted' && message.username === 'Bo');
    assert.equal(promoted.userId, b.id);
    await board.stats((stats) => stats.activeSender === b.id);
  }
  // An operator's choice is not undone by the next request (defect 12).
  a.requestRole();
  assert.equal((await a.expect('rejected')).code, 'sender_active');

  d.send({ type: 'promoteUser', userId: b.id });
  await b.expect('promoted');
  d.send({ type: 'demoteUser' });
  await b.expect('demoted');
  await d.stats((stats) => stats.activeSender === null);
  assert.equal((await a.roundTrip('rejected')).code, 'not_active_sender');
  assert.equal((await b.roundTrip('rejected')).code, 'not_active_sender');
  d.send({ type: 'demoteUser', userId: a.id });
  assert.equal((await d.expect('error')).code, 'no_active_sender');

  const c = await user({ username: 'Cy' });
  await c.expect('promoted');
  assert.equal((await c.expect('welcome')).role, 'sender');
  for (const one of [a, b]) assert.equal((await one.expect('sender_changed')).activeSender, 'Cy');
  // The repeated promotion and the vacancy were announced to no dashboard.
  for (const board of [d, other]) {
    assert.equal((await board.expect('userConnected')).userId, c.id);
    assert.equal((await board.expect('senderPromoted')).username, 'Cy');
  }
});
