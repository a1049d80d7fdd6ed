import { commitWithRetry, type Attempt, type Committed } from './attempts.ts';
import { affectedPartitions } from './affected-partitions.ts';
import { summaryOf, type WriteOptions } from './append.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { writeDataFiles } from './data-files.ts';
import { InvalidArgumentError } from './errors.ts';
import { countLiveRows, liveRowsSql, openRows } from './live-rows.ts';
import { materialiseSource, sourceRange, type MergeSource } from './merge-source.ts';
import { clauseSql, insertSql, rewriteSql, type MatchedClause, type NotMatchedClause } from './merge-sql.ts';
import { currentSchema, headOf } from './metadata.ts';
import { bindSpec, partitionKey, type PartitionTuple } from './partitions.ts';
import { bindPredicates, type Predicate } from './predicates.ts';
import { fieldNamed } from './schema.ts';
import { planFiles, type PlannedFile } from './snapshot-files.ts';
import { identifier } from './sql-text.ts';

export interface MergeOptions extends WriteOptions<MergeResult> {
  /** Select of the changes; evaluated once. */
  source: string;
  /** Columns that source and target are equal in; a source row with a NULL in one matches nothing. */
  on: readonly string[];
  /** For each pair of equal keys the first clause whose condition is true applies; none leaves the row as it is. */
  matched?: readonly MatchedClause[];
  /** For each source row without a pair the first clause whose condition is true applies; none skips it. */
  notMatched?: readonly NotMatchedClause[];
  /** What is known of all target rows that can match; wrong knowledge makes updates into inserts. */
  prune?: readonly Predicate[];
}

export interface MergeResult {
  sourceRows: number;
  insertedRows: number;
  updatedRows: number;
  deletedRows: number;
  /** Files that could hold a key of the source, and were read for it. */
  candidateFiles: number;
  rewrittenFiles: number;
  /** Partitions that rows left or came into. */
  affectedPartitions: PartitionTuple[];
}

/**
 * Applies a source of changes, copy-on-write: only files with a row to which a matched clause applies are written anew.
 * DuplicateSourceKeyError when the source has several rows for a key. After a conflict it is planned anew.
 */
export async function merge(context: TableContext, start: TableState, options: MergeOptions): Promise<Committed<MergeResult>> {
  checkClauses(start, options);
  const { ports } = context;
  const suffix = ports.newUuid().replaceAll('-', '');
  const matches = `iceberg_matches_${suffix}`;
  const source = await materialiseSource(ports.engine, options, `iceberg_source_${suffix}`);
  try {
    return await commitWithRetry<MergeResult>(context, start, async (state) => {
      const attempt = await planMerge(context, state, options, source, matches);
      const { insertedRows, updatedRows, deletedRows } = attempt.result;
      return { attempt, commit: insertedRows + updatedRows + deletedRows > 0 || options.commitWhenEmpty === true };
    });
  } finally {
    await ports.engine.run(`DROP TABLE IF EXISTS ${matches}`);
    await ports.engine.run(`DROP TABLE IF EXISTS ${source.table}`);
  }
}

function checkClauses(state: TableState, { on, matched = [], notMatched = [], prune = [], branch }: MergeOptions): void {
  headOf(state.metadata, branch);
  const schema = currentSchema(state.metadata);
  if (on.length === 0) throw new InvalidArgumentError('merge: found no key column in "on", expected at least one');
  for (const name of on) fieldNamed(schema, name);
  for (const clause of matched) if ('set' in clause) for (const name of Object.keys(clause.set)) fieldNamed(schema, name);
  for (const clause of notMatched) for (const name of Object.keys(clause.insert)) fieldNamed(schema, name);
  bindPredicates(schema, prune);
}

async function planMerge(
  context: TableContext,
  state: TableState,
  options: MergeOptions,
  source: MergeSource,
  matches: string,
): Promise<Attempt<MergeResult>> {
  const { engine } = context.ports;
  const { fields } = currentSchema(state.metadata);
  const spec = bindSpec(state.metadata, state.metadata['default-spec-id'], state.metadataLocation);
  const candidates = await findCandidates(context, state, options, source);
  await engine.run(`DROP TABLE IF EXISTS ${matches}`);
  const { affected, updatedRows, deletedRows } = await findMatches(context, state, options, source, matches, candidates);

  const parts: string[] = [];
  if (affected.length > 0) {
    const files = affected.map((index) => candidates[index] as PlannedFile);
    parts.push(rewriteSql(fields, liveRowsSql(await openRows(context.ports, state.metadata, files), fields), affected, matches, source.table, options.matched ?? []));
  }
  if (source.rows > 0 && (options.notMatched ?? []).length > 0) {
    parts.push(insertSql(fields, source.table, candidates.length > 0 ? matches : undefined, options.notMatched ?? []));
  }
  const added = parts.length === 0 ? [] : await writeDataFiles(context.ports, state.metadata, spec, parts.join(' UNION ALL '));
  const replaced = affected.map((index) => candidates[index] as PlannedFile);
  const rowsAdded = added.reduce((sum, file) => sum + file.recordCount, 0);
  const result: MergeResult = {
    sourceRows: source.rows,
    insertedRows: rowsAdded - (await countLiveRows(context, state, replaced)) + deletedRows,
    updatedRows,
    deletedRows,
    candidateFiles: candidates.length,
    rewrittenFiles: replaced.length,
    affectedPartitions: await affectedPartitions(context, state, spec, replaced, added),
  };
  const removed = new Set(replaced.map(({ file }) => file.filePath));
  return { change: { added, spec, removed, branch: options.branch, summary: summaryOf(options.summary, result) }, result };
}

async function findCandidates(context: TableContext, state: TableState, options: MergeOptions, source: MergeSource): Promise<PlannedFile[]> {
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

interface Matches {
  /** Indexes into the candidates of files to which a clause applies. */
  affected: number[];
  updatedRows: number;
  deletedRows: number;
}

async function findMatches(
  context: TableContext,
  state: TableState,
  { on, matched = [] }: MergeOptions,
  source: MergeSource,
  matches: string,
  candidates: readonly PlannedFile[],
): Promise<Matches> {
  if (candidates.length === 0) return { affected: [], updatedRows: 0, deletedRows: 0 };
  const { engine } = context.ports;
  const { fields } = currentSchema(state.metadata);
  const equal = on.map((name) => `t.${identifier(name)} = s.${identifier(name)}`).join(' AND ');
  await engine.run(
    `CREATE TEMP TABLE ${matches} AS
     SELECT s.rowid AS source_row, t.__file AS file_index, t.__row AS file_row, ${clauseSql(matched)} AS clause
     FROM ${liveRowsSql(await openRows(context.ports, state.metadata, candidates), fields)} t JOIN ${source.table} s ON ${equal}`,
  );
  const rows = await engine.rows(`SELECT file_index, clause, count(*) AS pairs FROM ${matches} WHERE clause >= 0 GROUP BY ALL`);
  const pairs = (wanted: (clause: MatchedClause | undefined) => boolean) =>
    rows.reduce((sum, row) => (wanted(matched[Number(row['clause'])]) ? sum + Number(row['pairs']) : sum), 0);
  return {
    affected: [...new Set(rows.map((row) => Number(row['file_index'])))].sort((a, b) => a - b),
    updatedRows: pairs((clause) => clause !== undefined && 'set' in clause),
    deletedRows: pairs((clause) => clause !== undefined && 'delete' in clause),
  };
}
