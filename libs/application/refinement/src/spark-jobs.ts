import {
  bronzeColumns, emitSparkSchema, goldSelect, lakeTables, sparkDialect, type LakeModel, type LakeTable,
} from '@data-master/table-contracts';
import { defineMerge } from './define-merge.ts';
import { bronzeRelation, silverRelation, type MergeDefinition } from './merge-definition.ts';

/** One table's work on Spark, as the driver reads it; `{target}` stands for the table's name in the catalog. */
export type SparkJob =
  /** Registers bronze files and silver tables under the names that `merge` reads, then runs it. */
  | { kind: 'merge'; bronze: Record<string, { relation: string; columns: { name: string; type: string; id: number }[] }>; silver: Record<string, string>; merge: string }
  /** Registers the rows of the plan's partitions of a silver table under its name, then replaces those partitions. */
  | { kind: 'overwrite'; from: string; select: string };

/** The jobs of a lake by layer and table, `silver.review`: all that the driver knows of the model. */
export function emitSparkJobs(model: LakeModel): Record<string, SparkJob> {
  return Object.fromEntries(lakeTables(model).map((table) => [`${table.layer}.${table.name}`, table.layer === 'gold' ? overwriteJob(model, table) : mergeJob(model, table)]));
}

function mergeJob(model: LakeModel, table: LakeTable): SparkJob {
  const definition = defineMerge(model, table.name, sparkDialect);
  const read = (relation: (name: string) => string) => model.tables.filter((each) => definition.reads.includes(relation(each.name)));
  return {
    kind: 'merge',
    bronze: Object.fromEntries(read(bronzeRelation).map((each) => [each.name, { relation: bronzeRelation(each.name), columns: emitSparkSchema(bronzeColumns(each)) }])),
    silver: Object.fromEntries(read(silverRelation).map((each) => [each.name, silverRelation(each.name)])),
    merge: emitSparkMerge(definition),
  };
}

/** The MERGE as Spark writes it. */
export function emitSparkMerge({ source, on, matched, notMatched }: MergeDefinition): string {
  const { quote } = sparkDialect;
  const and = (when?: string): string => (when ? ` AND (${when})` : '');
  return [
    `MERGE INTO {target} AS t USING (${source}) AS s ON ${on.map((column) => `t.${quote(column)} = s.${quote(column)}`).join(' AND ')}`,
    ...matched.map((clause) => `WHEN MATCHED${and(clause.when)} THEN ${'delete' in clause ? 'DELETE' : `UPDATE SET ${Object.entries(clause.set).map(([column, value]) => `t.${quote(column)} = ${value}`).join(', ')}`}`),
    ...notMatched.map(({ when, insert }) => `WHEN NOT MATCHED${and(when)} THEN INSERT (${Object.keys(insert).map(quote).join(', ')}) VALUES (${Object.values(insert).join(', ')})`),
  ].join('\n');
}

function overwriteJob(model: LakeModel, table: LakeTable): SparkJob {
  const definition = model.gold.find((each) => each.name === table.name)!;
  const { quote, type } = sparkDialect;
  const columns = table.columns.map((column) => `CAST(${quote(column.name)} AS ${type(column.type)}) AS ${quote(column.name)}`);
  return { kind: 'overwrite', from: definition.from, select: `SELECT ${columns.join(', ')} FROM (${goldSelect(definition)}) AS computed` };
}
