// What outlives the server: scenario 34 of the contract, with the store. Names, chat and the ids of rooms do; who was where does not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { listed, passTime, ROOMY, scene, startRooms, succeeded } from '../lib/rooms.mjs';
import { freePort, temporaryFolder } from '../lib/tools.mjs';

/** What a client was told is stored is durable within 100 ms; a disk that others keep busy may take longer. */
const DURABLE_MS = 500;
const SETTINGS = { ...ROOMY, PUBLIC_ROOMS_COUNT: '12', PUBLIC_ROOMS_CHAT_HISTORY: '3' };

for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`34. Restart after ${signal}`, { timeout: 60_000 }, async (t) => {
    const [file, port] = [join(temporaryFolder(t, 'rooms'), 'rooms.db'), await freePort()];
    const start = async () => {
      const server = await startRooms(SETTINGS, ['--store', file, '--port', `${port}`]);
      t.after(() => server.stop('SIGKILL'));
      return server;
    };
    const server = await start();
    const { R, S, visitor } = scene(t, server);
    const [a, b, c] = [await visitor('Ann'), await visitor('Ben'), await visitor('Cid')];
    // Ann's client comes back by itself, as the document's does; Ben's has to be asked.
    const joins = { onConnect: (socket) => socket.emit('join-room', { userId: a.userId }) };
    const one = await a.connects(R, { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 200, socket: joins });
    await one.welcomed(1);
    const two = await b.connects(R);
    two.join({ userName: 'Benny' });
    await two.welcomed(2, 'Benny');
    await one.expect('user-joined');
    await c.takesSeat(S);
    for (const word of ['one', 'two', 'three', 'four']) {
      one.say(word);
      for (const socket of [one, two]) await socket.expectMessage(a, word);
    }
    const before = await listed(server);
    assert.deepEqual([R, S].map((id) => before.find((room) => room.id === id).currentOccupancy), [2, 1]);
    if (signal === 'SIGKILL') await passTime(DURABLE_MS);
    await server.stop(signal);
    assert.match(await one.expect('disconnect'), /^transport (close|error)$/);

    const again = await start();
    assert.deepEqual(again.rooms.map(({ id, name }) => [id, name]), before.map(({ id, name }) => [id, name]));
    assert.ok(again.rooms.every(({ currentOccupancy, isFull }) => currentOccupancy <= 1 && !isFull), 'nobody but the one that has come back by itself');
    await one.until('connect');
    const history = await one.welcomed(1);
    assert.deepEqual(history.map(({ userId, userName, content }) => [userId, userName, content]), ['two', 'three', 'four'].map((word) => [a.userId, 'Ann', word]));
    assert.equal((await listed(again)).find(({ id }) => id === R).currentOccupancy, 1);
    assert.equal((await listed(again)).find(({ id }) => id === S).currentOccupancy, 0);
    // Nobody has to introduce oneself again, and no ghost takes part.
    assert.deepEqual((await c.takesSeat(R)).participants.map(({ displayName }) => displayName).sort(), ['Ann', 'Cid']);
    const three = await b.connects(R);
    three.join();
    await three.welcomed(3, 'Benny');
    assert.equal(succeeded(await c.createUser('Cid'), 201, 'user').userId, c.userId);
  });
}
