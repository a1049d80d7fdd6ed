import { redo, type ControlRecord } from '@data-master/control-records';
import { waitingExtension } from '@data-master/medallion-paths';
import type { UnknownKind } from '@data-master/parquet-writer';
import type { Clock, ControlStore, ObjectStore } from '@data-master/ports';
import { rawColumns, type LakeModel } from '@data-master/table-contracts';
import { z } from 'zod';

const kinds = ['string', 'number', 'boolean', 'null', 'nested'] as const satisfies readonly UnknownKind[];
const waitingSchema = z.object({ control_id: z.string(), columns: z.record(z.string(), z.enum(kinds)) });

/** A column that changes of a table have and its contract does not name: its values stay in raw. */
export interface WaitingColumn {
  table: string;
  column: string;
  kind: UnknownKind;
  /** Raw objects that have it. */
  objects: number;
  /** Whether the contract names it by now. */
  isNamed: boolean;
}

export interface WaitingPorts {
  model: LakeModel;
  store: ObjectStore;
  control: ControlStore;
  clock: Clock;
}

/** Keeps which columns of a raw object wait, as an object beside its quarantine. */
export async function keepWaiting(key: string, { control_id }: ControlRecord, columns: Record<string, UnknownKind>, store: ObjectStore): Promise<void> {
  await store.write(key, Buffer.from(JSON.stringify({ control_id, columns })));
}

/** The columns that wait for a contract, or to be filled in. */
export async function listWaitingColumns(ports: Pick<WaitingPorts, 'model' | 'store'>): Promise<WaitingColumn[]> {
  const found = new Map<string, WaitingColumn>();
  for (const { name: table, columns } of ports.model.tables) {
    for await (const waiting of readWaiting(table, ports.store)) {
      for (const [column, kind] of Object.entries(waiting.columns)) {
        const known = found.get(`${table}.${column}`) ?? { table, column, kind, objects: 0, isNamed: Object.hasOwn(columns, column) };
        found.set(`${table}.${column}`, { ...known, kind: known.kind === 'null' ? kind : known.kind, objects: known.objects + 1 });
      }
    }
  }
  return [...found.values()];
}

/**
 * Makes the raw objects of tables pending again that have columns which the contract names by now, or rows that did not
 * fit. Their bronze objects are written anew, and silver takes from them what it has not. Repeated or interrupted, it goes on
 * with those that still wait. Returns how many objects are pending by it.
 */
export async function backfillTables(tables: readonly string[], { model, store, control, clock }: WaitingPorts): Promise<number> {
  let count = 0;
  const take = async (record: ControlRecord | undefined): Promise<void> => {
    if (record?.status === 'success' && !record.duplicate_of && (await control.commit([{ previous: record, next: redo(record, clock.now()) }]))) count += 1;
  };
  for (const table of model.tables.filter(({ name }) => tables.includes(name))) {
    const named = new Set(rawColumns(table).map(({ name }) => name));
    for await (const { control_id: id, columns } of readWaiting(table.name, store)) {
      if (Object.keys(columns).some((column) => named.has(column))) await take(await control.get(id));
    }
    const rejecting: ControlRecord[] = [];
    for await (const record of control.query({ schemaName: 'dm_bronze', tableName: table.name, status: 'success' })) if (record.rejected_count > 0) rejecting.push(record);
    for (const record of rejecting) await take(record);
  }
  return count;
}

async function* readWaiting(table: string, store: ObjectStore): AsyncGenerator<z.infer<typeof waitingSchema>> {
  for await (const { key } of store.list(`quarantine/${table}/`)) {
    if (!key.endsWith(`.${waitingExtension}`)) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key)) chunks.push(chunk);
    yield waitingSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  }
}
