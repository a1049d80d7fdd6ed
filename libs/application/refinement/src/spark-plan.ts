import { sparkDialect } from '@data-master/table-contracts';
import { affectedPartitions, bronzeInputs, withinPartitions, type RefinementPlan } from './refinement-plan.ts';
import { appliedSummary } from './lake-tables.ts';

/** What the Spark driver is told of one run; written as a JSON object by the planning step. */
export interface SparkPlan {
  layer: 'silver' | 'gold';
  table: string;
  /** Bronze files by the table whose rows they hold. */
  bronze: Record<string, string[]>;
  /** Condition of the rows that gold recomputes and replaces. */
  partitions: string;
  /** Properties of the snapshot that the run commits. */
  summary: Record<string, string>;
}

/** The plan for Spark; `uriOf` gives the URI under which Spark reads a bronze object. */
export async function emitSparkPlan(plan: RefinementPlan, uriOf: (key: string) => Promise<string>): Promise<SparkPlan> {
  const { runId, layer, table, records } = plan;
  const bronze: Record<string, string[]> = {};
  if (layer === 'silver') for (const [name, keys] of Object.entries(bronzeInputs(records))) bronze[name] = await Promise.all(keys.map(uriOf));
  const partitions = layer === 'gold' ? affectedPartitions(records) : 'all';
  return {
    layer, table, bronze,
    partitions: partitions === 'all' ? 'TRUE' : withinPartitions(partitions, sparkDialect),
    summary: appliedSummary(runId, records.map((record) => record.control_id)),
  };
}
