import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { createSqliteControlStore, openLakeDatabase } from '@data-master/embedded';
import { openEmbeddedLake, type EmbeddedLake } from '@data-master/embedded-lake';
import type { Chapter } from './beer-story.ts';

export interface EmbeddedShell {
  lake: EmbeddedLake;
  /** The key that its personal columns are hashed with. */
  key: Uint8Array;
  play: (chapters: readonly Chapter[]) => Promise<void>;
  records: () => Promise<ControlRecord[]>;
  close: () => Promise<void>;
}

/** The embedded lake in a folder of its own. */
export async function startEmbeddedShell(): Promise<EmbeddedShell> {
  const root = await mkdtemp(join(tmpdir(), 'dm-e2e-embedded-'));
  const [home, keys] = [join(root, 'home'), join(root, 'keys')];
  const lake = await openEmbeddedLake(beerLake, { DM_HOME: home, DM_KEYS: keys, DM_THREADS: '2', DM_MEMORY_MB: '512', DM_INGEST_MEMORY_MB: '200', DM_ENGINE: 'duckdb', DM_LOG_LEVEL: 'warn' });
  const [keyFile] = await readdir(keys);
  return {
    lake,
    key: new Uint8Array(await readFile(join(keys, keyFile!))),
    async play(chapters) {
      for (const { deliveries } of chapters) {
        for (const { key, body } of deliveries) await lake.deliver(key, () => body);
        await lake.drain();
      }
    },
    async records() {
      const database = await openLakeDatabase(join(home, 'lake.db'));
      const records = await Array.fromAsync(createSqliteControlStore(database).query({}));
      database.close();
      return records;
    },
    async close() {
      await lake.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
