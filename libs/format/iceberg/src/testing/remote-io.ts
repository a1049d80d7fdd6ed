import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileIO } from '../ports.ts';

/** A store that the SQL engine cannot reach, and what it was asked to do. */
export interface RemoteStore {
  io: FileIO;
  /** The stored objects by URI. */
  objects: Map<string, Uint8Array>;
  /** URIs that were copied to the local disk, each as often as it was. */
  fetched: string[];
}

/**
 * Objects in memory under `remote://` URIs. The SQL engine reads copies in `folder`/fetched, and what it wrote in `folder`/staged
 * is nowhere else until it is published, which takes it away from there.
 */
export function createRemoteStore(folder: string): RemoteStore {
  const objects = new Map<string, Uint8Array>();
  const fetched: string[] = [];
  const below = (kind: string, uri: string): string => {
    if (!uri.startsWith('remote://')) throw new Error(`${uri}: expected a URI of the store`);
    return join(folder, kind, uri.slice('remote://'.length));
  };
  const read = async (uri: string): Promise<Uint8Array> => {
    const bytes = objects.get(uri);
    if (!bytes) throw new Error(`${uri}: not in the store`);
    return bytes;
  };
  const fetch = async (uri: string): Promise<string> => {
    const path = below('fetched', uri);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await read(uri));
    fetched.push(uri);
    return path;
  };
  const list = async (folderUri: string) => [...objects.keys()].filter((uri) => uri.startsWith(folderUri));
  const io: FileIO = {
    read,
    list,
    async write(uri, bytes) {
      objects.set(uri, bytes);
    },
    async createExclusive(uri, bytes) {
      if (objects.has(uri)) return false;
      objects.set(uri, bytes);
      return true;
    },
    exists: async (uri) => objects.has(uri),
    async remove(uri) {
      objects.delete(uri);
      await rm(below('staged', uri), { force: true });
    },
    listFiles: async (folderUri) => (await list(folderUri)).map((uri) => ({ uri, sizeBytes: objects.get(uri)?.length ?? 0, modifiedMs: 0 })),
    localPaths: (uris) => Promise.all(uris.map(fetch)),
    async prepareFolder(folderUri) {
      const path = below('staged', folderUri);
      await mkdir(path, { recursive: true });
      return path;
    },
    async publishFiles(uris) {
      for (const uri of uris) {
        objects.set(uri, await readFile(below('staged', uri)));
        await rm(below('staged', uri));
      }
    },
    async discardFolder(folderUri) {
      for (const uri of await list(folderUri)) objects.delete(uri);
      await rm(below('staged', folderUri), { recursive: true, force: true });
    },
  };
  return { io, objects, fetched };
}
