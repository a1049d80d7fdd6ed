import { randomUUID } from 'node:crypto';
import { access, link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { FileIO, IcebergPorts, SqlEngine } from '../ports.ts';

/** Files of a local folder; URIs are paths. */
export function createLocalFileIO(): FileIO {
  const stage = async (path: string, bytes: Uint8Array): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    const staged = join(dirname(path), `.${randomUUID()}.tmp`);
    await writeFile(staged, bytes);
    return staged;
  };
  const list = async (folderUri: string): Promise<string[]> => {
    const entries = await readdir(folderUri, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  return {
    list,
    async listFiles(folderUri) {
      const found = await Promise.all((await list(folderUri)).map(async (uri) => ({ uri, stats: await stat(uri).catch(() => undefined) })));
      return found.flatMap(({ uri, stats }) => (stats ? [{ uri, sizeBytes: stats.size, modifiedMs: stats.mtimeMs }] : []));
    },
    read: (uri) => readFile(uri),
    async write(uri, bytes) {
      await rename(await stage(uri, bytes), uri);
    },
    async createExclusive(uri, bytes) {
      const staged = await stage(uri, bytes);
      try {
        await link(staged, uri);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      } finally {
        await unlink(staged);
      }
    },
    exists: (uri) => access(uri).then(() => true, () => false),
    remove: (uri) => rm(uri, { force: true }),
    localPaths: (uris) => Promise.all(uris.map((uri) => access(uri).then(() => uri))),
    async prepareFolder(folderUri) {
      await mkdir(folderUri, { recursive: true });
      return folderUri;
    },
    publishFiles: async () => undefined,
    discardFolder: (folderUri) => rm(folderUri, { recursive: true, force: true }),
  };
}

/** A DuckDB session in memory that spills below the temporary folder. */
export async function createEngine(options: Record<string, string> = {}): Promise<SqlEngine & { close(): void }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', temp_directory: join(tmpdir(), 'iceberg-spill'), ...options });
  const connection = await instance.connect();
  return {
    async run(sql) {
      await connection.run(sql);
    },
    async rows(sql) {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A table folder with ports around it, removed by `dispose`. */
export interface Workspace {
  folder: string;
  ports: IcebergPorts;
  engine: SqlEngine;
  dispose(): Promise<void>;
}

/** Makes a temporary folder with a file system, an engine and real time and ids. */
export async function createWorkspace(engineOptions: Record<string, string> = {}): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'iceberg-'));
  const engine = await createEngine(engineOptions);
  const ports: IcebergPorts = { io: createLocalFileIO(), engine, now: () => Date.now(), newUuid: () => randomUUID() };
  return {
    folder,
    ports,
    engine,
    async dispose() {
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
