// A WebSocket that comes back by itself.

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const STABLE_AFTER_MS = 10_000; // a full server accepts and closes at once: that must not reset the backoff
const POLICY_VIOLATION = 1008; // kicked, wrong token, abuse: trying again would not help

/** The address of a path on this host, or on the one that the page's `?server=ws://...` names. */
export function endpoint(path, query = {}) {
  const server = new URLSearchParams(location.search).get('server') ?? '';
  let url = new URL(path, location.origin.replace(/^http/, 'ws'));
  if (/^wss?:\/\//i.test(server) && URL.canParse(server)) {
    url = new URL(server);
    if (url.pathname === '/') url.pathname = path;
    url.hash = '';
  }
  for (const [key, value] of Object.entries(query)) if (value) url.searchParams.set(key, value);
  return url;
}

/**
 * Calls back `onState({name, url, retryMs, reason})` (idle, connecting, open, waiting, refused), `onOpen()`, and
 * `onMessage(message, length)` for every JSON object with a `type`. With `silenceMs`, a connection on which nothing
 * was heard for that long is given up as half-open.
 */
export class LiveSocket {
  #socket = null;
  #failures = 0;
  #retry = 0;
  #openedAt = 0;
  #heardAt = 0;

  constructor({ url, onMessage, onState, onOpen = () => {}, silenceMs = Infinity }) {
    Object.assign(this, { url, onMessage, onState, onOpen });
    const hurry = () => this.#retry && !document.hidden && this.connect();
    addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
    setInterval(() => {
      if (this.isOpen && Date.now() - this.#heardAt > silenceMs) this.#ended(1006, 'nothing heard');
    }, 10_000);
  }

  get isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }

  /** Bytes that the network has not taken yet. */
  get backlog() { return this.#socket?.bufferedAmount ?? 0; }

  connect() {
    this.#forget();
    const address = this.url();
    const url = address.origin + address.pathname; // what is shown: the query may hold a token
    this.onState({ name: 'connecting', url });
    try {
      this.#socket = new WebSocket(address);
    } catch (error) { // a ws: address from an https: page
      return this.onState({ name: 'refused', reason: error.message });
    }
    this.#socket.onopen = () => {
      this.#openedAt = this.#heardAt = Date.now();
      this.onState({ name: 'open', url });
      this.onOpen();
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) => this.#ended(code, reason);
  }

  /** Ends the connection and any plan for a new one. */
  close() {
    this.#forget();
    this.#failures = 0;
    this.onState({ name: 'idle' });
  }

  /** Does nothing without an open connection. */
  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  #receive(text) {
    this.#heardAt = Date.now();
    try {
      const message = JSON.parse(text);
      if (typeof message?.type === 'string') this.onMessage(message, text.length);
    } catch (error) {
      console.warn('Message ignored:', error.message);
    }
  }

  #ended(code, reason) {
    const wasStable = this.#openedAt && Date.now() - this.#openedAt > STABLE_AFTER_MS;
    this.#forget();
    if (code === POLICY_VIOLATION) return this.onState({ name: 'refused', reason });
    this.#failures = wasStable ? 1 : this.#failures + 1;
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    const retryMs = longest * (0.5 + Math.random() / 2); // jitter: not all pages return in the same moment
    this.#retry = setTimeout(() => this.connect(), retryMs);
    this.onState({ name: 'waiting', retryMs, reason });
  }

  #forget() {
    clearTimeout(this.#retry);
    this.#retry = this.#openedAt = 0;
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}
