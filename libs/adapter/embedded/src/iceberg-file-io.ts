import { access, mkdir, rm } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { FileIO } from '@data-master/iceberg';
import { ObjectExistsError, TerminalError, type ObjectStore } from '@data-master/ports';
import { withLakeErrors } from './file-errors.ts';

const scheme = 'file://';

/** The URI of a folder or file; the path stands in it as it is, without percent-encoding, as other engines expect it. */
export function fileUri(path: string): string {
  return scheme + resolve(path);
}

/** Files of Iceberg tables by `file://` URI, as objects of the store that lives in `root`. */
export function createIcebergFileIO({ root, store }: { root: string; store: ObjectStore }): FileIO {
  function pathOf(uri: string): string {
    // Other writers put one slash where we put three.
    const path = uri.replace(/^file:(?:\/\/)?(?=\/)/, '');
    const fromRoot = relative(root, path);
    if (isAbsolute(path) && fromRoot !== '' && !fromRoot.startsWith('..') && !isAbsolute(fromRoot)) return path;
    throw new TerminalError(`table file ${uri} lies outside ${root}; expected it inside; give the table a location in the lake`);
  }

  const keyOf = (uri: string) => relative(root, pathOf(uri)).replaceAll('\\', '/');

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
    async exists(uri) {
      return (await store.head(keyOf(uri))) !== undefined;
    },
    async remove(uri) {
      await store.remove(keyOf(uri));
    },
    async list(folderUri) {
      const folderKey = keyOf(folderUri);
      const base = folderUri.endsWith('/') ? folderUri : `${folderUri}/`;
      const uris: string[] = [];
      for await (const { key } of store.list(`${folderKey}/`)) uris.push(base + key.slice(folderKey.length + 1));
      return uris;
    },
    async listFiles(folderUri) {
      const folderKey = keyOf(folderUri);
      const base = folderUri.endsWith('/') ? folderUri : `${folderUri}/`;
      const files = [];
      for await (const { key, sizeBytes, modifiedAt } of store.list(`${folderKey}/`)) files.push({ uri: base + key.slice(folderKey.length + 1), sizeBytes, modifiedMs: modifiedAt.getTime() });
      return files;
    },
    localPaths: (uris) => withLakeErrors('opening table files', () => Promise.all(uris.map(async (uri) => access(pathOf(uri)).then(() => pathOf(uri))))),
    async prepareFolder(folderUri) {
      const path = pathOf(folderUri);
      await withLakeErrors(`making folder ${folderUri}`, () => mkdir(path, { recursive: true }));
      return path;
    },
    publishFiles: async () => undefined,
    async discardFolder(folderUri) {
      await withLakeErrors(`removing folder ${folderUri}`, () => rm(pathOf(folderUri), { recursive: true, force: true }));
    },
  };
}
