// Devices of the Mesh protocol that are pages in a real browser, with real WebRTC between them: the page is ../pages/mesh.html.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DEADLINE_MS, startBrowser } from './browser.mjs';

/** Several pages and ICE between them on a busy machine: longer than for one page. */
const PATIENCE_MS = 2 * DEADLINE_MS;

/** So that the tests need no network besides loopback. */
const WEBRTC = ['--allow-loopback-in-peer-connection'];

/** A page that may not use the microphone is told only the address that leads to the Internet, under a name of mDNS; one that may, is told all of them. */
const PERMISSIONS = ['microphone'];

const page = (name) => fileURLToPath(new URL(`../pages/${name}`, import.meta.url));
const FILES = {
  '/mesh.html': ['text/html', readFileSync(page('mesh.html'))],
  '/mesh-device.js': ['text/javascript', readFileSync(page('mesh-device.js'))],
};

export function startWebRtcBrowser() {
  return startBrowser(WEBRTC);
}

/** The organisation's own web server, as the application's pages come from one and not from Roost: { origin, elsewhere: the same as another origin, stop() }. */
export async function startApplication() {
  const server = createServer(({ url }, response) => {
    const [type, body] = FILES[new URL(url, 'http://localhost').pathname] ?? [];
    response.writeHead(body ? 200 : 204, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => { server.close(done); });
  };
  return { origin: `http://127.0.0.1:${port}`, elsewhere: `http://localhost:${port}`, stop };
}

/** One device: a page in a profile of its own. */
export class DevicePage {
  /** What a developer would see in red, one line each. */
  faults = [];
  #context;
  #page;
  #isGone = false;

  /** A page of the application, which is a device of this organisation; `identity` is as in the query of Mesh, and as the page's script wants it. */
  static async open(browser, application, server, identity) {
    const opened = await DevicePage.#blank(browser);
    await opened.#page.goto(`${application}/mesh.html?${new URLSearchParams({ server: `${server.url}/mesh`, ...identity })}`);
    return opened;
  }

  /** The same script in a page that Roost itself serves, under its Content-Security-Policy. */
  static async openOnRoost(browser, server, identity) {
    const opened = await DevicePage.#blank(browser);
    await opened.#page.addInitScript({ path: page('mesh-device.js') });
    const response = await opened.#page.goto(`${server.http}/?${new URLSearchParams(identity)}`);
    assert.match(response.headers()['content-security-policy'], /connect-src 'self' ws: wss:/);
    return opened;
  }

  static async #blank(browser) {
    const opened = new DevicePage();
    opened.#context = await browser.newContext({ permissions: PERMISSIONS });
    opened.#page = await opened.#context.newPage();
    opened.#page.setDefaultTimeout(PATIENCE_MS);
    opened.#page.on('console', (line) => ['error', 'warning'].includes(line.type()) && opened.faults.push(line.text()));
    opened.#page.on('pageerror', (error) => opened.faults.push(error.message));
    return opened;
  }

  /** What a function that runs in the page makes of its global `device` and the argument. */
  async ask(question, argument) {
    let timer;
    const late = new Promise((_, failed) => { timer = setTimeout(() => failed(new Error(`no answer to ${question}`)), PATIENCE_MS); });
    return Promise.race([this.#page.evaluate(question, argument), late]).finally(() => clearTimeout(timer));
  }

  /** Waits until such a function gives something true; returns that. */
  async until(condition, argument, deadlineMs = PATIENCE_MS) {
    try {
      return await (await this.#page.waitForFunction(condition, argument, { polling: 20, timeout: deadlineMs })).jsonValue();
    } catch (error) {
      const summary = JSON.stringify(await this.ask(() => device.summary()).catch(String));
      const faults = this.faults.join('; ') || 'none';
      assert.fail(`waited in vain for ${condition} with ${JSON.stringify(argument)}: ${summary}; ${error.message}; faults: ${faults}`);
    }
  }

  /** Waits until there are usable channels to all of these. */
  linked(...ids) {
    return this.until((others) => device.linked(...others), ids);
  }

  /** Waits until this is the latest office, later than the term given; returns the term. */
  async office(adminId, after = 0) {
    return this.until(([id, least]) => {
      const [term, latest] = device.offices.at(-1) ?? [0];
      return latest === id && term > least && term;
    }, [adminId, after]);
  }

  /** Waits until at least so many messages have come from this device over the present channel; returns all of them. */
  heard(from, count) {
    return this.until(([id, least]) => {
      const { received } = device.links.get(id);
      return received.length >= least && !received.some((one) => one instanceof ArrayBuffer) && received;
    }, [from, count]);
  }

  reload() {
    return this.#page.reload();
  }

  /** Ends the process of the page, as if it ran out of memory. */
  async crash() {
    const crashed = this.#page.waitForEvent('crash');
    this.#page.goto('chrome://crash').catch(() => {}); // never answers
    await crashed;
    this.#isGone = true;
  }

  /** Closes the tab, and says what went wrong in it until then. */
  async close() {
    const inside = this.#isGone ? [] : await this.ask(() => device.faults);
    const faults = [...this.faults, ...inside]; // closing may break off a request, which is no fault
    if (!this.#isGone) await this.#page.close(); // unlike the end of the context, this lets the page say goodbye
    this.#isGone = true;
    await this.#context.close();
    this.faults = faults;
    return faults;
  }
}

/** Keeps devices that are being opened: they are closed when the test ends, and must have had no fault but those that match `expected`. */
export function devices(t) {
  const kept = [];
  t.after(async () => {
    const faults = await Promise.all(kept.map(async ({ device, expected }) => (await device.close()).filter((fault) => !expected?.test(fault))));
    assert.deepEqual(faults.flat(), []);
  });
  return async (opening, expected) => {
    const device = await opening;
    kept.push({ device, expected });
    return device;
  };
}
