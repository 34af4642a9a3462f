import { count, foreign, measure } from '/assets/format.js';
import { boundedLog, byId, connectionStatus, facts, oncePerFrame, setText } from '/assets/page.js';
import { Sensors } from '/assets/sensors.js';
import { endpoint, LiveSocket } from '/assets/socket.js';
import { photograph, Walk } from '/assets/walk.js';

const PHOTO_EVERY_MS = 5_000;
const FASTEST = 20; // points a second; the server's limit is 60 messages
const MOST_BACKLOG = 1_000_000; // bytes: on a slow link points are skipped, not piled up
const MOST_UNANSWERED = 200;

const log = boundedLog(byId('log'));
const show = facts(byId('counters'), {
  role: 'Role', active: 'Active sender', sent: 'Points sent', acked: 'Acknowledged', rejected: 'Rejected', skipped: 'Skipped',
  trip: 'Round trip', client: 'My id',
});
const deviceId = rememberedDeviceId();
const unanswered = new Map(); // point id -> when it was sent
const me = { role: null, active: null, client: null };
const counted = { sent: 0, acked: 0, rejected: 0, skipped: 0 };
let trip = null;
let nextPoint = 1;
let photoAt = 0;
let stream = null; // { source, timer } while streaming

/** Not randomUUID: pages over plain HTTP do not have it. Without storage the identity lasts as long as the page. */
function rememberedDeviceId() {
  const fresh = `web-${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  try {
    const kept = localStorage.getItem('roost.deviceId') ?? fresh;
    localStorage.setItem('roost.deviceId', kept);
    byId('username').value = localStorage.getItem('roost.username') ?? '';
    return kept;
  } catch {
    return fresh;
  }
}

const status = connectionStatus(byId('state'), log);
const socket = new LiveSocket({
  url: () => endpoint('/pocket-parrot'),
  onOpen: handshake,
  onMessage(message) {
    if (Object.hasOwn(events, message.type)) events[message.type](message);
    draw();
  },
  onState(state) {
    status(state);
    const isWanted = state.name !== 'idle' && state.name !== 'refused';
    setText(byId('connect'), isWanted ? 'Disconnect' : 'Connect');
    byId('connect').dataset.wanted = isWanted;
    if (state.name !== 'open') Object.assign(me, { role: null, active: null, client: null });
    unanswered.clear();
    draw();
  },
});

function handshake() {
  const username = byId('username').value.trim();
  try { localStorage.setItem('roost.username', username); } catch { /* no storage, then without */ }
  const timestamp = new Date().toISOString();
  socket.send({ type: 'handshake', client: 'Roost web sender', version: '1', timestamp, deviceId, ...(username && { username }) });
}

/** What a message changes about this page's role, and what it says in the log. */
function becomes(role, active, text, kind) {
  me.role = role;
  me.active = active;
  log(text, kind);
}

const events = {
  welcome({ clientId, role, reconnected }) {
    me.client = clientId;
    becomes(role, me.active, `Welcome, your role is ${foreign(role)}${reconnected ? ' (reconnected)' : ''}`);
  },
  observer_mode: ({ activeSender }) => becomes('observer', activeSender, `You observe ${foreign(activeSender)}`),
  sender_changed: ({ activeSender }) => becomes('observer', activeSender, `The sender is now ${foreign(activeSender)}`),
  promoted: ({ message }) => becomes('sender', 'you', `Promoted: ${foreign(message, 200)}`, 'good'),
  demoted: ({ message }) => becomes('observer', null, `Demoted: ${foreign(message, 200)}`, 'bad'),
  ack({ received }) {
    counted.acked++;
    if (unanswered.has(received)) trip = performance.now() - unanswered.get(received);
    unanswered.delete(received);
  },
  rejected({ code, message }) {
    counted.rejected++;
    log(`Rejected: ${foreign(message, 200)} (${foreign(code)})`, 'bad');
  },
  kicked({ message }) {
    log(`Kicked: ${foreign(message, 200)}`, 'bad');
    stopStream();
    socket.close(); // and not back by itself
  },
  server_shutdown: ({ message }) => log(`The server shuts down: ${foreign(message, 200)}`, 'bad'),
  error: ({ code, message }) => log(`Error: ${foreign(message, 200)} (${foreign(code)})`, 'bad'),
};

function sendPoint() {
  if (!socket.isOpen || socket.backlog > MOST_BACKLOG) {
    counted.skipped++;
    return draw();
  }
  const id = nextPoint++;
  const read = stream.source.read();
  const data = { id, timestamp: new Date().toISOString(), ...read };
  if (byId('photo').checked && me.role === 'sender' && Date.now() - photoAt >= PHOTO_EVERY_MS) {
    photoAt = Date.now();
    Object.assign(data, photograph(byId('canvas'), read.gps?.heading ?? 0));
  }
  unanswered.set(id, performance.now());
  if (unanswered.size > MOST_UNANSWERED) unanswered.delete(unanswered.keys().next().value);
  socket.send({ type: 'data', timestamp: data.timestamp, data });
  counted.sent++;
  draw();
}

async function startStream() {
  const source = byId('real').checked ? new Sensors() : new Walk();
  stream = { source, timer: 0 };
  setPace();
  draw();
  log(await source.start());
}

function stopStream() {
  clearInterval(stream?.timer);
  stream?.source.stop();
  stream = null;
  draw();
}

function setPace() {
  const perSecond = Math.min(FASTEST, Number(byId('pace').value));
  setText(byId('pace-now'), `${perSecond} a second`);
  if (!stream) return;
  clearInterval(stream.timer);
  stream.timer = setInterval(sendPoint, 1000 / perSecond);
}

const draw = oncePerFrame(() => {
  show({
    role: foreign(me.role), active: foreign(me.active), client: foreign(me.client), trip: measure(trip, 0, 'ms'),
    ...Object.fromEntries(Object.entries(counted).map(([key, value]) => [key, count(value)])),
  });
  byId('counters').dataset.role = me.role === 'sender' ? 'sender' : 'other';
  byId('request').disabled = !socket.isOpen || me.role === 'sender';
  setText(byId('stream'), stream ? 'Stop streaming' : 'Start streaming');
  byId('stream').disabled = !socket.isOpen && !stream;
});

byId('connection').onsubmit = (submit) => {
  submit.preventDefault();
  if (byId('connect').dataset.wanted === 'true') socket.close();
  else socket.connect();
};
byId('username').onchange = () => socket.isOpen && handshake();
byId('request').onclick = () => socket.send({ type: 'request_sender_role' });
byId('stream').onclick = () => (stream ? stopStream() : startStream());
byId('pace').oninput = setPace;
byId('real').onchange = () => {
  if (!stream) return;
  stopStream();
  startStream();
};
photograph(byId('canvas'));
setPace();
socket.close(); // says that it is not connected yet
