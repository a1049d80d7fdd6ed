import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkObjectKey, isKeySegment, type ObjectInfo } from '@data-master/ports';
import { isMissing } from './file-errors.ts';

/** Streams the objects under `root` whose key begins with `prefix`, in the byte order of their keys, one folder at a time. */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const folderEnd = prefix.lastIndexOf('/');
  const folderKey = prefix.slice(0, Math.max(0, folderEnd));
  if (folderEnd >= 0) checkObjectKey(folderKey);
  yield* walk(join(root, folderKey), folderEnd < 0 ? '' : `${folderKey}/`, prefix.slice(folderEnd + 1));
}

async function* walk(folder: string, folderPrefix: string, namePrefix: string): AsyncGenerator<ObjectInfo> {
  for (const entry of await visibleEntries(folder, namePrefix)) {
    const key = folderPrefix + entry.name;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, `${key}/`, '');
    else {
      const info = await fileInfo(path, key);
      if (info) yield info;
    }
  }
}

/** A folder sorts as its name with a slash, as its objects' keys do: `a-b` comes before `a/b`. */
async function visibleEntries(folder: string, namePrefix: string): Promise<Dirent[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && entry.name.startsWith(namePrefix) && isKeySegment(entry.name))
    .map((entry) => ({ entry, bytes: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ entry }) => entry);
}

/** What is known of the file, or undefined when there is none (any more). */
export async function fileInfo(path: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? { key, sizeBytes: stats.size, modifiedAt: stats.mtime } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
