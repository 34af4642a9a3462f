// The TURN credentials that Mesh gives to devices, tried with a real coturn that shares the secret: by a STUN client, and by pages that may use nothing but relays.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { on } from 'node:events';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { REALM, startCoturn } from '../lib/coturn.mjs';
import { DevicePage, devices, startApplication, startWebRtcBrowser } from '../lib/mesh-page.mjs';
import { startRoost } from '../lib/roost.mjs';
import { allocate } from '../lib/stun.mjs';
import { eventually } from '../lib/tools.mjs';

const SECRET = 'geheim & kräftig';
const ORGANISATION = 'org_1';
const DEADLINE_MS = 5_000;
const HALF_A_DAY_MS = 12 * 60 * 60 * 1000;
const SHORT_TTL_MS = 3_000;
/** The STUN error code. */
const UNAUTHORIZED = 401;

let coturn;
let urls;
/** Servers: with coturn's secret, with another one, with credentials that soon expire, without TURN. */
let right, wrong, short, off;
let application;
let browser;
before(async () => {
  coturn = await startCoturn(SECRET);
  urls = ['udp', 'tcp'].map((transport) => `turn:127.0.0.1:${coturn.port}?transport=${transport}`);
  const roost = (settings) => startRoost(['--only', 'mesh'], { MINI_SERVER_ORGANIZATION_ID: ORGANISATION, ...settings });
  const turn = { TURN_SECRET: SECRET, TURN_URLS: urls.join(',') };
  application = await startApplication();
  browser = await startWebRtcBrowser();
  // All of them, so that none is left behind if another does not start.
  const started = await Promise.allSettled([turn, { ...turn, TURN_SECRET: 'another' }, { ...turn, TURN_TTL: `${SHORT_TTL_MS}` }, {}].map(roost));
  [right, wrong, short, off] = started.map(({ value }) => value);
  for (const { reason } of started) assert.ifError(reason);
});
after(async () => {
  await browser?.close();
  await Promise.all([right, wrong, short, off, coturn, application].map((one) => one?.stop()));
});

/** What the server answers to this client's `request-ice-servers`. */
async function answer(server, clientId) {
  const query = new URLSearchParams({ organizationId: ORGANISATION, clientId });
  const socket = new WebSocket(`${server.url}/mesh?${query}`, { perMessageDeflate: false });
  try {
    socket.once('open', () => socket.send('{"type":"request-ice-servers"}'));
    for await (const [text] of on(socket, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) })) {
      const message = JSON.parse(text);
      if (['ice-servers', 'error'].includes(message.type)) return message;
    }
  } finally {
    socket.terminate();
  }
}

/** The login of the only ICE server in the answer: { username, credential }. */
async function login(server, clientId) {
  const { data: { iceServers: [{ username, credential }] } } = await answer(server, clientId);
  return { username, credential };
}

/** Pages that are devices, and ask for relays. */
function opener(t) {
  const kept = devices(t);
  return (server, clientId) => kept(DevicePage.open(browser, application.origin, server, { organizationId: ORGANISATION, clientId, relay: '1' }));
}

test('The answer has the URLs and a credential of half a day, as coturn makes it from the secret', async () => {
  const askedMs = Date.now();
  const { type, data } = await answer(right, 'A');
  assert.equal(type, 'ice-servers');
  assert.deepEqual(Object.keys(data).sort(), ['expiresAt', 'iceServers']);
  assert.equal(data.iceServers.length, 1);
  const [{ username, credential }] = data.iceServers;
  const expiry = Number(/^(\d+):A$/.exec(username)?.[1]);
  assert.equal(data.expiresAt, expiry * 1000);
  assert.ok(Math.abs(data.expiresAt - askedMs - HALF_A_DAY_MS) < DEADLINE_MS, `${new Date(data.expiresAt)}`);
  assert.deepEqual(data.iceServers, [{ urls, username, credential: createHmac('sha1', SECRET).update(username).digest('base64') }]);
  assert.notEqual(credential, (await login(right, 'B')).credential);
});

test('coturn grants a relay for the credential, and for nothing less', async () => {
  const longest = '€'.repeat(128);
  for (const clientId of ['A', 'Zoë: phone "1"', 'Union.Select', longest]) {
    const granted = await allocate(coturn.port, await login(right, clientId));
    assert.deepEqual({ ...granted, relay: null }, { unauthenticated: UNAUTHORIZED, realm: REALM, error: undefined, relay: null });
    assert.match(granted.relay.address, /^127\.0\.0\.1:\d+$/);
    assert.ok(granted.relay.lifetime > 0);
  }
  const { username, credential } = await login(right, 'A');
  const later = username.replace(/^\d+/, (expiry) => Number(expiry) + 1);
  for (const forged of [{ username: later, credential }, { username: username.replace('A', 'B'), credential }, { username, credential: '' }]) {
    assert.deepEqual(await allocate(coturn.port, forged), { unauthenticated: UNAUTHORIZED, realm: REALM, error: UNAUTHORIZED, relay: undefined });
  }
});

test('Two pages that may only use relays talk through coturn', async (t) => {
  const open = opener(t);
  const [a, b] = await Promise.all([open(right, 'A'), open(right, 'B')]);
  await Promise.all([a.linked('B'), b.linked('A')]);
  for (const [from, to, fromId, toId] of [[a, b, 'A', 'B'], [b, a, 'B', 'A']]) {
    assert.equal(await from.ask((id) => device.links.get(id).path(), toId), 'relay');
    await from.ask((id) => device.say(id, `to ${id}`), toId);
    const hash = await from.ask((id) => device.sayBytes(id, 200_000), toId);
    assert.deepEqual(await to.heard(fromId, 2), [`to ${toId}`, { bytes: 200_000, hash }]);
    const { username } = await from.ask(() => device.ice.iceServers[0]);
    const granted = `user <${username}>: incoming packet ALLOCATE processed, success`;
    await eventually(`in coturn's log: ${granted}`, () => coturn.log().includes(granted));
  }
  const { types, errors } = await a.ask(() => device.gather());
  assert.deepEqual(new Set(types), new Set(['relay']));
  assert.ok(!errors.includes(UNAUTHORIZED), `${errors}`);
});

test('With another secret there is no relay', async (t) => {
  assert.deepEqual(await allocate(coturn.port, await login(wrong, 'A')), { unauthenticated: UNAUTHORIZED, realm: REALM, error: UNAUTHORIZED, relay: undefined });
  const page = await opener(t)(wrong, 'A');
  const { types, errors } = await page.ask(() => device.gather());
  assert.deepEqual(types, []);
  assert.ok(errors.includes(UNAUTHORIZED), `${errors}`);
});

test('coturn refuses a credential as soon as it has expired', async () => {
  const { data: { expiresAt, iceServers: [credential] } } = await answer(short, 'A');
  assert.ok(expiresAt <= Date.now() + SHORT_TTL_MS, `${expiresAt}`);
  assert.ok((await allocate(coturn.port, credential)).relay, 'it is valid at first');
  const refused = await eventually('the refusal', async () => {
    const outcome = await allocate(coturn.port, credential);
    return !outcome.relay && outcome;
  });
  assert.equal(refused.error, UNAUTHORIZED);
  assert.ok(Date.now() >= expiresAt, 'not before its time');
});

test('TURN is off by default', async () => {
  const { type, data } = await answer(off, 'A');
  assert.deepEqual([type, data.code], ['error', 'unknown_type']);
});
