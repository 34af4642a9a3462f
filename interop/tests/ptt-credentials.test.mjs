// Who may come in, and as whom: scenarios 22 and 23 of the PTT contract, keys in files and from an address, and servers that are not started like that.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign as signature } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { presenceScene, startShared, statuses } from '../lib/presence.mjs';
import { CONNECTION_ACK, CONNECTION_TEST, eventually, KEY, LOGIN_DUPLICATED, PRIVATE, sign, signRaw, startPtt } from '../lib/ptt.mjs';
import { startRoost } from '../lib/roost.mjs';
import { startRedis } from '../lib/redis.mjs';
import { temporaryFolder } from '../lib/tools.mjs';

const HEADER = { alg: 'HS256', typ: 'JWT' };
const nowS = () => Math.floor(Date.now() / 1_000);

const redis = await startRedis();
const [server, trusting] = await Promise.all([startShared(redis, { LOG_LEVEL: 'debug' }), startPtt({ USE_AUTHENTICATION: 'false', SECRET_KEY: '' })]);
after(async () => {
  await Promise.all([server, trusting].map((one) => one.stop()));
  await redis.stop();
});

/** Who the server takes a client for. */
async function identity(client) {
  await client.opened;
  client.send(PRIVATE, CONNECTION_TEST, 0, 'who am I?');
  return (await client.find(CONNECTION_ACK)).to;
}

/** How the server refuses a client. */
const refusal = (client) => Promise.race([client.refused, client.opened.then(() => ({ status: 101, body: 'came in' }))]);

/** The device that the server knows of a user. */
const deviceOf = async (to, uid) => (await statuses(to, uid))[0].deviceId;

describe('Credentials', { concurrency: 8 }, () => {
  test('22. By each of the three ways the same user comes in', async (t) => {
    const { name, attempt, watcher } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const uid = name('M');
    for (const by of ['token', 'voicepingtoken', 'subprotocol']) {
      const token = sign({ uid, jti: by });
      const client = attempt({ uid, token, device: `by-${by}`, by });
      assert.equal(await identity(client), uid, by);
      assert.equal(client.protocol, by === 'subprotocol' ? token : '');
      await w.client.until(() => w.of(uid).at(-1)?.deviceId === `by-${by}`);
    }
  });

  test('22. Where more than one is shown, the first that is not empty wins', async (t) => {
    const { name, attempt } = presenceScene(t, server);
    const [a, b, c] = ['A', 'B', 'C'].map((word) => ({ uid: name(word), token: sign({ uid: name(word) }) }));
    const cases = [
      [{ token: a.token, headers: { voicepingtoken: b.token }, protocols: [c.token, 'd'] }, a.uid, c.token],
      [{ token: null, headers: { voicepingtoken: b.token }, protocols: [c.token, 'd'] }, b.uid, c.token],
      [{ token: '', headers: { voicepingtoken: '' }, protocols: [c.token, 'd'] }, c.uid, c.token],
      [{ token: null, protocols: [c.token] }, c.uid, c.token],
    ];
    for (const [shown, uid, protocol] of cases) {
      const client = attempt({ uid, ...shown });
      assert.deepEqual([await identity(client), client.protocol], [uid, protocol]);
    }
    const devices = [
      [{ device_id: 'd1', deviceid: 'd2' }, ['x', 'd3'], 'd1'], [{ deviceid: 'd2' }, ['x', 'd3'], 'd2'],
      [{}, ['x', 'd3'], 'd3'], [{ device_id: '', deviceid: '' }, ['x', 'd3'], 'd3'],
    ];
    for (const [i, [headers, protocols, device]] of devices.entries()) {
      const uid = name(`D${i}`);
      const client = attempt({ uid, headers, protocols });
      assert.equal(await identity(client), uid);
      await eventually(async () => (await deviceOf(server, uid)) === device);
    }
  });

  test('22. Without a device id the token appears nowhere', async (t) => {
    const { name, attempt, watcher } = presenceScene(t, server);
    const w = await watcher(name('W'));
    const uid = name('M');
    const [token, other] = [sign({ uid }), sign({ uid, jti: 'another' })];
    const first = attempt({ uid, token });
    assert.equal(await identity(first), uid);
    await w.sees(uid, 'online');
    const device = w.of(uid)[0].deviceId;
    assert.ok(device.length >= 8, device);
    // The same token is the same device, another one is not.
    const second = attempt({ uid, token });
    await second.opened;
    assert.equal((await first.ended()).code, 1000);
    assert.equal(first.all(LOGIN_DUPLICATED).length, 0);
    const third = attempt({ uid, token: other });
    await third.opened;
    const { payload } = await second.expect(LOGIN_DUPLICATED);
    await w.client.until(() => w.of(uid).at(-1).deviceId !== device);
    const stored = await Promise.all([`u.${uid}`, `presence:meta:${uid}`].map((key) => redis.hash(key)));
    const told = JSON.stringify([w.changes(), payload, await statuses(server, uid), stored]) + server.log() + await (await fetch(`${server.http}/metrics`)).text();
    assert.ok(told.includes(device));
    for (const secret of [token, other]) for (const part of [secret, ...secret.split('.').slice(1)]) assert.ok(!told.includes(part), part);
    assert.ok(!server.log().includes(KEY));
  });

  const claims = ['uid', 'user_id', 'TELENET_userId', 'userId', 'sub', 'id'];
  test('22. The claim that names the user, and payloads that are one string', async (t) => {
    const { name, attempt } = presenceScene(t, server);
    for (const [i, claim] of claims.entries()) {
      const later = Object.fromEntries(claims.slice(i + 1).map((other) => [other, 'nobody']));
      assert.equal(await identity(attempt({ token: sign({ ...later, [claim]: name(claim) }) })), name(claim));
    }
    assert.equal(await identity(attempt({ token: sign({ uid: 471100 }) })), '471100');
    const quoted = name('quoted');
    for (const payload of [quoted, `"${quoted}"`]) assert.equal(await identity(attempt({ token: signRaw(HEADER, JSON.stringify(payload)) })), quoted);
    for (const uid of ['x'.repeat(128), 'a:b', '__proto__', 'constructor', '../x', 'ä€😀']) {
      assert.equal(await identity(attempt({ token: sign({ uid }) })), uid);
    }
  });

  const unsecured = (alg, uid) => `${signRaw({ alg }, { uid }).split('.').slice(0, 2).join('.')}.`;
  const bad = {
    garbage: () => 'garbage',
    'three parts of garbage': () => 'a.b.c',
    'no signature': (uid) => sign({ uid }).split('.').slice(0, 2).join('.'),
    'an empty signature': (uid) => `${sign({ uid }).split('.').slice(0, 2).join('.')}.`,
    'another signature': (uid) => `${sign({ uid }).split('.').slice(0, 2).join('.')}.${sign({ uid: 'x' }).split('.')[2]}`,
    'another payload': (uid) => { const [header, , end] = sign({ uid: 'x' }).split('.'); return `${header}.${sign({ uid }).split('.')[1]}.${end}`; },
    'another key': (uid) => sign({ uid }, 'another key'),
    'an empty key': (uid) => signRaw(HEADER, { uid }, ''),
    'alg none': (uid) => unsecured('none', uid),
    'alg None': (uid) => unsecured('None', uid),
    'alg none, signed': (uid) => signRaw({ alg: 'none' }, { uid }),
    'no alg': (uid) => signRaw({ typ: 'JWT' }, { uid }),
    'HS256 called RS256': (uid) => signRaw({ alg: 'RS256', typ: 'JWT' }, { uid }),
    'HS512, which nobody allowed': (uid) => sign({ uid }, KEY, { algorithm: 'HS512' }),
    'a critical header that nobody knows': (uid) => signRaw({ ...HEADER, crit: ['exp2'], exp2: 1 }, { uid }),
    'expired': (uid) => sign({ uid, exp: nowS() - 3_600 }),
    'exp 0': (uid) => sign({ uid, exp: 0 }),
    'exp that is no number': (uid) => signRaw(HEADER, { uid, exp: String(nowS() + 3_600) }),
    'not valid yet': (uid) => sign({ uid, nbf: nowS() + 3_600 }),
    'nbf that is no number': (uid) => signRaw(HEADER, { uid, nbf: 'yesterday' }),
  };
  test('23. Tokens that are none', async (t) => {
    const { name, attempt, watcher, fence } = presenceScene(t, server);
    const w = await watcher(name('W'));
    for (const by of ['token', 'voicepingtoken', 'subprotocol']) {
      for (const [what, make] of Object.entries(bad)) {
        const uid = name('M');
        const { status, body } = await refusal(attempt({ uid, token: make(uid), by, device: 'd' }));
        assert.deepEqual([status, body], [401, 'Unauthorized User'], `${what} by ${by}`);
      }
    }
    const good = sign({ uid: name('M') });
    for (const shown of [{}, { token: '' }, { headers: { authorization: `Bearer ${good}` } }, { path: `/?token=${good}` }]) {
      const { status, body } = await refusal(attempt({ uid: name('M'), token: null, ...shown }));
      assert.deepEqual([status, body], [401, 'Unauthorized']);
    }
    await fence(w);
    assert.deepEqual(w.story(name('M')), []);
    assert.deepEqual(await statuses(server, name('M')), [{ userId: name('M'), status: 'offline', lastSeen: 0 }]);
    // What is valid with the same claims comes in.
    assert.equal(await identity(attempt({ uid: name('M'), token: sign({ uid: name('M'), exp: nowS() + 3_600, nbf: nowS() - 60 }) })), name('M'));
  });

  test('23. Valid tokens without a user', async (t) => {
    const { attempt } = presenceScene(t, server);
    const uids = ['', null, {}, ['M'], 'x'.repeat(129), 'a\nb', 'a\u0000'];
    const payloads = [{ role: 'mobile' }, ...uids.map((uid) => ({ uid })), '""', '"\\"\\""', '[]', 'null', '{"uid":'];
    for (const payload of payloads) {
      const client = attempt({ uid: JSON.stringify(payload).slice(0, 40), token: signRaw(HEADER, payload) });
      await client.opened;
      client.heartbeat();
      assert.deepEqual([await client.ended().then(({ code }) => code), client.log], [4401, []], JSON.stringify(payload).slice(0, 40));
    }
  });

  test('Without authentication the token is the user', async (t) => {
    const { name, attempt, watcher } = presenceScene(t, trusting);
    const w = await watcher(name('W'), { token: name('W'), headers: { role: 'dashboard' } });
    const m = attempt({ token: name('M'), device: 'd1' });
    assert.equal(await identity(m), name('M'));
    await w.sees(name('M'), 'online');
    await watcher(name('Q'), { token: name('Q'), path: '/?role=web' });
    assert.equal(await identity(attempt({ token: name('S'), by: 'subprotocol', device: 'd' })), name('S'));
    for (const token of [null, '']) assert.deepEqual(await refusal(attempt({ token })).then(({ status, body }) => [status, body]), [401, 'Unauthorized']);
  });

  test('On the shared port PTT takes /ptt, and what shows a token', async (t) => {
    const { name, attempt } = presenceScene(t, server.shared);
    const token = sign({ uid: name('M') });
    const paths = ['/ptt', '/ptt?x=1', '/', '/some/where'].map((path) => ({ path }));
    const ways = [...paths, { by: 'voicepingtoken', path: '/else' }, { by: 'subprotocol', device: 'd', path: '/' }];
    for (const shown of ways) {
      assert.equal(await identity(attempt({ token, ...shown })), name('M'), JSON.stringify(shown));
    }
    assert.equal((await refusal(attempt({ token: null, path: '/ptt' }))).status, 401);
  });
});

// ---- Keys that are not shared

const pairs = () => ({
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }), ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }), ed: generateKeyPairSync('ed25519'),
});
const { rsa, ec, ed } = pairs();
const stranger = pairs();
const pem = (key) => key.export({ type: 'spki', format: 'pem' });

/** A token of any algorithm, EdDSA included. */
function signed(algorithm, { privateKey }, claims, { kid } = {}) {
  const header = kid === undefined ? {} : { keyid: kid };
  if (algorithm !== 'EdDSA') return sign(claims, privateKey, { algorithm, ...header });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'EdDSA', typ: 'JWT', kid })}.${part(claims)}`;
  return `${text}.${signature(null, Buffer.from(text), privateKey).toString('base64url')}`;
}

describe('Public keys in a file', { concurrency: 4 }, () => {
  let keyed;
  const file = join(temporaryFolder({ after }, 'keys'), 'public.pem');
  before(async () => {
    writeFileSync(file, [rsa, ec, ed].map(({ publicKey }) => pem(publicKey)).join(''));
    keyed = await startPtt({ SECRET_KEY: '', JWT_SECRET: '"in quotes"', JWT_ALGORITHMS: 'RS256,PS256,ES256,EdDSA,HS256', JWT_PUBLIC_KEY: file });
  });
  after(() => keyed.stop());

  test('Each algorithm takes its key', async (t) => {
    const { name, attempt } = presenceScene(t, keyed);
    for (const [algorithm, pair] of [['RS256', rsa], ['PS256', rsa], ['ES256', ec], ['EdDSA', ed]]) {
      const uid = name(algorithm);
      assert.equal(await identity(attempt({ uid, token: signed(algorithm, pair, { uid }) })), uid);
    }
    assert.equal(await identity(attempt({ token: sign({ uid: name('HS256') }, 'in quotes') })), name('HS256'));
  });

  test('Strangers, changed tokens and confused keys are refused', async (t) => {
    const { name, attempt } = presenceScene(t, keyed);
    const uid = name('M');
    const tokens = {
      'another RSA key': signed('RS256', stranger.rsa, { uid }),
      'another EC key': signed('ES256', stranger.ec, { uid }),
      'another Ed25519 key': signed('EdDSA', stranger.ed, { uid }),
      'RS512, which nobody allowed': signed('RS512', rsa, { uid }),
      'expired': signed('ES256', ec, { uid, exp: nowS() - 3_600 }),
      'a secret in quotes': sign({ uid }, '"in quotes"'),
      'the public RSA key as a secret': signRaw(HEADER, { uid }, pem(rsa.publicKey)),
      'the public EC key as a secret': signRaw(HEADER, { uid }, pem(ec.publicKey)),
      'a signature of zeros': `${signed('ES256', ec, { uid }).split('.').slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
    };
    for (const [what, token] of Object.entries(tokens)) assert.equal((await refusal(attempt({ token }))).status, 401, what);
  });
});

describe('Public keys from an address', { concurrency: 1 }, () => {
  const published = [];
  let keyed;
  let asked = 0;
  const keys = createServer((request, response) => {
    asked++;
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: published }));
  });
  const publish = (kid, { publicKey }, alg) => published.push({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
  before(async () => {
    publish('first', rsa, 'RS256');
    publish('second', ec, 'ES256');
    keys.listen(0, '127.0.0.1');
    await once(keys, 'listening');
    keyed = await startPtt({ SECRET_KEY: '', JWT_ALGORITHMS: 'RS256,ES256', JWT_JWKS_URL: `http://127.0.0.1:${keys.address().port}/keys.json` });
  });
  after(async () => {
    await keyed.stop();
    keys.closeAllConnections();
    keys.close();
  });

  test('Keys are found by their id, and not asked for each time', async (t) => {
    const { name, attempt } = presenceScene(t, keyed);
    for (let i = 0; i < 20; i++) {
      const [algorithm, pair, kid] = i % 2 ? ['RS256', rsa, 'first'] : ['ES256', ec, 'second'];
      assert.equal(await identity(attempt({ token: signed(algorithm, pair, { uid: name(`M${i}`) }, { kid }) })), name(`M${i}`));
    }
    assert.ok(asked >= 1 && asked <= 3, `asked ${asked} times`);
    assert.equal((await refusal(attempt({ token: signed('RS256', stranger.rsa, { uid: name('S') }, { kid: 'first' }) }))).status, 401);
    assert.equal((await refusal(attempt({ token: signRaw({ alg: 'HS256', kid: 'first' }, { uid: name('S') }, pem(rsa.publicKey)) }))).status, 401);
  });

  test('Keys that nobody has published do not make the server ask each time', async (t) => {
    const { name, attempt } = presenceScene(t, keyed);
    const before = asked;
    for (let i = 0; i < 20; i++) {
      const token = signed('ES256', stranger.ec, { uid: name('N') }, { kid: `unknown ${i}` });
      assert.equal((await refusal(attempt({ token }))).status, 401);
    }
    assert.ok(asked <= before + 2, `asked ${asked - before} times`);
  });
});

describe('Servers that do not start, or without PTT', { concurrency: 3 }, () => {
  const rsaFile = join(temporaryFolder({ after }, 'keys'), 'rsa.pem');
  writeFileSync(rsaFile, pem(rsa.publicKey));
  const refusals = {
    'no key at all': {},
    'an algorithm without a key': { JWT_ALGORITHMS: 'RS256', SECRET_KEY: KEY },
    'a key that no algorithm uses': { JWT_PUBLIC_KEY: rsaFile, SECRET_KEY: KEY },
  };
  for (const [what, env] of Object.entries(refusals)) {
    test(what, async () => {
      const { message } = await startRoost(['--only', 'ptt'], env).then((started) => started.stop().then(() => ({ message: 'it started' })), (error) => error);
      assert.match(message, /^Roost ended with [1-9]/, message);
      assert.equal(message.trim().split('\n').length, 2, message);
      assert.match(message, /SECRET_KEY|JWT_/);
      assert.ok(!message.includes(KEY));
    });
  }

  test('With other protocols PTT is off when it has no key, and says so', async (t) => {
    const other = await startRoost([]);
    t.after(() => other.stop());
    const { attempt } = presenceScene(t, other);
    for (const shown of [{ path: '/ptt' }, { path: '/' }, { path: '/', by: 'subprotocol', device: 'd' }]) {
      const { status, body } = await refusal(attempt({ token: sign({ uid: 'M' }), ...shown }));
      assert.equal(status, 404, JSON.stringify(shown));
      assert.ok(body.length > 10, body);
    }
    assert.equal(other.log().split('\n').filter((line) => /PTT|ptt/.test(line) && /SECRET_KEY/.test(line)).length, 1, other.log());
  });
});
