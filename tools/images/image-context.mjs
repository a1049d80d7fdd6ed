import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { placeDuckDb } from '../duckdb-layer.mjs';

const containerfile = join(import.meta.dirname, 'Containerfile');

/** The base that the Containerfile names when no other is given. */
export const defaultBase = /^ARG BASE_IMAGE=(\S+)$/m.exec(readFileSync(containerfile, 'utf8'))[1];

/**
 * Lays out what the image of a task is built from: the Containerfile and, in `app/`, the bundle, with DuckDB for `arch`
 * beside it when it is `native`. Returns the tag: a digest of all of these files, the base and the architecture.
 */
export function writeContext({ bundle, native, folder, base, arch }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'app'), { recursive: true });
  if (native) placeDuckDb(join(folder, 'app'), arch);
  copyFileSync(bundle, join(folder, 'app', 'main.mjs'));
  copyFileSync(containerfile, join(folder, 'Containerfile'));
  return digestOf(folder, [base, arch]);
}

function digestOf(folder, settings) {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  const files = globSync('**', { cwd: folder }).filter((file) => statSync(join(folder, file)).isFile()).sort();
  for (const file of files) hash.update(`\n${file.replaceAll('\\', '/')}\n`).update(createHash('sha256').update(readFileSync(join(folder, file))).digest());
  return hash.digest('hex').slice(0, 16);
}
