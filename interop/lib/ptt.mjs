// What a test of the PTT protocol works with: servers, tokens, clients that have come in.
import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { eventually } from './mesh.mjs';
import { Client, DEADLINE_MS } from './ptt-client.mjs';
import { startRoost } from './roost.mjs';

export { awake, eventually, passTime, times } from './mesh.mjs';
export * from './ptt-shapes.mjs';
export { Client, DEADLINE_MS };

/** The key of the servers of {@link startPtt}. */
export const KEY = 'voiceping2359staging';

/** A server with PTT alone, on a port of its own: there `url` and `http` are, those of the shared port are `shared`. */
export async function startPtt(env = {}, args = []) {
  const roost = await startRoost(['--only', 'ptt', '--listen', 'ptt=0', ...args], { SECRET_KEY: KEY, ...env });
  const port = Number((await eventually(() => /:(\d+) for ptt only/.exec(roost.log())))[1]);
  const shared = { url: roost.url, http: roost.http };
  return { ...roost, port, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`, shared };
}

// ---- Tokens

/**
 * A JSON Web Token.
 *
 * @param claims  such as { uid, role, channelIds }; those that are undefined are left out. A string is the whole payload
 * @param key     what it is signed with; other options are those of jsonwebtoken (such as algorithm)
 */
export function sign(claims, key = KEY, options = {}) {
  return jwt.sign(typeof claims === 'string' ? claims : JSON.parse(JSON.stringify(claims)), key, options);
}

/** A token that jsonwebtoken would not make: the header and the payload (objects, or JSON as it is) are as they are given, signed with HS256. */
export function signRaw(header, payload, key = KEY) {
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

// ---- Clients

let scenes = 0;

/** Names that no other test of this process uses, and clients that leave when the test ends; none of them may have seen anything that the contract forbids. */
export function scene(t, server) {
  const number = ++scenes;
  const clients = [];
  t.after(async () => {
    await Promise.all(clients.map((client) => client.drop()));
    for (const client of clients) client.check();
  });
  /** A connection that may be refused. Options are claims of the token (uid, role, channelIds, claims for more) and what {@link Client} takes. */
  const attempt = ({ uid, role, channelIds, claims, key, token = sign({ uid, role, channelIds, ...claims }, key), ...options } = {}) => {
    const client = new Client(options.server ?? server, { uid, token, ...options });
    clients.push(client);
    return client;
  };
  const client = async (uid, options = {}) => {
    const one = attempt({ uid, ...options });
    await one.opened;
    await one.sync();
    return one;
  };
  return {
    /** An id of this test alone. */
    name: (word) => `${word}-${number}`,
    attempt,
    /** A client of this user that the server knows by now. */
    client,
    /** Clients of these users, all of them members of a group while they are connected. */
    members: (group, ...uids) => Promise.all(uids.map((uid) => client(uid, { channelIds: [group] }))),
  };
}

/** Nothing more has come to the others of what `from` has caused. */
export async function quiet(from, ...others) {
  await from.quiet();
  for (const one of others) await one.quiet();
}
