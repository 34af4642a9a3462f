// Starts what is compared, on loopback and a free port, and stops it by its process id.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { java } from '../../interop/lib/roost.mjs';

const bench = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const root = resolve(bench, '..');
const jar = join(root, 'target', 'roost.jar');
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

const javaOptions = (process.env.ROOST_JAVA_OPTS ?? scriptJavaOptions()).split(/\s+/).filter(Boolean);

/** What the `roost` script passes: read from it, so that the two cannot drift apart. */
function scriptJavaOptions() {
  const script = join(root, 'roost');
  const options = existsSync(script) ? /^java_options="([^"$]+)"/m.exec(readFileSync(script, 'utf8')) : null;
  if (options === null) throw new Error('the script ./roost has no line java_options="...": set ROOST_JAVA_OPTS');
  const cache = join(root, 'target', 'roost.aot');
  return options[1] + (existsSync(cache) ? ` -XX:AOTCache=${cache} -Xlog:aot=off -Xlog:cds=off` : '');
}

/** The command that runs the jar as `./roost` does; arguments follow. */
export function roostCommand() {
  if (!existsSync(jar)) throw new Error('target/roost.jar is missing: run ./roost once, it builds the jar');
  return [java, ...javaOptions, '-jar', jar];
}

/** @param settings what this load needs beyond the defaults, by environment names */
export function startRoost(settings = {}) {
  const [command, ...args] = roostCommand();
  return start('roost', command, [...args, '--host', '127.0.0.1', '--port', '0'], { ...settings, ...roostSettings() });
}

/**
 * @param script which relay, in this folder
 * @param send `text` (the way most servers do it) or `buffer` (encoded once, cheaper)
 * @param settings by environment names
 */
export function startRelay(script, send = 'text', settings = {}) {
  return start('relay', process.execPath, [join(bench, script), '--send', send], settings);
}

/** One line on what runs: `Java 25.0.3 -XX:...`. */
export function describeJava() {
  const { error, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  if (error) throw new Error(`${java} could not be started: set ROOST_JAVA to a JDK 25's java`);
  return `Java ${/"([^"]+)"/.exec(stderr)?.[1] ?? 'of unknown version'} ${javaOptions.join(' ')}`;
}

/** Everything a ROOST_ENV_ name says goes to Roost: ROOST_ENV_IO=io_uring sets IO. */
function roostSettings() {
  const prefix = 'ROOST_ENV_';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]));
}

/** @returns { name, pid, port, stop() } once it listens */
async function start(name, command, args, settings) {
  const child = spawn(command, args, { cwd: root, env: { ...cleanEnvironment(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let output = '';
  const exited = new Promise((done) => { child.once('exit', (code, signal) => done(code ?? signal)); });
  const port = await new Promise((resolvePort, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not listen within ${START_LIMIT_MS} ms:\n${output}`));
    }, START_LIMIT_MS);
    const read = (chunk) => {
      if (output.length < 100_000) output += chunk; // read on, though: a full pipe would stop the server
      const match = /Listening on http:\/\/[^\s]*:(\d+)/.exec(output);
      if (match) { clearTimeout(timer); resolvePort(Number(match[1])); }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => { clearTimeout(timer); reject(new Error(`${name} could not be started: ${error.message}`)); });
    exited.then((how) => { clearTimeout(timer); reject(new Error(`${name} ended with ${how} before it listened:\n${output}`)); });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
    process.off('exit', killAtExit);
  };
  return { name, pid: child.pid, port, stop };
}

/** The caller's environment without the settings that a developer's shell may hold. */
function cleanEnvironment() {
  const names = ['PATH', 'HOME', 'JAVA_HOME', 'LANG', 'TMPDIR'];
  return Object.fromEntries(names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]));
}
