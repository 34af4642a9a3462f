// Recordings of PTT: what real Opus encoders make goes through a running server, and what it records is read by the tools of Opus.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { AUDIO, GROUP, PRIVATE, scene, START, START_ACK, startPtt, STOP, STOP_ACK } from '../lib/ptt.mjs';
import { eventually, temporaryFolder } from '../lib/tools.mjs';

const RATE = 48_000;
const TONE_HZ = 440;
const PRE_SKIP = 312;
const SECONDS = 2;
/** Well over what is collected before the writer has it, so that it is on the disk without waiting for a second to pass. */
const ENOUGH_TO_SPOOL = 100;

const isInstalled = ['opusenc', 'opusinfo', 'opusdec'].every((tool) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, tool))));
const skip = isInstalled ? false : 'opus-tools are missing: run ./verify, or install the Debian package opus-tools';

/** A folder around the one of the recordings: nothing else may come to be in it. */
let around, folder;
let server;
const hooks = [];
before(async () => {
  around = temporaryFolder({ after: (hook) => hooks.push(hook) }, 'recordings');
  folder = join(around, 'a', 'recordings');
  server = await startPtt({ PTT_RECORDINGS: folder, DUPLICATE_LOGIN_POLICY: 'allow' });
});
after(async () => {
  await server?.stop();
  for (const hook of hooks) hook();
});

// ---- What the recordings are

/** All files below a folder, relative to it. */
const files = (root) => readdirSync(root, { recursive: true }).filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile());

/** The lines of all indexes; what stands behind the last end of a line is being written. */
const index = () => files(folder).filter((name) => name.endsWith('index.jsonl'))
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)).map((line) => JSON.parse(line));

/** The line of the index that this fits, when it is there. */
const listed = (fits) => eventually('a line in the index', () => index().find(fits));

/** Says it all at once and waits for the acknowledgement: the message id. */
async function say(speaker, channel, to, packets) {
  speaker.send(channel, START, to, 1);
  await speaker.find(START_ACK);
  for (const packet of packets) speaker.send(channel, AUDIO, to, packet);
  speaker.send(channel, STOP, to, 1);
  return (await speaker.find(STOP_ACK)).id;
}

// ---- Opus

/** A tone as samples of 16 bits, one channel after the other. */
function tone(seconds, channels) {
  const pcm = Buffer.alloc(seconds * RATE * channels * 2);
  for (let i = 0; i < seconds * RATE * channels; i++) pcm.writeInt16LE(Math.round(12_000 * Math.sin(2 * Math.PI * TONE_HZ * Math.floor(i / channels) / RATE)), 2 * i);
  return pcm;
}

/** The Opus packets that opusenc makes of a tone. */
function encoded(seconds, { channels = 1, options = [] } = {}) {
  const ogg = execFileSync('opusenc', ['--quiet', '--raw', `--raw-rate=${RATE}`, `--raw-chan=${channels}`, ...options, '-', '-'],
    { input: tone(seconds, channels), maxBuffer: 1 << 26, stdio: 'pipe' });
  return packetsOf(ogg).slice(2);
}

/** The packets of an Ogg file with one stream (RFC 3533, section 6). */
function packetsOf(ogg) {
  const packets = [];
  let parts = [];
  for (let at = 0; at < ogg.length;) {
    const segments = ogg.subarray(at + 27, at + 27 + ogg[at + 26]);
    at += 27 + segments.length;
    for (const segment of segments) {
      parts.push(ogg.subarray(at, at += segment));
      if (segment < 255) {
        packets.push(Buffer.concat(parts));
        parts = [];
      }
    }
  }
  return packets;
}

/** The granule position of the last page, which says where the stream ends. */
const positionOf = (ogg) => Number(ogg.readBigInt64LE(ogg.lastIndexOf('OggS') + 6));

/** What opusinfo says; it must have nothing to complain of. */
function inspected(file) {
  const said = execFileSync('opusinfo', [join(folder, file)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.doesNotMatch(said, /warning|error|corrupt|hole|invalid/i, said);
  assert.match(said, /Logical stream 1 ended/);
  return said;
}

/** What opusdec makes of it: the samples of the first channel. */
function decoded(t, file, channels) {
  const pcm = join(temporaryFolder(t, 'decoded'), 'out.raw');
  execFileSync('opusdec', ['--quiet', `--rate=${RATE}`, join(folder, file), pcm], { stdio: 'pipe' });
  const bytes = readFileSync(pcm);
  return Array.from({ length: bytes.length / 2 / channels }, (none, i) => bytes.readInt16LE(2 * i * channels));
}

/** How much of the power of these samples is in one frequency, from 0 to 1 (Goertzel's way). */
function share(samples, hz) {
  const factor = 2 * Math.cos(2 * Math.PI * hz / RATE);
  let [last, before, power] = [0, 0, 0];
  for (const sample of samples) {
    [last, before] = [sample + factor * last - before, last];
    power += sample * sample;
  }
  return (last * last + before * before - factor * last * before) / (power * samples.length / 2);
}

for (const { name, channels = 1, options = [], packetMs } of [
  { name: 'Voice of 20 ms a packet', options: ['--bitrate=24', '--speech'], packetMs: 20 },
  { name: 'Stereo of 60 ms a packet, three frames in each', channels: 2, options: ['--bitrate=96', '--framesize=60'], packetMs: 60 },
  { name: 'Packets longer than 255 and 510 bytes', options: ['--bitrate=256', '--hard-cbr'], packetMs: 20 },
  { name: 'Voice of 10 ms a packet', options: ['--bitrate=32', '--framesize=10'], packetMs: 10 },
]) {
  test(`${name}: opusinfo finds nothing wrong, opusdec finds the tone`, { skip }, async (t) => {
    const { name: own, members } = scene(t, server);
    const [ada] = await members(own('group'), own('ada'));
    const packets = encoded(SECONDS, { channels, options });
    const messageId = await say(ada, GROUP, own('group'), packets);
    const { file, codec, bytes, frames, lostFrames, from, to, channel } = await listed((line) => line.messageId === messageId);
    assert.deepEqual({ codec, frames, lostFrames, from, to, channel }, { codec: 'opus', frames: packets.length, lostFrames: 0, from: own('ada'), to: own('group'), channel: 'group' });
    assert.match(file, /^\d{4}-\d\d-\d\d\/\d{8}T\d{6}\.\d{3}Z-group-[a-z0-9]{12}\.opus$/);
    assert.equal(statSync(join(folder, file)).size, bytes);
    assert.deepEqual(packetsOf(readFileSync(join(folder, file))).slice(2), packets);
    const said = inspected(file);
    assert.match(said, new RegExp(`Channels: ${channels}\\n`));
    assert.match(said, new RegExp(`Packet duration: +${packetMs}\\.0ms \\(max\\)`));
    const samples = decoded(t, file, channels);
    assert.equal(samples.length, positionOf(readFileSync(join(folder, file))) - PRE_SKIP);
    const longerMs = samples.length / RATE * 1000 - 1000 * SECONDS;
    // The encoder fills up its last packet.
    assert.ok(longerMs >= 0 && longerMs <= packetMs, `${longerMs} ms longer than what was encoded`);
    const middle = samples.slice(RATE / 2, RATE * 3 / 2);
    assert.ok(share(middle, TONE_HZ) > 0.9, `${share(middle, TONE_HZ)} of the power is in the tone`);
    assert.ok(share(middle, TONE_HZ * 1.5) < 0.01);
  });
}

test('What is not Opus is kept byte by byte', async (t) => {
  const { name: own, client } = scene(t, server);
  const [ada] = [await client(own('ada')), await client(own('bob'))];
  const parts = [Buffer.from([0xfb, 0, 1]), Buffer.from('no Opus'), Buffer.alloc(70_000, 7)];
  const messageId = await say(ada, PRIVATE, own('bob'), parts);
  const { file, codec, channel } = await listed((line) => line.messageId === messageId);
  assert.deepEqual({ codec, channel }, { codec: 'raw', channel: 'private' });
  assert.match(file, /-private-[a-z0-9]{12}\.raw$/);
  assert.deepEqual(readFileSync(join(folder, file)), Buffer.concat(parts));
});

test('Ids that look like paths leave the folder as it is', async (t) => {
  const { name: own, client } = scene(t, server);
  for (const uid of ['../x', '/tmp/x', '..', 'a/../../../x', 'x'.repeat(128), '__proto__']) {
    const group = `../../${own('group')}/${uid.slice(0, 20)}`;
    const hostile = await client(uid, { channelIds: [group] });
    const messageId = await say(hostile, GROUP, group, [Buffer.from([0xf8, 1, 2])]);
    const { file, from, to } = await listed((line) => line.messageId === messageId);
    assert.deepEqual({ from, to }, { from: uid, to: group });
    assert.match(file, /^[-\dTZ.]+\/[-\dTZ.]+Z-group-[a-z0-9]{12}\.opus$/);
  }
  assert.deepEqual(readdirSync(around), ['a']);
  assert.deepEqual(readdirSync(join(around, 'a')), ['recordings']);
  for (const name of files(folder)) assert.match(name, /^(recordings\.lock|unfinished\/.*|\d{4}-\d\d-\d\d\/(index\.jsonl|\d{8}T\d{6}\.\d{3}Z-(group|private)-[a-z0-9]{12}\.(opus|raw)))$/);
});

test('Two connections of one user that speak to one user at once are two recordings', async (t) => {
  const { name: own, client } = scene(t, server);
  await client(own('bob'));
  const both = [await client(own('ada'), { device: 'one' }), await client(own('ada'), { device: 'two' })];
  for (const one of both) {
    one.send(PRIVATE, START, own('bob'), 1);
    await one.find(START_ACK);
  }
  for (let i = 0; i < 50; i++) {
    both.forEach((one, which) => one.send(PRIVATE, AUDIO, own('bob'), Buffer.from([0xf8, which, i])));
  }
  for (const one of both) {
    one.send(PRIVATE, STOP, own('bob'), 1);
    await one.find(STOP_ACK);
  }
  const lines = await eventually('two lines', () => {
    const found = index().filter((line) => line.from === own('ada'));
    return found.length === 2 && found;
  });
  const recorded = lines.map(({ file }) => packetsOf(readFileSync(join(folder, file))).slice(2));
  recorded.sort((a, b) => a[0][1] - b[0][1]);
  recorded.forEach((packets, which) => assert.deepEqual(packets, Array.from({ length: 50 }, (none, i) => Buffer.from([0xf8, which, i]))));
});

test('A transmission without audio makes no file', async (t) => {
  const { name: own, members } = scene(t, server);
  const [ada] = await members(own('group'), own('ada'));
  await say(ada, GROUP, own('group'), []);
  const messageId = await say(ada, GROUP, own('group'), [Buffer.from([0xf8])]);
  await listed((line) => line.messageId === messageId);
  assert.equal(index().filter((line) => line.from === own('ada')).length, 1);
});

test('A second server in the same folder does not start', async () => {
  await assert.rejects(startPtt({ PTT_RECORDINGS: folder }), (error) => {
    assert.match(error.message, /PTT_RECORDINGS must be a folder that this server alone can write to, but was ".*" \(from the environment\): another server records there\n?$/m);
    assert.doesNotMatch(error.message, /\tat /);
    return true;
  });
});

test('What was said when the server was killed is finished by the next one', async (t) => {
  const { name: own, members } = scene(t, server);
  const [ada] = await members(own('group'), own('ada'));
  ada.send(GROUP, START, own('group'), 1);
  await ada.find(START_ACK);
  const packets = Array.from({ length: ENOUGH_TO_SPOOL }, (none, i) => Buffer.concat([Buffer.from([0xf8, i]), Buffer.alloc(600, i)]));
  for (const packet of packets) ada.send(GROUP, AUDIO, own('group'), packet);
  const spool = await eventually('a spool', () => files(folder).find((name) => name.endsWith('.spool') && statSync(join(folder, name)).size > 40_000));
  await server.stop('SIGKILL');
  assert.ok(existsSync(join(folder, spool)));
  server = await startPtt({ PTT_RECORDINGS: folder });
  const { file, messageId, codec, frames } = await listed((line) => line.from === own('ada'));
  assert.deepEqual({ messageId, codec }, { messageId: null, codec: 'opus' });
  const recorded = packetsOf(readFileSync(join(folder, file))).slice(2);
  assert.equal(recorded.length, frames);
  assert.ok(frames > ENOUGH_TO_SPOOL / 2, `${frames} frames`);
  assert.deepEqual(recorded, packets.slice(0, frames));
  assert.ok(!existsSync(join(folder, spool)));
  if (isInstalled) inspected(file);
});

test('What is being said when the server ends is in a recording to its last frame', async (t) => {
  const { name: own, members } = scene(t, server);
  const [ada] = await members(own('group'), own('ada'));
  ada.send(GROUP, START, own('group'), 1);
  await ada.find(START_ACK);
  const packets = Array.from({ length: 5 }, (none, i) => Buffer.from([0xf8, i]));
  for (const packet of packets) ada.send(GROUP, AUDIO, own('group'), packet);
  await ada.sync();
  await server.stop();
  const { file } = index().find((line) => line.from === own('ada'));
  assert.deepEqual(packetsOf(readFileSync(join(folder, file))).slice(2), packets);
});
