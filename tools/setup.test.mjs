import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkNodeVersion, installReason, remedyFor } from './setup.mjs';

const EXIT_AS_TOLD = `
process.stdout.write(JSON.stringify({ parameters: process.argv.slice(2), node: process.version }) + '\\n');
if (process.argv.includes('wait')) setTimeout(() => {}, 20_000);
else process.exitCode = Number(process.argv[2] ?? 0);
`;

/** An npm that logs that it was called, then installs this very Node as the packaged one, or fails with \`message\`. */
const NPM_STAND_IN = (log, message) => `#!${process.execPath}
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
appendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' ') + '\\n');
console.log('noise of npm on standard output');
if (${JSON.stringify(message ?? '')}) { console.error(${JSON.stringify(message ?? '')}); process.exit(1); }
rmSync('node_modules', { recursive: true, force: true });
mkdirSync('node_modules/.bin', { recursive: true });
symlinkSync(${JSON.stringify(process.execPath)}, 'node_modules/.bin/node');
setTimeout(() => cpSync('package-lock.json', 'node_modules/.package-lock.json'), 300);
`;

describe('a command in a workspace', () => {
  let root;
  let log;
  const started = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'setup-'));
    log = join(root, 'npm.log');
    mkdirSync(join(root, 'tools'));
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'apps/cli/src'), { recursive: true });
    for (const file of ['run.mjs', 'setup.mjs']) cpSync(join(import.meta.dirname, file), join(root, 'tools', file));
    writeFileSync(join(root, 'apps/cli/src/main.ts'), EXIT_AS_TOLD);
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    lock('1.0.0');
    npm();
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const lock = (version) => writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, 'node_modules/a': { version } } }));
  const npm = (message) => {
    writeFileSync(join(root, 'bin/npm'), NPM_STAND_IN(log, message));
    chmodSync(join(root, 'bin/npm'), 0o755);
  };
  const environment = () => ({ ...process.env, NODE_OPTIONS: '', PATH: [join(root, 'bin'), process.env.PATH].join(delimiter) });
  const start = (...parameters) => {
    const child = spawn(process.execPath, [join(root, 'tools/run.mjs'), 'dm', ...parameters], { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    child.stdout.resume();
    return child;
  };
  const run = (...parameters) => spawnSync(process.execPath, [join(root, 'tools/run.mjs'), ...parameters], { env: environment(), encoding: 'utf8', timeout: 20_000 });
  const installations = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

  it('installs once, says so on standard error, and leaves standard output to the command', () => {
    const first = run('dm', '0', '--json');
    expect(first.stderr).toMatch(/^setup: node_modules is missing: installing .*\n(setup: .*\n)*setup: packages installed in \d+ s\n$/);
    expect(JSON.parse(first.stdout)).toEqual({ parameters: ['0', '--json'], node: process.version });
    expect(run('dm').stderr).toBe('');
    expect(installations()).toEqual([expect.stringMatching(/^ci --include=dev --include=optional /)]);
  });

  it('installs again when the lock file asks for something else', () => {
    run('dm');
    lock('2.0.0');
    expect(run('dm').stderr).toContain('a is 1.0.0 where package-lock.json says 2.0.0');
    expect(installations()).toHaveLength(2);
  });

  it('accepts packages that were installed by hand', () => {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
    cpSync(join(root, 'package-lock.json'), join(root, 'node_modules/.package-lock.json'));
    expect(run('dm').status).toBe(0);
    expect(installations()).toEqual([]);
  });

  it('installs once when started many times at once', async () => {
    const codes = await Promise.all(Array.from({ length: 4 }, async () => (await once(start(), 'close'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(installations()).toHaveLength(1);
    expect(existsSync(join(root, '.setup-lock'))).toBe(false);
  });

  it('takes over from a set-up that ended halfway, however many wait', async () => {
    const ended = spawnSync(process.execPath, ['-e', '']);
    mkdirSync(join(root, '.setup-lock'));
    writeFileSync(join(root, '.setup-lock/pid'), String(ended.pid));
    const codes = await Promise.all(Array.from({ length: 3 }, async () => (await once(start(), 'close'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(installations()).toHaveLength(1);
  });

  it('lets the npm of a set-up that was killed finish, and uses what it installed', async () => {
    const first = start();
    while (installations().length === 0) await setImmediate();
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(run('dm').status).toBe(0);
    expect(installations()).toHaveLength(1);
  });

  it('takes over a lock that nobody has touched for long, although its process number lives', () => {
    mkdirSync(join(root, '.setup-lock'));
    writeFileSync(join(root, '.setup-lock/pid'), String(process.pid));
    const past = new Date(Date.now() - 600_000);
    utimesSync(join(root, '.setup-lock'), past, past);
    expect(run('dm').status).toBe(0);
  });

  it('shows what npm said and a remedy when it fails, and installs at the next start', () => {
    npm('npm error code ENOTFOUND');
    const failed = run('dm');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).toContain('noise of npm on standard output\nnpm error code ENOTFOUND\nsetup: npm ci ended with code 1: the package registry cannot be reached');
    npm();
    expect(run('dm').status).toBe(0);
  });

  it('ends with the exit code of the command', () => {
    expect(run('dm', '7').status).toBe(7);
  });

  it.each(['SIGTERM', 'SIGINT'])('passes %s on to the command and ends by it', async (signal) => {
    run('dm');
    const child = start('wait');
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([null, signal]);
  });

  it('refuses a command that there is not', () => {
    expect(run('dance')).toMatchObject({ status: 2, stdout: '', stderr: 'setup: there is no command dance: expected one of dm, test\n' });
  });

  it('counts an interrupted installation as none', () => {
    mkdirSync(join(root, 'node_modules'));
    expect(installReason(root)).toBe('node_modules is incomplete');
  });
});

describe('the set-up', () => {
  it('names the Node that it needs', () => {
    expect(() => checkNodeVersion('16.20.0')).toThrow('this is Node 16.20.0, and the set-up needs Node 18 or later');
    expect(() => checkNodeVersion('18.0.0')).not.toThrow();
  });

  it.each([
    ['npm error code ENOSPC', 'disk is full'],
    ['npm error code EACCES', 'cannot be written'],
    ['request to https://registry failed, reason: getaddrinfo EAI_AGAIN', 'cannot be reached'],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['npm error code EUSAGE', 'complete-lock.mjs'],
  ])('knows a remedy for %s', (output, remedy) => {
    expect(remedyFor(output)).toContain(remedy);
  });
});
