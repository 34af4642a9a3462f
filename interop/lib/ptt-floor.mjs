// What members of a group do in tests of PTT: speak, stop, be refused, and compete.
import assert from 'node:assert/strict';
import { AUDIO, GROUP, START, START_ACK, START_FAILED, STOP, STOP_ACK, passTime, quiet } from './ptt.mjs';

/** How often somebody who wants the floor asks for it. */
export const ASK_MS = 15;
/** The clocks of the server tell milliseconds. */
export const TICK_MS = 2;

/** A frame of voice. */
export const AUDIO_BYTES = Buffer.from([0xf8, 0xff, 0xfe]);

/** Has the floor from now on; the others have been told. */
export async function speaks(speaker, group, ...others) {
  speaker.send(GROUP, START, group, Date.now());
  await speaker.expect(START_ACK);
  for (const one of others) await one.expect(START);
}

/** Lets it go; returns the id of what was said. */
export async function stops(speaker, group, ...others) {
  speaker.send(GROUP, STOP, group);
  const { id } = await speaker.expect(STOP_ACK);
  for (const one of others) assert.equal(saidBy(await one.expect(STOP)).message_id, id);
  return id;
}

/** What a payload says that is JSON. */
export const saidBy = ({ payload }) => JSON.parse(payload);

/** Asks for the floor, and does not get it. */
export async function refused(speaker, group, reason = 'Busy') {
  speaker.send(GROUP, START, group, Date.now());
  assert.equal((await speaker.expect(START_FAILED)).payload, reason);
}

// ---- Rules about time

/**
 * Asks for the floor until it is granted. `sentMs` is a time before the server heard the last AUDIO (or START) of who has it, `heardMs` one after: it must not be
 * granted earlier than `limitMs` after the former, and not be refused to who asks later than that after the latter.
 */
export async function takesOver(speaker, group, sentMs, heardMs, limitMs) {
  for (let refusals = 0; ; refusals++) {
    const askedMs = performance.now();
    speaker.send(GROUP, START, group, askedMs | 0);
    const { type, atMs } = await speaker.find((frame) => frame.type === START_ACK || frame.type === START_FAILED);
    if (type === START_ACK) {
      assert.ok(atMs - sentMs >= limitMs - TICK_MS, `granted after ${atMs - sentMs} ms`);
      assert.ok(refusals > 0, 'never refused: this has proved nothing');
      return;
    }
    assert.ok(askedMs - heardMs <= limitMs + TICK_MS, `refused ${askedMs - heardMs} ms after`);
    await passTime(ASK_MS);
  }
}

/** All START at once, so many times, beginning with another one each time: one gets the floor, all others are refused. */
export async function race(all, group, rounds) {
  const winners = new Set();
  for (let round = 1; round <= rounds; round++) {
    const order = all.map((_, i) => all[(i + round) % all.length]);
    for (const one of order) one.send(GROUP, START, group, round);
    const answers = await Promise.all(order.map((one) => one.find(({ type }) => type === START_ACK || type === START_FAILED)));
    const granted = order.filter((_, i) => answers[i].type === START_ACK);
    assert.equal(granted.length, 1, `${granted.length} have the floor in round ${round}`);
    assert.ok(answers.every(({ type, payload }) => payload === (type === START_ACK ? String(round) : 'Busy')));
    const [winner] = granted;
    winners.add(winner);
    const others = all.filter((one) => one !== winner);
    for (const one of others) assert.equal((await one.find(START)).from, winner.uid);
    winner.send(GROUP, STOP, group);
    const { id } = await winner.expect(STOP_ACK);
    for (const one of others) assert.equal(saidBy(await one.find(STOP)).message_id, id);
    await quiet(...all);
  }
  assert.ok(winners.size > 1, 'always the same one');
}
