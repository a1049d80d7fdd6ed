import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectMissingError, type LocalFiles, type ObjectStore } from '@data-master/ports';

/** Local files over any object store: objects are copied to a temporary folder and published by writing them. */
export function createCopiedLocalFiles(store: ObjectStore): LocalFiles {
  let made: Promise<string> | undefined;
  const folder = () => (made ??= mkdtemp(join(tmpdir(), 'local-files-')));
  const writeScratch: LocalFiles['writeScratch'] = async (fileName, body) => {
    const path = join(await folder(), fileName);
    await writeFile(path, body);
    return path;
  };
  return {
    writeScratch,
    async path(key) {
      if (!(await store.head(key))) throw new ObjectMissingError(key);
      return writeScratch(randomUUID(), store.read(key));
    },
    scratchPath: async (fileName) => join(await folder(), fileName),
    async publish(path, key, options) {
      const info = await store.write(key, createReadStream(path), options);
      await rm(path);
      return info;
    },
    async dispose() {
      if (made) await rm(await made, { recursive: true, force: true });
      made = undefined;
    },
  };
}
