import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDuckDbEngine, createLazyEngine } from '@data-master/duckdb';
import {
  clearScratch, createFileLocalFiles, createFileObjectStore, createFileSecrets, createIcebergFileIO, createSqliteControlStore, createSqliteOutbox,
  createSqliteQueue, createSqliteRunHistory, createSqliteSchedules, fileUri, isProcessAlive, makeProcessFolder, openLakeDatabase, openSqliteStreamReader, openStreamDatabase, processIdentity, relayEvents, revealMessages, watchPrefix, type StreamDatabase,
} from '@data-master/embedded';
import { createFileCatalog } from '@data-master/iceberg';
import { tableLocation } from '@data-master/medallion-paths';
import { createDuckDbParquetEngine, createPortableParquetEngine } from '@data-master/parquet-writer';
import { createPiiMasker, redactText } from '@data-master/pii-masking';
import type { ChangeStreamReader, LocalFiles, Logger, ObjectInfo, ObjectStore, QueryEngine } from '@data-master/ports';
import {
  chooseEngineFor, createDuckDbEngine as createRefinementEngine, maintainAfterCommits, maintainCommitted, openLakeTable, type LakeTables,
} from '@data-master/refinement';
import { createLogger, createRandomIds, createSystemClock, joinLocalFiles, joinObjectStores, type LakeBuckets } from '@data-master/runtime';
import type { LakeModel } from '@data-master/table-contracts';
import { lakeLayout, type EmbeddedConfig } from './config.ts';
import { lakeKey } from './lake-key.ts';
import { lakeIdOf, secretsOfLake } from './lake-secrets.ts';
import { createEventFlow } from './event-flow.ts';
import { createLimiter } from './limiter.ts';
import { createSparkEngine } from './spark-engine.ts';
import { routeEvent, type StagePorts } from './stages.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The daily runs of the documents catch up with what an event may have missed; the sweep takes over expired leases. */
const lakeSchedules = [
  { name: 'dm-lease-sweep', everyMs: minuteMs, offsetMs: 0 },
  { name: 'dm-processing-dispatcher', everyMs: dayMs, offsetMs: 6 * 60 * minuteMs },
  { name: 'dm-analytics-dispatcher', everyMs: dayMs, offsetMs: 7 * 60 * minuteMs },
] as const;

/** Owners of claims and ids of executions begin with it and go on `<process>/<execution>`. */
const workerPrefix = 'embedded:';
/** Plans on DuckDB, which share its memory and threads. */
const plansAtOnce = 2;
const clock = createSystemClock();
const ids = createRandomIds();

export type WiredLake = Awaited<ReturnType<typeof wire>>;

/** Connects the use cases to one folder of this machine. */
export async function wire(config: EmbeddedConfig, model: LakeModel) {
  const layout = lakeLayout(config);
  await mkdir(layout.home, { recursive: true });
  await clearScratch(layout.scratch);
  for (const root of [layout.stage, layout.datalake]) await createFileObjectStore({ root }).sweep();
  const database = await openLakeDatabase(layout.database);
  await revealMessages(database, clock);
  const logger = createLogger({ level: config.DM_LOG_LEVEL, destination: layout.logs, redact: redactText });
  const control = createSqliteControlStore(database);
  const outbox = createSqliteOutbox(database);
  const secrets = createFileSecrets({ folder: layout.keys });
  const masker = createPiiMasker(await lakeKey(database.meta, secrets, layout.keys));

  const { store, files, openFiles, rawFolder } = wireBuckets(layout);
  const spillFolder = await makeProcessFolder(layout.scratch);
  const common = { threads: config.DM_THREADS, spillFolder };
  const ingestQuery = createLazyEngine(() => createDuckDbEngine({ ...common, threads: 1, memoryLimitMb: config.DM_INGEST_MEMORY_MB }));
  const query = createLazyEngine(() => createDuckDbEngine({ ...common, memoryLimitMb: config.DM_MEMORY_MB, encryptSpill: false }));
  const tables = wireTables(layout.datalake, createFileObjectStore({ root: layout.datalake }), logger);

  const uriOf = (key: string): Promise<string> => Promise.resolve(fileUri(join(layout.datalake, key)));

  const duckDb = createRefinementEngine({ model, tables, files, query });
  const spark = createSparkEngine({
    model, tables, query, store, uriOf, logger, datalake: layout.datalake, jobs: layout.sparkJobs, memoryMb: config.DM_SPARK_MEMORY_MB, threads: config.DM_THREADS,
  });

  const worker = `${workerPrefix}${processIdentity}`;
  const refinement = { model, tables, query, store, control, clock, logger };
  const ports: StagePorts = {
    model, worker, ids, logger, spark,
    queues: {
      objects: createSqliteQueue(database, 'objects', clock),
      bronze: createSqliteQueue(database, 'bronze', clock),
      silver: createSqliteQueue(database, 'silver', clock),
      derived: createSqliteQueue(database, 'derived', clock),
      gold: createSqliteQueue(database, 'gold', clock),
    },
    register: { model, store, control, clock, logger },
    ingest: {
      model, store, control, clock, logger, masker,
      engine: config.DM_PARQUET_ENGINE === 'duckdb' ? createDuckDbParquetEngine({ store, openFiles, query: ingestQuery }) : createPortableParquetEngine({ store }),
    },
    endIntake: () => ingestQuery.release(),
    planner: { ...refinement, ids, uriOf, engineFor: chooseEngineFor({ engine: config.engine, memorySizeBytes: config.DM_MEMORY_MB * 2 ** 20, logger }) },
    apply: { ...refinement, engine: maintainAfterCommits(duckDb, config.maintenance, refinement) },
    afterSpark: async (run) => (config.maintenance.afterCommit ? maintainCommitted(run, config.maintenance, refinement) : undefined),
    history: createSqliteRunHistory(database, clock),
    limits: { ingest: createLimiter(1), apply: createLimiter(plansAtOnce), spark: createLimiter(1) },
  };

  const events = createEventFlow({
    store, outbox, clock, logger,
    queues: { raw: createSqliteQueue(database, 'events', clock), valid: createSqliteQueue(database, 'valid_events', clock), dead: createSqliteQueue(database, 'dead_events', clock) },
  });

  const schedules = createSqliteSchedules(database, clock);
  for (const schedule of lakeSchedules) await schedules.define(schedule);

  let stream: Promise<StreamDatabase> | undefined;

  return {
    layout, model, ports, secrets: secretsOfLake(await lakeIdOf(database.meta), secrets), files, database, outbox, events, maintenance: config.maintenance, schedules, tables, rawFolder,

    /** Moves committed events into the queues of the stages that they start. */
    async relay(): Promise<void> {
      while ((await relayEvents(database, clock, (event) => routeEvent(event, ports))) > 0) continue;
    },

    hasStream: (): boolean => existsSync(layout.stream),

    /** The change stream of the home as its delivery reads it; made when there is none. */
    readStream: async (): Promise<ChangeStreamReader> => openSqliteStreamReader(await (stream ??= openStreamDatabase(layout.stream)), 'delivery'),

    /** Reads the lake in a session of its own. */
    scan: <Result>(work: (session: QueryEngine) => Promise<Result>): Promise<Result> => query.session(work),

    /** Whether a claim or an execution belongs to a process of this machine that ended. */
    isGone: (owner: string): boolean => owner.startsWith(workerPrefix) && !isProcessAlive(owner.slice(workerPrefix.length).split('/')[0]!),

    wait: (timeoutMs: number, signal?: AbortSignal): Promise<void> => delay(timeoutMs, undefined, { signal }).catch(() => undefined),

    /** Reports complete raw objects, those that are there at the start included. */
    watchRaw: (onObject: (object: ObjectInfo) => Promise<void>) =>
      watchPrefix(layout.stage, 'raw', onObject, { onError: (error) => logger.log('warn', 'raw.watch_failed', { error: String(error) }) }),

    async close(): Promise<void> {
      await Promise.all([spark.close(), ingestQuery.close(), query.close(), files.dispose()]);
      (await stream)?.close();
      database.close();
    },
  };
}

/** Raw and quarantine in one bucket, bronze in another; `openFiles` gives local files with a scratch folder of their own. */
function wireBuckets({ stage, datalake, scratch }: ReturnType<typeof lakeLayout>) {
  const overBuckets = <Target>(create: (root: string) => Target): LakeBuckets<Target> => ({ stage: create(stage), datalake: create(datalake) });
  const openFiles = (): LocalFiles => joinLocalFiles(overBuckets((root) => createFileLocalFiles({ root, scratch })));
  return { store: joinObjectStores(overBuckets((root) => createFileObjectStore({ root }))), files: openFiles(), openFiles, rawFolder: join(stage, 'raw') };
}

/** Iceberg tables as folders of the data lake, as their contracts say. */
function wireTables(datalake: string, store: ObjectStore, logger: Logger): LakeTables {
  const io = createIcebergFileIO({ root: datalake, store });
  return {
    open(table, engine) {
      const catalog = createFileCatalog({ io, location: fileUri(join(datalake, tableLocation(table.layer, table.name))) });
      return openLakeTable(table, { catalog, logger, ports: { io, engine, now: () => clock.now().getTime(), newUuid: () => ids.next() } });
    },
  };
}
