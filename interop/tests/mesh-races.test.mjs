// Scenario 28 of the Mesh contract, and others where several things happen at the same moment. What chance decides comes from a seed: SEED=... repeats a run.
//
// Every client looks at all that it gets (lib/mesh-shapes.mjs): whoever is announced is in its newest list, the term never falls and has
// one holder, and it is in every list itself.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ADMIN, STRONG, idsOf, passTime, scene, startMesh, times } from '../lib/mesh.mjs';

const DELAY = 30;
const TICK = 25;
const NEVER = '600000';
/** The organisations that race next to each other; each has its share of the rounds. */
const LANES = 5;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

const server = await startMesh({
  HEARTBEAT_INTERVAL: String(TICK), ELECTION_DELAY: String(DELAY), CLIENT_TIMEOUT: NEVER, MAIN_ADMIN_TIMEOUT: NEVER, MAX_MESSAGES_PER_SEC: '100000',
});
after(() => server.stop());

/** A small generator of good random numbers: mulberry32. */
class Chance {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit) {
    return Math.floor(this.#next() * limit);
  }

  of(list) {
    return list[this.below(list.length)];
  }

  shuffled(list) {
    const rest = [...list];
    return list.map(() => rest.splice(this.below(rest.length), 1)[0]);
  }
}

/** Runs the rounds in several organisations at once; each has observers, and a chance of its own. Whatever goes wrong comes with the seed. */
function race(name, rounds, prepare) {
  test(name, async (t) => {
    await Promise.all(times(LANES, async (lane) => {
      const meeting = await scene(t, server);
      const chance = new Chance(SEED + lane);
      const observers = await Promise.all(times(3, (i) => meeting.client(`observer ${i}`)));
      await observers[0].list(({ clients }) => clients.length === 3);
      const round = await prepare({ ...meeting, chance, observers });
      for (let i = 0; i < rounds / LANES; i++) {
        await round(i).catch((error) => { throw new Error(`SEED=${SEED}, lane ${lane}, round ${i}: ${error.message}`, { cause: error }); });
        for (const one of observers) assert.doesNotThrow(() => one.check(), `SEED=${SEED}, lane ${lane}, round ${i}`);
      }
      const changes = meeting.terms();
      assert.ok(changes.length > 3, `only ${changes.length} terms were seen, so this has proved little`);
      for (const one of observers) await one.list(({ term }) => term >= changes.at(-1)[0]);
    }));
  });
}

/** Does these things at random moments, in a random order, all within so many milliseconds. */
const atOnce = (chance, withinMs, acts) => Promise.all(chance.shuffled(acts).map(async (act) => {
  // A race is about moments, so the clock has to run here.
  if (withinMs > 0) await passTime(chance.below(withinMs));
  return act();
}));

const leave = (chance, one) => (chance.below(2) ? one.close() : one.drop());
/** Who is there besides the observers. */
const visitors = (list) => idsOf(list).filter((id) => !id.startsWith('observer'));

describe('28. Races', { concurrency: 2 }, () => {
  race('28. A candidate joins, the admin goes, and the deadline comes: 200 rounds', 200, async ({ client, chance, observers }) => {
    let inside = [];
    return async (round) => {
      if (inside.length === 0) inside = [await client(`first ${round}`, chance.of([ADMIN, STRONG]))];
      const { adminId } = await observers[0].list((list) => list.adminId !== null);
      const admin = inside.find(({ id }) => id === adminId) ?? assert.fail(`${adminId} is not among ${inside.map(({ id }) => id)}`);
      const heirs = inside.filter((one) => one !== admin);
      const gone = [admin, ...heirs.slice(0, chance.below(heirs.length + 1))];
      const come = [];
      // The admin goes, and a deadline runs; about that moment some come, and some go who may just have won.
      const around = () => passTime(DELAY + chance.below(12) - 6);
      const acts = gone.map((one) => async () => { if (one !== admin) await around(); await leave(chance, one); });
      acts.push(...times(1 + chance.below(2), (i) => async () => { await around(); come.push(await client(`c${round}-${i}`, chance.of([ADMIN, STRONG]))); }));
      await atOnce(chance, chance.of([0, 5, DELAY]), acts);
      inside = [...heirs.filter((one) => !gone.includes(one)), ...come];
      const ids = inside.map(({ id }) => id).sort();
      for (const one of observers) await one.list((list) => visitors(list).sort().join() === ids.join() && ids.includes(list.adminId));
    };
  });

  race('20. Two or three connections of one device at once: 300 rounds', 300, async ({ client, attempt, chance, observers }) => {
    const [o] = observers;
    let last = null;
    return async (round) => {
      // It may be there already, and it may be in office.
      const id = chance.of(['twin', `twin ${round}`]);
      const capabilities = chance.of([ADMIN, STRONG, undefined]);
      const all = times(2 + chance.below(2), (i) => attempt({ clientId: id, capabilities, clientName: `${i}` }));
      if (chance.below(2)) await Promise.all(all.map((one) => one.opened));
      await atOnce(chance, chance.of([0, 0, 6]), all.map((one) => () => one.opened.then(() => leave(chance, one))));
      if (last) await last.drop();
      // They are all gone, in whatever order; what the last one left behind, and when, has no effect on who comes now.
      last = chance.below(2) ? await client(id, capabilities) : null;
      if (last) {
        o.tell(id, round);
        assert.equal(await last.expectFrom(o.id), round);
        if (capabilities && chance.below(2)) await o.ruledBy(id);
      }
      for (const one of observers) await one.list((list) => visitors(list).join() === (last ? id : ''));
      for (const one of all) assert.equal(one.all('peer-message').length, 0);
    };
  });

  race('20. The old connection breaks while the new one comes: 100 rounds', 100, async ({ client, attempt, chance, observers }) => {
    const [o] = observers;
    let old = await client('x', STRONG);
    await client('y', ADMIN);
    await o.ruledBy('x');
    return async (round) => {
      const mark = o.mark();
      const next = attempt({ clientId: 'x', capabilities: STRONG });
      await atOnce(chance, chance.of([0, 0, 4]), [() => leave(chance, old), () => next.opened]);
      // Either it was gone for a moment, or it was there all the time, and in office.
      await next.list(() => true);
      await next.expect('welcome');
      o.tell('x', round);
      assert.equal(await next.expectFrom(o.id), round);
      const lists = o.all('client-list-update', mark).map(({ data }) => data);
      if (lists.every((list) => idsOf(list).includes('x'))) assert.ok(lists.every(({ adminId }) => adminId === o.listed.adminId), `SEED=${SEED}`);
      await o.list(({ adminId }) => adminId !== null);
      for (const one of observers) await one.list((list) => visitors(list).sort().join() === 'x,y');
      old = next;
    };
  });

  race('24. The main admin comes and goes while others are elected: 100 rounds', 100, async ({ client, mainAdmin, chance, observers }) => {
    let candidates = [await client('x', ADMIN), await client('y', STRONG)];
    return async (round) => {
      const admins = [];
      const acts = times(1 + chance.below(2), (i) => async () => {
        const m = await mainAdmin(`m${i}`);
        if (chance.below(3)) await passTime(chance.below(2 * DELAY));
        if (chance.below(4)) await leave(chance, m);
        else admins.push(m);
      });
      const [going] = candidates;
      acts.push(async () => { await leave(chance, going); });
      const coming = [];
      acts.push(async () => { coming.push(await client(`c${round}`, chance.of([ADMIN, STRONG]))); });
      await atOnce(chance, DELAY, acts);
      candidates = [...candidates.slice(1), ...coming];
      const stay = admins.filter((m) => m.isOpen);
      const ids = [...candidates, ...stay].map(({ id }) => id).sort().join();
      const rightful = (stay.length > 0 ? stay : candidates).map(({ id }) => id);
      for (const one of observers) await one.list((list) => visitors(list).sort().join() === ids && rightful.includes(list.adminId));
      for (const m of stay) await m.drop();
      for (const one of observers) await one.list((list) => visitors(list).length === candidates.length);
    };
  });
});
