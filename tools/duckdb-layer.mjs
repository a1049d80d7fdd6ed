import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const workspace = join(import.meta.dirname, '..');
const modules = join(workspace, 'node_modules');

/** What the engine's JavaScript consists of; the binding of one platform comes on top. */
const PORTABLE_PACKAGES = ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc'];
export const ARCHITECTURES = ['arm64', 'x64'];

/**
 * Puts DuckDB for Linux on `arch` (arm64, x64) into `folder/node_modules`, without what is no code. The binding has the
 * version that the lock file pins: from node_modules, from the cache, else from the package registry by `npm pack`.
 */
export function placeDuckDb(folder, arch) {
  if (!ARCHITECTURES.includes(arch)) throw new Error(`architecture ${arch}; expected one of ${ARCHITECTURES.join(', ')}`);
  const binding = `@duckdb/node-bindings-linux-${arch}`;
  const sources = [...PORTABLE_PACKAGES.map((name) => [name, join(modules, name)]), [binding, findBinding(binding)]];
  rmSync(folder, { recursive: true, force: true });
  for (const [name, source] of sources) {
    cpSync(source, join(folder, 'node_modules', name), { recursive: true, dereference: true, filter: (file) => !/\.(md|ts|map)$/.test(file) && !/node_modules[\\/].*node_modules/.test(file.slice(modules.length)) });
  }
}

function findBinding(name) {
  const version = readJson(join(modules, '@duckdb/node-bindings/package.json')).optionalDependencies?.[name];
  if (!version) throw new Error(`@duckdb/node-bindings has no ${name}; expected it among its optional dependencies; choose another architecture`);
  const installed = join(modules, name);
  if (existsSync(join(installed, 'package.json')) && readJson(join(installed, 'package.json')).version === version) return installed;
  const cached = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'data-master', 'packages', `${name.replace('/', '-')}-${version}`);
  if (!existsSync(cached)) download(`${name}@${version}`, readJson(join(workspace, 'package-lock.json')).packages[`node_modules/${name}`]?.integrity, cached);
  return cached;
}

/** Fetches and unpacks a package; what comes is held against the lock file's checksum where that has one. */
function download(wanted, integrity, folder) {
  mkdirSync(join(folder, '..'), { recursive: true });
  const work = mkdtempSync(join(folder, '..', 'fetch-'));
  try {
    const packed = spawnSync('npm', ['pack', wanted, '--json', '--pack-destination', work], { encoding: 'utf8', shell: process.platform === 'win32' });
    if (packed.status !== 0) {
      throw new Error(`${wanted} cannot be had (${reasonOf(packed)}); expected the package registry to have this version, which package-lock.json pins; set npm_config_registry to one that does, or build for the architecture of this machine with --arch`);
    }
    const archive = join(work, JSON.parse(packed.stdout)[0].filename);
    const actual = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity && actual !== integrity) throw new Error(`${wanted} came with checksum ${actual}; expected ${integrity} of package-lock.json; look into the registry`);
    if (spawnSync('tar', ['-xzf', archive, '-C', work]).status !== 0) throw new Error(`${archive} cannot be unpacked; expected a gzipped tar archive and the command tar`);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function reasonOf({ error, stderr }) {
  const lines = String(stderr ?? '').split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return error?.message ?? lines.find((line) => /^(notarget|404)/i.test(line)) ?? lines.find(Boolean) ?? 'npm pack failed';
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // A stand-in for AWS runs functions on this machine, if at all.
  const { values } = parseArgs({ options: { arch: { type: 'string', default: process.env.AWS_ENDPOINT_URL ? process.arch : 'arm64' } } });
  try {
    placeDuckDb(join(workspace, 'dist', 'layer', 'duckdb', 'nodejs'), values.arch);
    console.log(`dist/layer/duckdb: DuckDB for linux ${values.arch}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
