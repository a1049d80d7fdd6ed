import type { Table } from '@data-master/iceberg';
import type { LocalFiles, QueryEngine } from '@data-master/ports';
import { goldSelect, lakeTables, quoteIdentifier as quote, type LakeModel, type LakeTable } from '@data-master/table-contracts';
import { defineDerivedMerge } from './derived-merge.ts';
import { appliedSnapshots, appliedSummary, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
import { affectedPartitions, bronzeInputs, type PartitionTuple, type RefinementPlan } from './refinement-plan.ts';
import { defineSilverMerge, type MergeDefinition } from './silver-merge.ts';

export interface ApplyPorts {
  model: LakeModel;
  tables: LakeTables;
  files: LocalFiles;
  query: QueryEngine;
  /** Override parameters of gold tables, such as min_reviews. */
  goldParameters?: Record<string, number>;
}

/**
 * Applies a plan to its table in one Iceberg commit that names the control records, or in none when nothing changes.
 * Records that an earlier, unsettled commit applied already are not applied again. Returns what was applied by which
 * snapshot, earlier ones included.
 */
export async function applyPlan(plan: RefinementPlan, ports: ApplyPorts): Promise<AppliedSnapshot[]> {
  const target = requireTable(ports.model, plan.layer, plan.table);
  return ports.query.session(async (engine) => {
    const table = await ports.tables.open(target, engine);
    const earlier = appliedSnapshots(table);
    const done = new Set(earlier.flatMap((snapshot) => snapshot.controlIds));
    const records = plan.records.filter((record) => !done.has(record.control_id));
    if (records.length === 0) return earlier;
    const rest = { ...plan, records };
    const applied = plan.layer === 'silver' ? await merge(rest, table, engine, ports) : await recompute(rest, target, table, engine, ports);
    return applied ? [...earlier, applied] : earlier;
  }, { preserveInsertionOrder: false });
}

async function merge(plan: RefinementPlan, table: Table, engine: QueryEngine, ports: ApplyPorts): Promise<AppliedSnapshot | undefined> {
  const definition = await mergeDefinition(plan, engine, ports);
  const controlIds = plan.records.map((record) => record.control_id);
  const result = await table.merge({
    ...definition,
    summary: ({ affectedPartitions: partitions }) => appliedSummary(plan.runId, controlIds, partitions as PartitionTuple[]),
  });
  return result.snapshot && { snapshotId: result.snapshot['snapshot-id'], controlIds, partitions: result.affectedPartitions as PartitionTuple[] };
}

async function mergeDefinition(plan: RefinementPlan, engine: QueryEngine, { model, tables, files }: ApplyPorts): Promise<MergeDefinition> {
  const changed: Record<string, string[]> = {};
  for (const [name, keys] of Object.entries(bronzeInputs(plan.records))) changed[name] = await Promise.all(keys.map((key) => files.path(key)));
  const source = model.tables.find((each) => each.name === plan.table);
  if (source) return defineSilverMerge(source, changed[source.name] ?? []);

  const derived = model.derived.find((each) => each.name === plan.table)!;
  const scans: Record<string, string> = {};
  for (const name of [derived.base, ...derived.joins.map((join) => join.table)]) {
    scans[name] = (await (await tables.open(requireTable(model, 'silver', name), engine)).scan()).sql;
  }
  return defineDerivedMerge(derived, model, { scans, changed });
}

/** Recomputes whole partitions of a gold table from the present state of the table it reads. */
async function recompute(plan: RefinementPlan, target: LakeTable, table: Table, engine: QueryEngine, ports: ApplyPorts): Promise<AppliedSnapshot | undefined> {
  const definition = ports.model.gold.find((each) => each.name === target.name)!;
  const partitions = affectedPartitions(plan.records);
  const source = await ports.tables.open(requireTable(ports.model, 'silver', definition.from), engine);
  const scan = await source.scan({ filter: partitions === 'all' ? [] : partitionBounds(partitions) });
  const rows = partitions === 'all' ? scan.sql : `SELECT * FROM (${scan.sql}) AS present WHERE ${withinPartitions(partitions)}`;
  const controlIds = plan.records.map((record) => record.control_id);
  const columns = target.columns.map((column) => quote(column.name)).join(', ');
  const result = await table.overwritePartitions({
    partitions,
    select: `WITH ${quote(definition.from)} AS (${rows}) SELECT ${columns} FROM (${goldSelect(definition, ports.goldParameters)}) AS computed`,
    summary: appliedSummary(plan.runId, controlIds, partitions === 'all' ? null : partitions),
  });
  return result.snapshot && { snapshotId: result.snapshot['snapshot-id'], controlIds, partitions: partitions === 'all' ? null : partitions };
}

/** Least and greatest value of each partition column: what a scan can prune by. */
function partitionBounds(partitions: readonly PartitionTuple[]) {
  return Object.keys(partitions[0] ?? {}).flatMap((column) => {
    const values = partitions.map((tuple) => tuple[column]);
    if (values.some((value) => value === null || value === undefined)) return [];
    const numbers = values as number[];
    return [
      { column, op: '>=' as const, value: Math.min(...numbers) },
      { column, op: '<=' as const, value: Math.max(...numbers) },
    ];
  });
}

function withinPartitions(partitions: readonly PartitionTuple[]): string {
  if (partitions.length === 0) return 'FALSE';
  return partitions
    .map((tuple) => `(${Object.entries(tuple).map(([column, value]) => `${quote(column)} ${value === null ? 'IS NULL' : `= ${value}`}`).join(' AND ')})`)
    .join(' OR ');
}

function requireTable(model: LakeModel, layer: 'silver' | 'gold', name: string): LakeTable {
  const table = lakeTables(model).find((each) => each.layer === layer && each.name === name);
  if (!table) throw new Error(`${layer}.${name} is no table of ${model.name}; expected one of ${lakeTables(model).map((each) => `${each.layer}.${each.name}`).join(', ')}`);
  return table;
}
