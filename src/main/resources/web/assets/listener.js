import { drawAttitude, headingOf } from '/assets/attitude.js';
import { ago, count, foreign, isNumber, measure, NONE } from '/assets/format.js';
import { boundedLog, byId, connectionStatus, element, facts, oncePerFrame, remarked, setText } from '/assets/page.js';
import { endpoint, LiveSocket } from '/assets/socket.js';
import { Sparkline } from '/assets/sparkline.js';

const SILENCE_MS = 150_000; // statistics come every minute, even when nobody sends
const LONGEST_PHOTO = 12_000_000; // characters
const RASTER = /^data:image\/(png|jpe?g|webp|gif|avif|bmp);base64,[a-z0-9+/]/i; // never SVG: that is a document

/** Part of a data point -> its numbers: label, digits, unit. */
const READINGS = {
  gps: {
    latitude: ['Latitude', 6, '°'], longitude: ['Longitude', 6, '°'], accuracy: ['Accuracy', 0, 'm'],
    altitude: ['Altitude', 0, 'm'], speed: ['Speed', 1, 'm/s'], heading: ['Heading', 0, '°'],
  },
  orientation: { heading: ['Compass', 0, '°'], alpha: ['Alpha', 1, '°'], beta: ['Beta', 1, '°'], gamma: ['Gamma', 1, '°'] },
  motion: {
    accelerationX: ['Acceleration x', 2, 'm/s²'], accelerationY: ['Acceleration y', 2, 'm/s²'], accelerationZ: ['Acceleration z', 2, 'm/s²'],
  },
  weather: {
    weatherCode: ['Sky'], temperature: ['Temperature', 1, '°C'], humidity: ['Humidity', 0, '%'], windSpeed: ['Wind', 1, 'km/h'],
    windDirection: ['Wind from', 0, '°'], precipitation: ['Precipitation', 1, 'mm'], cloudCover: ['Cloud cover', 0, '%'],
  },
};
/** Codes of the World Meteorological Organization, roughly: up to this code, this word. */
const SKIES = [[0, 'clear'], [2, 'partly cloudy'], [3, 'overcast'], [48, 'fog'], [67, 'rain'], [77, 'snow'], [82, 'showers'], [86, 'snow showers'], [99, 'thunderstorm']];

const log = boundedLog(byId('log'));
const rate = new Sparkline(byId('rate'));
const attitude = { needle: byId('needle'), horizon: byId('horizon') };
const showStream = facts(byId('stream'), {
  sender: 'Sender', points: 'Points here', size: 'Received', users: 'Phones', listeners: 'Listeners', total: 'Points in all',
});
const showReading = Object.fromEntries(Object.entries(READINGS).map(([part, numbers]) =>
  [part, facts(byId(part), Object.fromEntries(Object.entries(numbers).map(([key, [label]]) => [key, label])))]));

let parts = {}; // points are sparse, so the last value of each part is kept, with its time
const dirty = new Set(); // the parts to draw again
let stats = {};
let sender = null; // what to call it
let shownUser = null; // whose values the parts are
const received = { points: 0, characters: 0 };
let logged = { points: 0, parts: new Set() }; // since the last log line

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value) => Array.isArray(value) && value.length > 0;
const isPhoto = (value) => typeof value === 'string' && value.length < LONGEST_PHOTO && RASTER.test(value);
const accepts = {
  gps: isObject, orientation: isObject, motion: isObject, weather: isObject,
  objectsDetected: isList, colorPalette: isList, photoBase64: isPhoto,
};

function drawReading(part, value) {
  const texts = Object.entries(READINGS[part]).map(([key, [, digits, unit]]) => [key, measure(value[key], digits, unit)]);
  showReading[part](Object.fromEntries(texts));
}

const drawPart = {
  gps(gps = {}) {
    drawReading('gps', gps);
    const { latitude, longitude } = gps;
    const isPlace = isNumber(latitude) && isNumber(longitude) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    byId('map').hidden = !isPlace;
    if (isPlace) byId('map').href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  },
  orientation(orientation = {}) {
    drawReading('orientation', { ...orientation, heading: headingOf(orientation) });
    drawAttitude(attitude, orientation);
  },
  motion: (motion = {}) => drawReading('motion', motion),
  weather(weather = {}) {
    drawReading('weather', weather);
    const sky = isNumber(weather.weatherCode) && SKIES.find(([last]) => weather.weatherCode <= last);
    showReading.weather({ weatherCode: sky ? sky[1] : NONE });
  },
  objectsDetected: (objects = []) => byId('objects').replaceChildren(
    ...objects.slice(0, 20).filter(isObject).map((object) => remarked(object.class, measure(isNumber(object.score) ? object.score * 100 : null, 0, '%')))),
  colorPalette: (colors = []) => byId('palette').replaceChildren(...colors.slice(0, 12).map(hexOf).filter(Boolean).map((hex) => {
    const swatch = element('li', hex);
    swatch.style.borderInlineStartColor = hex;
    return swatch;
  })),
  photoBase64(photo = null) {
    byId('photo').hidden = photo === null;
    byId('no-photo').hidden = photo !== null;
    if (photo === null) byId('photo').removeAttribute('src');
    else byId('photo').src = photo;
  },
};

function hexOf(color) {
  if (typeof color?.hex === 'string' && /^#[0-9a-f]{6}$/i.test(color.hex)) return color.hex.toLowerCase();
  const channels = [color?.r, color?.g, color?.b];
  if (!channels.every((value) => isNumber(value) && value >= 0 && value <= 255)) return null;
  return `#${channels.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

const draw = oncePerFrame(() => {
  for (const part of dirty) drawPart[part](parts[part]?.value);
  dirty.clear();
  showStream({
    sender: sender === null ? 'none' : foreign(sender), points: count(received.points), size: measure(received.characters / 1e6, 1, 'MB'),
    users: count(stats.activeUsers), listeners: count(stats.passiveListeners), total: count(stats.totalDataPoints),
  });
});

/** Another phone's values must not stand beside the new one's. */
function follow(userId) {
  if (shownUser === userId || typeof userId !== 'string') return;
  shownUser = userId;
  parts = {};
  for (const part of Object.keys(drawPart)) dirty.add(part);
}

const events = {
  listener_connected: ({ message }) => log(foreign(message, 200)),
  sensor_data({ userId, username, data }) {
    follow(userId);
    sender = username ?? userId ?? null;
    rate.add();
    received.points++;
    logged.points++;
    logged.from = sender;
    for (const [part, isAcceptable] of Object.entries(accepts)) {
      if (!isAcceptable(data?.[part])) continue;
      parts[part] = { value: data[part], at: Date.now() };
      dirty.add(part);
      logged.parts.add(part);
    }
  },
  stats({ data }) {
    stats = isObject(data) ? data : {};
    const users = Array.isArray(stats.users) ? stats.users : [];
    sender = users.find((user) => user?.id === stats.activeSender)?.username ?? stats.activeSender ?? null;
  },
  server_shutdown: ({ message }) => log(`The server shuts down: ${foreign(message, 200)}`, 'bad'),
};

const socket = new LiveSocket({
  url: () => endpoint('/listener'),
  silenceMs: SILENCE_MS,
  onMessage(message, length) {
    received.characters += length;
    if (Object.hasOwn(events, message.type)) events[message.type](message);
    draw();
  },
  onState: connectionStatus(byId('state'), log),
});

/** Ages and rates once a second; also one log line a second, since phones send up to twenty points. */
setInterval(() => {
  for (const node of document.querySelectorAll('[data-age]')) {
    const part = parts[node.dataset.age];
    setText(node, part ? ago(part.at) : 'not received yet');
  }
  setText(byId('rate-now'), rate.draw());
  if (!logged.points) return;
  log(`${foreign(logged.from)}: ${logged.points} points (${[...logged.parts].sort().join(', ') || 'empty'})`);
  logged = { points: 0, parts: new Set() };
}, 1_000);

byId('photo').onerror = () => { // not an image after all
  delete parts.photoBase64;
  drawPart.photoBase64();
};
socket.connect();
