// The state that a room shares: scenarios 7 to 9 and 20 of the Gallery contract, versions and bounds.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { annotation, chat, eventually, focus, idsOf, pose, quiet, relays, removal, scene, times, typed, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

const MAX_ANNOTATIONS = 3;
const MAX_STATE_BYTES = 4_000;

const start = (env) => startRoost(['--only', 'gallery', '--store', 'memory'], { GALLERY_MAX_ROOM_CREATIONS: '100000', ...env });
const [server, strict] = await Promise.all([
  start({}),
  start({ VERSION_POLICY: 'strict', MAX_ANNOTATIONS: String(MAX_ANNOTATIONS), MAX_STATE_BYTES: String(MAX_STATE_BYTES) }),
]);
after(() => Promise.all([server.stop(), strict.stop()]));

// ---- 7 to 9

test('7. Late joiner state', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  const b = await member('B', R);
  await a.expectJoined('B');
  const message = { ...update(1, { sceneUrl: 'https://example.com/scene.gltf', treeViewState: { '/root/a': false } }), senderId: 'A' };
  await relays(a, [b], message);
  await relays(a, [b], pose(77));
  await relays(a, [b], chat({ text: 'gone with the wind' }));
  const { state, users } = await snapshot(R, [a, b]);
  assert.deepEqual(state, {
    version: 1, sceneUrl: 'https://example.com/scene.gltf', sceneLoaded: false, treeViewState: { '/root/a': false }, annotations: [], focusPoints: [],
    sessionSettings: { avatarsVisible: true, syncCameraFraming: false, allowAnnotations: true },
  });
  assert.ok(!/77|wind/.test(JSON.stringify({ ...users.map(({ lastSeen, ...user }) => user) })));
});

test('7. Late joiner state: a full update merges like a patch, key by key', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const a = await member('A', R, { role: 'editor' });
  a.broadcast(update(1, { sceneUrl: 'one', treeViewState: { a: true, b: true }, custom: { deep: [1, null, 'é😀'] } }));
  a.broadcast({ ...update(2, { treeViewState: { c: false }, sceneLoaded: true, sessionSettings: { allowAnnotations: true } }) });
  const full = update(3, { other: 1.5 });
  full.data.type = 'full';
  a.broadcast(full);
  const { state } = await snapshot(R, [a]);
  assert.deepEqual(state, {
    version: 3, sceneUrl: 'one', sceneLoaded: true, treeViewState: { c: false }, annotations: [], focusPoints: [], sessionSettings: { allowAnnotations: true },
    custom: { deep: [1, null, 'é😀'] }, other: 1.5,
  });
});

test('8. Stale', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  const b = await member('B', R, { role: 'host' });
  await a.expectJoined('B');
  await relays(a, [b], update(5, { sceneUrl: 'five' }));
  for (const version of [3, 5, 0]) await a.cannotBroadcast(update(version, { sceneUrl: 'old' }), 'Stale state update');
  await quiet(a, b);
  const { state } = await snapshot(R, [a, b]);
  assert.deepEqual([state.version, state.sceneUrl], [5, 'five']);

  const c = await member('C', R, { role: 'host' });
  for (const one of [a, b]) await one.expectJoined('C');
  await relays(c, [a, b], update(1, { sceneUrl: 'one' }));
  const later = await snapshot(R, [a, b, c]);
  assert.deepEqual([later.state.version, later.state.sceneUrl], [6, 'one']);
  // A's own count goes on where it was.
  await a.cannotBroadcast(update(5, {}), 'Stale state update');
  await relays(a, [b, c], update(6, { sceneUrl: 'six' }));
  assert.equal((await snapshot(R, [a, b, c])).state.version, 7);
});

test('8. Stale: judged for one membership', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const b = await member('B', R, { role: 'host' });
  const a = await member('A', R, { role: 'host' });
  await b.expectJoined('A');
  await relays(a, [b], update(9, {}));
  // An update of the name is no new membership.
  await a.join(R, { name: 'Al' });
  await b.expectJoined('A');
  await a.cannotBroadcast(update(9, {}), 'Stale state update');
  a.leave();
  await b.expectLeft('A');
  await a.join(R);
  await b.expectJoined('A');
  await relays(a, [b], update(1, { sceneUrl: 'again' }));
  const { state } = await snapshot(R, [a, b]);
  assert.deepEqual([state.version, state.sceneUrl], [10, 'again']);
});

test('8. Versions that are none count one up', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  let rooms = 0;
  /** The version of a room at 10 after an update of a newcomer with this one. */
  const after = async (version) => {
    rooms += 1;
    const room = `${R}-${rooms}`;
    const a = await member('A', room, { role: 'host' });
    const b = await member('B', room, { role: 'host' });
    await a.expectJoined('B');
    a.broadcast(update(10, {}));
    await b.expectMessage('A');
    await relays(b, [a], update(version, {}));
    const { state } = await snapshot(room, [a, b]);
    await Promise.all([a.close(), b.close()]);
    return state.version;
  };
  for (const version of [undefined, null, '12', 12.5, -1, {}, [12], true, 1e300, 1_000_011]) assert.equal(await after(version), 11, `${version}`);
  for (const [version, expected] of [[12, 12], [10, 11], [3, 11], [0, 11], [1_000_010, 1_000_010]]) assert.equal(await after(version), expected, `${version}`);
});

test('9. Bad update', async (t) => {
  const stage = await scene(t, server);
  const { R, member, snapshot } = stage;
  const a = await member('A', R, { role: 'host' });
  const b = await member('B', R);
  await a.expectJoined('B');
  const good = update(4, { sceneUrl: 'good', treeViewState: { a: true }, sceneLoaded: true });
  await relays(a, [b], good);
  const { state } = await snapshot(R, [a, b]);
  const wrong = [
    ['annotations', 'a string'], ['annotations', {}], ['annotations', null], ['focusPoints', 'x'], ['focusPoints', {}], ['sceneLoaded', 'true'],
    ['sceneLoaded', 1], ['treeViewState', []], ['treeViewState', null], ['treeViewState', 'x'], ['sessionSettings', []], ['sessionSettings', null],
    ['sceneUrl', 5], ['sceneUrl', null], ['sceneUrl', {}],
  ];
  for (const [key, value] of wrong) {
    // Nothing of such an update is taken, and its version does not count.
    await a.cannotBroadcast(update(50, { other: 1, [key]: value, another: 2 }), 'Invalid state update');
  }
  await quiet(a, b);
  assert.deepEqual((await snapshot(R, [a, b])).state, state);

  const poisoned = update(5, { ['__proto__']: { polluted: 1 }, constructor: { x: 1 }, prototype: 1, version: 'high', sceneUrl: 'new' });
  await relays(a, [b], poisoned);
  const after = await snapshot(R, [a, b]);
  assert.deepEqual(after.state, { ...state, version: 5, sceneUrl: 'new' });
  for (const key of ['__proto__', 'constructor', 'prototype', 'polluted']) assert.ok(!Object.hasOwn(after.state, key), key);
});

test('9. Bad update: no keys by another spelling, and no two of one', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  const raw = (version, data) => a.raw(`{"action":"broadcast","message":{"type":"state_update","data":{"type":"patch","version":${version},"data":${data}}}}`);
  raw(1, '{"\\u005f_proto__":{"x":1},"vers\\u0069on":"y","sceneUrl":"ok"}');
  raw(2, '{"sceneUrl":5,"sceneUrl":"last"}');
  raw(3, '{"annotations":[],"annotations":"x"}');
  raw(4, '{"annotat\\u0069ons":"x"}');
  a.tell('A', chat('end'));
  await a.until((data, event) => event === 'message' && data.message.data === 'end');
  assert.ok(a.errors('Invalid state update') > 0);
  const late = await member('L', R);
  // `join` has held the snapshot against the contract already.
  const { state } = late.all('room_joined')[0].roomInfo;
  assert.deepEqual([state.annotations, Object.hasOwn(state, '__proto__')], [[], false]);
  assert.ok(['ok', 'last'].includes(state.sceneUrl));
  const { text } = late.arrival(late.log.find(({ event }) => event === 'room_joined'));
  assert.ok(!/proto/.test(text), text);
  for (const key of ['"version"', '"sceneUrl"', '"annotations"']) assert.equal(text.split(key).length, 2, `${key} once in ${text}`);
});

test('9. Bad update: the version of a snapshot is a number, whatever is sent', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const a = await member('A', R, { role: 'host' });
  let sent = 0;
  for (const data of [{ data: { version: null } }, { version: 'x', data: { version: 'y' } }, { version: {}, data: {} }, { version: NaN, data: {} }]) {
    sent += 1;
    a.broadcast(typed('state_update', data));
  }
  // `snapshot` holds it against the contract.
  assert.ok((await snapshot(R, [a])).state.version <= sent);
});

test('Section 2.6. Strict versions', async (t) => {
  const { R, member, snapshot } = await scene(t, strict);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R, { role: 'editor' });
  await a.expectJoined('B');
  await relays(a, [b], update(5, { sceneUrl: 'five' }));
  await b.cannotBroadcast(update(4, { sceneUrl: 'four' }), 'Stale state update');
  await relays(b, [a], update(6, { sceneUrl: 'six' }));
  await a.cannotBroadcast(update(5, { sceneUrl: 'five' }), 'Stale state update');
  const { state } = await snapshot(R, [a, b]);
  assert.deepEqual([state.version, state.sceneUrl], [6, 'six']);
});

test('Section 2.6. A state that is too large', async (t) => {
  const { R, member, snapshot } = await scene(t, strict);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R);
  await a.expectJoined('B');
  const half = 'x'.repeat(MAX_STATE_BYTES * 0.6);
  await relays(a, [b], update(1, { one: half }));
  await a.cannotBroadcast(update(2, { two: half, sceneUrl: 'two' }), 'Room state too large');
  await a.cannotBroadcast(annotation('n', { text: half }), 'Room state too large');
  await quiet(a, b);
  const { state } = await snapshot(R, [a, b]);
  assert.deepEqual([state.version, state.one, state.two, state.sceneUrl, state.annotations], [1, half, undefined, '', []]);
  // What takes the place of something counts only for what it is.
  await relays(a, [b], update(3, { one: 'small', two: half }));
});

// ---- 20

test('20. Annotations and focus', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R);
  await a.expectJoined('B');
  const note = annotation('n1', { objectPath: '/root/a', extra: [1] });
  await relays(b, [a], note);
  await relays(b, [a], annotation('n1', { text: 'the second one' }));
  await relays(a, [b], annotation('n1', { text: 'somebody else\'s' }));
  await relays(a, [b], annotation('n2'));
  await relays(b, [a], focus('/first'));
  await relays(b, [a], focus('/second', { userId: 'A' }));
  await relays(a, [b], focus('/other'));
  const { state } = await snapshot(R, [a, b]);
  assert.deepEqual(state.annotations.map(({ userName, ...rest }) => rest)[0], (({ userName, ...rest }) => ({ ...rest, userId: 'B' }))(note.data));
  assert.deepEqual(idsOf(state.annotations), ['n1', 'n2']);
  assert.deepEqual(state.focusPoints.map(({ userId, targetObjectPath }) => [userId, targetObjectPath]).sort(), [['A', '/other'], ['B', '/second']]);
  assert.equal(state.version, 0);

  await relays(a, [b], removal('n2'));
  await b.close();
  await a.expectLeft('B');
  const later = (await snapshot(R, [a])).state;
  assert.deepEqual(idsOf(later.annotations), ['n1']);
  assert.deepEqual(later.focusPoints.map(({ userId }) => userId), ['A']);
});

test('20. Annotations and focus: leaving by a message or for another room', async (t) => {
  const { R, S, member, snapshot } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  for (const leave of [() => b.leave(), () => b.join(S)]) {
    await relays(b, [a], focus('/b'));
    assert.equal((await snapshot(R, [a, b])).state.focusPoints.length, 1);
    await leave();
    await a.expectLeft('B');
    assert.deepEqual((await snapshot(R, [a])).state.focusPoints, []);
    await b.join(R);
    await a.expectJoined('B');
  }
});

test('20. Annotations and focus: a focus point may expire', async (t) => {
  const { R, member } = await scene(t, server);
  const a = await member('A', R);
  const b = await member('B', R);
  await a.expectJoined('B');
  await relays(a, [b], focus('/for ever'));
  await relays(b, [a], focus('/long', { duration: 300 }));
  const from = performance.now();
  const points = async () => (await a.join(R)).state.focusPoints.map(({ targetObjectPath }) => targetObjectPath);
  assert.deepEqual((await points()).sort(), ['/for ever', '/long']);
  await eventually(async () => (await points()).length === 1);
  const took = performance.now() - from;
  assert.ok(took > 250 && took < 2_000, `gone after ${took} ms`);
  // One that has replaced a short one stays.
  await relays(b, [a], focus('/short', { duration: 50 }));
  await relays(b, [a], focus('/stays'));
  await relays(a, [b], focus('/short', { duration: 100 }));
  await eventually(async () => (await points()).length === 1);
  assert.deepEqual(await points(), ['/stays']);
  for (const duration of [null, 'x', -1, 1e300, {}]) await relays(b, [a], focus('/odd', { duration }));
  await quiet(a, b);
});

test('20. Annotations and focus: a taken-over membership keeps its focus', async (t) => {
  const { R, member, client, snapshot } = await scene(t, server);
  const a1 = await member('A', R);
  const b = await member('B', R);
  await a1.expectJoined('B');
  await relays(a1, [b], focus('/a'));
  const a2 = await client('A');
  await a2.join(R);
  await a1.expectError('Joined from another connection');
  await a1.close();
  assert.equal((await snapshot(R, [a2, b])).state.focusPoints.length, 1);
});

test('20. Annotations and focus: only so many annotations', async (t) => {
  const { R, member, snapshot } = await scene(t, strict);
  const a = await member('A', R, { role: 'editor' });
  const b = await member('B', R);
  await a.expectJoined('B');
  for (const id of times(MAX_ANNOTATIONS, (i) => `n${i}`)) await relays(b, [a], annotation(id));
  for (const one of [a, b]) await one.cannotBroadcast(annotation('more'), 'Too many annotations');
  await relays(b, [a], annotation('n0', { text: 'known' }));
  await quiet(b, a);
  await a.cannotBroadcast(update(1, { annotations: times(MAX_ANNOTATIONS + 1, (i) => annotation(`m${i}`).data) }), 'Too many annotations');
  assert.deepEqual(idsOf((await snapshot(R, [a, b])).state.annotations), ['n0', 'n1', 'n2']);
  await relays(b, [a], removal('n1'));
  await relays(a, [b], annotation('more'));
  assert.deepEqual(idsOf((await snapshot(R, [a, b])).state.annotations), ['n0', 'n2', 'more']);
});
