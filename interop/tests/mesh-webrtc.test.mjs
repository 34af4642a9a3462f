// What Mesh is for: pages in a real browser meet through the server, exchange offers, answers and candidates, and then talk directly over WebRTC.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DevicePage, devices, startApplication, startWebRtcBrowser } from '../lib/mesh-page.mjs';
import { startRoost } from '../lib/roost.mjs';
import { freePort } from '../lib/tools.mjs';

const MANAGE = 'admin.manage';
const VIEW_AND_MANAGE = 'location.view,admin.manage';
/** How long ICE may take to find out that the other has vanished without a word. */
const SILENCE_LIMIT_MS = 20_000;
/** Every test has an organisation of its own on the one server. */
const ORGANISATIONS = ['pair', 'three', 'reload', 'tabs', 'closed', 'crashed', 'main', 'restart', 'stranger'];
const NO_SERVER = /WebSocket connection to .* failed/;

let application;
let server;
let browser;
before(async () => {
  application = await startApplication();
  browser = await startWebRtcBrowser();
  server = await start(await freePort());
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await application?.stop();
});

/** A server for pages of the application and for its own. */
function start(port) {
  return startRoost(['--only', 'parrot,mesh', '--port', `${port}`], {
    MINI_SERVER_ORGANIZATION_ID: ORGANISATIONS.join(','), ELECTION_DELAY: '300', HEARTBEAT_INTERVAL: '500',
    ALLOWED_ORIGINS: `${application.origin},http://127.0.0.1:${port}`,
  });
}

/** Opens pages of the application that are devices of this organisation, and closes them after the test. */
function stage(t, organizationId, on = server) {
  const kept = devices(t);
  const open = (clientId, capabilities = '', more = {}, expected = undefined) =>
    kept(DevicePage.open(browser, application.origin, on, { organizationId, clientId, capabilities, ...more }), expected);
  return { kept, open };
}

/** Both say something to each other, after what they have said before. */
async function talk(a, b, [idOfA, idOfB] = ['A', 'B']) {
  for (const [from, to, fromId, toId] of [[a, b, idOfA, idOfB], [b, a, idOfB, idOfA]]) {
    const before = await to.ask((id) => device.links.get(id).received.length, fromId);
    await from.ask((id) => device.say(id, `to ${id}`), toId);
    assert.deepEqual((await to.heard(fromId, before + 1)).slice(before), [`to ${toId}`]);
  }
}

const sessionWith = (page, id) => page.ask((other) => device.links.get(other).session, id);

// Two at a time, as most of them wait for something that takes its time.
describe('Pages', { concurrency: 2 }, () => {
  test('A page of Roost and a page of the application pass texts and 200 KB each way', async (t) => {
    const { kept, open } = stage(t, 'pair');
    const a = await kept(DevicePage.openOnRoost(browser, server, { organizationId: 'pair', clientId: 'A', clientName: 'Ann' }));
    const b = await open('B');
    await Promise.all([a.linked('B'), b.linked('A')]);
    assert.equal(await sessionWith(a, 'B'), await sessionWith(b, 'A'));
    for (const [from, to, fromId, toId] of [[a, b, 'A', 'B'], [b, a, 'B', 'A']]) {
      const texts = ['one', 'zwei – 二', ''];
      await from.ask(([id, all]) => all.forEach((text) => device.say(id, text)), [toId, texts]);
      const hash = await from.ask((id) => device.sayBytes(id, 200_000), toId);
      assert.match(hash, /^[0-9a-f]{64}$/);
      assert.deepEqual(await to.heard(fromId, 4), [...texts, { bytes: 200_000, hash }]);
      // Offers and answers had none in them: whatever connects the two was trickled.
      assert.ok(await from.ask((id) => device.links.get(id).candidates > 0, toId), 'candidates');
      assert.match(await from.ask((id) => device.links.get(id).path(), toId), /^(host|prflx)$/);
    }
    assert.equal((await a.ask(() => device.welcome)).organizationId, 'pair');
  });

  test('Three pages that come at the same time form a full mesh', async (t) => {
    const { open } = stage(t, 'three');
    const ids = ['A', 'B', 'C'];
    const pages = await Promise.all(ids.map((id) => open(id)));
    const others = (id) => ids.filter((one) => one !== id);
    await Promise.all(pages.map((page, i) => page.linked(...others(ids[i]))));
    for (const [i, page] of pages.entries()) {
      await page.ask(([id, to]) => to.forEach((other) => device.say(other, `from ${id} to ${other}`)), [ids[i], others(ids[i])]);
    }
    for (const [i, page] of pages.entries()) {
      for (const other of others(ids[i])) assert.deepEqual(await page.heard(other, 1), [`from ${other} to ${ids[i]}`]);
    }
  });

  test('A page that is reloaded has its channel again', async (t) => {
    const { open } = stage(t, 'reload');
    const [a, b] = [await open('A'), await open('B')];
    await Promise.all([a.linked('B'), b.linked('A')]);
    await talk(a, b);
    const session = await sessionWith(b, 'A');
    await a.reload();
    await b.until((before) => device.linked('A') && device.links.get('A').session !== before, session);
    await a.linked('B');
    assert.equal(await sessionWith(a, 'B'), await sessionWith(b, 'A'));
    assert.deepEqual(await b.heard('A', 0), [], 'a new channel');
    await talk(a, b);
  });

  test('The same device in a second tab takes over connection, channel and office', async (t) => {
    const { open } = stage(t, 'tabs');
    const [first, b] = [await open('A', VIEW_AND_MANAGE), await open('B', MANAGE)];
    await Promise.all([first.linked('B'), b.linked('A')]);
    const term = await b.office('A');
    const session = await sessionWith(b, 'A');

    const second = await open('A', VIEW_AND_MANAGE);
    assert.deepEqual(await first.until(() => device.end), { code: 1008, reason: 'Replaced by new connection' });
    await b.until((before) => device.linked('A') && device.links.get('A').session !== before, session);
    await second.linked('B');
    await talk(second, b);
    assert.deepEqual(await b.ask(() => device.clients), ['A', 'B']);
    await first.until(() => device.links.get('B').end);

    await first.close(); // the old tab's end takes nothing from the new one
    await talk(second, b);
    assert.deepEqual(await second.ask(() => device.offices), [[term, 'A']]);
    assert.equal((await b.ask(() => device.offices)).at(-1)[0], term);
  });

  for (const [organizationId, end, kill] of [['closed', 'is closed', (page) => page.close()], ['crashed', 'crashes', (page) => page.crash()]]) {
    test(`The page of the admin ${end}: the other takes office and notices that the channel has ended`, async (t) => {
      const { open } = stage(t, organizationId);
      const [a, b] = [await open('A', VIEW_AND_MANAGE), await open('B', MANAGE)];
      await Promise.all([a.linked('B'), b.linked('A')]);
      const term = await b.office('A');
      await talk(a, b);
      await kill(a);
      const next = await b.office('B', term);
      assert.deepEqual(await b.ask(() => device.clients), ['B']);
      const offices = (await b.ask(() => device.offices)).filter(([one]) => one >= term);
      assert.deepEqual(offices.map(([, adminId]) => adminId), ['A', null, 'B']);
      assert.ok(offices[1][0] < next && offices[1][0] > term, `the vacancy has a term of its own: ${JSON.stringify(offices)}`);
      assert.match(await b.until(() => device.links.get('A').end, undefined, SILENCE_LIMIT_MS), /^(closed|disconnected|failed)$/);
    });
  }

  test('A main admin page that returns is announced at once; the channel of the others does not notice', async (t) => {
    const { open } = stage(t, 'main');
    const [a, b] = [await open('A', VIEW_AND_MANAGE), await open('B', MANAGE)];
    await Promise.all([a.linked('B'), b.linked('A')]);
    const term = await b.office('A');
    const session = await sessionWith(a, 'B');
    await a.ask(() => {
      device.said = 0;
      device.saying = setInterval(() => device.say('B', `${device.said++}`), 10);
    });

    const main = await open('M', MANAGE, { deviceType: 'admin' });
    const [hers, ...same] = await Promise.all([main, a, b].map((page) => page.office('M', term)));
    assert.deepEqual(same, [hers, hers]);
    await Promise.all([main.linked('A', 'B'), a.linked('M'), b.linked('M')]);
    await talk(main, b, ['M', 'B']);

    await main.close();
    const [next, alsoNext] = await Promise.all([a, b].map((page) => page.office('A', hers)));
    assert.equal(next, alsoNext);
    for (const page of [a, b]) {
      const since = (await page.ask(() => device.offices)).filter(([one]) => one >= term);
      assert.deepEqual(since.map(([, adminId]) => adminId), ['A', 'M', null, 'A'], 'no election and no vacancy between the two admins');
      await page.until(() => device.links.get('M').end);
    }

    const said = await a.ask(() => {
      clearInterval(device.saying);
      return device.said;
    });
    assert.ok(said > 10, `${said} messages`);
    assert.deepEqual(await b.heard('A', said), Array.from({ length: said }, (_, i) => `${i}`));
    assert.equal(await sessionWith(a, 'B'), session);
    await talk(a, b);
  });

  test('Channels outlive the server; when it is back, so are the devices, and its terms are higher', async (t) => {
    const port = await freePort();
    let roost = await start(port);
    t.after(() => roost.stop());
    const { open } = stage(t, 'restart', roost);
    const [a, b] = [await open('A', MANAGE, {}, NO_SERVER), await open('B', '', {}, NO_SERVER)];
    await Promise.all([a.linked('B'), b.linked('A')]);
    const term = await b.office('A');
    const session = await sessionWith(a, 'B');

    await roost.stop();
    for (const page of [a, b]) assert.deepEqual(await page.until(() => device.end), { code: 1001, reason: 'Server shutting down' });
    await talk(a, b);

    roost = await start(port);
    const [next, alsoNext] = await Promise.all([a, b].map((page) => page.office('A', term)));
    assert.equal(next, alsoNext);
    await Promise.all([a, b].map((page) => page.until(() => device.clients.length === 2)));
    assert.deepEqual([await sessionWith(a, 'B'), await sessionWith(b, 'A')], [session, session]);
    await talk(a, b);
  });

  test('A page of an origin that is not allowed does not get in', async (t) => {
    const { kept, open } = stage(t, 'stranger');
    const member = await open('A');
    const stranger = await kept(DevicePage.open(browser, application.elsewhere, server, { organizationId: 'stranger', clientId: 'X' }), NO_SERVER);
    assert.equal((await stranger.until(() => device.end)).code, 1006);
    assert.match(stranger.faults.join(), NO_SERVER);
    assert.equal(await stranger.ask(() => device.welcome), null);
    await open('B');
    await member.until(() => device.clients.length > 1);
    assert.deepEqual(await member.ask(() => device.clients), ['A', 'B']);
  });
});
