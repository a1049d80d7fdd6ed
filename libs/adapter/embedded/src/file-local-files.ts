import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ObjectMissingError, TerminalError, type LocalFiles } from '@data-master/ports';
import { publishFile, syncFile, writeAndPublish } from './atomic-file.ts';
import { errorCode, withLakeErrors } from './file-errors.ts';
import { fileInfo } from './file-listing.ts';
import { acknowledge, workFolderOf, type FileStoreOptions } from './file-object-store.ts';
import { objectPath } from './object-key.ts';
import { makeProcessFolder, sweepProcessFolders } from './process-folder.ts';

export interface LocalFilesOptions extends FileStoreOptions {
  /** Folder of the files in work; on the file system of `root` a publication is a rename, else a copy. */
  scratch: string;
}

/** Objects of a file store as the files that they are; each instance writes in a folder of its own, mode 0700. */
export function createFileLocalFiles({ root, scratch, onWritten }: LocalFilesOptions): LocalFiles {
  const name = randomUUID();
  let made: Promise<string> | undefined;

  async function makeFolder(): Promise<string> {
    const folder = join(await makeProcessFolder(scratch), name);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  async function scratchPath(fileName: string): Promise<string> {
    if (fileName === '' || fileName.startsWith('.') || basename(fileName) !== fileName) {
      throw new TerminalError(`scratch file name ${JSON.stringify(fileName)}; expected a plain visible name; remove folders and leading dots`);
    }
    return join(await (made ??= makeFolder()), fileName);
  }

  return {
    path(key) {
      return withLakeErrors(`reading object ${key}`, async () => {
        const path = objectPath(root, key);
        if (!(await fileInfo(path, key))) throw new ObjectMissingError(key);
        return path;
      });
    },
    scratchPath: (fileName) => withLakeErrors(`making scratch file ${fileName}`, () => scratchPath(fileName)),
    writeScratch(fileName, body) {
      return withLakeErrors(`writing scratch file ${fileName}`, async () => {
        const path = await scratchPath(fileName);
        await writeFile(path, body);
        return path;
      });
    },
    publish(path, key, { ifAbsent = false } = {}) {
      return withLakeErrors(`publishing object ${key}`, async () => {
        const target = objectPath(root, key);
        await syncFile(path);
        try {
          await publishFile(path, target, key, ifAbsent);
        } catch (error) {
          if (errorCode(error) !== 'EXDEV') throw error;
          await writeAndPublish(workFolderOf(root), createReadStream(path), target, key, ifAbsent);
          await rm(path);
        }
        return acknowledge(target, key, onWritten);
      });
    },
    async dispose() {
      if (made) await rm(await made, { recursive: true, force: true });
      made = undefined;
    },
  };
}

/** Removes the scratch of ended processes, which can hold clear personal data after a kill; returns how many. */
export function clearScratch(scratch: string): Promise<number> {
  return sweepProcessFolders(scratch);
}
