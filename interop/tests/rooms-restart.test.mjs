// What outlives the server: scenario 34 of the contract, with the store. Names, chat and the ids of rooms do; who was where does not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { listed, passTime, ROOMY, scene, startRooms, succeeded } from '../lib/rooms.mjs';
import { freePort, temporaryFolder } from '../lib/tools.mjs';

/** What a client was told is stored is durable within 100 ms; a disk that others keep busy may take longer. */
const DURABLE_MS = 500;
const SETTINGS = { ...ROOMY, PUBLIC_ROOMS_COUNT: '12', PUBLIC_ROOMS_CHAT_HISTORY: '3' };

test('34. Restart: when it is asked to stop, and when it is killed', { timeout: 60_000 }, async (t) => {
  const [file, port] = [join(temporaryFolder(t, 'rooms'), 'rooms.db'), await freePort()];
  const start = async () => {
    const server = await startRooms(SETTINGS, ['--store', file, '--port', `${port}`]);
    t.after(() => server.stop('SIGKILL'));
    return server;
  };
  let server = await start();
  const { R, S, visitor } = scene(t, server);
  const [a, b, c] = [await visitor('Ann'), await visitor('Ben'), await visitor('Cid')];
  // Ann's client comes back by itself, as the document's does; the others have to be asked.
  const joins = { onConnect: (socket) => socket.emit('join-room', { userId: a.userId }) };
  const one = await a.connects(R, { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 200, socket: joins });
  await one.welcomed(1);
  let two = await b.connects(R);
  two.join({ userName: 'Benny' });
  await two.welcomed(2, 'Benny');
  await one.expect('user-joined');

  for (const signal of ['SIGTERM', 'SIGKILL']) {
    await c.takesSeat(S);
    const words = ['one', 'two', 'three', 'four'].map((word) => `${word} before ${signal}`);
    for (const word of words) {
      one.say(word);
      for (const socket of [one, two]) await socket.expectMessage(a, word);
    }
    const before = await listed(server);
    assert.deepEqual([R, S].map((id) => before.find((room) => room.id === id).currentOccupancy), [2, 1]);
    if (signal === 'SIGKILL') await passTime(DURABLE_MS);
    await server.stop(signal);
    assert.match(await one.expect('disconnect'), /^transport (close|error)$/);

    server = await start();
    assert.deepEqual(server.rooms.map(({ id, name }) => [id, name]), before.map(({ id, name }) => [id, name]));
    assert.ok(server.rooms.every(({ currentOccupancy, isFull }) => currentOccupancy <= 1 && !isFull), 'nobody but the one that has come back by itself');
    await one.until('connect');
    const history = await one.welcomed(1);
    assert.deepEqual(history.map(({ userId, userName, content }) => [userId, userName, content]), words.slice(1).map((word) => [a.userId, 'Ann', word]));
    const after = await listed(server);
    assert.deepEqual([R, S].map((id) => after.find((room) => room.id === id).currentOccupancy), [1, 0]);
    // Nobody has to introduce oneself again, and no ghost takes part.
    assert.deepEqual((await c.takesSeat(R)).participants.map(({ displayName }) => displayName).sort(), ['Ann', 'Cid']);
    await c.givesSeatUp(R);
    two = await b.connects(R);
    two.join();
    await two.welcomed(2, 'Benny');
    await one.expectJoined({ userId: b.userId, displayName: 'Benny' }, 2);
    assert.equal(succeeded(await c.createUser('Cid'), 201, 'user').userId, c.userId);
  }
});
