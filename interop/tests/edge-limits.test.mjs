// How many WebSockets may be asked for in a second: 429 above it, or only a count.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import WebSocket from 'ws';
import { startRoost } from '../lib/roost.mjs';

// Few enough that a slow machine does not earn another place during the test.
const RATE = '1';

async function serverWith(t, env) {
  const roost = await startRoost(['--only', 'echo'], env);
  t.after(() => roost.stop());
  return roost;
}

/** The status of an upgrade, and the answer's headers if it was refused. */
async function upgrade(t, roost, headers = {}) {
  const ws = new WebSocket(`${roost.url}/echo`, { headers });
  t.after(() => ws.terminate());
  ws.on('error', () => {});
  return new Promise((done) => {
    ws.once('open', () => done({ status: 101 }));
    ws.once('unexpected-response', (_, response) => { response.resume(); done({ status: response.statusCode, headers: response.headers }); });
  });
}

async function failures(roost, reason) {
  const [response] = await once(get(`${roost.http}/metrics`), 'response');
  return Number(new RegExp(`^roost_handshake_failures_total\\{reason="${reason}"\\} (.*)$`, 'm').exec((await response.toArray()).join(''))[1]);
}

async function statuses(t, roost, count, headers) {
  const answers = await Promise.all(Array.from({ length: count }, () => upgrade(t, roost, headers)));
  return answers.map(({ status }) => status);
}

test('of one address: twice the rate at once, then 429 with Retry-After; others and plain requests are served', async (t) => {
  const roost = await serverWith(t, { HANDSHAKES_PER_ADDRESS: RATE, TRUSTED_PROXIES: '127.0.0.1' });
  const crowd = { 'X-Forwarded-For': '2001:db8::7' };
  const answers = await Promise.all(Array.from({ length: 30 }, () => upgrade(t, roost, crowd)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 20 && refused.length <= 28, `${refused.length} of 30 were refused`);
  for (const { headers } of refused) assert.equal(headers['retry-after'], '1');
  assert.equal(await failures(roost, 'rate'), refused.length);
  assert.equal((await upgrade(t, roost, { 'X-Forwarded-For': '203.0.113.9' })).status, 101);
  const late = Date.now() + 10_000;
  while ((await upgrade(t, roost, { 'X-Forwarded-For': '2001:db8::8' })).status !== 101) assert.ok(Date.now() < late, 'The neighbour was never let in');
});

test('of everybody together', async (t) => {
  const roost = await serverWith(t, { HANDSHAKES_PER_SECOND: RATE, TRUSTED_PROXIES: '127.0.0.1' });
  const all = await Promise.all(Array.from({ length: 30 }, (_, i) => upgrade(t, roost, { 'X-Forwarded-For': `203.0.113.${i}` })));
  const refused = all.filter(({ status }) => status === 429).length;
  assert.ok(refused >= 20 && refused <= 28, `${refused} of 30 were refused`);
});

test('a dry run lets everybody in and counts', async (t) => {
  const roost = await serverWith(t, { HANDSHAKES_PER_ADDRESS: RATE, HANDSHAKE_LIMIT_DRY_RUN: 'true' });
  assert.deepEqual([...new Set(await statuses(t, roost, 30))], [101]);
  const counted = await failures(roost, 'rate_dry_run');
  assert.ok(counted >= 20 && counted <= 28, `${counted} of 30 were counted`);
  assert.equal(await failures(roost, 'rate'), 0);
});

test('without a limit nobody is refused', async (t) => {
  const roost = await serverWith(t, {});
  assert.deepEqual([...new Set(await statuses(t, roost, 100))], [101]);
});
