import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileIO } from '@data-master/iceberg';
import { checkObjectKey, ObjectExistsError, TerminalError, type ObjectStore } from '@data-master/ports';
import { inParallel } from './in-parallel.ts';

const transfers = 4;

export interface S3FileIOOptions {
  /** The objects of `bucket`. */
  store: ObjectStore;
  bucket: string;
  /**
   * Folder of this process alone: copies of what the engine reads and all that it writes, each under its key. It grows until
   * its owner removes it.
   */
  cacheFolder: string;
}

/** Files of Iceberg tables by `s3://<bucket>/<key>`; those of the SQL engine are fetched once and published by uploading, four at a time. */
export function createS3IcebergFileIO({ store, bucket, cacheFolder }: S3FileIOOptions): FileIO {
  const fetches = new Map<string, Promise<string>>();

  const keyOf = (uri: string): string => {
    const match = /^s3[an]?:\/\/([^/]+)\/(.*?)\/?$/.exec(uri);
    if (match?.[1] !== bucket || match[2] === undefined) throw new TerminalError(`table file ${uri} lies outside s3://${bucket}/; expected it inside; give the table a location in the bucket`);
    checkObjectKey(match[2]);
    return match[2];
  };
  const pathOf = (uri: string) => join(cacheFolder, ...keyOf(uri).split('/'));
  const makeFolder = (path: string) => mkdir(path, { recursive: true, mode: 0o700 });

  const fetchFile = async (uri: string): Promise<string> => {
    const path = pathOf(uri);
    if (await exists(path)) return path;
    await makeFolder(dirname(path));
    const part = join(dirname(path), `.${randomUUID()}`);
    try {
      await writeFile(part, store.read(keyOf(uri)));
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
    return path;
  };

  const fetchOnce = (uri: string): Promise<string> => {
    const started = fetches.get(uri) ?? fetchFile(uri).finally(() => fetches.delete(uri));
    fetches.set(uri, started);
    return started;
  };

  const listFiles = async (folderUri: string) => {
    const folderKey = `${keyOf(folderUri)}/`;
    const base = folderUri.endsWith('/') ? folderUri : `${folderUri}/`;
    const files = [];
    for await (const { key, sizeBytes, modifiedAt } of store.list(folderKey)) files.push({ uri: base + key.slice(folderKey.length), sizeBytes, modifiedMs: modifiedAt.getTime() });
    return files;
  };

  return {
    async read(uri) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(keyOf(uri))) chunks.push(chunk);
      return Uint8Array.from(Buffer.concat(chunks));
    },
    async write(uri, bytes) {
      await store.write(keyOf(uri), bytes);
    },
    async createExclusive(uri, bytes) {
      try {
        await store.write(keyOf(uri), bytes, { ifAbsent: true });
        return true;
      } catch (error) {
        if (error instanceof ObjectExistsError) return false;
        throw error;
      }
    },
    exists: async (uri) => (await store.head(keyOf(uri))) !== undefined,
    async remove(uri) {
      await store.remove(keyOf(uri));
      await rm(pathOf(uri), { force: true });
    },
    list: async (folderUri) => (await listFiles(folderUri)).map(({ uri }) => uri),
    listFiles,
    localPaths: (uris) => inParallel(uris, transfers, fetchOnce),
    async prepareFolder(folderUri) {
      const path = pathOf(folderUri);
      await makeFolder(path);
      return path;
    },
    async publishFiles(uris) {
      await inParallel(uris, transfers, (uri) => store.write(keyOf(uri), createReadStream(pathOf(uri))));
    },
    async discardFolder(folderUri) {
      await inParallel(await listFiles(folderUri), transfers, ({ uri }) => store.remove(keyOf(uri)));
      await rm(pathOf(folderUri), { recursive: true, force: true });
    },
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
