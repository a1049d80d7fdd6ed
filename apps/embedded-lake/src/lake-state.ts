import { parseBronzeKey } from '@data-master/medallion-paths';
import type { ControlStore, QueryEngine, StreamBacklog } from '@data-master/ports';
import type { LakeTables } from '@data-master/refinement';
import type { EventCounts } from './event-flow.ts';
import { bronzeColumns, emitDuckDbScan, lakeTables, quoteIdentifier as quote, type LakeModel } from '@data-master/table-contracts';

export interface TableState {
  layer: 'bronze' | 'silver' | 'gold';
  table: string;
  rows: number;
  files: number;
  bytes: number;
}

export interface LakeState {
  tables: TableState[];
  control: { pending: number; running: number; success: number; error: number };
  /** Rows in quarantine. */
  quarantined: number;
  events: EventCounts;
  /** What of the change stream is not delivered to raw; undefined for a lake without one. */
  stream?: StreamBacklog;
}

interface BronzeFiles {
  keys: string[];
  rows: number;
  bytes: number;
}

/** Counts what is in the tables, from control records and table metadata; no data file is read. */
export async function readLakeState(model: LakeModel, control: ControlStore, tables: LakeTables, query: QueryEngine): Promise<Omit<LakeState, 'events'>> {
  const counts = { pending: 0, running: 0, success: 0, error: 0 };
  let quarantined = 0;
  for await (const record of control.query({})) {
    counts[record.status] += 1;
    if (record.schema_name === 'dm_bronze' && record.status === 'success') quarantined += record.rejected_count;
  }
  const bronze = await bronzeFiles(model, control);
  const states: TableState[] = model.tables.map(({ name }) => {
    const { keys, rows, bytes } = bronze.get(name) ?? { keys: [], rows: 0, bytes: 0 };
    return { layer: 'bronze', table: name, rows, files: keys.length, bytes };
  });
  for (const definition of lakeTables(model)) {
    const { files, rows, sizeBytes } = await (await tables.open(definition, query)).plan();
    states.push({ layer: definition.layer, table: definition.name, rows, files: files.length, bytes: sizeBytes });
  }
  return { tables: states, control: counts, quarantined };
}

/** The bronze objects of each source table: those that silver was asked to take. */
async function bronzeFiles(model: LakeModel, control: ControlStore): Promise<Map<string, BronzeFiles>> {
  const files = new Map<string, BronzeFiles>();
  for (const { name } of model.tables) {
    const entry: BronzeFiles = { keys: [], rows: 0, bytes: 0 };
    for await (const record of control.query({ schemaName: 'dm_silver', tableName: name })) {
      if (parseBronzeKey(record.object_key)?.table !== name) continue;
      entry.keys.push(record.object_key);
      entry.rows += record.record_count;
      entry.bytes += record.file_size;
    }
    files.set(name, entry);
  }
  return files;
}

/** Makes the tables that `sql` names, or all when it names none, views of the session `query`: `bronze.beer`, `silver.beer`, `gold.top_drinkers`. */
export async function createViews(
  sql: string, model: LakeModel, control: ControlStore, tables: LakeTables, pathOf: (key: string) => Promise<string>, query: QueryEngine,
): Promise<void> {
  const text = sql.toLowerCase();
  const namesSome = lakeTables(model).some(({ name }) => text.includes(name));
  const isNamed = ({ name }: { name: string }): boolean => !namesSome || text.includes(name);
  for (const schema of ['bronze', 'silver', 'gold']) await query.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const bronze = await bronzeFiles(model, control);
  for (const table of model.tables.filter(isNamed)) {
    const { keys } = bronze.get(table.name)!;
    if (keys.length === 0) continue;
    const scan = emitDuckDbScan(bronzeColumns(table), await Promise.all(keys.map(pathOf)));
    await query.run(`CREATE OR REPLACE VIEW bronze.${quote(table.name)} AS SELECT * FROM ${scan}`);
  }
  for (const definition of lakeTables(model).filter(isNamed)) {
    const scan = await (await tables.open(definition, query)).scan();
    await query.run(`CREATE OR REPLACE VIEW ${definition.layer}.${quote(definition.name)} AS ${scan.sql}`);
  }
}
