// A real Redis for a test: on loopback and a free port, with nothing on disk, and a client that says what is in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, program } from './tools.mjs';

/**
 * Returns when it answers.
 *
 * @param {string[]} args more options of redis-server, such as ['--notify-keyspace-events', 'KA']
 */
export async function startRedis(args = [], port) {
  const redis = new Redis(port ?? await freePort(), args);
  await redis.start();
  return redis;
}

class Redis {
  #args;
  #folder = mkdtempSync(join(tmpdir(), 'roost-redis-'));
  #child = null;
  #output = '';
  #client = null;
  #listeners = new Set();

  constructor(port, args) {
    this.port = port;
    this.#args = args;
    // Also when a test file fails: nothing is left behind.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** What a Roost needs to use it. */
  get env() {
    return { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(this.port) };
  }

  /** Starts it, again or for the first time, on the same port, and empty. */
  async start() {
    const fixed = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder];
    this.#child = spawn(program('redis-server', 'redis-server'), [...fixed, ...this.#args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const child = this.#child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { this.#output += chunk; });
    await eventually('the start of Redis', async () => {
      if (child.exitCode !== null) throw new Error(`Redis ended:\n${this.#output}`);
      return (await this.command('PING').catch(() => null)) === 'PONG';
    });
  }

  /** Ends the process, by default without a word to anybody. */
  async kill(signal = 'SIGKILL') {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** It is there, but answers nobody. */
  pause() {
    this.#child.kill('SIGSTOP');
  }

  resume() {
    this.#child?.kill('SIGCONT');
  }

  /** The end, for good. */
  async stop() {
    for (const listener of this.#listeners) listener.close();
    this.#client?.close();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The reply to one command: a string, a number, null or an array. */
  async command(...words) {
    if (!this.#client?.isOpen) this.#client = new Resp(this.port);
    return this.#client.command(words.map(String));
  }

  /** A hash as an object. */
  async hash(key) {
    const flat = await this.command('HGETALL', key);
    return Object.fromEntries(flat.flatMap((field, i) => (i % 2 ? [] : [[field, flat[i + 1]]])));
  }

  /** How often this server has been given a command. */
  async calls(name) {
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await this.command('INFO', 'commandstats'))?.[1] ?? 0);
  }

  /** Everything that is published on these channels from now on: an array that grows, of { channel, message }. */
  async hear(...channels) {
    const heard = [];
    const listener = new Resp(this.port, ([kind, channel, message]) => { if (kind === 'message') heard.push({ channel, message }); });
    this.#listeners.add(listener);
    await listener.command(['SUBSCRIBE', ...channels]);
    return heard;
  }
}

/** One connection that speaks RESP 2. With `pushed`, everything after the first reply goes there. */
class Resp {
  #socket;
  #pushed;
  #waiting = [];
  #bytes = Buffer.alloc(0);
  isOpen = true;

  constructor(port, pushed = null) {
    this.#pushed = pushed;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#arrived(chunk));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => {
      this.isOpen = false;
      for (const { failed } of this.#waiting.splice(0)) failed(new Error('Redis has closed the connection'));
    });
  }

  command(words) {
    return new Promise((done, failed) => {
      if (!this.isOpen) return failed(new Error('Redis has closed the connection'));
      this.#waiting.push({ done, failed });
      this.#socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    });
  }

  close() {
    this.#socket.destroy();
  }

  #arrived(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const reply = parse(this.#bytes, 0);
      if (reply === null) return;
      this.#bytes = this.#bytes.subarray(reply.end);
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#pushed?.(reply.value);
      else if (reply.value instanceof Error) waiter.failed(reply.value);
      else waiter.done(reply.value);
    }
  }
}

/** The reply that begins there: { value, end }; null while a part of it is missing. */
function parse(bytes, from) {
  const line = bytes.indexOf('\r\n', from);
  if (line < 0) return null;
  const text = bytes.toString('utf8', from + 1, line);
  const start = line + 2;
  switch (String.fromCharCode(bytes[from])) {
    case '+': return { value: text, end: start };
    case '-': return { value: new Error(text), end: start };
    case ':': return { value: Number(text), end: start };
    case '$': {
      const end = start + Number(text);
      if (Number(text) < 0) return { value: null, end: start };
      return bytes.length < end + 2 ? null : { value: bytes.toString('utf8', start, end), end: end + 2 };
    }
    default: {
      const value = [];
      let end = start;
      for (let i = 0; i < Number(text); i++) {
        const item = parse(bytes, end);
        if (item === null) return null;
        value.push(item.value);
        end = item.end;
      }
      return { value: Number(text) < 0 ? null : value, end };
    }
  }
}
