// What is sent from one to another: scenarios 5, 6 and 21 of the Gallery contract, request ids, repeated errors.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chat, eventually, passTime, pose, quiet, scene } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

/** How often one and the same error may be told again (section 3.1). */
const REPEAT_MS = 1_000;

const server = await startRoost(['--only', 'gallery', '--store', 'memory'], { GALLERY_MAX_ROOM_CREATIONS: '100000' });
after(() => server.stop());

// ---- 5 and 6

test('5. Broadcast', async (t) => {
  const { R, S, member, client } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const s = await member('C', S);
  const nowhere = await client('D');
  const message = { ...pose(1), senderId: 'A', more: { deep: [null, 1.5, 'é😀', { '': false }] } };
  a.broadcast(message);
  assert.deepEqual(await b.expectMessage('A'), message);
  a.broadcast({ ...message, senderId: 'X' }, { roomId: R });
  assert.deepEqual(await b.expectMessage('A'), message);
  await quiet(a, b);
  await s.echo();
  await nowhere.echo();
});

test('5. Broadcast: a true sender\'s name cannot be forged', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const forged = ['{"type":"chat_message","senderId":"B"}', '{"senderId":"A","type":"chat_message","senderId":"B"}', '{"sender\\u0049d":"B"}',
    '{"senderId":"A","sender\\u0049d":"B"}', '{"senderId":5}', '{"senderId":null}', '{"senderId":{"senderId":"B"}}', '{"senderId":["A"]}', '{ "senderId" : "" }'];
  for (const message of forged) {
    a.raw(`{"action":"broadcast","message":${message}}`);
    assert.equal((await b.expectMessage('A')).senderId, 'A', message);
    a.raw(`{"action":"send_message","targetUserId":"B","message":${message}}`);
    assert.equal((await b.expectMessage('A')).senderId, 'A', message);
  }
  a.raw('{"action":"broadcast","senderId":"B","userId":"B","event":"user_left","message":{"type":"chat_message"}}');
  assert.deepEqual(await b.expectMessage('A'), { type: 'chat_message' });
  // Only the message itself has a sender.
  const quoted = { type: 'chat_message', data: { senderId: 'B' } };
  a.broadcast(quoted);
  assert.deepEqual(await b.expectMessage('A'), quoted);
});

test('5. Broadcast: a message is whatever is not null', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  for (const message of ['hello', '', 0, -1.5, false, true, [], [null], {}, { type: 5 }, { type: null }, { type: 'no such type', data: null }]) {
    a.broadcast(message);
    assert.deepEqual(await b.expectMessage('A'), message);
    a.tell('B', message);
    assert.deepEqual(await b.expectMessage('A'), message);
  }
});

test('5. Broadcast: the order is kept, each comes once', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  for (let i = 0; i < 100; i++) {
    if (i % 3) a.broadcast(chat(i));
    else a.tell('B', chat(i));
  }
  for (let i = 0; i < 100; i++) assert.equal((await b.expectMessage('A')).data, i);
  await quiet(a, b);
});

test('5. Broadcast: the types that only the client knows', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R, { role: 'host' });
  await a.expectJoined('B');
  for (const type of ['state_request', 'gaze_update', 'camera_frame', 'request_control', 'join_session', 'leave_session', 'user_joined', 'user_left', '__proto__']) {
    const message = { type, data: { userId: 'B' } };
    a.broadcast(message);
    assert.deepEqual(await b.expectMessage('A'), message);
  }
  await quiet(a, b);
});

test('6. Direct', async (t) => {
  const { R, S, member, client } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const c = await member('C', R);
  for (const one of [a, b]) await one.expectJoined('C');
  const s = await member('S', S);
  const d = await client('D');
  const e = await client('E');
  const message = { ...chat({ text: 'Hello!' }), senderId: 'A' };
  a.tell('B', message);
  assert.deepEqual(await b.expectMessage('A'), message);
  for (const target of ['nobody', 'S', 'D', '', 'B ', 'b', '__proto__']) {
    await a.refused({ action: 'send_message', targetUserId: target, message }, 'User not found');
  }
  // The contract leaves open which error tells that there is no target at all.
  a.tell(undefined, message);
  await a.expect('error');
  await d.refused({ action: 'send_message', targetUserId: 'A', message }, 'User not found');
  d.tell('E', chat('outside'));
  assert.equal((await e.expectMessage('D')).data, 'outside');
  for (const one of [a, b, c, s, d, e]) await one.echo();

  // The scope moves with the connection.
  e.send({ action: 'join_room', roomId: S });
  await e.expect('room_joined');
  await s.expectJoined('E');
  await d.refused({ action: 'send_message', targetUserId: 'E', message }, 'User not found');
  s.tell('E', chat());
  await e.expectMessage('S');
  e.leave();
  await s.expectLeft('E');
  await s.refused({ action: 'send_message', targetUserId: 'E', message }, 'User not found');
  d.tell('E', chat());
  await e.expectMessage('D');
});

test('6. Direct: to the member, not to another connection with its id', async (t) => {
  const { R, S, member, client } = await scene(t, server);
  const oldest = await client('A');
  const inS = await member('A', S);
  const inR = await member('A', R);
  const b = await member('B', R);
  await inR.expectJoined('B');
  b.tell('A', chat('for the member'));
  await inR.expectMessage('B');
  await inS.echo();
  await oldest.close();
  b.tell('A', chat('again'));
  await inR.expectMessage('B');
  await inS.close();
  b.tell('A', chat('and again'));
  await inR.expectMessage('B');
  await inR.close();
  await b.expectLeft('A');
  await b.refused({ action: 'send_message', targetUserId: 'A', message: chat() }, 'User not found');
});

test('6. Direct: in the lobby one of two with the same id can go', async (t) => {
  const { client } = await scene(t, server);
  const [a1, a2, b] = [await client('A'), await client('A'), await client('B')];
  b.tell('A', chat(1));
  await eventually(() => a1.all('message').length + a2.all('message').length === 1);
  await a2.close();
  await eventually(async () => {
    b.tell('A', chat(2));
    await b.echo();
    return a1.all('message').some(({ message }) => message.data === 2);
  });
});

// ---- 21

test('21. Malformed', async (t) => {
  const { R, member, client } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const noJson = ['{bad', 'null', ' null ', '', '{"action":"broadcast"', '{"action":"leave_room"}{}', '{"action":"leave_room",}', "{'action':'leave_room'}",
    'undefined', 'NaN', '{"action":"leave_room"} x', '{"a":\u0001}', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), Buffer.alloc(0)];
  // A connection for each: an error that is like the last may be rare.
  for (const payload of noJson) {
    const one = await client('M');
    one.raw(payload);
    await one.expectError('Invalid message format', null);
    await one.echo();
    await one.close();
  }
  for (const payload of ['{}', '[]', '5', '"text"', 'true', '[{"action":"leave_room"}]']) {
    const one = await client('M');
    one.raw(payload);
    await one.expectError('Unknown action: undefined');
    await one.close();
  }
  await quiet(a, b);
});

test('21. Malformed: unknown actions', async (t) => {
  const { client } = await scene(t, server);
  const a = await client('A');
  a.send({ action: 'zap', requestId: 'q' });
  await a.expectError('Unknown action: zap', 'q');
  a.send({ requestId: 7 });
  await a.expectError('Unknown action: undefined', 7);
  a.send({ action: 5 });
  await a.expectError('Unknown action: 5');
  for (const action of ['', 'JOIN_ROOM', 'join_room ', 'toString', '__proto__', 'constructor', 'é "\\ \u2028']) {
    await a.refused({ action }, `Unknown action: ${action}`);
  }
  await a.echo();
});

test('21. Malformed: messages without a message', async (t) => {
  const { R, member, client } = await scene(t, server);
  for (const message of [undefined, null]) {
    const a = await member('A', R);
    a.send({ action: 'broadcast', message, requestId: 'q' });
    await a.expectError('Invalid message format', null);
    await a.echo();
    await a.close();
    const b = await client('B');
    b.send({ action: 'send_message', targetUserId: 'B', message });
    await b.expectError('Invalid message format', null);
    await b.echo();
    await b.close();
  }
});

test('21. Malformed: fields of a wrong type are like absent ones', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  for (const [i, odd] of [null, 5, 'text', [], true].entries()) {
    assert.equal(await a.create(odd, `${R}-${i}`), `${R}-${i}`);
    const { roomInfo } = await a.ask('room_joined', { action: 'join_room', roomId: `${R}-${i}`, userInfo: odd, password: odd, unknown: odd });
    assert.deepEqual(roomInfo.users.map(({ id, name, role }) => [id, name, role]), [['A', 'A', 'viewer']]);
  }
});

test('21. Malformed: many at once do no harm', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R, { role: 'host' });
  await a.expectJoined('B');
  const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
  a.raw(`{"action":"broadcast","message":${deep}}`);
  a.raw(`{"action":"join_room","roomId":"${R}","userInfo":{"avatar":${deep}}}`);
  for (const type of ['state_update', 'annotation_add', 'annotation_remove', 'focus_change', 'state_full', 'grant_control']) {
    for (const data of [undefined, null, 0, '', 'x', [], [null], {}, { id: null }, { id: {} }, { data: null }, { data: [] }, { data: 'x', version: 1 }]) {
      b.broadcast({ type, data });
    }
  }
  b.broadcast(chat('done'));
  await a.until((data, event) => event === 'message' && data.message.data === 'done');
  // Whatever of this was taken: a snapshot is one, and `join` holds it against the contract.
  const c = await member('C', R);
  await c.echo();
});

// ---- Request ids, binary frames

test('Section 3. A request id is echoed as it came, or not at all', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  let made = 0;
  for (const requestId of ['q', 'x'.repeat(128), 'é "\\', 0, 1, -1, 1.5, 1e21, 123_456_789_012]) {
    made += 1;
    a.send({ action: 'create_room', roomId: `${R}-${made}`, requestId });
    assert.deepEqual(await a.expect('room_created'), { requestId, roomId: `${R}-${made}` });
    a.send({ action: 'join_room', roomId: R, requestId });
    assert.equal((await a.expect('room_joined')).requestId, requestId);
    a.send({ action: 'create_room', roomId: R, requestId });
    await a.expectError('Room already exists', requestId);
  }
  for (const requestId of [undefined, null, '', 'x'.repeat(129), {}, [], true]) {
    made += 1;
    a.send({ action: 'create_room', roomId: `${R}-${made}`, requestId });
    const created = await a.expect('room_created');
    if (requestId !== '') assert.deepEqual(created, { roomId: `${R}-${made}` });
    a.send({ action: 'join_room', roomId: R, requestId });
    const joined = await a.expect('room_joined');
    if (requestId !== '') assert.deepEqual(Object.keys(joined), ['roomInfo']);
  }
});

test('Section 1. Binary frames may hold JSON, and answers are text', async (t) => {
  const { R, client, member } = await scene(t, server);
  const b = await member('B', R);
  const a = await client('A');
  // `Client` takes no binary frame from the server.
  a.raw(Buffer.from(JSON.stringify({ action: 'join_room', roomId: R, requestId: 'é' })));
  assert.equal((await a.expect('room_joined')).requestId, 'é');
  await b.expectJoined('A');
  a.raw(Buffer.from(JSON.stringify({ action: 'broadcast', message: 'é😀' })));
  assert.equal(await b.expectMessage('A'), 'é😀');
});

test('Section 3. Half characters, which JSON can express and UTF-8 cannot, hurt nobody', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  a.raw(`{"action":"join_room","roomId":"${R}","userInfo":{"name":"x\\ud800y","avatar":{"displayName":"\\udc00"}}}`);
  await a.expect('room_joined');
  await b.expectJoined('A');
  a.raw('{"action":"broadcast","message":{"data":"\\ud800"}}');
  assert.equal((await b.expectMessage('A')).data, '\ud800');
  a.raw('{"action":"send_message","targetUserId":"\\ud800","message":1}');
  await a.expectError('User not found');
  a.raw('{"action":"zap\\ud800"}');
  await a.expect('error');
  await quiet(a, b);
});

// ---- Errors

test('Section 3.1. Broadcast goes to the room one is in, or nowhere', async (t) => {
  const { R, S, member, client } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  const s = await member('S', S);
  const nobody = await client('N');
  for (const roomId of [S, 'unknown']) await a.cannotBroadcast(chat(), 'Not in a room', { roomId });
  await nobody.cannotBroadcast(chat(), 'Not in a room', { roomId: R });
  await nobody.cannotBroadcast(chat(), 'Not in a room');
  a.broadcast(chat(), { roomId: R });
  await b.expectMessage('A');
  await quiet(a, b);
  await s.echo();
  // A number is its decimal text here, too.
  await s.join(2_222);
  s.broadcast(chat(), { roomId: 2_222 });
  s.broadcast(chat(), { roomId: '2222' });
  await s.echo();
});

test('Section 3.1. One error is told once per second, another one at once', async (t) => {
  const { R, client } = await scene(t, server);
  const a = await client('A');
  const from = performance.now();
  // The pose stream of a client that has lost its room.
  for (let i = 0; i < 50; i++) a.broadcast(pose(i), { roomId: R });
  await a.expectError('Not in a room');
  a.broadcast(pose(), { requestId: 1 });
  await a.expectError('Not in a room', 1);
  a.broadcast(pose(), { requestId: '1' });
  await a.expectError('Not in a room', '1');
  a.tell('nobody', chat());
  await a.expectError('User not found');
  a.broadcast(pose(), { requestId: 1 });
  await a.echo();
  assert.ok(performance.now() - from < REPEAT_MS, 'this machine is too slow for this test');
  await passTime(REPEAT_MS + 50);
  a.broadcast(pose());
  await a.expectError('Not in a room');
  // Every connection has its own.
  const b = await client('B');
  b.broadcast(pose());
  await b.expectError('Not in a room');
});
