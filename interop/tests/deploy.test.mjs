// What is in deploy/, held against the server that it deploys: each file by whatever can read it here, and run where it can be run.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startRedis } from '../lib/redis.mjs';
import { java, startRoost } from '../lib/roost.mjs';
import { certificate, eventually, freePort, program, root, temporaryFolder } from '../lib/tools.mjs';

const run = promisify(execFile);
const text = (name) => readFileSync(join(root, name), 'utf8');
const { PATH, HOME, LANG } = process.env;
const environment = { PATH: `${dirname(java)}:${PATH}`, HOME, LANG };

/** The options that ./roost gives to Java. */
const javaOptions = /^java_options="(.*)"$/m.exec(text('roost'))[1].split(' ');

/** A process that runs until the test ends; its log(). */
function start(t, command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, exited, log: () => output };
}

async function listening({ child, log }) {
  await eventually('listening', () => {
    assert.equal(child.exitCode, null, log());
    return log().includes('Listening on');
  }, 30_000);
}

// ---- Dockerfile

/** The instructions of a Dockerfile: { name, words }, continued lines joined, comments left out. */
function instructions(file) {
  return file.split('\n').filter((line) => !/^\s*(#|$)/.test(line)).join('\n').replace(/\\\n/g, ' ').split('\n').map((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? assert.fail(`no instruction: ${line}`);
    return { name, words: rest.startsWith('[') ? JSON.parse(rest) : rest.split(/\s+/) };
  });
}

const flagless = (words) => words.filter((word) => !word.startsWith('--'));

describe('Dockerfile', () => {
  const all = instructions(text('deploy/Dockerfile'));
  const second = all.findLastIndex(({ name }) => name === 'FROM');
  const [build, image] = [all.slice(0, second), all.slice(second)];
  const only = (name) => {
    const found = image.filter((instruction) => instruction.name === name);
    assert.equal(found.length, 1, name);
    return found[0].words;
  };

  test('known instructions, images of Java 25 with a version, no secrets', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT'];
    for (const { name } of all) assert.ok(known.includes(name), name);
    assert.deepEqual(all.filter(({ name }) => name === 'FROM').map(({ words }) => words), [['maven:3.9-eclipse-temurin-25', 'AS', 'build'], ['eclipse-temurin:25-jre-noble']]);
    const release = /<maven.compiler.release>(\d+)</.exec(text('pom.xml'))[1];
    for (const { words } of all.filter(({ name }) => name === 'FROM')) assert.match(words[0], new RegExp(`temurin(:|-)${release}\\b`));
    assert.doesNotMatch(text('deploy/Dockerfile'), /^(ARG|ENV).*(KEY|TOKEN|SECRET|PASSWORD)/mi);
  });

  test('what is copied is there, and is let in by the list of what is not ignored', () => {
    const [first, ...allowed] = text('deploy/Dockerfile.dockerignore').split('\n').filter((line) => !/^(#|$)/.test(line));
    assert.equal(first, '*');
    for (const { words } of all.filter(({ name, words: w }) => name === 'COPY' && !w.some((word) => word.startsWith('--from')))) {
      for (const source of flagless(words).slice(0, -1)) {
        assert.ok(existsSync(join(root, source)), source);
        assert.ok(allowed.includes(`!${source}`), `${source} is ignored`);
      }
    }
    for (const name of allowed) assert.ok(existsSync(join(root, name.slice(1))), name);
  });

  test('Java has the options of ./roost, at the training and at the start; the process is not root; signals reach it', () => {
    const entry = only('ENTRYPOINT');
    assert.deepEqual(entry.slice(0, 1 + javaOptions.length), ['java', ...javaOptions]);
    const train = image.find(({ name, words }) => name === 'RUN' && words.includes('--train')).words;
    assert.deepEqual(train.slice(0, 1 + javaOptions.length), ['java', ...javaOptions]);
    assert.match(only('USER')[0], /^[1-9]\d+:[1-9]\d+$/);
    assert.deepEqual([only('STOPSIGNAL'), only('EXPOSE'), only('VOLUME')], [['SIGTERM'], ['8080'], ['/data']]);
  });

  test('the steps of the image, done here: the cache is made and used, the store is in its volume, health is told, SIGTERM ends with 0', { timeout: 90_000 }, async (t) => {
    const folder = temporaryFolder(t, 'image');
    const inside = (path) => path.replaceAll('/opt/roost', join(folder, 'opt')).replaceAll('/data/', `${folder}/data/`);
    for (const { words } of image.filter(({ name }) => name === 'COPY')) {
      const [source, destination] = flagless(words);
      cpSync(join(root, source.replace(/^\/src\//, '')), inside(destination), { recursive: true, preserveTimestamps: true });
    }
    assert.ok(build.some(({ name, words }) => name === 'WORKDIR' && words[0] === '/src'));
    mkdirSync(join(folder, 'data'));
    const train = image.find(({ name, words }) => name === 'RUN' && words.includes('--train')).words.join(' ');
    await run('sh', ['-c', inside(train)], { env: environment, cwd: folder });
    assert.ok(statSync(join(folder, 'opt/roost.aot')).size > 1e6, 'no cache');

    const port = await freePort();
    const settings = Object.fromEntries(only('ENV').map((setting) => inside(setting).split('=')));
    const env = { ...environment, ...settings, HOST: '127.0.0.1', PORT: String(port) };
    const [command, ...args] = only('ENTRYPOINT').map(inside);
    // The same line with the cache required fails where the cache does not fit.
    await run(command, [...args.slice(0, -2), '-XX:AOTMode=on', ...args.slice(-2), '--version'], { env });
    const server = start(t, command, args, { env, cwd: join(folder, 'data') });
    await listening(server);
    assert.ok(existsSync(join(folder, 'data/roost.db')));

    const health = only('HEALTHCHECK');
    const healthCommand = inside(JSON.parse(health.slice(health.indexOf('CMD') + 1).join(' '))[0]);
    await run(healthCommand, { env });
    server.child.kill('SIGTERM');
    assert.deepEqual(await server.exited, { code: 0, signal: null }, server.log());
    await assert.rejects(run(healthCommand, { env }));
  });
});

test('health: also where Roost speaks TLS itself, and behind a PROXY header', async (t) => {
  const { cert, key } = certificate(temporaryFolder(t, 'health'));
  for (const settings of [{ TLS_CERT: cert, TLS_KEY: key }, { PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '127.0.0.1' }]) {
    const roost = await startRoost(['--only', 'echo'], settings);
    t.after(() => roost.stop());
    await run(join(root, 'deploy/health'), { env: { PATH, PORT: String(roost.port), ...settings } });
    await assert.rejects(run(join(root, 'deploy/health'), { env: { PATH, PORT: String(roost.port) } }));
  }
});

// ---- compose.yaml

test('compose.yaml: whole with both keys, refused without one; the server accepts its settings', async () => {
  const compose = program('docker-compose', 'docker-compose');
  const config = (env) => run(compose, ['-f', join(root, 'deploy/compose.yaml'), 'config'], { env: { PATH, HOME, ...env } });
  const { stdout } = await config({ API_KEY: 'a key', DASHBOARD_TOKEN: 'a token', PORT: '9000', MINI_SERVER_ORGANIZATION_ID: 'org_1', MESH_TOKEN: 'another', SECRET_KEY: 'a fourth', ADMIN_TOKEN: 'a third' });
  for (const part of [/read_only: true/, /stop_grace_period: 10s/, /nofile:/, /- roost-data:\/data|source: roost-data/, /9000/, /dockerfile: deploy\/Dockerfile/]) assert.match(stdout, part);
  const settings = Object.fromEntries([...stdout.matchAll(/^ {6}([A-Z_]+): (?:'(.*)'|"(.*)"|(.*))$/gm)].map(([, name, ...values]) => [name, values.find((value) => value !== undefined)]));
  assert.deepEqual([settings.API_KEY, settings.DASHBOARD_TOKEN, settings.REQUIRE_API_KEY], ['a key', 'a token', 'true']);
  delete settings.JDK_JAVA_OPTIONS;
  const { stdout: report } = await run(java, ['-jar', join(root, 'target/roost.jar'), '--check-config'], { env: { ...environment, ...settings } });
  for (const name of ['API_KEY', 'DASHBOARD_TOKEN', 'REQUIRE_API_KEY', 'MINI_SERVER_ORGANIZATION_ID', 'MESH_TOKEN', 'SECRET_KEY', 'ADMIN_TOKEN']) assert.match(report, new RegExp(`^\\w*${name} = `, 'm'));
  assert.match(report, /The configuration is valid: parrot, gallery, publicrooms, mesh, ptt on/);
  await assert.rejects(config({ API_KEY: 'a key' }), /DASHBOARD_TOKEN/);
  await assert.rejects(config({ DASHBOARD_TOKEN: 'a token' }), /API_KEY/);
});

// ---- systemd and Procfile

test('roost.service: systemd takes it, finds it well locked up, and it does not forbid what Java needs', async (t) => {
  const unit = join(temporaryFolder(t, 'unit'), 'roost.service');
  assert.match(text('deploy/roost.service'), /^ExecStart=\/opt\/roost\/roost$/m);
  assert.doesNotMatch(text('deploy/roost.service'), /^MemoryDenyWriteExecute=(yes|true)/m);
  writeFileSync(unit, text('deploy/roost.service').replace('/opt/roost/roost', join(root, 'roost')));
  const analyze = program('systemd-analyze', 'systemd');
  const { stderr } = await run(analyze, ['verify', '--man=no', unit]);
  assert.equal(stderr.split('\n').filter((line) => line.includes('roost.service')).join('\n'), '');
  // In tenths: 20 is an exposure of 2.0, which systemd calls OK.
  await run(analyze, ['security', '--offline=true', '--threshold=20', '--no-pager', unit]);
});

test('Procfile: its line starts a server on PORT, which ends with 0 at SIGTERM', async (t) => {
  const [, command] = /^web: (.*)\n$/.exec(text('deploy/Procfile'));
  assert.deepEqual(command.split(' ').slice(0, 2 + javaOptions.length), ['exec', 'java', ...javaOptions]);
  const port = await freePort();
  const server = start(t, 'sh', ['-c', command], { cwd: root, env: { ...environment, PORT: String(port), HOST: '127.0.0.1', STORE: 'memory', TRUST_PROXY: 'true' } });
  await listening(server);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exited, { code: 0, signal: null }, server.log());
});

// ---- What is measured

/** Every expression of the board: those of panels and of variables. */
function boardQueries() {
  const board = JSON.parse(text('deploy/grafana-dashboard.json'));
  const queries = board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const variables = board.templating.list.flatMap(({ definition = '' }) => /label_values\((.*), \w+\)/.exec(definition)?.[1] ?? []);
  assert.ok(queries.length > 50 && variables.length === 2);
  return { board, queries: [...queries, ...variables].map((query) => query.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*').replaceAll('$instance', '.*')) };
}

const rules = () => [...text('deploy/prometheus-alerts.yml').matchAll(/- alert: (\w+)\n\s+expr: (.*)\n/g)].map(([, name, expr]) => ({ name, expr }));

/** The names of metrics in an expression, each with what its selector asks of labels that Roost itself gives. */
function selectors(expr) {
  return [...expr.matchAll(/\b((?:roost|presence|jvm|process|system)_\w+)(?:\{([^}]*)\})?/g)].map(([, name, labels = '']) => ({
    name, labels: [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]).filter(([label]) => label !== 'job'),
  }));
}

/** The names of what Roost itself counts; a histogram has one. */
const own = (samples) => new Set(samples.filter((line) => /^(roost|presence)_/.test(line)).map((line) => family(nameIn(line))));
const nameIn = (line) => /^\w+/.exec(line)?.[0] ?? '';
const family = (name) => name.replace(/^(presence_update_latency_seconds)_(bucket|sum|count)$/, '$1');

async function scrape(server) {
  const [response] = await once(get(`${server.http}/metrics`, { rejectUnauthorized: false }), 'response');
  return (await response.toArray()).join('');
}

describe('metrics', () => {
  let samples;

  test('everything that the board and the alerts ask for is in a scrape of a running server', async (t) => {
    const { cert, key } = certificate(temporaryFolder(t, 'metrics'));
    const redis = await startRedis();
    t.after(() => redis.stop());
    const roost = await startRoost(['--only', 'parrot,gallery,mesh,publicrooms,ptt,echo', '--store', join(temporaryFolder(t, 'store'), 'roost.db')],
      { TLS_CERT: cert, TLS_KEY: key, MINI_SERVER_ORGANIZATION_ID: 'org_1', SECRET_KEY: 'a key', PTT_RECORDINGS: join(temporaryFolder(t, 'recordings'), 'made'), ...redis.env });
    t.after(() => roost.stop());
    await scrape(roost);
    // Figures of the collector are there once it has run.
    await run(join(dirname(java), 'jcmd'), [String(roost.pid), 'GC.run']);
    samples = await eventually('a pause of the collector', async () => {
      const lines = await scrape(roost);
      return lines.includes('\njvm_gc_pause_seconds_sum') && lines.split('\n');
    });
    const has = ({ name, labels }) => samples.some((line) => nameIn(line) === name
      && labels.every(([label, value]) => line.includes(`${label}="${value}"`)));
    const asked = [...boardQueries().queries, ...rules().map(({ expr }) => expr)].flatMap(selectors);
    assert.ok(asked.length > 70, `only ${asked.length} selectors were found`);
    assert.deepEqual(asked.filter((selector) => !has(selector)), []);
    // And the other way round: what Roost counts is on the board.
    const shown = new Set(asked.map(({ name }) => family(name)));
    assert.ok(own(samples).has('presence_online_total'));
    assert.deepEqual([...own(samples)].filter((name) => !shown.has(name)), []);
    await eventually('Redis', async () => /^roost_ptt_redis_up 1(\.0)?$/m.test(await scrape(roost)));
    await redis.kill();
    await eventually('no Redis', async () => /^roost_ptt_redis_up 0(\.0)?$/m.test(await scrape(roost)));
  });

  test('operations.md explains each of them, and each alert', () => {
    const page = text('docs/operations.md');
    const counted = own(samples);
    assert.deepEqual([...counted].filter((name) => !page.includes(`\`${name}\``)), []);
    assert.deepEqual(rules().map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``)), []);
    for (const [, name] of page.matchAll(/`((?:roost|presence)_\w+)`/g)) assert.ok(counted.has(name), `${name} is explained, but there is none`);
  });

  test('the board has panels that do not overlap, and expressions that Prometheus understands; so have the alerts', async (t) => {
    const promtool = program('promtool', 'prometheus');
    const { board, queries } = boardQueries();
    const places = board.panels.map(({ gridPos: { x, y, w, h } }) => ({ x, y, w, h }));
    for (const [i, a] of places.entries()) {
      assert.ok(a.x + a.w <= 24);
      for (const b of places.slice(i + 1)) assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, 'panels overlap');
    }
    assert.equal(new Set(board.panels.map(({ id }) => id)).size, board.panels.length);
    const file = join(temporaryFolder(t, 'rules'), 'board.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules: queries.map((expr, i) => ({ record: `panel_${i}`, expr })) }] }));
    await run(promtool, ['check', 'rules', file]);
    const { stdout } = await run(promtool, ['check', 'rules', join(root, 'deploy/prometheus-alerts.yml')]);
    assert.match(stdout, new RegExp(`SUCCESS: ${rules().length} rules found`));
  });

  test('each alert fires when it should, and not before', async (t) => {
    const folder = temporaryFolder(t, 'alerts');
    const file = join(folder, 'test.yml');
    const labels = 'job="roost",instance="a"';
    // A server that is well, then the same with one thing wrong from the first minute on. [alert, metric, its values]
    const well = { up: '1x60', process_start_time_seconds: '5x60', roost_store_healthy: '1x60', roost_store_slowest_commit_seconds: '0.01x60', roost_loop_lag_seconds: '0.002x60',
      process_cpu_usage: '0.3x60', jvm_gc_live_data_size_bytes: '10x60', jvm_gc_max_data_size_bytes: '100x60', process_files_open_files: '50x60', process_files_max_files: '100x60',
      'roost_handshake_failures_total|reason="capacity"': '0x60', 'roost_handshake_failures_total|reason="timeout"': '0+60x60', roost_slow_consumers_total: '0x60', roost_queue_bytes: '1000x60',
      roost_tls_certificate_expiry_seconds: '9999999x60', roost_tls_reload_failures_total: '0x60',
      roost_mesh_pending_elections: '0x60', roost_mesh_term: '1000+1x60', roost_mesh_replacements: '0+1x60', roost_mesh_timeouts: '0+1x60', roost_mesh_clients: '5x60',
      roost_ptt_redis_up: '1x60', presence_ttl_expired_total: '0+1x60', presence_online_total: '50x60', roost_ptt_floor_refusals: '0+6x60', roost_ptt_floor_grants: '0+60x60',
      roost_ptt_duplicate_logins: '0+1x60', roost_ptt_recordings_lost: '0x60',
      roost_publicrooms_connections_accepted: '0+60x60', 'roost_publicrooms_refusals_total|code="TOO_MANY_CONNECTIONS"': '0+6x60', 'roost_publicrooms_refusals_total|code="SEND_MESSAGE_ERROR"': '0x60',
      'roost_publicrooms_refusals_total|code="JOIN_ERROR"': '0+60x60', roost_publicrooms_queue_length: '0x60', roost_publicrooms_ended_by_ping_timeout: '0+1x60', roost_publicrooms_sessions: '50x60' };
    const wrong = { RoostDown: ['up', '0x60'], RoostRestarts: ['process_start_time_seconds', '5+5x60'], RoostStoreCannotBeWritten: ['roost_store_healthy', '0x60'],
      RoostStoreSlow: ['roost_store_slowest_commit_seconds', '2x60'], RoostLoopsLate: ['roost_loop_lag_seconds', '0.3x60'], RoostProcessorBusy: ['process_cpu_usage', '0.95x60'],
      RoostMemoryShort: ['jvm_gc_live_data_size_bytes', '90x60'], RoostFilesShort: ['process_files_open_files', '90x60'],
      RoostTurnsClientsAway: ['roost_handshake_failures_total|reason="capacity"', '0+60x60'], RoostBrokenHandshakes: ['roost_handshake_failures_total|reason="timeout"', '0+600x60'],
      RoostSlowClients: ['roost_slow_consumers_total', '0+60x60'], RoostQueuesLong: ['roost_queue_bytes', '999999999x60'],
      RoostCertificateEnds: ['roost_tls_certificate_expiry_seconds', '86400x60'], RoostCertificateNotReloaded: ['roost_tls_reload_failures_total', '0+1x60'],
      RoostMeshWithoutAdmin: ['roost_mesh_pending_elections', '1x60'], RoostMeshTermsFell: ['roost_mesh_term', '1000+1x40 500+1x19'],
      RoostMeshDevicesReplaced: ['roost_mesh_replacements', '0+60x60'], RoostMeshDevicesSilent: ['roost_mesh_timeouts', '0+2x60'],
      RoostMeshTurnsDevicesAway: ['roost_mesh_turned_away', '0+60x60'],
      RoostRedisLost: ['roost_ptt_redis_up', '0x60'], RoostPresenceExpiries: ['presence_ttl_expired_total', '0+5x60'], RoostFloorBusy: ['roost_ptt_floor_refusals', '0+120x60'],
      RoostLoginsQuarrel: ['roost_ptt_duplicate_logins', '0+60x60'], RoostRecordingsLost: ['roost_ptt_recordings_lost', '0+1x60'],
      RoostRoomsTurnAway: ['roost_publicrooms_refusals_total|code="TOO_MANY_CONNECTIONS"', '0+120x60'], RoostRoomsCrowded: ['roost_publicrooms_queue_length', '3x60'],
      RoostRoomsFail: ['roost_publicrooms_refusals_total|code="SEND_MESSAGE_ERROR"', '0+1x60'], RoostSessionsSilent: ['roost_publicrooms_ended_by_ping_timeout', '0+5x60'] };
    assert.deepEqual(Object.keys(wrong).sort(), rules().map(({ name }) => name).sort());
    const series = (values) => Object.entries(values).map(([metric, value]) => {
      const [name, extra] = metric.split('|');
      return { series: `${name}{${labels}${extra ? `,${extra}` : ''}}`, values: /^[^+]*x/.test(value) ? value.replace('x', '+0x') : value };
    });
    const firing = (name) => ({ eval_time: '50m', expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)` });
    const expectation = (name, value) => ({ ...firing(name), exp_samples: [{ labels: '{}', value }] });
    const tests = [{ interval: '1m', input_series: series(well), promql_expr_test: Object.keys(wrong).map((name) => expectation(name, 0)) },
      ...Object.entries(wrong).map(([name, [metric, value]]) => ({ interval: '1m', input_series: series({ ...well, [metric]: value }),
        promql_expr_test: Object.keys(wrong).map((other) => expectation(other, other === name ? 1 : 0)) }))];
    writeFileSync(file, JSON.stringify({ rule_files: [join(root, 'deploy/prometheus-alerts.yml')], evaluation_interval: '1m', tests }));
    await run(program('promtool', 'prometheus'), ['test', 'rules', file]);
  });
});

test('nothing in deploy/ names this machine or holds a secret', () => {
  const files = execFileSync('find', ['deploy', '-type', 'f'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  assert.ok(files.length >= 8);
  for (const file of files) {
    assert.doesNotMatch(text(file), new RegExp(root.replaceAll('/', '\\/')), file);
    assert.doesNotMatch(text(file), /(API_KEY|TOKEN|SECRET|PASSWORD)[=:] *["']?\w{8,}/, file);
  }
});
