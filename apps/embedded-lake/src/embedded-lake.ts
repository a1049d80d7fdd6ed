import { retry as retryRecord, type ControlRecord } from '@data-master/control-records';
import { deliverChanges } from '@data-master/delivery';
import type { FileSecrets, MachineRun } from '@data-master/embedded';
import { layoutKeyOf, parseRawKey } from '@data-master/medallion-paths';
import { ObjectExistsError, TerminalError, type ObjectBody, type ObjectInfo, type ObjectStore, type SqlRow } from '@data-master/ports';
import { backfillTables, listWaitingColumns, sweepRecords, type WaitingColumn } from '@data-master/ingestion';
import { listWaves, maintainTable, type Layer, type MaintenanceReport } from '@data-master/refinement';
import { lakeTables, rawMembers, type FileLayout } from '@data-master/table-contracts';
import { keepUp } from './keep-up.ts';
import { createViews, readLakeState, type LakeState } from './lake-state.ts';
import type { EventFlow } from './event-flow.ts';
import { silentObserver, type LakeObserver } from './observer.ts';
import { createStages } from './stages.ts';
import type { WiredLake } from './wire.ts';

/** From the stream to raw within a second, in objects that the small worker takes. */
const deliveryBuffer = { bufferBytes: 8 << 20, bufferMs: 1_000 };
const planAgeMs = 24 * 60 * 60_000;

export interface EmbeddedLake {
  readonly home: string;
  /** Folder that users drop files into, as `<folder>/<table>/<file>`. */
  readonly rawFolder: string;
  /** Secrets of this lake, kept with its key outside the home. */
  readonly secrets: FileSecrets;
  /** Puts an object under `raw/` unless it is there, then its event into the outbox; `discover` finds an object that a kill left without. `layout` says how to read it, if not as its table does. True when it is new. */
  deliver(objectKey: string, body: () => ObjectBody, layout?: FileLayout): Promise<boolean>;
  /** Looks for raw objects that have no record yet, such as files copied into the folder. Returns how many it found. */
  discover(): Promise<number>;
  /** Works until nothing is pending; waits for the back-off of retries, unless `signal` ends it. */
  drain(options?: { observer?: LakeObserver; signal?: AbortSignal }): Promise<void>;
  /** Takes new raw objects into bronze, then plans and applies what is pending for a layer, or for some of its tables. */
  process(layer: Layer, tables?: readonly string[], observer?: LakeObserver): Promise<void>;
  /** Does what the schedules say is due: taking over expired leases, the daily runs of silver and gold. */
  runDue(observer?: LakeObserver): Promise<void>;
  /**
   * Stays at work until `signal` ends it: takes files that are complete in the raw folder and objects that are announced to
   * bronze, refines silver and gold beside that, does what falls due.
   */
  keepUp(options: { signal: AbortSignal; observer?: LakeObserver }): Promise<void>;
  /** Brings the records of the home's change stream to raw until `signal` ends it, once none is left; in a process of its own, it takes no time from other work. */
  deliverChanges(options: { signal: AbortSignal }): Promise<void>;
  /** Maintains the tables of silver and gold, or some of them, `silver.beer`; with `dryRun` it writes nothing and tells what is expected. */
  maintain(options?: { tables?: readonly string[]; dryRun?: boolean }): Promise<{ table: string; report: MaintenanceReport }[]>;
  state(): Promise<LakeState>;
  /** Events on their way to raw; `drain` moves them on. */
  readonly events: EventFlow;
  failures(): Promise<ControlRecord[]>;
  /** Executions of state machines, the newest first. */
  runs(limit?: number): Promise<MachineRun[]>;
  /** Makes failed records pending again: all, or one. Returns how many. */
  retry(controlId?: string): Promise<number>;
  /** Columns that changes have and no contract names: their values stay in raw. */
  waitingColumns(): Promise<WaitingColumn[]>;
  /** Makes raw objects pending again that have columns which contracts name by now, or rows that did not fit: of all tables, or some. Returns how many. */
  backfill(tables?: readonly string[]): Promise<number>;
  /** Runs a select over the views of all layers. */
  query(sql: string): Promise<SqlRow[]>;
  /** Takes files that are complete in the raw folder, now and later; tells `onChange` of each. Ends with `close`. */
  watch(onChange: () => void): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

/** Plans of runs that nobody settled, since their process was killed; their records were claimed again long ago. */
async function removeOldPlans(store: ObjectStore, now: Date): Promise<void> {
  for await (const { key, modifiedAt } of store.list('plans/')) if (now.getTime() - modifiedAt.getTime() > planAgeMs) await store.remove(key);
}

/** The lake of one folder in this process, on wired ports. */
export async function createEmbeddedLake(wired: WiredLake): Promise<EmbeddedLake> {
  const { layout, model, ports, tables, scan, events } = wired;
  const { control, clock, store } = ports.register;
  createStages(ports, silentObserver);

  const nextDue = async (): Promise<Date | undefined> => {
    let due: string | undefined;
    for await (const record of control.query({ status: 'pending' })) if (!due || record.available_at < due) due = record.available_at;
    return due ? new Date(due) : undefined;
  };

  /** Takes records from workers that are gone, and gives every pending record its event again, should a kill have eaten it. */
  const requeue = async (): Promise<void> => {
    await sweepRecords({ overdueMs: 0, isGone: wired.isGone }, ports.register);
    await ports.history.abandon(wired.isGone);
  };
  await requeue();
  await removeOldPlans(store, clock.now());

  const failures = async (): Promise<ControlRecord[]> => {
    const failed: ControlRecord[] = [];
    for await (const record of control.query({ status: 'error' })) failed.push(record);
    return failed;
  };

  const isKnown = async ({ key, sizeBytes, modifiedAt }: ObjectInfo): Promise<boolean> => (await control.byObjectKey(key)).some((record) =>
    record.schema_name === 'dm_bronze' && record.file_size === sizeBytes && Date.parse(record.created_at) >= modifiedAt.getTime());

  const discover = async (): Promise<number> => {
    let found = 0;
    for await (const object of store.list('raw/')) {
      if (await isKnown(object)) continue;
      await ports.queues.objects.send(object.key, { objectKey: object.key });
      found += 1;
    }
    return found;
  };

  const process: EmbeddedLake['process'] = async (layer, names, observer = silentObserver) => {
    await discover();
    listWaves(layer, model, names);
    const stages = createStages(ports, observer);
    while (await events.run()) continue;
    do await wired.relay(); while (await stages.runIntake());
    await stages.refine(layer, names);
  };

  const announce = async ({ key: objectKey, sizeBytes }: Pick<ObjectInfo, 'key' | 'sizeBytes'>): Promise<void> =>
    wired.outbox.append([{ type: 'object.created', id: `object:${objectKey}:${sizeBytes}`, objectKey, sizeBytes }]);

  const runDue: EmbeddedLake['runDue'] = async (observer = silentObserver) => {
    for (const name of await wired.schedules.due()) {
      if (name === 'dm-lease-sweep') await requeue();
      if (name === 'dm-processing-dispatcher') await process('silver', undefined, observer);
      if (name === 'dm-analytics-dispatcher') await process('gold', undefined, observer);
      await wired.schedules.complete(name);
    }
  };

  const watch: EmbeddedLake['watch'] = (onChange) => wired.watchRaw(async (object) => {
    if (await isKnown(object)) return;
    await ports.queues.objects.send(object.key, { objectKey: object.key });
    onChange();
  });

  return {
    home: layout.home,
    rawFolder: wired.rawFolder,
    secrets: wired.secrets,

    async deliver(objectKey, body, layout) {
      if (!parseRawKey(objectKey)) throw new TerminalError(`key ${objectKey} is no raw key; expected raw/<table>/<file>`);
      if (await store.head(objectKey)) return false;
      if (layout) await store.write(layoutKeyOf(objectKey), Buffer.from(JSON.stringify(layout)));
      const written = await store.write(objectKey, body(), { ifAbsent: true }).catch((error: unknown) => {
        if (error instanceof ObjectExistsError) return undefined;
        throw error;
      });
      if (!written) return false;
      await announce(written);
      return true;
    },

    discover,

    async drain({ observer = silentObserver, signal } = {}) {
      const stages = createStages(ports, observer, signal);
      while (!signal?.aborted) {
        if (await events.run()) continue;
        await wired.relay();
        if (await stages.run()) continue;
        const due = await nextDue();
        if (!due) return;
        await wired.wait(Math.max(10, due.getTime() - clock.now().getTime()), signal);
        await requeue();
      }
    },

    runDue,

    async keepUp({ observer = silentObserver, signal }) {
      const watching = await watch(() => undefined);
      try {
        await keepUp({ stages: ports, database: wired.database, clock, relay: () => wired.relay(), moveEvents: () => events.run(), wait: wired.wait, runDue: () => runDue(observer) }, observer, signal);
      } finally {
        await watching.close();
      }
    },

    async deliverChanges({ signal }) {
      const reader = await wired.readStream();
      await deliverChanges({ reader, store, clock, logger: ports.logger, announce, wait: wired.wait }, { route: { columnsOf: rawMembers(model) }, ...deliveryBuffer }, signal);
    },

    process,

    async maintain({ tables: names, dryRun = false } = {}) {
      const all = lakeTables(model).map((table) => ({ table, name: `${table.layer}.${table.name}` }));
      const unknown = names?.filter((name) => !all.some((each) => each.name === name)) ?? [];
      if (unknown.length > 0) throw new TerminalError(`the lake has no table ${unknown.join(', ')}; expected some of ${all.map((each) => each.name).join(', ')}`);
      const reports = [];
      for (const { table, name } of all) {
        if (names && !names.includes(name)) continue;
        reports.push({ table: name, report: await scan(async (session) => maintainTable(await tables.open(table, session), { now: clock.now(), dryRun, policy: wired.maintenance })) });
      }
      return reports;
    },

    events,

    async state() {
      const stream = wired.hasStream() ? await (await wired.readStream()).backlog() : undefined;
      return { ...(await scan((session) => readLakeState(model, control, tables, session))), events: await events.counts(), ...(stream && { stream }) };
    },

    failures,
    runs: (limit = 20) => ports.history.list(limit),

    async retry(controlId) {
      const failed = controlId ? [await control.get(controlId)] : await failures();
      let count = 0;
      for (const record of failed) {
        if (!record) throw new TerminalError(`control record ${controlId} does not exist; expected the control_id of a failed record, as dm status lists them`);
        if (await control.commit([{ previous: record, next: retryRecord(record, clock.now()) }])) count += 1;
      }
      return count;
    },

    waitingColumns: () => listWaitingColumns({ model, store }),

    async backfill(names) {
      const known = model.tables.map(({ name }) => name);
      const unknown = names?.filter((name) => !known.includes(name)) ?? [];
      if (unknown.length > 0) throw new TerminalError(`the lake has no source table ${unknown.join(', ')}; expected some of ${known.join(', ')}`);
      return backfillTables(names ?? known, { model, store, control, clock });
    },

    query: (sql) => scan(async (session) => {
      await createViews(sql, model, control, tables, (key) => wired.files.path(key), session);
      return session.rows(sql);
    }),

    watch,
    close: () => wired.close(),
  };
}
