// docs/ptt.md, held against the server: its quick start as it stands there, and its figures.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startRoost } from '../lib/roost.mjs';
import { eventually, root, temporaryFolder } from '../lib/tools.mjs';

const page = readFileSync(join(root, 'docs/ptt.md'), 'utf8');
const section = (title) => page.slice(page.indexOf(`\n## ${title}\n`)).split(/\n(?=## )/)[1];
/** What is indented, block by block. */
const blocks = section('Quick start').split(/\n(?=\S)/).map((part) => part.split('\n').filter((line) => line === '' || line.startsWith('    ')).map((line) => line.slice(4)).join('\n').trim())
  .filter((block) => block !== '');
const block = (beginning) => blocks.find((one) => one.startsWith(beginning)) ?? assert.fail(`no block begins with ${beginning}`);

let roost;
before(async () => {
  const key = /^export SECRET_KEY=(\S+)\n\.\/roost$/.exec(block('export SECRET_KEY'))[1];
  roost = await startRoost([], { SECRET_KEY: key });
});
after(() => roost?.stop());

const here = (text) => text.replaceAll('localhost:8080', `127.0.0.1:${roost.port}`);
const { PATH, HOME } = process.env;

/** Runs a shell in a folder with the radio; its output. */
function shell(t, folder, script) {
  // In a group of its own, because the shell waits for the radio, which waits for ever.
  const child = spawn('sh', ['-c', script], { cwd: folder, env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  const exited = new Promise((done) => child.once('exit', done));
  t.after(async () => {
    try { process.kill(-child.pid, 'SIGKILL'); } catch { /* It has ended by itself. */ }
    await exited;
  });
  return () => output;
}

test('The quick start: two radios, one hears the other; everybody may ask who is there', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t, 'guide');
  symlinkSync(join(root, 'interop/node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'radio.mjs'), here(block('import notepack')));
  const first = page.slice(page.indexOf('A token is a JWT'));
  const [ada, two] = [/^ {4}node radio\.mjs ada .*$/m.exec(first)[0].trim(), /^ {4}export SECRET_KEY=.*\n {4}token\(\) .*\n.*$/m.exec(first)[0]];
  const bob = /^ {4}node radio\.mjs bob .*$/m.exec(first)[0].trim();

  const hears = shell(t, folder, `${two}\n${ada}`);
  const stats = async () => (await (await fetch(`${roost.http}/stats`)).json()).ptt;
  await eventually('a member', async () => (await stats()).groups === 1);
  const speaks = shell(t, folder, `${two}\n${bob}`);
  await eventually('a STOP at the listener', () => /^2 from bob [^]*message_id/m.test(hears()), 20_000).catch((e) => assert.fail(`${e.message}: ${hears()} ${speaks()}`));
  assert.equal(hears().match(/^3 from bob \[ <Buffer /mg).length, 5);
  await eventually('STOP_ACK at the talker', () => /^7 from bob /m.test(speaks()));

  // What curl does with these words, without needing it.
  const [, body, url] = /^ {4}curl -d '(.*)' (\S+)$/m.exec(first);
  const answer = await (await fetch(here(url), { method: 'POST', body })).json();
  assert.deepEqual(answer.users.map(({ userId, status, deviceId }) => [userId, status, deviceId]),
    [['ada', 'online', 'phone-of-ada'], ['bob', 'online', 'phone-of-bob'], ['carol', 'offline', undefined]]);
});

test('Every figure under ptt in /stats is explained', async () => {
  const { ptt } = await (await fetch(`${roost.http}/stats`)).json();
  const figures = section('Figures');
  assert.ok(Object.keys(ptt).length > 10);
  assert.deepEqual(Object.keys(ptt).filter((name) => !figures.includes(`\`${name}\``)), []);
});
