import { commitWithRetry, type Attempt, type Committed } from './attempts.ts';
import { affectedPartitions } from './affected-partitions.ts';
import { summaryOf, type WriteOptions } from './append.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { removeDataFiles, writeDataFiles } from './data-files.ts';
import { InvalidArgumentError } from './errors.ts';
import { countLiveRows, liveRowsSql, openRows } from './live-rows.ts';
import type { DataFile } from './manifests.ts';
import { isMergedOnRead, mergeModeOf, type MergeMode } from './merge-mode.ts';
import { findCandidates, findMatches, type MatchedFile } from './merge-matches.ts';
import { materialiseSource, type MergeSource } from './merge-source.ts';
import { insertSql, rewriteSql, type MatchedClause, type NotMatchedClause } from './merge-sql.ts';
import { currentSchema, headOf, type TableMetadata } from './metadata.ts';
import { bindSpec, type PartitionTuple } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { writePositionDeletes, type DeleteTarget, type WrittenDeletes } from './position-deletes.ts';
import { bindPredicates, type Predicate } from './predicates.ts';
import { fieldNamed } from './schema.ts';

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
  /** Whether changed files are written anew or get position deletes; default the table's `write.merge.mode`, else copy-on-write. */
  mode?: MergeMode;
}

export interface MergeResult {
  sourceRows: number;
  insertedRows: number;
  updatedRows: number;
  deletedRows: number;
  /** Files that could hold a key of the source, and were read for it. */
  candidateFiles: number;
  rewrittenFiles: number;
  /** Files that were left as they are and got position deletes. */
  filesWithNewDeletes: number;
  /** Partitions that rows left or came into. */
  affectedPartitions: PartitionTuple[];
}

/**
 * Applies a source of changes: only files with a row to which a matched clause applies are written anew or get deletes.
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

function checkClauses(state: TableState, { on, matched = [], notMatched = [], prune = [], branch, mode }: MergeOptions): void {
  mergeModeOf(state.metadata, mode);
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
  const { ports } = context;
  const { metadata } = state;
  const spec = bindSpec(metadata, metadata['default-spec-id'], state.metadataLocation);
  const candidates = await findCandidates(context, state, options, source);
  await ports.engine.run(`DROP TABLE IF EXISTS ${matches}`);
  const found = await findMatches(context, state, options, source, matches, candidates);
  const mode = mergeModeOf(metadata, options.mode);
  const [kept, replaced] = partition(found, ({ file, updatedRows, deletedRows }) => isMergedOnRead(mode, file, updatedRows + deletedRows));

  const rows = [
    await rewrittenSql(context, state, options, source, matches, replaced, 'all'),
    await rewrittenSql(context, state, options, source, matches, kept, 'changed'),
    source.rows > 0 && (options.notMatched ?? []).length > 0
      ? insertSql(currentSchema(metadata).fields, source.table, candidates.length > 0 ? matches : undefined, options.notMatched ?? [])
      : '',
  ].filter((part) => part !== '');
  const added = rows.length === 0 ? [] : await writeDataFiles(ports, metadata, spec, rows.join(' UNION ALL '));
  const targets = kept.map(({ index, file }) => ({ index, target: file }));
  const addedDeletes = await writeDeletes(ports, metadata, targets, matches, added);

  const sum = (files: readonly MatchedFile[], measure: (file: MatchedFile) => number) => files.reduce((total, file) => total + measure(file), 0);
  const rewritten = replaced.map(({ file }) => file);
  const rowsLeft = (await countLiveRows(context, state, rewritten)) - sum(replaced, ({ deletedRows }) => deletedRows);
  const result: MergeResult = {
    sourceRows: source.rows,
    insertedRows: added.reduce((total, file) => total + file.recordCount, 0) - rowsLeft - sum(kept, ({ updatedRows }) => updatedRows),
    updatedRows: sum(found, ({ updatedRows }) => updatedRows),
    deletedRows: sum(found, ({ deletedRows }) => deletedRows),
    candidateFiles: candidates.length,
    rewrittenFiles: replaced.length,
    filesWithNewDeletes: kept.length,
    affectedPartitions: await affectedPartitions(context, state, spec, found.map(({ file }) => file), added),
  };
  const removed = new Set(rewritten.map(({ file }) => file.filePath));
  return { change: { added, spec, addedDeletes, removed, branch: options.branch, summary: summaryOf(options.summary, result) }, result };
}

function partition<T>(items: readonly T[], condition: (item: T) => boolean): [matching: T[], others: T[]] {
  return [items.filter(condition), items.filter((item) => !condition(item))];
}

/** SQL of the rows of matched files after the clauses; empty when there are no files. */
async function rewrittenSql(
  { ports }: TableContext,
  { metadata }: TableState,
  { matched = [] }: MergeOptions,
  source: MergeSource,
  matches: string,
  files: readonly MatchedFile[],
  which: 'all' | 'changed',
): Promise<string> {
  if (files.length === 0) return '';
  const { fields } = currentSchema(metadata);
  const rows = await openRows(ports, metadata, files.map(({ file }) => file));
  return rewriteSql(fields, liveRowsSql(rows, fields), files.map(({ index }) => index), matches, source.table, matched, which);
}

async function writeDeletes(
  ports: IcebergPorts,
  metadata: TableMetadata,
  targets: readonly DeleteTarget[],
  matches: string,
  added: readonly DataFile[],
): Promise<WrittenDeletes[]> {
  try {
    return await writePositionDeletes(ports, metadata, targets, `SELECT DISTINCT file_index, file_row FROM ${matches} WHERE clause >= 0`);
  } catch (error) {
    await removeDataFiles(ports, added);
    throw error;
  }
}
