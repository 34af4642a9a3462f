// Who may change what: scenario 19 of the Gallery contract, and the table of section 2.5.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { annotation, chat, idsOf, quiet, relays, removal, scene, typed, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

const HOST_KEY = 'the key of hosts';

const start = (env) => startRoost(['--only', 'gallery', '--store', 'memory'], { GALLERY_MAX_ROOM_CREATIONS: '100000', ...env });
const [server, keyed, lax] = await Promise.all([start({}), start({ GALLERY_HOST_KEY: HOST_KEY }), start({ GALLERY_ROLE_ENFORCEMENT: 'false' })]);
after(() => Promise.all([server.stop(), keyed.stop(), lax.stop()]));

/** Members H (host), E (editor), V and W (viewers) of a new room. */
async function cast(stage, config) {
  const { R, client } = stage;
  const h = await client('H');
  await h.create(config ?? {}, R);
  await h.join(R, { role: 'host' });
  const members = [h];
  for (const [id, role] of [['E', 'editor'], ['V', 'viewer'], ['W', 'viewer']]) {
    const one = await client(id);
    await one.join(R, { role });
    for (const earlier of members) await earlier.expectJoined(id);
    members.push(one);
  }
  return members;
}

test('19. Roles: state', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  await v.cannotBroadcast(update(1, { sceneUrl: 'by a viewer' }), 'Permission denied');
  await v.cannotBroadcast(update(2, { treeViewState: {} }), 'Permission denied');
  await quiet(v, h, e, w);
  await relays(e, [h, v, w], update(1, { sceneUrl: 'by the editor', treeViewState: { e: true } }));
  await relays(h, [e, v, w], update(1, { sceneLoaded: true }));
  const { state } = await stage.snapshot(stage.R, [h, e, v, w]);
  assert.deepEqual([state.version, state.sceneUrl, state.sceneLoaded, state.treeViewState], [2, 'by the editor', true, { e: true }]);
});

test('19. Roles: what is the host\'s', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  for (const type of ['state_full', 'grant_control']) {
    for (const [one, ...others] of [[v, h, e, w], [e, h, v, w]]) {
      await one.cannotBroadcast(typed(type, { sceneUrl: 'x' }), 'Permission denied');
      await quiet(one, ...others);
    }
    await relays(h, [e, v, w], typed(type, { sceneUrl: 'x' }));
  }
  assert.equal((await stage.snapshot(stage.R, [h, e, v, w])).state.sceneUrl, '');
  // As the client's host does when it is asked.
  await relays(v, [h, e, w], typed('state_request'));
  h.tell('V', typed('state_full', { sceneUrl: 'x' }));
  await v.expectMessage('H', 'state_full');
});

test('19. Roles: what everybody may', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  for (const type of ['pose_update', 'gaze_update', 'camera_frame', 'chat_message', 'state_request', 'request_control', 'focus_change', 'no such type']) {
    await relays(v, [h, e, w], typed(type, { any: type }));
  }
});

test('19. Roles: type cannot be told twice', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  const dangerous = ['state_full', 'grant_control', 'state_update'];
  for (const type of dangerous) {
    v.raw(`{"action":"broadcast","message":{"type":"chat_message","type":"${type}","data":{"version":1,"data":{"sceneUrl":"x"}}}}`);
    v.raw(`{"action":"broadcast","message":{"type":"chat_message","typ\\u0065":"${type}","data":{"version":1,"data":{"sceneUrl":"x"}}}}`);
    v.raw(`{"action":"broadcast","message":{"type":"chat_message"},"message":{"type":"${type}","data":{"version":1,"data":{"sceneUrl":"x"}}}}`);
  }
  v.broadcast(chat('end'));
  for (const one of [h, e, w]) {
    await one.until((data, event) => event === 'message' && data.message.data === 'end');
    assert.deepEqual(one.all('message').filter(({ message }) => dangerous.includes(message.type)), []);
  }
  const { state } = await stage.snapshot(stage.R, [h, e, w]);
  assert.equal(state.sceneUrl, '');
});

test('19. Roles: a room of viewers leads itself', async (t) => {
  const { R, member, snapshot } = await scene(t, server);
  const v = await member('V', R);
  const w = await member('W', R, { role: 'viewer' });
  await v.expectJoined('W');
  await relays(v, [w], update(1, { sceneUrl: 'by a viewer' }));
  await relays(w, [v], update(1, { sceneLoaded: true }));
  for (const type of ['state_full', 'grant_control']) await v.cannotBroadcast(typed(type), 'Permission denied');
  await quiet(v, w);

  const e = await member('E', R, { role: 'editor' });
  for (const one of [v, w]) await one.expectJoined('E');
  await v.cannotBroadcast(update(2, { sceneUrl: 'no' }), 'Permission denied');
  e.leave();
  for (const one of [v, w]) await one.expectLeft('E');
  await relays(v, [w], update(2, { sceneUrl: 'yes' }));

  // A member that changes its role leads, too.
  await w.join(R, { role: 'editor' });
  await v.expectJoined('W');
  await v.cannotBroadcast(update(3, { sceneUrl: 'no' }), 'Permission denied');
  await w.join(R, { role: 'viewer' });
  await v.expectJoined('W');
  await relays(v, [w], update(3, { sceneUrl: 'three' }));
  const { state } = await snapshot(R, [v, w]);
  assert.deepEqual([state.version, state.sceneUrl, state.sceneLoaded], [4, 'three', true]);
});

test('19. Roles: removing annotations', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  for (const id of ['n1', 'n2']) await relays(v, [h, e, w], annotation(id, { userId: 'W' }));
  for (const [one, ...others] of [[w, h, e, v], [e, h, v, w]]) {
    // Whatever the annotation says, W has not written it (defect 11).
    await one.cannotBroadcast(removal('n1'), 'Permission denied');
    await quiet(one, ...others);
  }
  const all = [h, e, v, w];
  const authors = ({ state }) => state.annotations.map(({ id, userId }) => [id, userId]);
  assert.deepEqual(authors(await stage.snapshot(stage.R, all)), [['n1', 'V'], ['n2', 'V']]);
  await relays(v, [h, e, w], removal('n1'));
  await relays(h, [e, v, w], removal('n2'));
  assert.deepEqual(authors(await stage.snapshot(stage.R, all)), []);
  // Nobody knows it: it goes to everybody, and does nothing.
  await relays(w, [h, e, v], removal('n1'));

  // Those of a state update belong to whom they say.
  const { data } = annotation('n3', { userId: 'W' });
  await relays(e, [h, v, w], update(1, { annotations: [data] }));
  await v.cannotBroadcast(removal('n3'), 'Permission denied');
  await relays(w, [h, e, v], removal('n3'));
  assert.deepEqual(authors(await stage.snapshot(stage.R, all)), []);
});

test('19. Roles: annotations switched off', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage);
  await relays(v, [h, e, w], annotation('n1'));
  await relays(e, [h, v, w], update(1, { sessionSettings: { avatarsVisible: true, allowAnnotations: false } }));
  await v.cannotBroadcast(annotation('n2'), 'Permission denied');
  await e.cannotBroadcast(annotation('n2'), 'Permission denied');
  await relays(h, [e, v, w], annotation('n3'));
  // One's own can go.
  await relays(v, [h, e, w], removal('n1'));
  await relays(h, [e, v, w], update(1, { sessionSettings: { allowAnnotations: 'no' } }));
  await relays(v, [h, e, w], annotation('n4'));
  assert.deepEqual(idsOf((await stage.snapshot(stage.R, [h, e, v, w])).state.annotations), ['n3', 'n4']);
});

test('Section 2.5. Permissions of a room: for the host only', async (t) => {
  const stage = await scene(t, server);
  const only = 'host';
  const [h, e, v, w] = await cast(stage, { permissions: { allowSceneChange: only, allowTreeViewChange: only, allowAnnotations: only, allowCameraControl: only } });
  const updates = [{ sceneUrl: 'x' }, { sceneUrl: 'x', treeViewState: {} }, { other: 1 }, { treeViewState: {} }].map((data, i) => update(i + 1, data));
  const messages = [...updates, annotation('n'), typed('camera_frame')];
  for (const message of messages) {
    await e.cannotBroadcast(message, 'Permission denied');
    await v.cannotBroadcast(message, 'Permission denied');
  }
  await quiet(e, h, v, w);
  await quiet(v, h, e, w);
  for (const message of messages) await relays(h, [e, v, w], message);
});

test('Section 2.5. Permissions of a room: each covers its own', async (t) => {
  const stage = await scene(t, server);
  const permissions = { allowSceneChange: 'host', allowTreeViewChange: 'all', allowAnnotations: 'editor', allowCameraControl: 'editor', unknown: 1 };
  const [h, e, v, w] = await cast(stage, { permissions });
  await relays(v, [h, e, w], update(1, { treeViewState: { a: true } }));
  for (const one of [v, e]) {
    await one.cannotBroadcast(update(2, { treeViewState: { b: true }, sceneUrl: 'x' }), 'Permission denied');
    await one.cannotBroadcast(update(2, { custom: 1 }), 'Permission denied');
    await one.cannotBroadcast(update(2, { sessionSettings: {} }), 'Permission denied');
  }
  for (const message of [annotation('n'), typed('camera_frame')]) {
    await v.cannotBroadcast(message, 'Permission denied');
    await relays(e, [h, v, w], message);
  }
  const { state } = await stage.snapshot(stage.R, [h, e, v, w]);
  assert.deepEqual([state.treeViewState, state.sceneUrl, idsOf(state.annotations)], [{ a: true }, '', ['n']]);
});

test('Section 2.5. Permissions of a room: for all, or odd ones', async (t) => {
  const stage = await scene(t, server);
  const [h, e, v, w] = await cast(stage, { permissions: { allowSceneChange: 'all', allowTreeViewChange: 'everybody', allowAnnotations: 5 } });
  await relays(v, [h, e, w], update(1, { sceneUrl: 'by a viewer' }));
  // What is no permission is the default.
  await v.cannotBroadcast(update(2, { treeViewState: {} }), 'Permission denied');
  await relays(e, [h, v, w], update(2, { treeViewState: {} }));
  await relays(v, [h, e, w], annotation('n'));
});

test('Section 2.5. Permissions of a room: even so, viewers among themselves may change the state', async (t) => {
  const { R, client } = await scene(t, server);
  const v = await client('V');
  await v.create({ permissions: { allowSceneChange: 'host', allowAnnotations: 'host' } }, R);
  await v.join(R);
  v.broadcast(update(1, { sceneUrl: 'x' }));
  await v.cannotBroadcast(annotation('n'), 'Permission denied');
  assert.equal((await v.join(R)).state.sceneUrl, 'x');
});

test('Section 4. The key of hosts', async (t) => {
  const { R, S, client, member } = await scene(t, keyed);
  const a = await client('A');
  const roleWith = async (fields, room = R) => (await a.join(room, { role: 'host', ...fields })).users.find(({ id }) => id === 'A').role;
  for (const hostKey of [undefined, '', 'wrong', 5, null, `${HOST_KEY} `, [HOST_KEY]]) assert.equal(await roleWith({ hostKey }), 'editor');
  assert.equal(await roleWith({ hostKey: HOST_KEY }), 'host');
  assert.equal(await roleWith({}, S), 'editor');
  await member('B', S);
  await a.expectJoined('B');
  await a.cannotBroadcast(typed('grant_control'), 'Permission denied');
  assert.equal(await roleWith({ hostKey: HOST_KEY }, S), 'host');
  a.broadcast(typed('grant_control'));
  await a.echo();
  assert.equal((await a.join(S, { role: 'viewer', hostKey: HOST_KEY })).users[0].role, 'viewer');
  for (const frame of a.log) assert.ok(!a.arrival(frame).text.includes(HOST_KEY));
});

test('Section 4. Without enforcement of roles everybody may do everything', async (t) => {
  const stage = await scene(t, lax);
  const [h, e, v, w] = await cast(stage);
  await relays(h, [e, v, w], annotation('n'));
  for (const message of [update(1, { sceneUrl: 'by a viewer' }), typed('state_full'), typed('grant_control'), removal('n')]) await relays(v, [h, e, w], message);
  const { state } = await stage.snapshot(stage.R, [h, e, v, w]);
  assert.deepEqual([state.sceneUrl, state.annotations], ['by a viewer', []]);
  // The other rules hold.
  await v.cannotBroadcast(update(1, {}), 'Stale state update');
});

