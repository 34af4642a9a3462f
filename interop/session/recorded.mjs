// A sensor session as a phone records it: somebody walks for a while, and the app sends what it sees. The same seed gives the same bytes.

const METRES_PER_DEGREE = 111_320;
const WALKING = 1.4; // metres a second
const FULL_EVERY_MS = 100;
/** Orientation-only points come between the full ones, so that there are about 20 messages a second. */
const ORIENTATION_OFFSET_MS = 50;
const WEATHER_EVERY_MS = 30_000;
const OBJECTS_EVERY_MS = 2_000;
const AUDIO_EVERY_MS = 4_000;
const START = Date.UTC(2025, 4, 17, 9, 30);

/** The most that the app sends as one photo: about 2.7 MB of base64. */
const FULL_PHOTO_BYTES = 2_020_000;
const SMALL_PHOTO_BYTES = 240_000;
const AUDIO_BYTES = 24_000;

/** A small generator of good random numbers in [0, 1): mulberry32. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Chance with the shapes that sensors have. */
class Chance {
  #random;

  constructor(seed) {
    this.#random = generator(seed);
  }

  within(low, high) {
    return low + this.#random() * (high - low);
  }

  happens(probability) {
    return this.#random() < probability;
  }

  /** Noise around zero (Box and Muller). */
  noise(size) {
    return size * Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  pick(items) {
    return items[Math.floor(this.#random() * items.length)];
  }

  /** Bytes that look compressed, between what marks the kind of file. */
  bytes(size, head, tail = []) {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = this.#random() * 256;
    bytes.set(head);
    bytes.set(tail, size - tail.length);
    return bytes;
  }
}

const rounded = (value, digits) => Number(value.toFixed(digits));

/** Where the walker is, and how the phone moves in the hand. */
class Walker {
  #chance;
  #latitude = 52.51451;
  #longitude = 13.35013;
  #altitude = 34;
  #heading = 71;
  #tunnelUntilMs = 0;

  constructor(chance) {
    this.#chance = chance;
  }

  step(seconds) {
    this.#heading = (this.#heading + this.#chance.noise(9) * Math.sqrt(seconds) + 360) % 360;
    const direction = (this.#heading * Math.PI) / 180;
    this.#latitude += (Math.cos(direction) * WALKING * seconds) / METRES_PER_DEGREE;
    this.#longitude += (Math.sin(direction) * WALKING * seconds) / (METRES_PER_DEGREE * Math.cos((this.#latitude * Math.PI) / 180));
    this.#altitude += this.#chance.noise(0.05);
  }

  /** Now and then there is no position at all, and often one without a speed or a heading. */
  gps(atMs) {
    if (atMs < this.#tunnelUntilMs) return null;
    if (this.#chance.happens(0.02)) {
      this.#tunnelUntilMs = atMs + this.#chance.within(300, 1_500);
      return null;
    }
    const accuracy = this.#chance.within(3, 18);
    const error = () => this.#chance.noise(accuracy / 3) / METRES_PER_DEGREE;
    return {
      latitude: rounded(this.#latitude + error(), 7),
      longitude: rounded(this.#longitude + error(), 7),
      altitude: this.#chance.happens(0.1) ? null : rounded(this.#altitude + this.#chance.noise(2), 1),
      accuracy: rounded(accuracy, 3),
      speed: this.#chance.happens(0.15) ? null : rounded(Math.max(0, WALKING + this.#chance.noise(0.2)), 2),
      heading: this.#chance.happens(0.15) ? null : rounded(this.#heading, 1),
    };
  }

  /** Some phones have no compass for a moment: then alpha is null. */
  orientation() {
    const alpha = (360 - this.#heading + this.#chance.noise(2) + 360) % 360;
    return {
      alpha: this.#chance.happens(0.03) ? null : rounded(alpha, 2),
      beta: rounded(78 + this.#chance.noise(4), 2),
      gamma: rounded(this.#chance.noise(5), 2),
      ...(this.#chance.happens(0.5) && { compass: rounded((360 - alpha) % 360, 1) }),
    };
  }

  motion() {
    return {
      accelerationX: rounded(this.#chance.noise(0.7), 4),
      accelerationY: rounded(9.81 + this.#chance.noise(1.1), 4),
      accelerationZ: this.#chance.happens(0.02) ? null : rounded(this.#chance.noise(0.9), 4),
    };
  }
}

const weather = (chance) => ({
  temperature: rounded(chance.within(12, 19), 1), humidity: Math.round(chance.within(40, 80)), windSpeed: rounded(chance.within(2, 22), 1),
  windDirection: Math.round(chance.within(0, 359)), weatherCode: chance.pick([0, 1, 2, 3, 61]), precipitation: 0, cloudCover: Math.round(chance.within(0, 100)),
});

const objects = (chance) => Array.from({ length: 1 + Math.floor(chance.within(0, 3)) }, () => ({
  class: chance.pick(['person', 'bicycle', 'dog', 'car', 'bench']),
  score: rounded(chance.within(0.5, 0.99), 4),
  bbox: Array.from({ length: 4 }, () => rounded(chance.within(0, 640), 2)),
}));

function palette(chance) {
  return Array.from({ length: 5 }, () => {
    const [r, g, b] = Array.from({ length: 3 }, () => Math.floor(chance.within(0, 256)));
    return { r, g, b, hex: `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}` };
  });
}

const JPEG_START = [0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01];
const JPEG_END = [0xff, 0xd9];
const WEBM_START = [0x1a, 0x45, 0xdf, 0xa3];

const dataUrl = (kind, bytes) => `data:${kind};base64,${bytes.toString('base64')}`;

/**
 * A session of so many seconds, as [{ atMs, message }]: the handshake without name and device, which is all that the phone app tells of itself, and then
 * its data messages. The photo in the middle is as large as they get; one a second after the start and one a second before the end are ordinary.
 */
export function recordedSession({ seed = 1, seconds = 10, fullPhotoBytes = FULL_PHOTO_BYTES } = {}) {
  const chance = new Chance(seed);
  const walker = new Walker(chance);
  const lengthMs = seconds * 1_000;
  const middleMs = Math.floor(lengthMs / 2 / FULL_EVERY_MS) * FULL_EVERY_MS;
  const photos = new Map([[1_000, SMALL_PHOTO_BYTES], [middleMs, fullPhotoBytes], [lengthMs - 1_000, SMALL_PHOTO_BYTES]]);
  const timestamp = (atMs) => new Date(START + atMs).toISOString();
  const session = [{ atMs: 0, message: { type: 'handshake', client: 'phone', version: '1.0.0', timestamp: timestamp(0) } }];
  let id = 0;
  const add = (atMs, data) => session.push({ atMs, message: { type: 'data', timestamp: timestamp(atMs), data } });

  for (let atMs = 0; atMs < lengthMs; atMs += FULL_EVERY_MS) {
    walker.step(FULL_EVERY_MS / 1_000);
    const photo = photos.get(atMs);
    add(atMs, {
      id: ++id,
      timestamp: timestamp(atMs),
      captureMethod: photo ? 'photo' : 'stream',
      modules: ['gps', 'orientation', 'motion', ...(photo ? ['camera'] : [])],
      gps: walker.gps(atMs),
      orientation: walker.orientation(),
      motion: walker.motion(),
      weather: atMs % WEATHER_EVERY_MS === 0 ? weather(chance) : null,
      ...(atMs % OBJECTS_EVERY_MS === 0 && { objectsDetected: objects(chance) }),
      ...(photo && { photoBase64: dataUrl('image/jpeg', chance.bytes(photo, JPEG_START, JPEG_END)), colorPalette: palette(chance) }),
      audioBase64: atMs % AUDIO_EVERY_MS === AUDIO_EVERY_MS / 2 ? dataUrl('audio/webm', chance.bytes(AUDIO_BYTES, WEBM_START)) : null,
    });
    add(atMs + ORIENTATION_OFFSET_MS, { timestamp: timestamp(atMs + ORIENTATION_OFFSET_MS), captureMethod: 'orientation', orientation: walker.orientation() });
  }
  return session;
}
