import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ObjectExistsError, TerminalError, type ObjectBody } from '@data-master/ports';
import { errorCode } from './file-errors.ts';
import { makeProcessFolder } from './process-folder.ts';

/** Writes the body to a new file in this process's folder under `workFolder` and flushes it to the disk; returns its path. */
export async function writeTemporaryFile(workFolder: string, body: ObjectBody): Promise<string> {
  const path = join(await makeProcessFolder(workFolder), randomUUID());
  const file = await open(path, 'wx');
  try {
    await writeBody(file, body);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
  return path;
}

async function writeBody(file: FileHandle, body: ObjectBody): Promise<void> {
  if (body instanceof Uint8Array) return file.writeFile(body);
  for await (const chunk of body) await file.writeFile(chunk);
}

/**
 * Gives a flushed file its name, atomically and lasting; with `ifAbsent`, one of many concurrent callers succeeds and the
 * others get an ObjectExistsError of `key`. On failure the file stays at `path`.
 */
export async function publishFile(path: string, target: string, key: string, ifAbsent: boolean): Promise<void> {
  await makeFolder(dirname(target));
  if (ifAbsent) await linkFile(path, target, key);
  else await rename(path, target);
  await syncFolder(dirname(target));
  if (ifAbsent) await rm(path, { force: true });
}

/** `writeTemporaryFile` and `publishFile` in one; nothing is left on failure. */
export async function writeAndPublish(workFolder: string, body: ObjectBody, target: string, key: string, ifAbsent: boolean): Promise<void> {
  const path = await writeTemporaryFile(workFolder, body);
  try {
    await publishFile(path, target, key, ifAbsent);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function linkFile(path: string, target: string, key: string): Promise<void> {
  try {
    await link(path, target);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    if ((await stat(target)).isFile()) throw new ObjectExistsError(key);
    throw new TerminalError(`object key ${key} is a folder of other objects; expected an unused name; choose another key`);
  }
}

/** Makes the folder and its parents lasting. */
export async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Flushes the names in a folder to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await syncFile(folder);
}

/** Flushes the bytes of a file to the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
