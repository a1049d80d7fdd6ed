import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { createFileObjectStore, createSqliteChangeStream, createSqliteControlStore, homeLayout, openLakeDatabase, openSqliteStreamReader, openStreamDatabase } from '@data-master/embedded';
import { openEmbeddedLake, type EmbeddedLake } from '@data-master/embedded-lake';
import { parseSchemaFile, splitEvents } from '@data-master/events';
import type { StreamRecord } from '@data-master/ports';
import { createSystemClock } from '@data-master/runtime';
import { toText, type JsonObject } from '../template/json.ts';
import type { Chapter } from './beer-story.ts';
import { readStoreLines } from './stored-lines.ts';
import { readWorkspaceSchemas } from './workspace-schemas.ts';

const lookAgainMs = 10;
const lakeId = '00000000-0000-4000-8000-000000000000';

export interface EmbeddedShell {
  lake: EmbeddedLake;
  play: (chapters: readonly Chapter[]) => Promise<void>;
  records: () => Promise<ControlRecord[]>;
  /** What delivery could not route, as it came. */
  unrouted: () => Promise<string[]>;
  /** What the validator keeps of invalid events. */
  invalid: () => Promise<JsonObject[]>;
  close: () => Promise<void>;
}

/** The embedded lake in a folder of its own; `key` is the one that its personal columns are hashed with. */
export async function startEmbeddedShell(key: Uint8Array): Promise<EmbeddedShell> {
  const root = await mkdtemp(join(tmpdir(), 'dm-e2e-embedded-'));
  const [home, keys] = [join(root, 'home'), join(root, 'keys')];
  await putKey(home, keys, key);
  const lake = await openEmbeddedLake(beerLake, { DM_HOME: home, DM_KEYS: keys, DM_THREADS: '2', DM_MEMORY_MB: '512', DM_INGEST_MEMORY_MB: '200', DM_ENGINE: 'duckdb', DM_LOG_LEVEL: 'warn' });
  const stage = createFileObjectStore({ root: homeLayout(home).stage });
  const stream = await openStreamDatabase(homeLayout(home).stream);
  await lake.events.publishSchemas(readWorkspaceSchemas().map(({ file, text }) => parseSchemaFile(file, text)));
  const capture = async (changes: readonly StreamRecord[]): Promise<void> => {
    await createSqliteChangeStream(stream, createSystemClock()).append(changes);
    const [stop, reader] = [new AbortController(), await openSqliteStreamReader(stream, 'delivery')];
    const delivered = lake.deliverChanges({ signal: stop.signal });
    while ((await reader.backlog()).records > 0) await delay(lookAgainMs);
    stop.abort();
    await delivered;
  };
  return {
    lake,
    async play(chapters) {
      for (const { deliveries, changes, events } of chapters) {
        for (const { key, body } of deliveries) await lake.deliver(key, () => body);
        await capture(changes);
        await lake.events.send(splitEvents(asFile(events)), 'story');
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
    unrouted: async () => (await readStoreLines(stage, 'errors/')).map(({ rawData }) => Buffer.from(toText(rawData), 'base64').toString()),
    invalid: () => readStoreLines(stage, 'quarantine/events/'),
    async close() {
      await lake.close();
      stream.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Events as a file holds them, one on a line. */
async function* asFile(events: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const event of events) yield Buffer.from(`${event}\n`);
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
