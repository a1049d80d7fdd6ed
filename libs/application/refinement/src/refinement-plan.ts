import { claim, isClaimable, type ControlRecord } from '@data-master/control-records';
import { parseBronzeKey } from '@data-master/medallion-paths';
import type { Clock, ControlStore, Ids } from '@data-master/ports';
import type { SqlDialect } from '@data-master/table-contracts';

/** How long a plan's claim on its records holds. */
export const refinementLeaseMs = 15 * 60_000;
/** At most this many records in one plan, so that a plan and the snapshot summary that lists them stay small. */
export const planLimit = 1_000;

export type Layer = 'silver' | 'gold';
export type PartitionTuple = Record<string, number | null>;

/** What one run is to bring into one table: the output of planning, the whole input of applying. */
export interface RefinementPlan {
  runId: string;
  layer: Layer;
  table: string;
  /** The claimed records, in order of their creation. */
  records: ControlRecord[];
}

export interface PlanPorts {
  control: ControlStore;
  clock: Clock;
  ids: Ids;
}

export interface PlanCommand {
  layer: Layer;
  table: string;
  /** Who claims the records. */
  worker: string;
  /** How long the claim holds; `refinementLeaseMs` when not given. */
  leaseMs?: number;
}

/** Claims what is pending for a table, each record by compare-and-set; undefined when there is nothing to do. */
export async function planRefinement({ layer, table, worker, leaseMs = refinementLeaseMs }: PlanCommand, { control, clock, ids }: PlanPorts): Promise<RefinementPlan | undefined> {
  const records: ControlRecord[] = [];
  for (const status of ['pending', 'running'] as const) {
    for await (const record of control.query({ schemaName: `dm_${layer}`, tableName: table, status })) {
      if (records.length === planLimit) break;
      if (!isClaimable(record, clock.now())) continue;
      const claimed = claim(record, worker, leaseMs, clock.now());
      if (await control.commit([{ previous: record, next: claimed }])) records.push(claimed);
    }
  }
  return records.length > 0 ? { runId: ids.next(), layer, table, records } : undefined;
}

/** The bronze objects of silver records, by the table that they hold rows of. */
export function bronzeInputs(records: readonly ControlRecord[]): Record<string, string[]> {
  const inputs: Record<string, string[]> = {};
  for (const { object_key: key } of records) {
    const table = parseBronzeKey(key)?.table;
    if (!table) throw new Error(`silver record names ${key}; expected a bronze key`);
    (inputs[table] ??= []).push(key);
  }
  return inputs;
}

/** The partitions that gold records name, each once; `all` when one of them names the whole table. */
export function affectedPartitions(records: readonly Pick<ControlRecord, 'affected_partitions'>[]): PartitionTuple[] | 'all' {
  const tuples = new Map<string, PartitionTuple>();
  for (const { affected_partitions: partitions } of records) {
    if (!partitions) return 'all';
    for (const tuple of partitions) tuples.set(JSON.stringify(tuple), tuple);
  }
  return [...tuples.values()];
}

/** SQL that is true for the rows of these partitions. */
export function withinPartitions(partitions: readonly PartitionTuple[], { quote }: SqlDialect): string {
  if (partitions.length === 0) return 'FALSE';
  return partitions
    .map((tuple) => `(${Object.entries(tuple).map(([column, value]) => `${quote(column)} ${value === null ? 'IS NULL' : `= ${value}`}`).join(' AND ')})`)
    .join(' OR ');
}
