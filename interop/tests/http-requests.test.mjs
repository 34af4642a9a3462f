// What a request says, read as the originals and browsers read it, and whose it is, with all protocols on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { DEADLINE_MS, RawSocket, request, upgradeRequest } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

describe('all protocols', () => {
  let roost;
  before(async () => { roost = await startRoost([], { MINI_SERVER_ORGANIZATION_ID: 'org_1' }); });
  after(() => roost?.stop());

  /** A WebSocket whose messages wait for who asks. */
  function open(t, target, options) {
    const ws = new WebSocket(`${roost.url}${target}`, options);
    const waiting = [];
    ws.on('message', (text) => waiting.push(JSON.parse(text)));
    t.after(() => ws.terminate());
    const message = async (isIt) => {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      for (;;) {
        const found = waiting.findIndex(isIt);
        if (found >= 0) return waiting.splice(0, found + 1).at(-1);
        await once(ws, 'message', { signal });
      }
    };
    return { ws, message };
  }

  const deviceTarget = (id) => `/mesh?organizationId=org_1&clientId=${id}&clientName=${id}`;
  const listed = (id) => ({ type, data }) => type === 'client-list-update' && data.clients.some((one) => one.id === id);

  // As people write them into URLs, and as the URL Standard, browsers and Node have them.
  for (const value of ['user;1', 'a=b;c=d', '100%', '%', '%zz', '%2', '5%+4%', '%%41', '%u0041', '%25', '%2525', '%3B', '%C3%A9', '%C3%28', '%FF', 'a+b', 'a%2Bb']) {
    test(`a query with ${value} is read as a browser reads it`, async (t) => {
      const read = new URLSearchParams(`name=${value}`).get('name');
      const { ws, message } = open(t, deviceTarget(value));
      assert.ok(new URL(ws.url).search.includes(value), 'the client sends it as it is');
      const { data } = await message(listed(read));
      assert.equal(data.clients.find((one) => one.id === read).name, read);
    });
  }

  test('user;1 and user;2 are two', async (t) => {
    const first = open(t, deviceTarget('user;1'));
    await first.message(listed('user;1'));
    const second = open(t, deviceTarget('user;2'));
    await second.message(listed('user;1'));
    await first.message(listed('user;2'));
    assert.equal(first.ws.readyState, WebSocket.OPEN);
  });

  for (const target of ['/%', '/100%', '/%zz', '/%2?organizationId=org_1']) {
    test(`the path of ${target} is refused: 400 in words`, async (t) => {
      const tcp = await RawSocket.connect(t, roost.port);
      tcp.send(upgradeRequest({ target }));
      const { status, body } = await tcp.response();
      assert.equal(status, 400);
      assert.match(body, /not a valid URI/);
    });
  }

  // Operators' actions without ADMIN_TOKEN are for who sits at this machine.
  const election = async (t, headers, target = '/api/admin/mesh/election') => {
    const tcp = await RawSocket.connect(t, roost.port);
    tcp.send(request('POST', target, { 'Content-Length': 0, ...headers }));
    return tcp.response();
  };

  for (const headers of [{}, { Host: '127.0.0.1:8080' }, { Host: '[::1]' }, { Origin: 'http://localhost:8080', 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }]) {
    // Nobody stands for election.
    test(`with ${JSON.stringify(headers)} this machine may act`, async (t) => assert.equal((await election(t, headers)).status, 409));
  }

  for (const headers of [{ Host: 'mesh.example.com' }, { Host: 'mesh.example.com:8080' }, { Host: '192.168.0.7' }, { Host: 'localhost.evil.example' }, { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' }, { Origin: 'null' }, { Origin: 'file://' }, { Origin: 'https://evil.example' }, { 'X-Forwarded-For': '127.0.0.1' }, { Via: '1.1 proxy' }]) {
    test(`with ${JSON.stringify(headers)} nobody may act: 403 in words`, async (t) => {
      const { status, body } = await election(t, headers);
      assert.equal(status, 403);
      assert.match(body, /localhost/);
    });
  }

  test('a target that is meant for a proxy does not act', async (t) => assert.equal((await election(t, {}, 'http://localhost/api/admin/mesh/election')).status, 403));

  for (const [who, options, code] of [['a program of this machine', {}, 'user_not_found'], ['its own page', { headers: { Host: 'localhost:8080' }, origin: 'http://localhost:8080' }, 'user_not_found'],
    ['a page that came by another name', { headers: { Host: 'parrot.example.com' }, origin: 'http://parrot.example.com' }, 'not_allowed'],
    ['a program that came by another name', { headers: { Host: 'parrot.example.com' } }, 'not_allowed'], ['a file', { origin: 'file://' }, 'not_allowed'],
    ["another site's page", { headers: { 'Sec-Fetch-Site': 'cross-site' } }, 'not_allowed']]) {
    test(`a dashboard of ${who}: ${code}`, async (t) => {
      const { ws, message } = open(t, '/dashboard', options);
      await once(ws, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
      ws.send(JSON.stringify({ type: 'promoteUser', userId: 'nobody' }));
      assert.equal((await message(({ type }) => type === 'error')).code, code);
    });
  }

  test('426 says what to change to, in the header of the connection, too', async (t) => {
    const tcp = await RawSocket.connect(t, roost.port);
    tcp.send(upgradeRequest({ target: '/mesh', headers: { 'Sec-WebSocket-Version': '8' } }));
    const { status, headers } = await tcp.response();
    assert.deepEqual([status, headers.upgrade, headers.connection.toLowerCase()], [426, 'websocket', 'upgrade, close']);
    assert.equal(await tcp.ended(), 'FIN');
  });
});
