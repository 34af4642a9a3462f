// openapi.json against running servers: every status that it tells of and a client can bring about, every answer against its schema, and nothing answers that it does not tell of.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import WebSocket from 'ws';
import { startRoost } from '../lib/roost.mjs';
import { root } from '../lib/tools.mjs';

const DEADLINE_MS = 10_000;
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];
const NOBODY = '00000000-0000-4000-8000-000000000000';
const MAX_BODY_BYTES = 66_000;
/** What happens only when the server or its disk is in trouble, or while it stops. */
const NOT_AT_WILL = /^(\S+ 500|getPresence 503|getReady 503)$/;

const env = { MINI_SERVER_ORGANIZATION_ID: 'org_1', SECRET_KEY: 'a key for tests', GALLERY_API_KEY: 'gallery', PUBLIC_ROOMS_CAPACITY: '1', PUBLIC_ROOMS_COUNT: '3',
  PUBLIC_ROOMS_API_LIMIT: '60', MAX_BODY_BYTES: String(MAX_BODY_BYTES) };
const closedEnv = { ADMIN_TOKEN: 'operator', PRESENCE_API_REQUIRE_AUTH: 'true', GALLERY_STATS_PUBLIC: 'false' };

describe('openapi.json', () => {
  let open;
  let closed;
  let document;
  let ajv;
  /** What was brought about: "operationId status". */
  const seen = new Set();

  before(async () => {
    [open, closed] = await Promise.all([startRoost([], env), startRoost([], { ...env, ...closedEnv })]);
    document = JSON.parse((await ask(open, 'GET', '/openapi.json')).body);
    ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema(document, 'roost');
  });
  after(() => Promise.all([open?.stop(), closed?.stop()]));

  // ---- The document

  const operations = () => Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item).filter((key) => METHODS.includes(key))
    .map((method) => ({ path, method, pointer: `/paths/${escaped(path)}/${method}`, ...item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])] })));

  const resolved = (pointer) => {
    const part = pointer.slice(1).split('/').reduce((value, key) => value[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
    return part.$ref ? resolved(part.$ref.slice(1)) : { pointer, part };
  };

  /** Holds a value against the schema at a pointer. */
  const check = (pointer, value, what) => {
    const validate = ajv.getSchema(`roost#${encodeURI(pointer)}`);
    assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 400)}`);
  };

  /** Does one operation, and holds what is sent and what is answered against the document. Returns the answer with its body. */
  async function provoke(server, operationId, status, { path = {}, query = {}, json, ...options } = {}) {
    const operation = operations().find((one) => one.operationId === operationId);
    const target = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name])) + (Object.keys(query).length ? `?${new URLSearchParams(query)}` : '');
    const typed = json === undefined ? options : { body: JSON.stringify(json), ...options, headers: { 'Content-Type': 'application/json', ...options.headers } };
    const answer = await ask(server, operation.method.toUpperCase(), target, typed);
    assert.equal(answer.status, status, `${operationId}: ${answer.body}`);
    if (status < 300) checkSent(operation, { ...path, ...query }, json);
    checkAnswer(operation, answer);
    seen.add(`${operationId} ${status}`);
    return answer.headers['content-type']?.startsWith('application/json') ? { ...answer, body: JSON.parse(answer.body) } : answer;
  }

  function checkSent(operation, given, json) {
    if (operation.requestBody) check(`${operation.pointer}/requestBody/content/application~1json/schema`, json, `the request of ${operation.operationId}`);
    for (const parameter of operation.parameters.map((one) => (one.$ref ? resolved(one.$ref.slice(1)) : { part: one })).filter(({ part, pointer }) => pointer && part.name in given)) {
      check(`${parameter.pointer}/schema`, given[parameter.part.name], parameter.part.name);
    }
  }

  function checkAnswer(operation, { status, headers, body }) {
    const what = `${operation.operationId} ${status}`;
    assert.ok(operation.responses[status], `${what} is not described`);
    const { pointer, part } = resolved(`${operation.pointer}/responses/${status}`);
    for (const name of Object.keys(part.headers ?? {})) {
      const header = resolved(`${pointer}/headers/${name}`);
      const value = headers[name.toLowerCase()];
      assert.ok(value !== undefined || !header.part.required, `${what} has no ${name}`);
      if (value !== undefined) check(`${header.pointer}/schema`, /^\d+$/.test(value) ? Number(value) : value, `${name} of ${what}`);
    }
    if (!part.content) {
      assert.equal(body, '', what);
      return;
    }
    const type = Object.keys(part.content).find((one) => headers['content-type']?.startsWith(one));
    assert.ok(type, `${what} is ${headers['content-type']}, and not ${Object.keys(part.content)}`);
    check(`${pointer}/content/${escaped(type)}/schema`, type === 'application/json' ? JSON.parse(body) : body, what);
  }

  test('is a valid document of OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
  });

  test('says of every operation what it is called, and which protocol it needs', () => {
    const ids = operations().map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const operation of operations()) {
      assert.ok(operation.summary, operation.operationId);
      assert.match(operation['x-roost-protocol'], /^(any|publicrooms|gallery|mesh|ptt)$/);
      assert.ok(operation.tags.every((tag) => document.tags.some(({ name }) => name === tag)), operation.operationId);
    }
  });

  test('is served with an ETag', async () => {
    const { headers } = await provoke(open, 'getOpenApi', 200);
    await provoke(open, 'getOpenApi', 304, { headers: { 'If-None-Match': headers.etag } });
    const file = readFileSync(join(root, 'src/main/resources/web/openapi.json'), 'utf8');
    assert.deepEqual(JSON.parse(file), document);
  });

  // ---- Every operation, with every status

  describe('public rooms', () => {
    /** Addresses of clients on loopback: one for each test, as all that they do is counted. */
    const address = (host) => ({ localAddress: `127.0.0.${host}` });
    const enter = async (host) => (await provoke(open, 'enterUser', 201, { json: { displayName: `Ann ${host}` }, ...address(host) })).body.data.userId;
    const rooms = async (host) => (await provoke(open, 'listRooms', 200, address(host))).body.data.rooms.map(({ id }) => id);

    test('what a visitor does', async () => {
      const userId = await enter(11);
      const [roomId] = await rooms(11);
      const { body } = await provoke(open, 'joinRoom', 200, { path: { roomId }, json: { userId }, ...address(11) });
      assert.equal(body.data.participants[0].id, userId);
      await provoke(open, 'leaveRoom', 200, { path: { roomId }, json: { userId }, ...address(11) });
    });

    test('what goes wrong with a name', async () => {
      for (const json of [{}, { displayName: '' }, { displayName: 5 }, { displayName: '<b></b>' }]) await provoke(open, 'enterUser', 400, { json, ...address(12) });
      await provoke(open, 'enterUser', 400, { body: '{', headers: { 'Content-Type': 'application/json' }, ...address(12) });
      await provoke(open, 'enterUser', 413, { body: 'x'.repeat(MAX_BODY_BYTES + 1), headers: { Expect: '100-continue' }, ...address(12) });
      for (const length of [16_385, MAX_BODY_BYTES + 1]) await provoke(open, 'enterUser', 413, { body: 'x'.repeat(length), ...address(12) });
    });

    test('what goes wrong with a seat', async () => {
      const [mine, theirs] = [await enter(13), await enter(14)];
      const [, first, second] = await rooms(13);
      const inRoom = (operationId, status, roomId, userId, host = 13) => provoke(open, operationId, status, { path: { roomId }, json: { userId }, ...address(host) });
      await inRoom('joinRoom', 400, first, 'x');
      await inRoom('joinRoom', 404, first, NOBODY);
      await inRoom('joinRoom', 403, first, theirs);
      await inRoom('joinRoom', 404, NOBODY, mine);
      await inRoom('joinRoom', 200, first, mine);
      await inRoom('joinRoom', 429, first, mine);
      const codes = [await inRoom('joinRoom', 409, first, theirs, 14), await inRoom('joinRoom', 200, second, theirs, 14), await inRoom('joinRoom', 409, first, theirs, 14)]
        .map(({ body }) => body.error?.code);
      assert.deepEqual(codes, ['ROOM_FULL', undefined, 'ALREADY_IN_ROOM']);
      await inRoom('leaveRoom', 400, 'x', mine);
      await inRoom('leaveRoom', 403, first, theirs);
      await provoke(open, 'joinRoom', 413, { path: { roomId: first }, body: 'x'.repeat(16_385), ...address(15) });
      await provoke(open, 'leaveRoom', 413, { path: { roomId: first }, body: 'x'.repeat(16_385), ...address(15) });
    });

    test('what comes too often', async () => {
      let answer;
      do answer = await ask(open, 'GET', '/api/public/rooms', address(16)); while (answer.status === 200);
      await provoke(open, 'listRooms', 429, address(16));
      await provoke(open, 'enterUser', 429, { json: { displayName: 'Ann' }, ...address(16) });
      await provoke(open, 'leaveRoom', 429, { path: { roomId: NOBODY }, json: { userId: NOBODY }, ...address(16) });
    });

    test('whether a page may ask', async () => {
      for (const operationId of ['mayListRooms', 'mayEnterUser', 'mayJoinRoom', 'mayLeaveRoom']) await provoke(open, operationId, 204, { path: { roomId: NOBODY }, ...address(17) });
    });

    test('every answer has the headers that keep browsers from mischief', async () => {
      const answers = [await provoke(open, 'mayListRooms', 204), await provoke(open, 'getCapacityStatus', 200), await ask(open, 'GET', '/api/public/nothing', address(18)),
        await provoke(open, 'enterUser', 413, { body: 'x'.repeat(MAX_BODY_BYTES + 1), ...address(18) })];
      for (const { headers } of answers) {
        assert.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains; preload');
        assert.deepEqual(['x-frame-options', 'x-content-type-options', 'referrer-policy'].map((name) => headers[name]), ['DENY', 'nosniff', 'strict-origin-when-cross-origin']);
        assert.match(headers['content-security-policy'], /^default-src 'self'/);
        assert.equal(headers['x-powered-by'], undefined);
      }
    });

    const ADMIN = ['broadcastToPublicRoom', 'getConnectionCount', 'getReconnectionStatus', 'getCapacityStatus', 'stopHealthChecks'];
    const question = { path: { roomId: NOBODY }, query: { ip: '192.0.2.1' }, json: { event: 'room-update', data: { message: 'x' } } };

    test('what operators do', async () => {
      const [roomId] = await rooms(19);
      await provoke(open, 'broadcastToPublicRoom', 200, { path: { roomId }, json: { event: 'room-update', data: { message: 'x' } } });
      await provoke(open, 'broadcastToPublicRoom', 404, question);
      await provoke(open, 'broadcastToPublicRoom', 400, { path: { roomId }, json: { event: 'connect' } });
      await provoke(open, 'broadcastToPublicRoom', 413, { path: { roomId }, body: 'x'.repeat(MAX_BODY_BYTES + 1) });
      for (const operationId of ['getConnectionCount', 'getReconnectionStatus']) {
        for (const ip of ['192.0.2.1', '2001:db8::1']) await provoke(open, operationId, 200, { query: { ip } });
        await provoke(open, operationId, 400, { query: { ip: 'somewhere' } });
      }
      await provoke(open, 'getCapacityStatus', 200);
      await provoke(open, 'stopHealthChecks', 200);
    });

    test('what nobody else does', async () => {
      for (const operationId of ADMIN) {
        const { json, ...rest } = question;
        const given = operationId === 'broadcastToPublicRoom' ? { json, ...rest } : rest;
        await provoke(open, operationId, 403, { ...given, headers: { Host: 'rooms.example.com' } });
        await provoke(closed, operationId, 401, given);
        await provoke(closed, operationId, 401, { ...given, headers: { Authorization: 'Bearer wrong' } });
      }
      await provoke(closed, 'getCapacityStatus', 200, { headers: { Authorization: 'Bearer operator' } });
    });
  });

  test('presence of PTT', async () => {
    await provoke(open, 'getPresence', 200, { json: { userIds: ['4711', 4712] } });
    await provoke(open, 'getPresence', 400, { json: { userIds: [null] } });
    await provoke(open, 'getPresence', 413, { body: 'x'.repeat(65_537) });
    await provoke(open, 'getPresence', 413, { body: 'x'.repeat(MAX_BODY_BYTES + 1) });
    await provoke(closed, 'getPresence', 401, { json: { userIds: ['4711'] } });
    await provoke(open, 'mayGetPresence', 200);
  });

  test('an election of Mesh', async (t) => {
    await provoke(open, 'forceElection', 409);
    await provoke(open, 'forceElection', 404, { query: { organizationId: 'org_2' } });
    await provoke(open, 'forceElection', 403, { headers: { Host: 'mesh.example.com' } });
    await provoke(closed, 'forceElection', 401);
    const device = new WebSocket(`${open.url}/mesh?organizationId=org_1&clientId=d&capabilities=admin.manage`);
    t.after(() => device.terminate());
    await once(device, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) });
    await provoke(open, 'forceElection', 202, { query: { organizationId: 'org_1' } });
  });

  test('the end of a room of Gallery', async (t) => {
    const client = new WebSocket(`${open.url}/gallery?userId=u&apiKey=gallery`);
    t.after(() => client.terminate());
    await once(client, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
    const created = new Promise((done) => { client.on('message', (text) => JSON.parse(text).event === 'room_created' && done()); });
    client.send(JSON.stringify({ action: 'create_room', roomId: 'a room' }));
    await created;
    const room = { path: { roomId: 'a room' } };
    await provoke(open, 'deleteGalleryRoom', 401, room);
    await provoke(open, 'deleteGalleryRoom', 204, { ...room, headers: { 'X-API-Key': 'gallery' } });
    await provoke(open, 'deleteGalleryRoom', 404, { ...room, query: { apiKey: 'gallery' } });
  });

  test('operations', async () => {
    for (const operationId of ['getHealth', 'getReady', 'getStats', 'getMetrics']) await provoke(open, operationId, 200);
    await provoke(open, 'getStats', 200, { query: { organizationId: 'org_1' } });
    await provoke(closed, 'getStats', 401);
    await provoke(closed, 'getStats', 200, { headers: { 'X-API-Key': 'gallery' } });
  });

  // ---- Nothing is left out; these come last

  test('every status was brought about that a client can bring about', () => {
    const told = operations().flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`));
    assert.deepEqual(told.filter((one) => !seen.has(one) && !NOT_AT_WILL.test(one)), []);
    assert.deepEqual(told.filter((one) => seen.has(one) && NOT_AT_WILL.test(one)), []);
  });

  test('a method that is not described does not answer', async () => {
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of METHODS.filter((one) => !item[one] && !(one === 'head' && item.get))) {
        const target = path.replaceAll(/\{\w+\}/g, NOBODY);
        const { status } = await ask(open, method.toUpperCase(), target, { localAddress: '127.0.0.20' });
        assert.ok([403, 404, 405].includes(status), `${method} ${target}: ${status}`);
      }
    }
  });

  test('a path that the sources name does not answer unless it is described, or a page', async () => {
    const known = Object.keys(document.paths).map((path) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`));
    const named = new Set(sources(join(root, 'src/main/java')).flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/"(\/[\w.~/-]*)\*?"/g)].map(([, path]) => path)));
    assert.ok(['/health', '/socket.io/', '/api/presence/status'].every((path) => named.has(path)), 'the paths are found');
    for (const target of named) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { status, headers } = await ask(open, method, target, { localAddress: '127.0.0.21' });
        const isPage = method === 'GET' && headers['content-type']?.startsWith('text/html');
        assert.ok(status >= 400 || isPage || known.some((path) => path.test(target)), `${method} ${target}: ${status}`);
      }
    }
  });
});

/** One request: { status, headers, body }. By hand, because fetch takes no address and keeps the Host header for itself. */
function ask(server, method, target, { headers = {}, body = '', localAddress } = {}) {
  const { hostname, port } = new URL(server.http);
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, method, path: target, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) }, localAddress, agent: false, signal: AbortSignal.timeout(DEADLINE_MS) });
    sent.on('error', failed).on('response', async (response) => {
      try {
        const chunks = await response.toArray();
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
      } catch (error) {
        failed(error);
      }
    });
    sent.end(body);
  });
}

/** A part of a JSON pointer (RFC 6901). */
function escaped(key) {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function sources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.java')).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
