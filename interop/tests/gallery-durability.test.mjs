// Persistent rooms outlive the server: a clean restart keeps everything (R5), and an end without warning all but the last 100 ms.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { annotation, connected, focus, passTime, removal, stats, update } from '../lib/gallery.mjs';
import { startRoost } from '../lib/roost.mjs';

/** What a client was told is stored is durable within this time (ARCHITECTURE.md). */
const DURABLE_MS = 100;
/** A disk that others keep busy may hold up a commit now and then, though not for long. */
const STALLED_MS = 1_000;
const STALLED_SHARE = 0.25;
/** As many stores are killed again and again, side by side. */
const LANES = 2;
const ROUNDS = 13;
/** Between two edits. */
const EDIT_MS = 4;
const API_KEY = 'key';

// Every server that was started is stopped by the end of the process, and so listens to it.
process.setMaxListeners(0);

const folder = mkdtempSync(join(tmpdir(), 'roost-gallery-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const start = (file) => startRoost(['--only', 'gallery', '--store', join(folder, file)], {
  GALLERY_MAX_MESSAGES_PER_SEC: '10000', GALLERY_MAX_ANNOTATIONS: '100000', GALLERY_API_KEY: API_KEY, GALLERY_MAX_ROOM_CREATIONS: '1000',
});

/** A server that the test ends, one way or another. */
async function started(t, file) {
  const server = await start(file);
  t.after(() => server.stop('SIGKILL'));
  return server;
}

async function member(server, userId, roomId, fields) {
  const one = await connected(server, { userId });
  one.info = await one.join(roomId, fields);
  return one;
}

const notesOf = ({ state }) => state.annotations.map(({ id }) => id);

test('R5. A clean restart keeps persistent rooms, and nothing else', async (t) => {
  let server = await started(t, 'clean.db');
  const owner = await connected(server, { userId: 'owner' });
  await owner.create({ persistent: true, password: 'secret', maxUsers: 3, permissions: { allowSceneChange: 'host', allowCameraControl: 'host' } }, 'kept / é');
  await owner.create({ persistent: true }, 'unused');
  await owner.create({ persistent: true }, 'deleted');
  await owner.create({}, 'fleeting');
  const fleeting = await member(server, 'F', 'fleeting', { role: 'host' });
  fleeting.broadcast(update(1, { sceneUrl: 'gone' }));
  await fleeting.echo();

  const h = await member(server, 'H', 'kept / é', { role: 'host', password: 'secret' });
  const v = await member(server, 'V', 'kept / é', { password: 'secret' });
  await h.expectJoined('V');
  const content = {
    sceneUrl: 'https://example.com/scene.gltf', sceneLoaded: true, treeViewState: { '/root': true, '/root/é😀': false },
    sessionSettings: { avatarsVisible: false, syncCameraFraming: true, allowAnnotations: true }, custom: { deep: [1, null, { x: '"\\' }], number: 1.25e-3 },
  };
  h.broadcast(update(41, content));
  await v.expectMessage('H');
  v.broadcast(annotation('by V', { userId: 'H', objectPath: '/root' }));
  await h.expectMessage('V');
  h.broadcast(annotation('by H'));
  h.broadcast(annotation('not for long'));
  h.broadcast(removal('not for long'));
  h.broadcast(focus('/here'));
  h.broadcast(update(42, { sceneUrl: 'second' }));
  for (let i = 0; i < 5; i++) await v.expectMessage('H');
  const before = (await h.join('kept / é', { password: 'secret' }));
  // One that is deleted in the middle of work stays deleted.
  const worker = await member(server, 'worker', 'deleted', { role: 'host' });
  for (let n = 1; n <= 50; n++) worker.broadcast(update(n, { n }));
  assert.equal((await fetch(`${server.http}/rooms/deleted?apiKey=${API_KEY}`, { method: 'DELETE' })).status, 204);
  for (let n = 51; n <= 100; n++) worker.broadcast(update(n, { n }));
  await worker.until(({ message }) => message === 'Not in a room');
  const listed = (await stats(server)).rooms;
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  for (const one of [owner, fleeting, h, v, worker]) assert.equal((await one.ended()).code, 1001);

  server = await started(t, 'clean.db');
  const kept = (await stats(server)).rooms;
  assert.deepEqual(kept.map(({ roomId, userCount, createdAt }) => [roomId, userCount, createdAt]),
    listed.filter(({ roomId }) => roomId !== 'fleeting').map(({ roomId, createdAt }) => [roomId, 0, createdAt]));

  const w = await connected(server, { userId: 'W' });
  await w.cannotJoin('kept / é', 'Invalid password');
  await w.cannotJoin('kept / é', 'Invalid password', { password: 'Secret' });
  const { users, state, createdAt } = await w.join('kept / é', { password: 'secret', role: 'editor' });
  assert.deepEqual([users.map(({ id }) => id), createdAt], [['W'], before.createdAt]);
  // Whoever looked at something is gone.
  assert.deepEqual(state, { ...before.state, focusPoints: [] });
  assert.deepEqual([state.version, state.sceneUrl, notesOf({ state })], [42, 'second', ['by V', 'by H']]);

  // Permissions, authors and the limit of users are as they were.
  const [h2, v2] = [await member(server, 'H', 'kept / é', { role: 'host', password: 'secret' }), await member(server, 'V', 'kept / é', { password: 'secret' })];
  await w.expectJoined('H');
  for (const one of [w, h2]) await one.expectJoined('V');
  const fourth = await connected(server, { userId: 'fourth' });
  await fourth.cannotJoin('kept / é', 'Room is full', { password: 'secret' });
  await w.cannotBroadcast(update(1, { sceneUrl: 'x' }), 'Permission denied');
  await w.cannotBroadcast({ type: 'camera_frame' }, 'Permission denied');
  await w.cannotBroadcast(removal('by V'), 'Permission denied');
  await v2.cannotBroadcast(removal('by H'), 'Permission denied');
  v2.broadcast(removal('by V'));
  h2.broadcast(update(1, { sceneUrl: 'third' }));
  h2.broadcast(annotation('by H'));
  const from = [];
  while (from.length < 3) from.push((await w.expect('message')).senderId);
  assert.deepEqual(from.sort(), ['H', 'H', 'V']);
  const fresh = await fourth.join('fleeting');
  assert.deepEqual([fresh.state.version, fresh.state.sceneUrl], [0, '']);
  for (const one of [w, h2, v2]) await one.close();
  const last = await member(server, 'L', 'kept / é', { password: 'secret' });
  assert.deepEqual([last.info.state.version, last.info.state.sceneUrl, notesOf(last.info)], [43, 'third', ['by H']]);
  await last.close();
  await fourth.join('deleted');
  assert.deepEqual([fourth.log.at(-1).data.roomInfo.state.version, (await stats(server)).rooms.some(({ roomId }) => roomId === 'fleeting')], [0, false]);
  await server.stop();
});

test('R5. An end without warning takes no more than the last 100 ms', async (t) => {
  // All of them to their end, even if one fails: a server that is started after that would be nobody's.
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, (_, lane) => killAgainAndAgain(t, `killed${lane}.db`, lane)));
  for (const { status, reason } of lanes) if (status === 'rejected') throw reason;
  const lost = lanes.flatMap(({ value }) => value);
  assert.ok(lost.filter((ms) => ms > DURABLE_MS).length <= lost.length * STALLED_SHARE, `lost was the work of the last ${lost.map(Math.round).join(', ')} ms`);
});

/** Returns, for each end without warning, how long before it the oldest edit had arrived at B that was lost: 0 if none was. */
async function killAgainAndAgain(t, file, lane) {
  const lost = [];
  let sent = 0;
  let proved = 0;
  /** The edits that had reached B before the last end: [number, how long before]. */
  let arrived = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const server = await started(t, file);
    const e = await connected(server, { userId: 'E' });
    if (round === 0) {
      await e.create({ persistent: true, password: 'p' }, 'R');
      await e.create({}, 'fleeting');
    } else {
      assert.deepEqual((await stats(server)).rooms.map(({ roomId, userCount }) => [roomId, userCount]), [['R', 0]]);
    }
    const { state } = await e.join('R', { role: 'editor', password: 'p' });
    const { a = 0, b = 0 } = state;
    const seen = `${file}, round ${round}: ${a}, ${b}, version ${state.version}, ${state.annotations.length} annotations; sent ${sent}`;
    assert.ok(a === b && a === state.version && a <= sent, seen);
    // An annotation goes before every tenth edit: all up to the last edit are there, and at most the one that was on its way.
    const numbers = state.annotations.map(({ id, userId, text }) => (userId === 'E' && text === `text of ${id}` ? Number(id) : NaN));
    assert.ok(numbers.length === Math.floor(a / 10) || numbers.length === Math.floor((a + 1) / 10), seen);
    assert.deepEqual(numbers, numbers.map((_, i) => 10 * (i + 1)), seen);
    const lostMs = Math.max(0, ...arrived.filter(([n]) => n > a).map(([, ms]) => ms));
    assert.ok(lostMs < STALLED_MS, `${seen}: the work of the last ${lostMs} ms is lost`);
    proved += arrived.filter(([n]) => n <= a).length;
    if (round === ROUNDS) {
      // The last one was asked to end, in the middle of it all: then nothing at all may be missing.
      assert.equal(lostMs, 0, seen);
      break;
    }
    if (round > 0) lost.push(lostMs);

    const watcher = await member(server, 'B', 'R', { password: 'p' });
    sent = a;
    let isOver = false;
    const edits = (async () => {
      while (!isOver) {
        const n = sent + 1;
        if (n % 10 === 0 && !numbers.includes(n)) e.broadcast(annotation(`${n}`));
        e.broadcast(update(n, { a: n, filler: 'x'.repeat(n % 500), b: n }));
        sent = n;
        await passTime(EDIT_MS);
      }
    })();
    await watcher.until((data, event) => event === 'message');
    await passTime(300 + ((LANES * round + lane) * 37) % 200);
    const endMs = performance.now();
    await server.stop(round === ROUNDS - 1 ? 'SIGTERM' : 'SIGKILL');
    isOver = true;
    await edits;
    await watcher.ended();
    arrived = watcher.log.filter(({ data }) => data.message?.type === 'state_update')
      .map((frame) => [frame.data.message.data.version, Math.max(1, endMs - watcher.arrival(frame).atMs)]);
  }
  assert.ok(proved > 10 * ROUNDS, `only ${proved} edits were proved, so this has proved little`);
  return lost;
}
