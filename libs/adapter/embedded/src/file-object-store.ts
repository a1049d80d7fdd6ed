import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectExistsError, ObjectMissingError, TerminalError, type ObjectInfo, type ObjectStore } from '@data-master/ports';
import { writeAndPublish } from './atomic-file.ts';
import { asLakeError, errorCode, isMissing, withLakeErrors } from './file-errors.ts';
import { fileInfo, listFiles } from './file-listing.ts';
import { objectPath } from './object-key.ts';
import { sweepProcessFolders } from './process-folder.ts';

const readChunkBytes = 1 << 20;

export interface FileStoreOptions {
  /** The folder of the objects; made with the first write. */
  root: string;
  /**
   * Called with each object after it is on the disk and before the write is acknowledged. A kill between the two leaves
   * an object whose event is missing: list and compare at the next start.
   */
  onWritten?: (info: ObjectInfo) => Promise<void>;
}

export interface FileObjectStore extends ObjectStore {
  /** Removes what writes of ended processes left behind; returns how many processes. The first write does so too. */
  sweep(): Promise<number>;
}

/** Unfinished writes of all processes, invisible to `list`. */
export function workFolderOf(root: string): string {
  return join(root, '.writing');
}

/** Objects as files `<root>/<key>`, flushed to the disk before they appear under their key. */
export function createFileObjectStore({ root, onWritten }: FileStoreOptions): FileObjectStore {
  const workFolder = workFolderOf(root);
  let swept: Promise<number> | undefined;
  const sweep = () => sweepProcessFolders(workFolder);
  return {
    sweep,
    head(key) {
      return withLakeErrors(`reading object ${key}`, async () => fileInfo(objectPath(root, key), key));
    },
    read: (key) => readFile(objectPath(root, key), key),
    readRange(key, start, end) {
      return withLakeErrors(`reading object ${key}`, () => readFileRange(objectPath(root, key), key, start, end));
    },
    write(key, body, { ifAbsent = false } = {}) {
      return withLakeErrors(`writing object ${key}`, async () => {
        const path = objectPath(root, key);
        if (ifAbsent && (await fileInfo(path, key))) throw new ObjectExistsError(key);
        await (swept ??= sweep().catch(() => 0));
        await writeAndPublish(workFolder, body, path, key, ifAbsent);
        return acknowledge(path, key, onWritten);
      });
    },
    list: (prefix) => listFiles(root, prefix),
    remove(key) {
      return withLakeErrors(`removing object ${key}`, async () => {
        await rm(objectPath(root, key), { force: true }).catch((error: unknown) => {
          if (!isMissing(error) && errorCode(error) !== 'ERR_FS_EISDIR') throw error;
        });
      });
    },
  };
}

/** Reports the published object to `onWritten` and returns what the store knows of it. */
export async function acknowledge(path: string, key: string, onWritten: FileStoreOptions['onWritten']): Promise<ObjectInfo> {
  const info = await fileInfo(path, key);
  if (!info) throw new ObjectMissingError(key);
  await onWritten?.(info);
  return info;
}

async function openFile(path: string, key: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw isMissing(error) ? new ObjectMissingError(key) : asLakeError(error, `reading object ${key}`);
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new ObjectMissingError(key);
}

async function* readFile(path: string, key: string): AsyncGenerator<Uint8Array> {
  const file = await openFile(path, key);
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: readChunkBytes })) yield chunk as Uint8Array;
  } catch (error) {
    throw asLakeError(error, `reading object ${key}`);
  }
}

async function readFileRange(path: string, key: string, start: number, end: number): Promise<Uint8Array> {
  if (!(Number.isSafeInteger(start) && start >= 0 && end >= start)) {
    throw new TerminalError(`range ${start} to ${end} of object ${key}; expected 0 ≤ start ≤ end; correct the range`);
  }
  const file = await openFile(path, key);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}
