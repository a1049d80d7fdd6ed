import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Set-up of the workspace before anything else can run: built-ins only, and no syntax or function newer than Node 18.
 * All that it says goes to standard error: standard output belongs to the command that runs afterwards.
 */

export const workspace = join(dirname(fileURLToPath(import.meta.url)), '..');

const LOWEST_NODE = 18;
const RUNTIME_NODE = 24;
const STALE_AFTER_MS = 180_000;
const TICK_MS = 5_000;

/** A reason not to go on, worded for the person at the keyboard. */
export class SetupError extends Error {}

/**
 * Makes sure that node_modules is what package-lock.json says, by `npm ci` when it is not, and returns the path of the
 * Node that runs the workspace. Starts at the same time wait for each other. Throws SetupError.
 */
export async function prepareWorkspace(root = workspace) {
  checkNodeVersion(process.versions.node);
  const current = readStamp(root);
  if (current) return current.node;
  const release = await takeLock(join(root, '.setup-lock'));
  try {
    const done = readStamp(root);
    if (done) return done.node;
    const reason = installReason(root);
    if (reason) await install(root, reason, (pid) => writeFileSync(join(root, '.setup-lock', 'pid'), `${process.pid} ${pid}`));
    const node = findNode(root);
    writeFileSync(stampFile(root), JSON.stringify({ ...stampKey(root), node }) + '\n');
    return node;
  } finally {
    release();
  }
}

/** Throws SetupError when `version` cannot run the set-up. */
export function checkNodeVersion(version) {
  if (Number(version.split('.')[0]) >= LOWEST_NODE) return;
  throw new SetupError(`this is Node ${version}, and the set-up needs Node ${LOWEST_NODE} or later: install one from https://nodejs.org and try again`);
}

/** Returns why node_modules does not serve, or undefined when it holds what the lock file says. */
export function installReason(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'node_modules is incomplete';
  const wanted = readJson(join(root, 'package-lock.json'));
  if (!wanted) throw new SetupError(`package-lock.json in ${root} is missing or not JSON: restore it with git checkout package-lock.json`);
  for (const [place, entry] of Object.entries(wanted.packages)) {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) continue;
    const found = installed.packages[place];
    const agrees = found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional || entry.devOptional || entry.peer;
    if (!agrees) return `${place.replace(/^node_modules\//, '')} is ${found ? found.version || 'another copy' : 'not installed'} where package-lock.json says ${entry.version || 'linked'}`;
  }
  return undefined;
}

/** Returns the pinned Node inside node_modules, or this very Node where that one does not run and this one is new enough. */
export function findNode(root) {
  const pinned = process.platform === 'win32' ? join(root, 'node_modules', `node-win-${process.arch}`, 'bin', 'node.exe') : join(root, 'node_modules', '.bin', 'node');
  const answer = spawnSync(pinned, ['--version'], { encoding: 'utf8' });
  if (answer.status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= RUNTIME_NODE) {
    say(`no packaged Node runs on ${process.platform} ${process.arch}: using this one, ${process.versions.node}`);
    return process.execPath;
  }
  throw new SetupError(`no packaged Node runs on ${process.platform} ${process.arch}, and this one is ${process.versions.node} where ${RUNTIME_NODE} or later is needed: install Node ${RUNTIME_NODE} from https://nodejs.org and try again`);
}

/** Returns the environment in which the workspace's own programs come first. */
export function workspaceEnvironment(root, environment = process.env) {
  return { ...environment, PATH: [join(root, 'node_modules', '.bin'), environment.PATH].filter(Boolean).join(delimiter) };
}

/** Writes one line to standard error. */
export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/**
 * Takes a folder as a lock and returns the function that gives it back. A holder touches its lock every few seconds;
 * one that ended (with the npm that it started), or has not done so for minutes, is taken over by one of those who wait:
 * the one that can make a second folder beside it.
 */
export async function takeLock(folder) {
  const owner = join(folder, 'pid');
  const takeover = `${folder}-takeover`;
  const hold = () => {
    writeFileSync(owner, String(process.pid));
    touch(folder);
    const timer = setInterval(() => touch(folder), TICK_MS);
    return () => {
      clearInterval(timer);
      rmSync(folder, { recursive: true, force: true });
    };
  };
  for (let waitedMs = 0; ; waitedMs += 250) {
    if (makeFolder(folder)) return hold();
    if (isStale(folder, owner)) {
      if (ageMs(takeover) > STALE_AFTER_MS) rmSync(takeover, { recursive: true, force: true });
      if (makeFolder(takeover)) {
        if (isStale(folder, owner)) {
          const release = hold();
          rmdirSync(takeover);
          return release;
        }
        rmdirSync(takeover);
      }
    }
    if (waitedMs % TICK_MS === 0) say(`waiting for another set-up of this folder to end (process ${readText(owner) || 'unknown'}, ${waitedMs / 1000} s)`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function isStale(folder, owner) {
  const age = ageMs(folder);
  if (age === undefined) return false;
  const pids = readText(owner).split(' ').map(Number).filter((pid) => pid > 0);
  return age > STALE_AFTER_MS || (pids.length > 0 && !pids.some(isRunning));
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install(root, reason, onStart) {
  say(`${reason}: installing the packages of package-lock.json (npm ci; a minute or so, from the network or npm's cache)`);
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  const timer = setInterval(() => say(`npm ci, ${seconds()} s`), TICK_MS);
  try {
    await runNpmCi(root, onStart);
  } finally {
    clearInterval(timer);
  }
  say(`packages installed in ${seconds()} s`);
}

function runNpmCi(root, onStart) {
  const bin = join(root, 'node_modules', '.bin');
  const path = (process.env.PATH || '').split(delimiter).filter((folder) => folder !== bin).join(delimiter);
  const environment = { ...process.env, PATH: path, NX_DAEMON: 'false' };
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['ci', '--include=dev', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    if (child.pid) onStart(child.pid);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    const settle = (failure) => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      if (failure) reject(new SetupError(failure));
      else resolve();
    };
    child.on('error', (error) => settle(`npm does not start (${error.message}): install npm, which comes with Node, and see that it is on the PATH`));
    child.on('close', (code, signal) => {
      if (signal) settle(`npm ci was ended by ${signal}; the next start installs again`);
      else if (code !== 0) settle(`${output.trimEnd()}\nsetup: npm ci ended with code ${code}: ${remedyFor(output)}`);
      else settle();
    });
  });
}

/** Returns what to do about a failed `npm ci`, judged by its output. */
export function remedyFor(output) {
  if (/ENOSPC/.test(output)) return 'the disk is full; the packages and npm’s cache take about 1 GB: make room and try again';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/.test(output)) return 'the package registry cannot be reached: check the network, a proxy (npm config get proxy) and the registry (npm config get registry), and try again';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(output)) return 'the registry’s certificate is not trusted: set NODE_EXTRA_CA_CERTS to the file of your authority and try again';
  if (/EACCES|EPERM|EROFS/.test(output)) return 'a folder cannot be written: see that this folder and npm’s cache (npm config get cache) are yours, and do not mix sudo in';
  if (/EUSAGE|in sync/.test(output)) return 'package-lock.json does not fit the package.json files: run npm install, then node tools/complete-lock.mjs, and commit the file';
  return 'the lines above say why';
}

function readStamp(root) {
  const stamp = readJson(stampFile(root));
  if (!stamp) return undefined;
  const key = stampKey(root);
  return Object.keys(key).every((name) => stamp[name] === key[name]) && existsSync(stamp.node) ? stamp : undefined;
}

function stampKey(root) {
  const lock = readText(join(root, 'package-lock.json'));
  return { lock: createHash('sha256').update(lock).digest('hex'), platform: `${process.platform}-${process.arch}` };
}

function stampFile(root) {
  return join(root, 'node_modules', '.setup-stamp.json');
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function makeFolder(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    throw new SetupError(`cannot make the folder ${folder} (${error.code}): see that this folder is yours and the disk has room`);
  }
}

function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // The lock was taken away by hand: nothing to keep alive.
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
