// What visitors say and show each other: scenarios 31 and 32 of the contract, the toggles of section 3.4, and what the operator says (section 3.6).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { admin, eventually, overEach, quiet, ROOMY, scene, startRooms, TRANSPORTS } from '../lib/rooms.mjs';

const LIMIT = 10;
const BLOCK_MS = 1_000;
const HISTORY = 4;
const UNKNOWN = '12345678-1234-4234-8234-123456789abc';
const NO_ENGINE = { error: 'MEDIA_ENGINE_NOT_AVAILABLE' };
const MALFORMED = [[], [null], ['text'], [5], [[]], [{}], [{ userId: 5 }], [randomBytes(4)]];

const server = await startRooms({ ...ROOMY, PUBLIC_ROOMS_CHAT_LIMIT: `${LIMIT}`, PUBLIC_ROOMS_CHAT_BLOCK_MS: `${BLOCK_MS}`, PUBLIC_ROOMS_CHAT_HISTORY: `${HISTORY}` });
after(() => server.stop());

/** Ann and Ben in room R, and Cid, who is connected to it and has not joined. */
async function company(t, options) {
  const at = scene(t, server);
  const [a, b, c] = [await at.visitor('Ann'), await at.visitor('Ben'), await at.visitor('Cid')];
  const one = await a.enters(at.R, 1, options);
  const two = await b.enters(at.R, 2, options);
  await one.expectJoined(b, 2);
  return { ...at, a, b, c, one, two, outside: await c.connects(at.R, options) };
}

// ---- 31

overEach(TRANSPORTS, (transport, options) => test(`31. Chat (${transport})`, async (t) => {
  const { R, a, b, one, two, outside, visitor } = await company(t, options);
  one.say('  Hello <b>you</b> & "all"\u0007  ');
  const said = await one.expect('new-message');
  assert.deepEqual(await two.expect('new-message'), said);
  assert.deepEqual([said.userId, said.userName], [a.userId, 'Ann']);
  assert.match(said.content, /^Hello you &amp; &quot;all&quot;$/);
  two.say('x'.repeat(1_000));
  for (const socket of [one, two]) await socket.expectMessage(b, 'x'.repeat(1_000));
  one.say('&'.repeat(1_000));
  for (const socket of [one, two]) await socket.expectMessage(a, '&amp;'.repeat(1_000));
  await quiet(one, two, outside);

  const newcomer = await visitor('Dee');
  const three = await newcomer.connects(R, options);
  three.join();
  const history = await three.welcomed(3);
  assert.deepEqual(history.map(({ content }) => content.length), [said.content.length, 1_000, 5_000]);
  assert.deepEqual(history[0], said);
  for (let i = 1; i <= HISTORY; i++) three.say(`${i}`);
  for (let i = 1; i <= HISTORY; i++) await three.expectMessage(newcomer, `${i}`);
  outside.join();
  assert.deepEqual((await outside.welcomed(4)).map(({ content }) => content), ['1', '2', '3', '4'], 'the last ones, the oldest first');
}));

test('31. Chat: the history outlives those who wrote it, and is of its room alone', async (t) => {
  const { R, S, a, b, one, two } = await company(t);
  one.say('still here?');
  for (const socket of [one, two]) await socket.expectMessage(a, 'still here?');
  one.leave();
  await two.expectLeft(a, 1);
  await one.expectThrownOut();
  const elsewhere = await a.connects(S);
  elsewhere.join();
  assert.deepEqual(await elsewhere.welcomed(1), []);
  elsewhere.leave();
  await elsewhere.expectThrownOut();
  two.leave();
  await two.expectThrownOut();
  const back = await b.connects(R);
  back.join();
  assert.deepEqual((await back.welcomed(1)).map(({ userId, userName, content }) => [userId, userName, content]), [[a.userId, 'Ann', 'still here?']]);
});

overEach(TRANSPORTS, (transport, options) => test(`31. Chat (${transport}): what is not a message, and who may not write one`, async (t) => {
  const { a, b, one, two, outside } = await company(t, options);
  for (const content of ['x'.repeat(1_001), '', ' \n ', 5, null, undefined, {}, '<b></b>']) {
    one.say(content);
    await one.expectError('INVALID_MESSAGE');
  }
  for (const args of MALFORMED) {
    one.emit('send-message', ...args);
    await one.expectError('INVALID_REQUEST');
  }
  for (const userId of [b.userId, UNKNOWN]) {
    one.say('I am somebody else', userId);
    await one.expectError('INVALID_USER');
  }
  outside.say('Can you hear me?');
  await outside.expectError('NOT_PARTICIPANT');
  outside.say('Can you hear me?', a.userId);
  await outside.expectError('NOT_PARTICIPANT');
  await quiet(one, two, outside);
}));

overEach(TRANSPORTS, (transport, options) => test(`31. Chat (${transport}): the eleventh message is refused, and the block ends`, async (t) => {
  const { R, a, b, one, two } = await company(t, options);
  const round = async (first) => {
    for (let i = first; i <= LIMIT + 1; i++) one.say(`${i}`);
    for (let i = first; i <= LIMIT; i++) for (const socket of [one, two]) await socket.expectMessage(a, `${i}`);
    const { action, resetTime } = await one.expect('rate-limit-exceeded');
    assert.equal(action, 'chat_message');
    const remainingMs = Date.parse(resetTime) - Date.now();
    assert.ok(remainingMs > -BLOCK_MS && remainingMs <= BLOCK_MS, resetTime);
  };
  await round(1);
  // Another tab is the same person; somebody else is not.
  const tab = await a.enters(R, 2, options);
  tab.say('from the other tab');
  assert.equal((await tab.expect('rate-limit-exceeded')).action, 'chat_message');
  two.say('me too');
  for (const socket of [one, two, tab]) await socket.expectMessage(b, 'me too');
  tab.link.close();
  await eventually('the block ends', async () => {
    one.say('again');
    return (await one.next('an answer')).event === 'new-message';
  });
  await two.expectMessage(a, 'again');
  await round(2);
}));

// ---- Toggles

overEach(TRANSPORTS, (transport, options) => test(`3.4. Toggles (${transport})`, async (t) => {
  const { R, a, b, one, two, outside, visitor } = await company(t, options);
  for (const [medium, enabled] of [['video', true], ['audio', true], ['audio', false]]) {
    one.toggle(medium, enabled);
    for (const socket of [one, two]) assert.deepEqual(await socket.expect(`participant-${medium}-toggle`), { userId: a.userId, enabled });
  }
  const flags = (await (await visitor('Dee')).takesSeat(R)).participants.map(({ id, isVideoEnabled, isAudioEnabled }) => [id, isVideoEnabled, isAudioEnabled]);
  assert.deepEqual(flags.slice(0, 2).sort(), [[a.userId, true, false], [b.userId, false, false]].sort());
  for (const medium of ['video', 'audio']) {
    one.toggle(medium, true, b.userId);
    await one.expectError('INVALID_USER');
    outside.toggle(medium, true);
    await outside.expectError('NOT_PARTICIPANT');
    for (const args of [...MALFORMED, [{ userId: a.userId }], [{ userId: a.userId, enabled: 'yes' }], [{ userId: a.userId, enabled: 1 }]]) {
      one.emit(`toggle-${medium}`, ...args);
      await one.expectError('INVALID_REQUEST');
    }
  }
  await quiet(one, two, outside);
}));

// ---- 32

overEach(TRANSPORTS, (transport, options) => test(`32. Media events (${transport})`, async (t) => {
  const { one, two, outside } = await company(t, options);
  const requests = [['get-rtp-capabilities'], ['create-transport', { direction: 'send' }], ['connect-transport', { transportId: 'x', dtlsParameters: {} }],
    ['produce', { transportId: 'x', kind: 'audio', rtpParameters: {} }],
    ['consume', { transportId: 'x', producerId: 'x', rtpCapabilities: {} }], ['resume-consumer', { consumerId: 'x' }]];
  for (const socket of [one, outside]) {
    for (const [event, ...data] of requests) {
      assert.deepEqual(await socket.ask(event, ...data), NO_ENGINE, event);
      assert.deepEqual(await socket.ask(event, null), NO_ENGINE, event);
      socket.emit(event);
      socket.emit(event, ...data);
      socket.emit(event, 'a text instead of a callback');
      socket.emit(event, randomBytes(4));
    }
    for (const event of ['close-producer', 'close-consumer', 'nobody-knows-this', 'new-producer', 'user-joined', 'room-occupancy-update', 'error', 'ping']) {
      socket.emit(event);
      socket.emit(event, { producerId: 'x', consumerId: 'x' }, null, [[]]);
    }
  }
  await quiet(one, two, outside);
}));

overEach(TRANSPORTS, (transport, options) => test(`32. webrtc-signal (${transport}) reaches only the target`, async (t) => {
  const { R, a, b, c, one, two, outside, visitor } = await company(t, options);
  const tab = await b.enters(R, 2, options);
  const third = await (await visitor('Dee')).enters(R, 3, options);
  for (const socket of [one, two, tab]) await socket.expect('user-joined');
  const bodies = [
    { description: { type: 'offer', sdp: 'v=0\r\ns=-\r\n' } },
    { candidate: { candidate: 'candidate:1 1 udp', sdpMid: '0', sdpMLineIndex: 0, more: [1.5, null] } },
    { candidate: null },
    { description: { type: 'rollback' } },
    { description: { type: 'answer', sdp: `v=0 ${'x'.repeat(60_000)}` }, candidate: null },
  ];
  for (const body of bodies) {
    assert.deepEqual(await one.ask('webrtc-signal', { targetUserId: b.userId, ...body }), { ok: true });
    for (const socket of [two, tab]) assert.deepEqual(await socket.expect('webrtc-signal'), { fromUserId: a.userId, ...body });
  }
  one.emit('webrtc-signal', { targetUserId: b.userId, ...bodies[0] });
  for (const socket of [two, tab]) await socket.expect('webrtc-signal');

  const refusal = async (socket, body, code) => assert.deepEqual(await socket.ask('webrtc-signal', body), { error: code });
  for (const targetUserId of [c.userId, UNKNOWN]) await refusal(one, { targetUserId, ...bodies[0] }, 'TARGET_NOT_FOUND');
  await refusal(outside, { targetUserId: a.userId, ...bodies[0] }, 'NOT_PARTICIPANT');
  for (const body of [null, 'text', [], {}, { targetUserId: b.userId }, { targetUserId: 5, ...bodies[0] }, bodies[0], { targetUserId: b.userId, description: 'offer' },
    { targetUserId: b.userId, description: { type: 'other' } }, { targetUserId: b.userId, description: { type: 'offer', sdp: 5 } }, { targetUserId: b.userId, candidate: 'text' },
    { targetUserId: b.userId, description: { type: 'offer', sdp: 'x'.repeat(70_000) } }, { targetUserId: b.userId, candidate: { candidate: randomBytes(4) } }]) {
    await refusal(one, body, 'INVALID_REQUEST');
  }
  await quiet(one, two, tab, third, outside);
}));

// ---- 3.6

test('3.6. What the operator says reaches those who have joined, over every transport', async (t) => {
  const { R, S, one, two, outside, visitor, viewer, unaware } = await company(t, { transports: ['polling'] });
  const watching = await viewer();
  const third = await (await visitor('Dee')).enters(R, 3);
  for (const socket of [one, two]) await socket.expect('user-joined');
  await watching.expect('room-occupancy-update');
  const data = { message: 'Room capacity changed', 'nested é': [1, { deep: null }] };
  assert.deepEqual(await admin(server, 'POST', `${R}/broadcast`, { event: 'room-update', data }), { receivers: 3 });
  for (const socket of [one, two, third]) assert.deepEqual(await socket.expect('room-update'), data);
  assert.deepEqual(await admin(server, 'POST', `${S}/broadcast`, { event: 'room-update', data }), { receivers: 0 });
  await quiet(one, two, third, outside);
  await unaware(watching);
});
