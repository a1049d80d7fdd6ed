import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Completes package-lock.json, or with `--check` says what it lacks.
 *
 * npm leaves an optional package out of the lock file when the registry at hand does not have that version (a build for
 * another platform, say), and `npm ci` then refuses the file everywhere. The entry that is missing is written from what
 * the dependent package declares: its exact version and, out of its name, the platform it is for.
 */
const OPERATING_SYSTEMS = { ...namesakes('darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony'), win: 'win32' };
const PROCESSORS = namesakes('arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64');
const C_LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

function namesakes(...words) {
  return Object.fromEntries(words.map((word) => [word, word]));
}

/** Returns the lock entries that `lock` needs beyond its own, by their place in it. */
export function missingEntries(lock) {
  const missing = {};
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(lock.packages, place, name)) continue;
      const platform = platformOf(name);
      if (!/^\d+\.\d+\.\d+/.test(version) || !platform.os) {
        throw new Error(`package-lock.json lacks ${name}@${version}, wanted by ${place || 'the workspace'}: expected an exact version of a package named after its platform; install it on a registry that has it`);
      }
      const { os, cpu, libc } = platform;
      const dev = isDevelopmentOnly(place, entry) ? true : undefined;
      missing[`node_modules/${name}`] = withoutUndefined({ version, cpu, dev, libc, optional: true, os });
    }
  }
  return missing;
}

/** Returns where a package may run, read off its name: `@swc/core-linux-x64-gnu` is linux, x64, glibc. */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const found = (table) => words.filter((word) => table[word]).map((word) => [table[word]])[0];
  return withoutUndefined({ os: found(OPERATING_SYSTEMS), cpu: found(PROCESSORS), libc: found(C_LIBRARIES) });
}

function withoutUndefined(entry) {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

function resolves(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[join(folder, 'node_modules', name)]) return true;
    if (folder === '') return false;
  }
}

function isDevelopmentOnly(place, entry) {
  return place !== '' && (entry.dev === true || entry.devOptional === true);
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, '..', 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingEntries(lock);
  const names = Object.keys(missing);
  if (process.argv.includes('--check')) {
    if (names.length > 0) {
      console.error(`package-lock.json lacks ${names.join(', ')}: npm ci would refuse it; run node tools/complete-lock.mjs`);
      process.exit(1);
    }
  } else if (names.length > 0) {
    const root = { '': lock.packages[''] };
    const rest = Object.entries({ ...lock.packages, ...missing }).filter(([place]) => place !== '').sort(([a], [b]) => a.localeCompare(b, 'en'));
    lock.packages = { ...root, ...Object.fromEntries(rest) };
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`package-lock.json: added ${names.length} optional packages for other platforms`);
  }
}
