import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TerminalError, type LocalFiles, type ObjectStore } from '@data-master/ports';

export interface S3LocalFilesOptions {
  store: ObjectStore;
  /** Folder of the files in work; each instance has a folder of its own in it, mode 0700. */
  scratch: string;
}

/** Objects of a store as files: read as downloaded copies, published by uploading; `dispose` removes all of them. */
export function createS3LocalFiles({ store, scratch }: S3LocalFilesOptions): LocalFiles {
  const folder = join(scratch, randomUUID());

  const makeFolder = async (...names: string[]): Promise<string> => {
    const path = join(folder, ...names);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };

  const scratchPath = async (fileName: string): Promise<string> => {
    if (fileName === '' || fileName.startsWith('.') || basename(fileName) !== fileName) {
      throw new TerminalError(`scratch file name ${JSON.stringify(fileName)}; expected a plain visible name; remove folders and leading dots`);
    }
    return join(await makeFolder(), fileName);
  };

  return {
    scratchPath,
    async path(key) {
      const path = join(await makeFolder('.copies', randomUUID()), basename(key));
      await writeFile(path, store.read(key));
      return path;
    },
    async writeScratch(fileName, body) {
      const path = await scratchPath(fileName);
      await writeFile(path, body);
      return path;
    },
    async publish(path, key, options) {
      const info = await store.write(key, createReadStream(path), options);
      await rm(path);
      return info;
    },
    async dispose() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
