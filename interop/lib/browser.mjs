// A real browser for tests of the web pages: Debian's Chromium, steered by playwright-core.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

/** How long anything that must happen on a page may take. */
export const DEADLINE_MS = 20_000;

/** The pages need no network but loopback; what Chromium would fetch for itself only disturbs. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** A browser without a window, with more switches if need be; to be closed with `close()`. */
export function startBrowser(more = []) {
  return chromium.launch({ executablePath: installed('chromium'), args: [...QUIET, ...more], headless: true, timeout: 4 * DEADLINE_MS });
}

function installed(command) {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error(`${command} is missing: install the Debian package ${command}`);
  }
}

/** One page in a profile of its own, so that no two share storage. It notes all that goes wrong in it. */
export class Page {
  /** What a developer would see in red, one line each. */
  faults = [];
  /** The answer to the request for the document. */
  response = null;
  #page;

  static async open(browser, url) {
    const opened = new Page();
    opened.#page = await browser.newPage();
    opened.#watch();
    opened.response = await opened.#page.goto(url, { timeout: DEADLINE_MS });
    return opened;
  }

  /** Clicks, fills, keys: the library's own locator, with our deadline. */
  find(selector) {
    return this.#page.locator(selector);
  }

  /** Waits until an element with this selector has a text that matches, and returns the whole text. */
  async shows(selector, text) {
    const matching = this.find(selector).filter({ hasText: text }).first();
    try {
      await matching.waitFor({ state: 'attached', timeout: DEADLINE_MS });
    } catch {
      const there = await this.find(selector).allTextContents();
      assert.fail(`${this.#page.url()}: ${selector} never showed ${text}, but ${JSON.stringify(there.slice(0, 20))}; faults: ${this.faults.join('; ') || 'none'}`);
    }
    return matching.textContent();
  }

  /** Waits until nothing with this selector is visible. */
  gone(selector) {
    return this.find(selector).first().waitFor({ state: 'hidden', timeout: DEADLINE_MS });
  }

  /** Closes the page; fails if anything went wrong in it until now. */
  async leave() {
    const faults = [...this.faults]; // leaving may break off a request, which is no fault
    await this.#page.close();
    assert.deepEqual(faults, []);
  }

  #watch() {
    const note = (kind, text) => this.faults.push(`${kind}: ${text}`);
    this.#page.setDefaultTimeout(DEADLINE_MS);
    this.#page.on('console', (line) => ['error', 'warning'].includes(line.type()) && note('console', line.text()));
    this.#page.on('pageerror', (error) => note('page error', error.message));
    this.#page.on('requestfailed', (request) => note('failed', `${request.url()} ${request.failure()?.errorText}`));
    this.#page.on('response', (response) => response.status() >= 400 && note(response.status(), response.url()));
    this.#page.on('websocket', (socket) => socket.on('socketerror', (error) => note('socket', error)));
    this.#page.on('dialog', (dialog) => {
      note('dialog', dialog.message());
      dialog.dismiss();
    });
  }
}
