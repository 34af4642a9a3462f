// deploy/ptt/, tried: a real nginx in front of two real Roosts with PTT and one Redis.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startPttNginx } from '../lib/nginx.mjs';
import { AUDIO, Client, GROUP, KEY, PRESENCE_SNAPSHOT, PRESENCE_UPDATE, sign, START, START_ACK, STOP, STOP_ACK, USER_ADD } from '../lib/ptt.mjs';
import { startRedis } from '../lib/redis.mjs';
import { java, startRoost } from '../lib/roost.mjs';
import { eventually, program, root } from '../lib/tools.mjs';

const run = promisify(execFile);
const TLS = { rejectUnauthorized: false };

/** An HTTPS request: { status, body }. */
async function ask(nginx, method, path, body) {
  const asked = request(nginx.https + path, { ...TLS, method, agent: false });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, body: (await response.toArray()).join('') };
}

test('nginx in front of two Roosts: both get users, who talk to each other; a device keeps its id; one server may stop', { timeout: 120_000 }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const settings = { ONLY: 'ptt', SECRET_KEY: KEY, TRUSTED_PROXIES: '127.0.0.1', PRESENCE_BATCH_WINDOW_MS: '0', ...redis.env };
  const servers = await Promise.all([startRoost([], settings), startRoost([], settings)]);
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  // Each of them knows of the other.
  await eventually('both at Redis', async () => (await redis.command('PUBSUB', 'NUMSUB', 'roost:ptt:nodes'))[1] === 2);
  const nginx = await startPttNginx(t, servers.map(({ port }) => port));

  const clients = [];
  t.after(() => Promise.all(clients.map((client) => client.drop())));
  const come = async (uid, options = {}) => {
    const client = new Client(nginx, { uid, token: sign({ uid, ...options.claims }), path: '/', ...TLS, ...options });
    clients.push(client);
    await client.opened;
    await client.sync();
    return client;
  };
  const desk = await come('desk', { claims: { role: 'dashboard' }, by: 'subprotocol', device: 'desk-1' });
  assert.equal((await desk.expect(PRESENCE_SNAPSHOT)).payload.users.length, 0);
  const ada = await come('ada', { device: 'phone-a' });
  const update = await desk.find(({ type, payload }) => type === PRESENCE_UPDATE && payload.userId === 'ada');
  assert.equal(update.payload.deviceId, 'phone-a', 'the header device_id came through');
  const bob = await come('bob', { device: 'phone-b' });

  // The fewest connections count, so three clients are on two servers.
  const users = await Promise.all(servers.map(async ({ http }) => (await (await fetch(`${http}/stats`)).json()).ptt.users));
  assert.deepEqual(users.sort(), [1, 2]);

  for (const one of [ada, bob]) one.send(GROUP, USER_ADD, 'team');
  await Promise.all([ada.sync(), bob.sync()]);
  const sizes = async () => (await redis.command('SMEMBERS', 'g.team.u')).length;
  await eventually('both are members', async () => (await sizes()) === 2);
  // Whichever two of them share a server: every pair that speaks hears each other.
  for (const [speaker, hearer] of [[ada, bob], [bob, ada]]) {
    speaker.send(GROUP, START, 'team', 1);
    await speaker.expect(START_ACK);
    await hearer.expect(START);
    speaker.send(GROUP, AUDIO, 'team', Buffer.from('sound'));
    assert.deepEqual(Buffer.from((await hearer.expect(AUDIO)).payload), Buffer.from('sound'));
    speaker.send(GROUP, STOP, 'team');
    await speaker.expect(STOP_ACK);
    await hearer.expect(STOP);
  }

  const { status, body } = await ask(nginx, 'POST', '/api/presence/status', '{"userIds":["ada","nobody"]}');
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body).users.map((user) => user.status), ['online', 'offline']);
  assert.equal((await ask(nginx, 'GET', '/health')).status, 200);
  assert.match((await ask(nginx, 'GET', '/metrics')).body, /^roost_ptt_redis_up 1/m);

  // One of the two stops: who was there comes again, to the other.
  await servers[0].stop();
  const left = [ada, bob].filter((client) => client.isOpen);
  for (const client of [ada, bob].filter((one) => !one.isOpen)) {
    assert.equal((await client.ended()).code, 1001);
    left.push(await come(client.uid, { device: client === ada ? 'phone-a' : 'phone-b' }));
  }
  const [one, other] = left;
  other.skip();
  one.send(GROUP, START, 'team', 2);
  await one.find(START_ACK);
  await other.find(START);
});

test('ptt/compose.yaml: whole with its three settings, refused without one; the server accepts its settings, nginx.conf names its servers', async () => {
  const compose = program('docker-compose', 'docker-compose');
  const { PATH, HOME } = process.env;
  const config = (env) => run(compose, ['-f', join(root, 'deploy/ptt/compose.yaml'), 'config'], { env: { PATH, HOME, ...env } });
  const whole = { SECRET_KEY: 'a key', REDIS_PASSWORD: 'a word', CERTIFICATES: '/etc/ssl/roost' };
  const { stdout } = await config(whole);
  for (const part of [/^ {2}roost-1:/m, /^ {2}roost-2:/m, /^ {2}redis:/m, /^ {2}nginx:/m, /appendonly/, /requirepass/, /read_only: true/, /redis-data:\/data|source: redis-data/]) assert.match(stdout, part);
  const block = stdout.slice(stdout.indexOf('\n  roost-1:'));
  const settings = Object.fromEntries([...block.slice(0, block.indexOf('\n  roost-2:')).matchAll(/^ {6}([A-Z_]+): (?:'(.*)'|"(.*)"|(.*))$/gm)]
    .map(([, name, ...values]) => [name, values.find((value) => value !== undefined)]));
  delete settings.JDK_JAVA_OPTIONS;
  assert.deepEqual([settings.SECRET_KEY, settings.REDIS_PASSWORD, settings.ONLY, settings.PORT], ['a key', 'a word', 'ptt', '3000']);
  const { stdout: report } = await run(java, ['-jar', join(root, 'target/roost.jar'), '--check-config'], { env: { PATH, HOME, ...settings } });
  for (const name of Object.keys(settings)) assert.match(report, new RegExp(`^\\w*${name} = `, 'm'));
  assert.match(report, /The configuration is valid: ptt on 0\.0\.0\.0:3000/);
  for (const name of Object.keys(whole)) await assert.rejects(config({ ...whole, [name]: '' }), new RegExp(name));
});
