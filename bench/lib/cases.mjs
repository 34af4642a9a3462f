// What is compared: how each case is run by the load tool, and which figures of its result count.
import { fixed, grouped } from './table.mjs';

const LOAD = { rate: 33, bytes: 200, seconds: 10, warmup: 5, rounds: 3, pin: false, 'relay-sends': 'text', subject: 'roost' };
const UNLIMITED = 1_000_000; // messages a second, the most that Roost's settings take
const ORGANIZATION = 'bench';
const SPARE_ROOMS = 100; // the tool warms a server up in rooms of its own
const SECRET = 'the key of a comparison, not much of a secret'; // of no server that anybody can reach
const SPARE_CLIENTS = 1_000; // and with clients of its own

const IDLE_RELAYS = { gallery: 'rooms-relay.mjs', socketio: 'socketio-node.mjs' };
const PLACES = { gallery: (users) => `, in rooms of ${users}`, socketio: () => ', in one Socket.IO namespace' };

/** Nothing at saturation, where it only says how long the queues are. */
const latency = (part, percentile) => (part.latencyMeansSomething ? part.latencyMs[percentile] : undefined);
const paced = (rate, unit, factor) => (rate === 0 ? 'as fast as possible' : `${rate} ${unit} = ${grouped(rate * factor)} deliveries/s`);

const loadFigures = {
  columns: ['CPU µs/delivery', 'user', 'system', 'p50 ms', 'p99 ms', 'delivered/s', 'lost', 'doubled'],
  row: ({ server, parts: [part] }) => [fixed(server.cpuMicrosPerDelivery, 2), fixed(server.userMicrosPerDelivery, 2), fixed(server.systemMicrosPerDelivery, 2),
    fixed(latency(part, 'p50'), 2), fixed(latency(part, 'p99'), 2), grouped(Math.round(part.deliveredPerSecond)), grouped(part.lost), grouped(part.duplicated)],
  ratios: {
    CPU: ({ server }) => server.cpuMicrosPerDelivery,
    p50: ({ parts: [part] }) => latency(part, 'p50'),
    p99: ({ parts: [part] }) => latency(part, 'p99'),
  },
};

/** What else can happen to a message that is for one client. */
const meshFigures = {
  columns: [...loadFigures.columns, 'out of order', 'astray'],
  row: (result) => [...loadFigures.row(result), grouped(result.parts[0].outOfOrder), grouped(result.strays + result.misnamed)],
  ratios: loadFigures.ratios,
};

const load = ({ rate, bytes, seconds, warmup }) => ['--bytes', bytes, '--seconds', seconds, '--warmup', warmup, ...(rate === 0 ? ['--saturate'] : ['--rate', rate])];

const percent = (cores) => (cores === undefined ? undefined : cores * 100);
const perBeat = (count, part) => (count === undefined ? undefined : count / part.sent);
const times = (ms) => [fixed(ms.p50, 1), fixed(ms.p99, 1), fixed(ms.max, 1)];

/** Those with a relay are compared with it; the others are measured alone. */
export const CASES = {
  fanout: {
    defaults: { ...LOAD, receivers: 500, rate: 200 },
    title: ({ receivers, rate, bytes }) => `1 sender to ${grouped(receivers)} receivers, ${paced(rate, `messages/s of ${bytes} bytes`, receivers)}`,
    relay: 'relay.mjs',
    args: (options) => ['fanout', '--protocol', 'parrot', '--receivers', options.receivers, ...load(options)],
    ...loadFigures,
  },
  rooms: {
    defaults: { ...LOAD, rooms: 1, users: 50 },
    title: ({ rooms, users, rate }) => `${rooms} room(s) of ${users} users, ${paced(rate, 'poses/s each', rooms * users * (users - 1))}`,
    relay: 'rooms-relay.mjs',
    args: (options) => ['rooms', '--protocol', 'gallery', '--rooms', options.rooms, '--users', options.users, ...load(options)],
    ...loadFigures,
  },
  mesh: {
    defaults: { ...LOAD, clients: 200, rate: 100 },
    title: ({ clients, rate, bytes }) => `${grouped(clients)} clients that write to each other, ${paced(rate, `messages/s of ${bytes} bytes each`, clients)}`,
    relay: 'mesh-relay.mjs',
    settings: ({ clients, rate }) => ({
      MINI_SERVER_ORGANIZATION_ID: ORGANIZATION,
      MESH_MAX_CLIENTS: String(clients + SPARE_CLIENTS),
      // Higher than the others': Mesh drops what is above, and a machine that stalls for seconds makes each client catch up.
      MESH_MAX_MESSAGES_PER_SEC: String(Math.min(UNLIMITED, 50 + twice(rate) * 10)),
    }),
    args: (options) => ['mesh', '--organization', ORGANIZATION, '--clients', options.clients, ...load(options)],
    ...meshFigures,
  },
  ptt: {
    defaults: { ...LOAD, groups: 1, listeners: 100, rate: 50, bytes: 80, seconds: 20, warmup: 25 },
    title: ({ groups, listeners, rate, bytes }) => `${groups} group(s) of one talker and ${listeners} listeners, ${paced(rate, `frames/s of ${bytes} bytes of audio`, groups * listeners)}`,
    relay: 'ptt-relay.mjs',
    environment: { SECRET_KEY: SECRET },
    args: (options) => ['ptt', '--secret', SECRET, '--groups', options.groups, '--receivers', options.listeners, ...load(options)],
    columns: [...loadFigures.columns, 'out of order', 'astray'],
    row: meshFigures.row,
    ratios: loadFigures.ratios,
  },
  socketio: {
    defaults: { ...LOAD, clients: 500, rate: 100, together: 1, seconds: 20, warmup: 20 },
    title: ({ clients, rate, together }) => `${grouped(clients)} clients of one Socket.IO namespace, ${paced(rate, `events/s to all${together > 1 ? `, ${together} together` : ''}`, clients)}`,
    relay: 'socketio-node.mjs',
    settings: ({ clients }) => oneRoomFor(clients),
    args: ({ clients, rate, together, seconds, warmup }) => ['socketio', '--clients', clients, '--rate', rate, '--together', together, '--seconds', seconds, '--warmup', warmup],
    ...loadFigures,
  },
  presence: {
    defaults: { mobiles: 5_000, watchers: 50, heartbeat: 30, churn: 0, seconds: 60, warmup: 30, rounds: 1, memory: false, pin: false },
    title: ({ mobiles, watchers, heartbeat, churn, memory }) => `${grouped(mobiles)} mobiles with a heartbeat every ${heartbeat} s and ${grouped(watchers)} watchers`
      + `${churn > 0 ? `, ${churn} others a second come and go` : ''}, ${memory ? 'in memory' : 'with Redis'}`,
    environment: { SECRET_KEY: SECRET },
    args: (options) => ['presence', '--secret', SECRET, '--mobiles', options.mobiles, '--watchers', options.watchers, '--heartbeat', options.heartbeat, '--churn', options.churn,
      '--seconds', options.seconds, '--warmup', options.warmup],
    columns: ['% of a core', 'Redis %', 'reads/beat', 'commands/beat', 'beats accepted', 'changes lost', 'doubled', 'seen p50 ms', 'p99 ms', 'RSS MB'],
    row: ({ server, parts: [part], presence }) => [fixed(server.cores * 100, 2), fixed(percent(presence.redis?.cores), 2), fixed(perBeat(presence.redis?.reads, part), 3),
      fixed(perBeat(presence.redis?.commands, part), 2), `${grouped(presence.heartbeatsAccepted)} of ${grouped(presence.heartbeats)}`, grouped(presence.changesLost),
      grouped(presence.changesDoubled), fixed(presence.changeMs.p50, 1), fixed(presence.changeMs.p99, 1), fixed(server.residentKilobytes / 1024, 0)],
    judged: {
      'server, per cent of a core': { pick: ({ server }) => server.cores * 100, goal: 'below 5 with 5,000 mobiles at 30 s' },
      'reads of Redis a heartbeat, background included': { pick: ({ parts: [part], presence }) => perBeat(presence.redis?.reads, part), goal: 'about 1 at most: one pipelined round trip' },
    },
  },
  snapshot: {
    defaults: { online: 10_000, watchers: 20, every: 1.5, listeners: 19, rate: 50, bytes: 80, seconds: 15, warmup: 10, rounds: 1, memory: false, pin: false },
    title: ({ online, watchers, every, listeners, memory }) => `${grouped(online)} users online and ${grouped(watchers)} watchers that come, one each ${every} s, beside a talker and ${listeners} listeners, `
      + `${memory ? 'in memory' : 'with Redis'}`,
    environment: { SECRET_KEY: SECRET },
    args: (options) => ['snapshot', '--secret', SECRET, '--online', options.online, '--watchers', options.watchers, '--every', options.every, '--receivers', options.listeners, ...load(options)],
    columns: ['snapshot p50 ms', 'p99', 'max', 'users', 'incomplete', 'audio before p50 ms', 'p99', 'max', 'during p50', 'p99', 'max', 'lost'],
    row: ({ watchers: { readyMs }, presence, parts: [before, during] }) => [...times(readyMs), grouped(presence.usersInSnapshot), grouped(presence.incompleteSnapshots), ...times(before.latencyMs),
      ...times(during.latencyMs), grouped(before.lost + during.lost)],
    judged: {
      'slowest snapshot, ms': { pick: ({ watchers }) => watchers.readyMs.max, goal: 'within 200 with 10,000 users' },
      'audio p99 during the snapshots / before': { pick: ({ parts: [before, during] }) => during.latencyMs.p99 / before.latencyMs.p99, goal: 'not noticeably above 1' },
    },
  },
  idle: {
    defaults: { connections: 10_000, users: 10, protocol: 'gallery', 'at-once': 200, rounds: 1, seconds: 2, pin: false, 'relay-sends': 'text', subject: 'roost' },
    title: ({ connections, users, protocol }) => `${grouped(connections)} connections that only listen${PLACES[protocol]?.(users) ?? ''}`,
    relay: ({ protocol }) => IDLE_RELAYS[protocol] ?? 'relay.mjs',
    settings: ({ protocol, connections }) => (protocol === 'socketio' ? oneRoomFor(connections) : {}),
    args: (options) => ['idle', '--protocol', options.protocol, '--connections', options.connections, '--users', options.users, '--at-once', options['at-once'],
      '--seconds', options.seconds, '--open-limit', 60],
    columns: ['KB each', 'RSS before, MB', 'RSS after, MB', 'seconds to open', 'ready p50 ms', 'ready p99 ms', 'failed'],
    row: ({ server: { memory }, connections }) => [
      fixed(memory.kilobytesPerConnection, 2), fixed(memory.kilobytesBefore / 1024, 1), fixed(memory.kilobytesAfter / 1024, 1),
      fixed(connections.seconds, 2), fixed(connections.readyMs.p50, 1), fixed(connections.readyMs.p99, 1), grouped(connections.failed)],
    ratios: { 'memory a connection': ({ server }) => server.memory.kilobytesPerConnection, 'time to open': ({ connections }) => connections.seconds },
  },
};

/** Settings for Roost where the load is above what it admits by default; everything else is as it comes. */
export function settingsFor({ settings }, options) {
  const { rate, connections = 0, users = 1, listeners = 0, heartbeat = 30 } = options;
  const perSecond = twice(rate);
  const rooms = Math.ceil(connections / users) + SPARE_ROOMS;
  return {
    STORE: 'memory',
    ...(perSecond > 60 ? { PARROT_MAX_MESSAGES_PER_SEC: String(perSecond) } : {}),
    ...(perSecond > 100 ? { GALLERY_MAX_MESSAGES_PER_SEC: String(perSecond) } : {}),
    ...(listeners > 0 && perSecond > 200 ? { PTT_MAX_MESSAGES_PER_SECOND: String(perSecond) } : {}),
    ...(heartbeat < 30 ? { PRESENCE_MIN_HEARTBEAT_MS: String(Math.round(heartbeat * 833)) } : {}), // as 25 to 30
    ...(rooms > 1_000 ? { GALLERY_MAX_ROOMS: String(rooms) } : {}),
    ...settings?.(options),
  };
}

const twice = (rate) => (rate === 0 ? UNLIMITED : Math.ceil(rate ?? 0) * 2);

/** All sockets come from one address, which the defaults would keep out, and one of them sends all events. */
function oneRoomFor(sockets) {
  const enough = String(sockets + SPARE_CLIENTS);
  return {
    PUBLIC_ROOMS_COUNT: '1',
    PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP: enough,
    PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP: enough,
    PUBLIC_ROOMS_MAX_CONCURRENT: enough,
    PUBLIC_ROOMS_EVENT_LIMIT: String(UNLIMITED),
    PUBLIC_ROOMS_BACKOFF_THRESHOLD: String(UNLIMITED),
  };
}
