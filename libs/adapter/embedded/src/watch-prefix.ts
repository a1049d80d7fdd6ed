import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkObjectKey, isKeySegment, type ObjectInfo } from '@data-master/ports';
import { fileInfo } from './file-listing.ts';

export interface WatchOptions {
  /** How long size and modification time must hold before a file counts as complete. */
  settleMs?: number;
  /** How often everything is looked through, for what the file system did not announce. */
  rescanMs?: number;
  /** Hears of failures of `onObject`, which is called again at the next look, and of the file system. */
  onError?: (error: unknown) => void;
}

export interface PrefixWatch {
  /** Stops; a call of `onObject` under way is awaited. */
  close(): Promise<void>;
}

/**
 * Reports every object in the folder `<root>/<folderKey>`, at any depth, once it is complete: those that are there at the
 * start, those that appear and those that are replaced. One call of `onObject` at a time.
 */
export async function watchPrefix(
  root: string,
  folderKey: string,
  onObject: (info: ObjectInfo) => Promise<void>,
  { settleMs = 500, rescanMs = 5_000, onError = () => undefined }: WatchOptions = {},
): Promise<PrefixWatch> {
  checkObjectKey(folderKey);
  await mkdir(join(root, folderKey), { recursive: true });
  const watchers = new Map<string, FSWatcher>();
  const reported = new Map<string, string>();
  const unsettled = new Map<string, { signature: string; sinceMs: number }>();
  const unexamined = new Set<string>();
  let rescanAtMs = 0;
  let closed = false;
  let wake: () => void = () => undefined;

  function watchFolder(key: string): void {
    if (watchers.has(key)) return;
    try {
      const watcher = watch(join(root, key), (_event, name) => {
        if (name === null) rescanAtMs = 0;
        else if (isKeySegment(name)) unexamined.add(`${key}/${name}`);
        wake();
      });
      watcher.on('error', () => forget(key));
      watchers.set(key, watcher);
    } catch (error) {
      onError(error);
    }
  }

  function forget(key: string): void {
    watchers.get(key)?.close();
    watchers.delete(key);
  }

  async function scan(key: string): Promise<void> {
    watchFolder(key);
    const entries = await readdir(join(root, key), { withFileTypes: true }).catch(() => {
      forget(key);
      return [];
    });
    for (const entry of entries) {
      if (!isKeySegment(entry.name)) continue;
      if (entry.isDirectory()) await scan(`${key}/${entry.name}`);
      else if (entry.isFile()) unexamined.add(`${key}/${entry.name}`);
    }
  }

  async function examine(key: string): Promise<void> {
    const info = await fileInfo(join(root, key), key);
    if (!info) {
      unsettled.delete(key);
      reported.delete(key);
      if (await isFolder(join(root, key))) await scan(key);
      return;
    }
    const signature = `${info.sizeBytes} ${info.modifiedAt.getTime()}`;
    if (reported.get(key) === signature) return;
    const seen = unsettled.get(key);
    if (seen?.signature !== signature) unsettled.set(key, { signature, sinceMs: performance.now() });
    else if (performance.now() - seen.sinceMs >= settleMs) {
      unsettled.delete(key);
      await onObject(info);
      reported.set(key, signature);
    }
  }

  async function look(): Promise<void> {
    if (performance.now() >= rescanAtMs) {
      rescanAtMs = performance.now() + rescanMs;
      await scan(folderKey);
    }
    const keys = new Set([...unexamined, ...unsettled.keys()]);
    unexamined.clear();
    for (const key of [...keys].sort()) {
      if (closed) return;
      await examine(key).catch(onError);
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      await look().catch(onError);
      if (closed) return;
      const pauseMs = unexamined.size + unsettled.size > 0 ? settleMs / 4 : Math.max(1, rescanAtMs - performance.now());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const running = run();
  return {
    async close() {
      closed = true;
      wake();
      await running;
      for (const key of [...watchers.keys()]) forget(key);
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
