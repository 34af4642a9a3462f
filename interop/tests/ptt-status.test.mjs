// What the bulk status API and the rest of HTTP say: scenarios 19 to 21 of the PTT contract, and a server whose presence is off.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, describe, test } from 'node:test';
import { beat, BEAT_MS, presenceScene } from '../lib/presence.mjs';
import { eventually, sign, startPtt, times } from '../lib/ptt.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const CORS = {
  'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-allow-headers': 'Content-Type, Authorization',
};

const [server, locked, disabled] = await Promise.all([
  startPtt(),
  startPtt({ PRESENCE_API_REQUIRE_AUTH: 'true', PRESENCE_MAX_USER_IDS: '3' }),
  startPtt({ PRESENCE_ENABLED: 'false' }),
]);
after(() => Promise.all([server, locked, disabled].map((one) => one.stop())));

/** Posts a body as it is: { status, type, body, cors }. */
async function post(body, { base = server.http, path = '/api/presence/status', headers = JSON_TYPE } = {}) {
  const response = await fetch(`${base}${path}`, { method: 'POST', headers, body });
  const [type, cors] = ['content-type', 'access-control-allow-origin'].map((header) => response.headers.get(header));
  return { status: response.status, type, cors, body: await response.json() };
}

const ask = (userIds, options) => post(JSON.stringify({ userIds }), options);

describe('Bulk status', { concurrency: 8 }, () => {
  test('19. Shape: order, types, online, gone, never seen', async (t) => {
    const before = Date.now();
    const { mobile } = presenceScene(t, server);
    await mobile('M');
    await (await mobile('gone')).close();
    const answer = await eventually(async () => {
      const { body, ...rest } = await ask(['M', 'gone', 'nobody', 7]);
      return body.users[1].status === 'offline' && body.users[0].status === 'online' && { body, ...rest };
    });
    const { body: { success, users, timestamp, ...more } } = answer;
    assert.deepEqual([answer.status, success, more], [200, true, {}]);
    assert.match(answer.type, /^application\/json/);
    assert.ok(Number.isInteger(timestamp) && timestamp >= before && timestamp <= Date.now(), String(timestamp));
    const [m, left, nobody, number] = users;
    for (const { lastSeen } of [m, left]) assert.ok(Number.isInteger(lastSeen) && lastSeen >= before - 1 && lastSeen <= Date.now(), String(lastSeen));
    assert.deepEqual(m, { userId: 'M', status: 'online', lastSeen: m.lastSeen, deviceId: 'device of M' });
    assert.deepEqual(left, { userId: 'gone', status: 'offline', lastSeen: left.lastSeen, deviceId: 'device of gone' });
    assert.deepEqual(nobody, { userId: 'nobody', status: 'offline', lastSeen: 0 });
    assert.deepEqual(number, { userId: 7, status: 'offline', lastSeen: 0 });
  });

  test('19. Numbers are the users whose ids are written so, and keep their type; repetitions are repeated', async (t) => {
    await presenceScene(t, server).mobile('4711');
    const { body: { users } } = await eventually(async () => {
      const answer = await ask([4711, '4711', 'x', 4711]);
      return answer.body.users[0].status === 'online' && answer;
    });
    assert.deepEqual(users.map(({ userId, status }) => [userId, status]), [[4711, 'online'], ['4711', 'online'], ['x', 'offline'], [4711, 'online']]);
  });

  test('19. Of watchers nothing is told', async (t) => {
    await presenceScene(t, server).watcher('watcher');
    assert.deepEqual((await ask(['watcher'])).body.users, [{ userId: 'watcher', status: 'offline', lastSeen: 0 }]);
  });

  test('20. Limits: a hundred ids, ids of any kind', async () => {
    const odd = ['__proto__', 'constructor', '../x', 'a:b', 'ä€😀', 'x'.repeat(128), '1', 1, 0, -1, Number.MAX_SAFE_INTEGER];
    for (const ids of [times(100, (i) => `user ${i}`), [], odd]) {
      const { status, body, cors } = await ask(ids);
      assert.deepEqual([status, body.success, cors], [200, true, '*']);
      assert.deepEqual(body.users, ids.map((userId) => ({ userId, status: 'offline', lastSeen: 0 })));
    }
  });

  for (const userIds of [times(101, String), 'x', {}, [null], ['ok', true], [['x']], [{}], [''], ['x'.repeat(129)], [1.5], null, 7]) {
    test(`20. Limits: ${JSON.stringify(userIds).slice(0, 40)} is not a list of user ids`, async () => {
      const { status, body, cors } = await ask(userIds);
      assert.deepEqual({ status, body, cors }, { status: 400, body: { success: false, error: 'Invalid userIds' }, cors: '*' });
    });
  }

  test('20. Limits: no list at all', async () => {
    const { status, body } = await post('{}');
    assert.deepEqual({ status, body }, { status: 400, body: { success: false, error: 'Invalid userIds' } });
  });

  for (const text of ['{bad', 'null', '', '[]', '5', '"userIds"', '{"userIds":["a"]} x', '['.repeat(50_000), Buffer.from([0x7b, 0xff, 0x7d])]) {
    test(`20. Limits: ${String(text).slice(0, 20) || 'nothing'} is not JSON, or no object`, async () => {
      const { status, body, cors } = await post(text);
      assert.deepEqual({ status, body, cors }, { status: 400, body: { success: false, error: 'Invalid JSON' }, cors: '*' });
    });
  }

  for (const bytes of [65_537, 10 * 1024 * 1024]) {
    test(`20. Limits: a body of ${bytes} bytes`, async () => {
      const { status, body } = await refusedWhileSending(JSON.stringify({ userIds: ['x'.repeat(bytes)] }).slice(0, bytes));
      assert.deepEqual([status, body.success, typeof body.error], [413, false, 'string']);
    });
  }

  test('20. Limits: 64 KiB are not too much', async () => {
    const body = JSON.stringify({ userIds: ['x'] }).padEnd(65_536, ' ');
    assert.equal((await post(body)).status, 200);
  });

  test('The query and the type of the body do not matter', async () => {
    const headers = [{ 'Content-Type': 'text/plain' }, {}, { Authorization: 'Bearer nonsense' }];
    for (const options of [{ path: '/api/presence/status?x=1&userIds=y' }, ...headers.map((some) => ({ headers: some }))]) {
      const { status, body } = await ask(['q'], options);
      assert.deepEqual([status, body.users], [200, [{ userId: 'q', status: 'offline', lastSeen: 0 }]]);
    }
  });

  test('The API is on the shared port, too', async (t) => {
    await presenceScene(t, server).mobile('shared');
    const { status, cors, body } = await eventually(async () => {
      const answer = await ask(['shared'], { base: server.shared.http });
      return answer.body.users[0].status === 'online' && answer;
    });
    assert.deepEqual([status, cors, body.users[0].deviceId], [200, '*', 'device of shared']);
    const options = await fetch(`${server.shared.http}/api/presence/status`, { method: 'OPTIONS' });
    assert.deepEqual([options.status, options.headers.get('access-control-allow-origin')], [200, '*']);
  });

  test('Where a token is asked for, only a good one is answered', async (t) => {
    await presenceScene(t, locked).mobile('M');
    const withToken = (jwt) => ask(['M'], { base: locked.http, headers: jwt === null ? {} : { Authorization: `Bearer ${jwt}` } });
    for (const jwt of [null, 'nonsense', '', sign({ uid: 'A' }, 'another key'), sign({ uid: 'A', exp: 1 })]) {
      const { status, body } = await withToken(jwt);
      assert.deepEqual([status, body.success, typeof body.error], [401, false, 'string'], String(jwt));
    }
    const { status, body } = await eventually(async () => {
      const answer = await withToken(sign({ uid: 'A' }));
      return answer.body.users?.[0].status === 'online' && answer;
    });
    assert.deepEqual([status, body.success], [200, true]);
  });

  test('The number of ids is a setting', async () => {
    const headers = { Authorization: `Bearer ${sign({ uid: 'A' })}` };
    assert.equal((await ask(['a', 'b', 'c'], { base: locked.http, headers })).status, 200);
    assert.equal((await ask(['a', 'b', 'c', 'd'], { base: locked.http, headers })).status, 400);
  });

  test('Without presence nobody is known', async (t) => {
    await presenceScene(t, disabled).mobile('M');
    const { status, body } = await ask(['M'], { base: disabled.http });
    assert.deepEqual([status, body.success, body.users], [200, true, []]);
  });
});

test('Without presence there is one snapshot of nobody, and nothing else', async (t) => {
  const { name, mobile, watcher } = presenceScene(t, disabled);
  const m = await mobile(name('M'));
  const w = await watcher(name('W'));
  assert.deepEqual((await w.snapshot()).users, []);
  beat(m, BEAT_MS);
  const other = await mobile(name('O'));
  await other.close();
  await m.sync();
  await w.client.sync();
  assert.equal(w.client.log.length, 1);
});

describe('The rest of HTTP', { concurrency: 8 }, () => {
  /** The answer on the port of PTT; the headers of CORS are on every one. */
  async function answer(method, path) {
    const response = await fetch(`${server.http}${path}`, { method });
    for (const [name, value] of Object.entries(CORS)) assert.equal(response.headers.get(name), value, `${name} of ${method} ${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  }

  test('21. OPTIONS of anything', async () => {
    for (const path of ['/', '/health', '/api/presence/status', '/nothing/here']) {
      assert.deepEqual(await answer('OPTIONS', path).then(({ status, text }) => [status, text]), [200, '']);
    }
  });

  test('21. Health', async () => {
    const { status, text, type } = await answer('GET', '/health');
    const { status: health, version } = JSON.parse(text);
    assert.deepEqual([status, health, typeof version], [200, 'ok', 'string']);
    assert.match(type, /^application\/json/);
    assert.deepEqual(await answer('HEAD', '/health').then((head) => [head.status, head.text]), [200, '']);
  });

  test('21. The root tells product and version in a line', async () => {
    const { status, text, type } = await answer('GET', '/');
    assert.equal(status, 200);
    assert.match(type, /^text\/plain/);
    assert.match(text, /^Roost \S+\n?$/);
    assert.deepEqual(await answer('HEAD', '/').then((head) => [head.status, head.text]), [200, '']);
  });

  test('21. Unknown paths and methods', async () => {
    const unknown = [['GET', '/nothing'], ['POST', '/nothing'], ['GET', '/api/presence/status'], ['POST', '/'], ['POST', '/api/presence'], ['GET', '/health/x']];
    for (const [method, path] of unknown) {
      assert.deepEqual(await answer(method, path).then(({ status, text }) => [status, text.trim()]), [404, 'Not Found'], `${method} ${path}`);
    }
    assert.deepEqual(await answer('HEAD', '/nothing').then(({ status, text }) => [status, text]), [404, '']);
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      for (const path of ['/', '/api/presence/status', '/nothing']) {
        assert.deepEqual(await answer(method, path).then(({ status, text }) => [status, text.trim()]), [403, 'Forbidden'], `${method} ${path}`);
      }
    }
  });

  test('Metrics that the document names', async () => {
    const { status, text } = await answer('GET', '/metrics');
    assert.equal(status, 200);
    for (const [name, type] of [['presence_online_total', 'gauge'], ['presence_heartbeat_received_total', 'counter'], ['presence_ttl_expired_total', 'counter'],
      ['presence_api_requests_total', 'counter'], ['presence_update_latency_seconds', 'histogram']]) {
      assert.match(text, new RegExp(`^# TYPE ${name.replace(/_total$/, type === 'counter' ? '(_total)?' : '_total')} ${type}$`, 'm'));
      assert.match(text, new RegExp(`^${name}${type === 'histogram' ? '_count' : ''}[ {]`, 'm'));
    }
  });
});

/** Sends a body that is too large; what the server answers, also if it does not read the rest. */
function refusedWhileSending(body) {
  return new Promise((done, failed) => {
    const headers = { ...JSON_TYPE, 'Content-Length': Buffer.byteLength(body) };
    const sent = request(`${server.http}/api/presence/status`, { method: 'POST', headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      done({ status: response.statusCode, body: JSON.parse(text) });
      sent.destroy();
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
