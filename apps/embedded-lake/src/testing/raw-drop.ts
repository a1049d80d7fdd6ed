import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EmbeddedLake } from '../index.ts';

/** Copies a file into the raw folder, as a user does; it arrives on the given day of January 2014. */
export async function dropRaw(lake: Pick<EmbeddedLake, 'rawFolder'>, path: string, content: string | Uint8Array, day = 1): Promise<void> {
  const target = join(lake.rawFolder, path);
  const at = new Date(Date.UTC(2014, 0, day));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
  await utimes(target, at, at);
}

/** Drops changes as NDJSON and works until nothing is pending. */
export async function applyChanges(lake: EmbeddedLake, path: string, changes: readonly Record<string, unknown>[] | string, day = 1): Promise<void> {
  await dropRaw(lake, path, typeof changes === 'string' ? changes : toNdjson(changes), day);
  await lake.discover();
  await lake.drain();
}

export function toNdjson(rows: readonly Record<string, unknown>[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
