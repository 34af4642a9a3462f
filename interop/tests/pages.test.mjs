// The web pages in a real browser: they load cleanly, work together over a real server, and nothing that strangers send becomes markup.
import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { after, before, test } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { DEADLINE_MS, Page, startBrowser } from '../lib/browser.mjs';
import { user } from '../lib/parrot.mjs';
import { Client, KEY, sign } from '../lib/ptt.mjs';
import { RawSocket, request } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';
import { ask, connect } from '../lib/socketio.mjs';

const TOKEN = 'a token + & % #';
const CSP = {
  'default-src': ["'self'"], 'img-src': ["'self'", 'data:'], 'connect-src': ["'self'", 'ws:', 'wss:'],
  'object-src': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'self'"], 'frame-ancestors': ["'none'"],
};

/** Each page, and what its status line says as soon as its script is at work. */
const PAGES = {
  '/': /^The server answers$/,
  '/dashboard': /^Connected to ws:.*\/dashboard$/,
  '/listener': /^Connected to ws:.*\/listener$/,
  '/sender': /^Not connected$/,
};

/** Whoever lets it in as markup gets an element of the class `owned`, a request for x, and a dialog. */
const HOSTILE = '<img class=owned src=x onerror=alert(1)>&lt;b&gt;';
/** The same after the server's cleaning (contract, section 3.1). */
const CLEANED = 'img class=owned src=x onerror=alert(1)&lt;b&gt;';

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser?.close());

/** A server of its own, and pages on it that close before it ends and must have had no fault. */
async function stage(t, env = {}, args = []) {
  const server = await startRoost(args, env);
  const pages = [];
  t.after(async () => {
    const left = await Promise.allSettled(pages.map((page) => page.leave()));
    await server.stop();
    for (const { reason } of left) assert.ifError(reason);
  });
  const open = async (path) => {
    const page = await Page.open(browser, server.http + path);
    pages.push(page);
    return page;
  };
  return { server, open };
}

/** Connects a sender page, the first one, so that it has the role. */
async function becomeSender(page, name) {
  await page.find('#username').fill(name);
  await page.find('#connect').click();
  await page.shows('#counters [data-key=role]', /^sender$/);
}

function directives(policy) {
  return Object.fromEntries(policy.split(';').map((one) => one.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources]));
}

test('Every page loads without a fault and under a strict policy', async (t) => {
  const { open } = await stage(t);
  const cards = {};
  await Promise.all(Object.entries(PAGES).map(async ([path, ready]) => {
    const page = await open(path);
    assert.equal(page.response.status(), 200, path);
    const headers = page.response.headers();
    assert.match(headers['content-type'], /^text\/html; *charset=utf-8$/i);
    assert.deepEqual(directives(headers['content-security-policy']), CSP);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers.etag, /^"[^"]+"$/);
    await page.shows('#state', ready);
    if (path === '/') {
      await page.shows('#rooms-note', /^No open rooms\.$/);
      for (const card of ['parrot', 'gallery', 'mesh', 'publicrooms', 'ptt']) cards[card] = await page.find(`#${card}`).isVisible();
    }
    assert.deepEqual(page.faults, [], path);
  }));
  assert.deepEqual(cards, { parrot: true, gallery: true, mesh: false, publicrooms: true, ptt: false });
});

test('The overview shows Mesh, public rooms and PTT where they are on, and what it may know where Mesh runs alone', async (t) => {
  const settings = { MINI_SERVER_ORGANIZATION_ID: 'org_1,org_2', ELECTION_DELAY: '0', MESH_TOKEN: TOKEN };
  const [beside, alone] = await Promise.all([stage(t, { ...settings, SECRET_KEY: KEY }), stage(t, settings, ['--only', 'mesh'])]);
  for (const { server } of [beside, alone]) {
    const device = new WebSocket(`${server.url}/mesh?${new URLSearchParams({ organizationId: 'org_1', clientId: 'a', capabilities: 'admin.manage', token: TOKEN })}`);
    t.after(() => device.terminate());
    // Elected, which comes last.
    for await (const [text] of on(device, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) })) if (JSON.parse(text).type === 'admin-heartbeat') break;
  }
  const radio = new Client(beside.server, { uid: 'ada', token: sign({ uid: 'ada', channelIds: ['42'] }), path: '/ptt' });
  t.after(() => radio.drop());
  await radio.opened;
  await radio.sync();
  const made = await ask(beside.server, '/api/public/users', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"displayName":"Ada"}' });
  const { rooms: [room] } = JSON.parse((await ask(beside.server, '/api/public/rooms')).body).data;
  const guest = await connect(t, beside.server, `/public-room/${room.id}`);
  guest.emit('join-room', { userId: JSON.parse(made.body).data.userId });
  await guest.find('user-joined');
  await connect(t, beside.server, '/');
  const [full, sparse] = await Promise.all([beside, alone].map(({ open }) => open('/')));
  for (const [key, figure] of Object.entries({ organizations: 2, clients: 1, candidates: 1, admins: 1, pending: 0, elections: 1 })) {
    await full.shows(`#mesh [data-key=${key}]`, new RegExp(`^${figure}$`));
  }
  assert.equal(await full.find('#mesh').isVisible(), true);
  for (const [key, figure] of Object.entries({ users: 1, mobiles: 1, watchers: 0, groups: 1 })) await full.shows(`#ptt [data-key=${key}]`, new RegExp(`^${figure}$`));
  assert.equal(await full.find('#ptt').isVisible(), true);
  for (const [key, figure] of Object.entries({ rooms: 10, occupancy: 1, users: 1, inRooms: 1, waiting: 0, viewers: 1, joins: 1, messages: 0 })) {
    await full.shows(`#publicrooms [data-key=${key}]`, new RegExp(`^${figure}$`));
  }
  assert.equal(await sparse.find('#publicrooms').isVisible(), false);
  assert.equal(await full.find('#ptt [data-key=redis]').isVisible(), false);
  assert.equal(await sparse.find('#ptt').isVisible(), false);
  await sparse.shows('#mesh [data-key=clients]', /^1$/);
  assert.deepEqual((await sparse.find('#mesh dt').filter({ visible: true }).allTextContents()), ['Devices']);
  assert.deepEqual(await sparse.find('main a').filter({ visible: true }).allTextContents(), ['Metrics', 'OpenAPI']);
  assert.deepEqual(await full.find('main a').filter({ visible: true }).allTextContents(), ['Dashboard', 'Listener', 'Sender', 'Metrics', 'OpenAPI']);
});

test('A walk reaches the listener and the dashboard', async (t) => {
  const { open } = await stage(t);
  const [listener, dashboard, sender] = await Promise.all([open('/listener'), open('/dashboard'), open('/sender')]);
  await dashboard.shows('#users-note', /^Nobody is connected\.$/);
  await becomeSender(sender, 'Wanda');
  await sender.find('#photo').check();
  await sender.find('#stream').click();
  await sender.shows('#counters [data-key=acked]', /^[3-9]$|^\d{2}/);
  assert.match(await sender.shows('#counters [data-key=trip]', / ms$/), /^\d+ ms$/);

  await listener.shows('#stream [data-key=sender]', /^Wanda$/);
  await listener.shows('#stream [data-key=points]', /^[3-9]$|^\d{2}/);
  const place = await Promise.all(['latitude', 'longitude'].map((key) => listener.shows(`#gps [data-key=${key}]`, /°$/)));
  assert.match(place.join(' '), /^52\.51\d{4}° 13\.3[45]\d{4}°$/);
  await listener.shows('#weather [data-key=weatherCode]', /^partly cloudy$/);
  await listener.shows('#motion [data-key=accelerationY]', /^-?\d\.\d\d m\/s²$/);
  await listener.shows('#objects bdi', /^tree$/);
  await listener.shows('#palette li', /^#9cc7e0$/);
  await listener.find('#photo').waitFor();
  assert.equal(await listener.find('#photo').evaluate((photo) => photo.decode().then(() => photo.naturalWidth)), 320);

  await dashboard.shows('#users [data-key=name]', /^Wanda$/);
  await dashboard.shows('#users tr.sender [data-key=role]', /^sender$/);
  await dashboard.shows('#users td[data-key=points]', /^[3-9]$|^\d{2}/);
  await dashboard.shows('#stats [data-key=sender]', /^Wanda$/);
  await dashboard.shows('#stats [data-key=listeners]', /^1$/);
});

test('A kick from the dashboard ends the stream of the sender page', async (t) => {
  const { open } = await stage(t);
  const [dashboard, sender] = await Promise.all([open('/dashboard'), open('/sender')]);
  await becomeSender(sender, 'Wanda');
  await sender.find('#stream').click();
  await sender.shows('#counters [data-key=acked]', /[1-9]/);

  await dashboard.find('#users').getByRole('button', { name: 'Kick Wanda' }).click();
  await dashboard.shows('#kick-name', /^Wanda$/);
  await dashboard.find('#kick-dialog button[value=cancel]').click();
  await dashboard.gone('#kick-dialog');
  const acked = Number(await sender.find('#counters [data-key=acked]').textContent());
  await sender.shows('#counters [data-key=acked]', new RegExp(`^(?!${acked}$)\\d+$`));

  await dashboard.find('#users').getByRole('button', { name: 'Kick Wanda' }).click();
  await dashboard.find('#kick-dialog button[value=kick]').click();
  await sender.shows('#log li', /Kicked: /);
  await sender.shows('#state', /^Not connected$/); // and not "next try in"
  await sender.shows('#stream', /^Start streaming$/);
  await sender.shows('#counters [data-key=role]', /^–$/);
  await dashboard.shows('#users-note', /^Nobody is connected\.$/);
  await dashboard.shows('#stats [data-key=sender]', /^none$/);
});

test('A hostile name and hostile data are text', async (t) => {
  const { server, open } = await stage(t);
  const [listener, dashboard, observer] = await Promise.all([open('/listener'), open('/dashboard'), open('/sender')]);
  await Promise.all([listener, dashboard].map((page) => page.shows('#state', /^Connected/)));
  const intruder = await user(server, { username: HOSTILE, deviceId: HOSTILE });
  t.after(() => intruder.drop());
  await intruder.until('welcome');
  intruder.point({
    objectsDetected: [{ class: HOSTILE, score: 1 }],
    colorPalette: [{ hex: `red">${HOSTILE}` }, { r: 1, g: 2, b: 3, hex: 'url(x)' }],
    photoBase64: `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}`,
    weather: { temperature: HOSTILE },
  });
  await intruder.until('ack');
  await observer.find('#connect').click();

  const places = [
    [dashboard, '#users tr.sender [data-key=name] bdi', CLEANED], [dashboard, '#users tr.sender [data-key=device] bdi', CLEANED],
    [dashboard, '#stats [data-key=sender]', CLEANED],
    [listener, '#stream [data-key=sender]', CLEANED], [listener, '#objects bdi', HOSTILE], [observer, '#counters [data-key=active]', CLEANED],
  ];
  for (const [page, selector, text] of places) assert.equal(await page.shows(selector, text), text);
  assert.deepEqual(await listener.find('#palette li').allTextContents(), ['#010203']);
  assert.equal(await listener.find('#photo').isVisible(), false);
  await listener.shows('#log li', CLEANED);
  await dashboard.find('#users tr.sender').getByRole('button', { name: /^Kick / }).click();
  assert.equal(await dashboard.shows('#kick-name', CLEANED), CLEANED);
  for (const page of [dashboard, listener, observer]) assert.equal(await page.find('.owned').count(), 0);
});

test('Pages do not rely on a server that cleans names', async (t) => {
  const { open } = await stage(t);
  const stranger = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  t.after(() => {
    for (const socket of stranger.clients) socket.terminate();
    stranger.close();
  });
  const one = { id: HOSTILE, username: HOSTILE, deviceId: HOSTILE, ip: HOSTILE, isActiveSender: true, connectedAt: HOSTILE, dataCount: HOSTILE };
  const messages = [
    { type: 'stats', data: { activeSender: HOSTILE, activeUsers: HOSTILE, users: [one] } },
    { type: 'observer_mode', activeSender: HOSTILE, message: HOSTILE },
    { type: 'error', code: HOSTILE, message: HOSTILE },
  ];
  stranger.on('connection', (socket) => messages.forEach((message) => socket.send(JSON.stringify(message))));
  await once(stranger, 'listening');
  const query = `?server=${encodeURIComponent(`ws://127.0.0.1:${stranger.address().port}`)}`;

  const places = {
    '/dashboard': ['#users [data-key=name] bdi', '#users [data-key=ip] bdi', '#stats [data-key=sender]'],
    '/listener': ['#stream [data-key=sender]'],
    '/sender': ['#counters [data-key=active]'],
  };
  await Promise.all(Object.entries(places).map(async ([path, selectors]) => {
    const page = await open(path + query);
    if (path === '/sender') await page.find('#connect').click();
    for (const selector of selectors) assert.equal(await page.shows(selector, HOSTILE), HOSTILE);
    if (path === '/dashboard') assert.match(await page.shows('#error', HOSTILE), /^<img .*\)$/);
    assert.equal(await page.find('.owned').count(), 0, path);
  }));
});

test('A dashboard token is asked for, and is not shown', async (t) => {
  const { open } = await stage(t, { DASHBOARD_TOKEN: TOKEN });
  const [asked, invited] = await Promise.all([open('/dashboard'), open(`/dashboard?token=${encodeURIComponent(TOKEN)}`)]);
  await asked.shows('#state', /^The connection was refused \(.*token.*\)$/i);
  await asked.find('#token').fill('wrong');
  await asked.find('#token-form button').click();
  await asked.shows('#log li:nth-child(3)', /refused/); // the second refusal: refused, connected, refused, connected
  await asked.shows('#state[data-state=refused]', /refused/);
  await asked.find('#token').fill(TOKEN);
  await asked.find('#token-form button').click();
  assert.match(await asked.shows('#state', /^Connected to /), /\/dashboard$/);
  await asked.gone('#token-form');

  assert.match(await invited.shows('#state', /^Connected to /), /\/dashboard$/);
  await invited.shows('#users-note', /^Nobody is connected\.$/);
  assert.equal(await invited.find('#token-form').isVisible(), false);
});

test('Pages and assets over plain HTTP: 304, HEAD, 404', async (t) => {
  const { server } = await stage(t);
  const tcp = await RawSocket.connect(t, server.port);
  // All on one connection: a body where none belongs would be taken for the next answer.
  const fetchRaw = (method, path, headers) => {
    tcp.send(request(method, path, headers));
    return tcp.response({ toHead: method === 'HEAD' });
  };
  for (const path of [...Object.keys(PAGES), '/assets/page.js', '/assets/roost.css', '/assets/favicon.svg']) {
    const whole = await fetchRaw('GET', path);
    assert.equal(whole.status, 200, path);
    const { etag } = whole.headers;
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const unchanged = await fetchRaw('GET', path, { 'If-None-Match': condition });
      assert.equal(unchanged.status, 304, `${path} with ${condition}`);
      assert.equal(unchanged.headers.etag, etag);
    }
    assert.equal((await fetchRaw('GET', path, { 'If-None-Match': '"other"' })).body, whole.body);

    const head = await fetchRaw('HEAD', path);
    assert.equal(head.status, 200, `HEAD ${path}`);
    const { date: _, ...lasting } = whole.headers;
    for (const [name, value] of Object.entries(lasting)) assert.equal(head.headers[name], value, `HEAD ${path}: ${name}`);
  }
  for (const path of ['/assets/x.js', '/assets/', '/assets/../index.html', '/assets/%2e%2e/index.html']) {
    assert.equal((await fetchRaw('GET', path)).status, 404, path);
  }
  assert.equal((await fetchRaw('GET', '/')).status, 200);
});
