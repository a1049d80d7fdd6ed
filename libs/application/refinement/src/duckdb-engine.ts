import type { LocalFiles, QueryEngine } from '@data-master/ports';
import { bronzeColumns, duckDbDialect, emitDuckDbScan, goldSelect, requireLakeTable, type LakeModel } from '@data-master/table-contracts';
import type { RefinementEngine } from './apply-plan.ts';
import { defineMerge } from './define-merge.ts';
import { appliedSummary, summaryKeys, type LakeTables } from './lake-tables.ts';
import { bronzeRelation, silverRelation } from './merge-definition.ts';
import { formatPartitions } from './partition-text.ts';
import { affectedPartitions, bronzeInputs, withinPartitions, type PartitionTuple, type RefinementPlan } from './refinement-plan.ts';

export interface DuckDbEnginePorts {
  model: LakeModel;
  tables: LakeTables;
  files: LocalFiles;
  query: QueryEngine;
}

/** Silver and gold on this machine: the MERGE and the selects of the model run in DuckDB, the commit is ours. */
export function createDuckDbEngine(ports: DuckDbEnginePorts): RefinementEngine {
  return {
    name: 'duckdb',
    apply: (plan) => ports.query.session((session) => (plan.layer === 'silver' ? merge(plan, session, ports) : recompute(plan, session, ports)), { preserveInsertionOrder: false }),
  };
}

const summaryOf = (plan: RefinementPlan): Record<string, string> => appliedSummary(plan.runId, plan.records.map((record) => record.control_id));

async function merge(plan: RefinementPlan, session: QueryEngine, ports: DuckDbEnginePorts): Promise<void> {
  const { reads, source, ...definition } = defineMerge(ports.model, plan.table, duckDbDialect);
  const relations = await openRelations(plan, reads, session, ports);
  const table = await ports.tables.open(requireLakeTable(ports.model, 'silver', plan.table), session);
  await table.merge({
    ...definition,
    source: `WITH ${relations.join(',\n')}\nSELECT * FROM (${source}) AS changes`,
    // Spark knows no such value of the table property write.merge.mode.
    mode: 'automatic',
    summary: ({ affectedPartitions: touched }) => ({ ...summaryOf(plan), [summaryKeys.partitions]: formatPartitions(touched as PartitionTuple[]) }),
  });
}

/** The relations that a source reads, as common table expressions over files. */
async function openRelations(plan: RefinementPlan, reads: readonly string[], session: QueryEngine, { model, tables, files }: DuckDbEnginePorts): Promise<string[]> {
  const inputs = bronzeInputs(plan.records);
  const relations: string[] = [];
  for (const table of model.tables) {
    if (reads.includes(silverRelation(table.name))) {
      const scan = await (await tables.open(requireLakeTable(model, 'silver', table.name), session)).scan();
      relations.push(`${silverRelation(table.name)} AS (${scan.sql})`);
    }
    if (reads.includes(bronzeRelation(table.name))) {
      const paths = await Promise.all((inputs[table.name] ?? []).map((key) => files.path(key)));
      relations.push(`${bronzeRelation(table.name)} AS (SELECT * FROM ${emitDuckDbScan(bronzeColumns(table), paths)})`);
    }
  }
  return relations;
}

/** Recomputes whole partitions of a gold table from the present state of the table it reads. */
async function recompute(plan: RefinementPlan, session: QueryEngine, { model, tables }: DuckDbEnginePorts): Promise<void> {
  const { quote } = duckDbDialect;
  const target = requireLakeTable(model, 'gold', plan.table);
  const definition = model.gold.find((each) => each.name === plan.table)!;
  const partitions = affectedPartitions(plan.records);
  const source = await tables.open(requireLakeTable(model, 'silver', definition.from), session);
  const scan = await source.scan({ filter: partitions === 'all' ? [] : partitionBounds(partitions) });
  const rows = partitions === 'all' ? scan.sql : `SELECT * FROM (${scan.sql}) AS present WHERE ${withinPartitions(partitions, duckDbDialect)}`;
  const columns = target.columns.map((column) => quote(column.name)).join(', ');
  await (await tables.open(target, session)).overwritePartitions({
    partitions,
    select: `WITH ${quote(definition.from)} AS (${rows}) SELECT ${columns} FROM (${goldSelect(definition)}) AS computed`,
    summary: summaryOf(plan),
  });
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
