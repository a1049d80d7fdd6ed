import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { liveRowsSql, openRows } from './live-rows.ts';
import { sourceRange, type MergeSource } from './merge-source.ts';
import { clauseSql } from './merge-sql.ts';
import type { MergeOptions } from './merge.ts';
import { currentSchema, headOf } from './metadata.ts';
import { bindSpec, partitionKey } from './partitions.ts';
import { bindPredicates } from './predicates.ts';
import { planFiles, type PlannedFile } from './snapshot-files.ts';
import { identifier } from './sql-text.ts';

/** The files that can hold a key of the source. */
export async function findCandidates(context: TableContext, state: TableState, options: MergeOptions, source: MergeSource): Promise<PlannedFile[]> {
  if (source.rows === 0) return [];
  const schema = currentSchema(state.metadata);
  const spec = bindSpec(state.metadata, state.metadata['default-spec-id'], state.metadataLocation);
  const range = await sourceRange(context.ports.engine, source, schema, spec, options.on);
  if (!range) return [];
  const predicates = [...range.predicates, ...bindPredicates(schema, options.prune ?? [])];
  const planned = await planFiles(context.reader, state, headOf(state.metadata, options.branch), predicates);
  const { partitions } = range;
  const inPartitions = ({ file, spec: fileSpec }: PlannedFile) =>
    !partitions || fileSpec.id !== spec.id || partitions.keys.has(partitionKey(partitions.indexes.map((index) => file.partition[index] ?? null)));
  return planned.filter(inPartitions);
}

/** A file to whose rows clauses apply, with its number among the candidates. */
export interface MatchedFile {
  index: number;
  file: PlannedFile;
  updatedRows: number;
  deletedRows: number;
}

/** Joins the source with the candidates into the table `matches`, and tells to which files clauses apply. */
export async function findMatches(
  { ports }: TableContext,
  { metadata }: TableState,
  { on, matched = [] }: MergeOptions,
  source: MergeSource,
  matches: string,
  candidates: readonly PlannedFile[],
): Promise<MatchedFile[]> {
  if (candidates.length === 0) return [];
  const { fields } = currentSchema(metadata);
  const equal = on.map((name) => `t.${identifier(name)} = s.${identifier(name)}`).join(' AND ');
  await ports.engine.run(
    `CREATE TEMP TABLE ${matches} AS
     SELECT s.rowid AS source_row, t.__file AS file_index, t.__row AS file_row, ${clauseSql(matched)} AS clause
     FROM ${liveRowsSql(await openRows(ports, metadata, candidates), fields)} t JOIN ${source.table} s ON ${equal}`,
  );
  const rows = await ports.engine.rows(`SELECT file_index, clause, count(*) AS pairs FROM ${matches} WHERE clause >= 0 GROUP BY ALL`);
  const files = new Map<number, MatchedFile>();
  for (const row of rows) {
    const index = Number(row['file_index']);
    const known = files.get(index) ?? { index, file: candidates[index] as PlannedFile, updatedRows: 0, deletedRows: 0 };
    const clause = matched[Number(row['clause'])];
    if (clause && 'set' in clause) known.updatedRows += Number(row['pairs']);
    else known.deletedRows += Number(row['pairs']);
    files.set(index, known);
  }
  return [...files.values()].sort((a, b) => a.index - b.index);
}
