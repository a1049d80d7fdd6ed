import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { createSqliteControlStore, openLakeDatabase } from '@data-master/embedded';
import { openEmbeddedLake, type EmbeddedLake } from '@data-master/embedded-lake';
import type { Chapter } from './beer-story.ts';

const lakeId = '00000000-0000-4000-8000-000000000000';

export interface EmbeddedShell {
  lake: EmbeddedLake;
  play: (chapters: readonly Chapter[]) => Promise<void>;
  records: () => Promise<ControlRecord[]>;
  close: () => Promise<void>;
}

/** The embedded lake in a folder of its own; `key` is the one that its personal columns are hashed with. */
export async function startEmbeddedShell(key: Uint8Array): Promise<EmbeddedShell> {
  const root = await mkdtemp(join(tmpdir(), 'dm-e2e-embedded-'));
  const [home, keys] = [join(root, 'home'), join(root, 'keys')];
  await putKey(home, keys, key);
  const lake = await openEmbeddedLake(beerLake, { DM_HOME: home, DM_KEYS: keys, DM_THREADS: '2', DM_MEMORY_MB: '512', DM_INGEST_MEMORY_MB: '200', DM_ENGINE: 'duckdb', DM_LOG_LEVEL: 'warn' });
  return {
    lake,
    async play(chapters) {
      for (const { deliveries } of chapters) {
        for (const { key, body } of deliveries) await lake.deliver(key, () => body);
        await lake.drain();
      }
    },
    async records() {
      const database = await openLakeDatabase(join(home, 'lake.db'));
      const records: ControlRecord[] = [];
      for await (const record of createSqliteControlStore(database).query({})) records.push(record);
      database.close();
      return records;
    },
    async close() {
      await lake.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Puts a key where the lake would make one. */
async function putKey(home: string, keys: string, key: Uint8Array): Promise<void> {
  await mkdir(home, { recursive: true });
  await mkdir(keys, { mode: 0o700 });
  const database = await openLakeDatabase(join(home, 'lake.db'));
  await database.meta.setIfAbsent('lake_id', lakeId);
  database.close();
  await writeFile(join(keys, `pii-${lakeId}`), key, { mode: 0o600 });
}
