import { ago, clock, count, duration, foreign } from '/assets/format.js';
import { boundedLog, byId, connectionStatus, element, facts, oncePerFrame, setText } from '/assets/page.js';
import { endpoint, LiveSocket } from '/assets/socket.js';
import { Sparkline } from '/assets/sparkline.js';

const MOST_ROWS = 300;
const ASK_MS = 5_000; // unasked, statistics are repeated once a minute only, but the rate falls by itself
const SILENCE_MS = 150_000; // more than two of those minutes
const ERROR_SHOWN_MS = 10_000;

const log = boundedLog(byId('log'));
const rate = new Sparkline(byId('rate'));
const rows = new Map(); // user id -> its row, the texts in it that change, its buttons
const showStats = facts(byId('stats'), {
  sender: 'Active sender', users: 'Users', listeners: 'Listeners', orientation: 'Orientation listeners',
  bulk: 'Bulk listeners', queue: 'Bulk queue', points: 'Data points', perMinute: 'Points a minute', uptime: 'Up for',
});
let stats = { users: [] };
let statsAt = 0;
let token = new URLSearchParams(location.search).get('token') ?? '';
let errorTimer = 0;
let kicking = null;

const userOf = (id) => stats.users.find((user) => user.id === id);
const nameOf = (id) => foreign(userOf(id)?.username ?? id);

const events = {
  stats({ data }) {
    stats = { ...data, users: Array.isArray(data?.users) ? data.users.filter((user) => typeof user?.id === 'string') : [] };
    statsAt = Date.now();
  },
  userConnected: ({ userId, ip }) => log(`${foreign(userId)} connected from ${foreign(ip)}`),
  userDisconnected: ({ userId, dataCount, wasActiveSender }) =>
    log(`${nameOf(userId)}${wasActiveSender ? ', the active sender,' : ''} left after ${count(dataCount)} data points`),
  senderPromoted: ({ userId, username }) => log(`${foreign(username ?? userId)} is the sender now`, 'good'),
  dataReceived({ userId, pointNumber }) {
    rate.add();
    const user = userOf(userId);
    if (user) Object.assign(user, { dataCount: pointNumber, lastData: Date.now() });
    if (byId('log-data').checked) log(`${nameOf(userId)} sent point ${count(pointNumber)}`);
  },
  error: ({ code, message }) => showError(`${foreign(message, 200)} (${foreign(code)})`),
  server_shutdown: ({ message }) => showError(`The server shuts down: ${foreign(message, 200)}`),
};

const status = connectionStatus(byId('state'), log);
const socket = new LiveSocket({
  url: () => endpoint('/dashboard', { token }),
  silenceMs: SILENCE_MS,
  onMessage(message) {
    if (Object.hasOwn(events, message.type)) events[message.type](message);
    draw();
  },
  onState(state) {
    status(state);
    byId('token-form').hidden = state.name !== 'refused';
    byId('users').classList.toggle('stale', state.name !== 'open');
    draw();
  },
});

function showError(text) {
  log(text, 'bad');
  setText(byId('error'), text);
  clearTimeout(errorTimer);
  errorTimer = setTimeout(() => setText(byId('error'), ''), ERROR_SHOWN_MS);
}

const draw = oncePerFrame(() => {
  const sender = stats.activeSender ?? null;
  showStats({
    sender: sender === null && statsAt ? 'none' : nameOf(sender), users: count(stats.activeUsers),
    listeners: count(stats.passiveListeners), orientation: count(stats.orientationListeners),
    bulk: count(stats.bulkDataListeners), queue: count(stats.bulkQueueSize),
    points: count(stats.totalDataPoints), perMinute: count(stats.dataRate),
    uptime: duration(stats.uptime + (Date.now() - statsAt) / 1000),
  });
  byId('demote').disabled = !socket.isOpen || sender === null;
  setText(byId('rate-now'), rate.draw());
  const shown = stats.users.filter((user, index) => index < MOST_ROWS || user.isActiveSender);
  const ids = new Set(shown.map((user) => user.id));
  for (const [id, { line }] of rows) if (!ids.has(id)) rows.delete(id) && line.remove();
  shown.forEach(drawUser);
  const hidden = stats.users.length - shown.length;
  const note = shown.length || !statsAt ? '' : 'Nobody is connected.';
  setText(byId('users-note'), hidden ? `${count(hidden)} more users are not shown.` : note);
});

function drawUser(user) {
  if (!rows.has(user.id)) rows.set(user.id, newRow(user.id));
  const { line, texts, promote, kick } = rows.get(user.id);
  const values = {
    name: foreign(user.username), id: foreign(user.id), role: user.isActiveSender ? 'sender' : 'observer',
    points: count(user.dataCount), last: ago(user.lastData), connected: clock(user.connectedAt),
    ip: foreign(user.ip), device: foreign(user.deviceId, 128),
  };
  for (const [key, text] of Object.entries(values)) setText(texts[key], text);
  line.classList.toggle('sender', Boolean(user.isActiveSender));
  promote.disabled = !socket.isOpen || Boolean(user.isActiveSender);
  kick.disabled = !socket.isOpen;
  promote.setAttribute('aria-label', `Promote ${nameOf(user.id)}`);
  kick.setAttribute('aria-label', `Kick ${nameOf(user.id)}`);
}

/** Roles are explicit: a narrow screen shows rows as cards, and that would hide the table from screen readers. */
function newRow(id) {
  const line = element('tr', '', { role: 'row', 'data-user': id });
  const texts = {};
  for (const heading of byId('users').tHead.rows[0].cells) {
    const cell = element('td', '', { role: 'cell', 'data-key': heading.dataset.key, 'data-label': heading.textContent });
    cell.append(texts[heading.dataset.key] = element('bdi'));
    line.append(cell);
  }
  const promote = element('button', 'Promote', { type: 'button' });
  const kick = element('button', 'Kick', { type: 'button', class: 'danger' });
  promote.onclick = () => socket.send({ type: 'promoteUser', userId: id });
  kick.onclick = () => confirmKick(id);
  texts.actions.append(promote, kick);
  byId('users').tBodies[0].append(line);
  return { line, texts, promote, kick };
}

function confirmKick(id) {
  kicking = id;
  setText(byId('kick-name'), nameOf(id));
  setText(byId('kick-id'), foreign(id));
  byId('kick-dialog').returnValue = ''; // Escape would keep the previous answer
  byId('kick-dialog').showModal();
}

byId('kick-dialog').onclose = ({ target }) => target.returnValue === 'kick' && socket.send({ type: 'kickUser', userId: kicking });
byId('demote').onclick = () => socket.send({ type: 'demoteUser' });
byId('token-form').onsubmit = (submit) => {
  submit.preventDefault();
  token = byId('token').value;
  socket.connect();
};

setInterval(() => socket.send({ type: 'getStats' }), ASK_MS);
setInterval(draw, 1_000);
socket.connect();
