import { affectedPartitions, inPartitionsSql } from './affected-partitions.ts';
import { summaryOf, type WriteOptions } from './append.ts';
import { commitWithRetry, type Attempt, type Committed } from './attempts.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { removeDataFiles, writeDataFiles } from './data-files.ts';
import { CommitConflictError, InvalidArgumentError, PartitionMismatchError } from './errors.ts';
import { countLiveRows, liveRowsSql, openRows } from './live-rows.ts';
import type { DataFile } from './manifests.ts';
import { currentSchema, headOf } from './metadata.ts';
import { bindSpec, formatPartition, parsePartition, partitionKey, type BoundSpec, type PartitionTuple, type PartitionValues } from './partitions.ts';
import { planFiles, type PlannedFile } from './snapshot-files.ts';
import { identifier } from './sql-text.ts';
import { valueSql } from './values.ts';

export interface OverwriteOptions extends WriteOptions<OverwriteResult> {
  /** Partitions to replace, each with every partition field; or all of the table. */
  partitions: readonly PartitionTuple[] | 'all';
  /**
   * The rows that the partitions have afterwards. A function is called again, to select from what is current then, when
   * another writer changed one of the partitions meanwhile; a text is refused in that case, as it may rest on what was replaced.
   */
  select: string | (() => string | Promise<string>);
}

export interface OverwriteResult {
  rows: number;
  files: number;
  removedRows: number;
  removedFiles: number;
  /** Partitions that had rows before or have rows now. */
  affectedPartitions: PartitionTuple[];
}

/**
 * Replaces exactly the given partitions by the rows of a select; those without rows become empty. Files of older partition
 * specs with rows of the partitions are written anew without them. PartitionMismatchError when a row belongs to another
 * partition; CommitConflictError when another writer changed one of the partitions meanwhile and the select is a text.
 */
export async function overwritePartitions(
  context: TableContext,
  start: TableState,
  options: OverwriteOptions,
): Promise<Committed<OverwriteResult>> {
  const spec = bindSpec(start.metadata, start.metadata['default-spec-id'], start.metadataLocation);
  headOf(start.metadata, options.branch);
  const listed = listPartitions(spec, options.partitions);
  let selectedFor: string | undefined;

  return commitWithRetry<OverwriteResult>(context, start, async (state, previous) => {
    const replaced = await findReplaced(context, state, spec, listed, options.branch);
    const paths = describeReplaced(replaced);
    if (previous && paths === selectedFor) return { attempt: previous, commit: true };
    if (previous && typeof options.select === 'string') {
      throw new CommitConflictError(`${state.metadata.location}: found the partitions to overwrite changed by another writer, expected them as at the start; compute them again`);
    }
    selectedFor = paths;
    const select = typeof options.select === 'string' ? options.select : await options.select();
    const added = await writeDataFiles(context.ports, start.metadata, spec, select);
    await expectListed(context, spec, listed, added);
    const kept = await writeKept(context, state, spec, listed, replaced, added);
    const attempt = await describe(context, state, spec, added, kept, replaced, options);
    return { attempt, commit: added.length + kept.length + attempt.change.removed.size > 0 || options.commitWhenEmpty === true };
  });
}

type Listed = ReadonlyMap<string, PartitionValues> | 'all';

function listPartitions(spec: BoundSpec, partitions: readonly PartitionTuple[] | 'all'): Listed {
  if (partitions === 'all') return 'all';
  if (spec.fields.length === 0) {
    throw new InvalidArgumentError("partitions: found a list for a table without partitions, expected 'all'");
  }
  return new Map(partitions.map((tuple) => parsePartition(spec, tuple)).map((values) => [partitionKey(values), values]));
}

/** Files that go: whole ones, and files of other specs of which the rows outside the partitions are kept. */
interface Replaced {
  whole: PlannedFile[];
  mixed: PlannedFile[];
}

async function findReplaced({ reader, ports }: TableContext, state: TableState, spec: BoundSpec, listed: Listed, branch: string | undefined): Promise<Replaced> {
  const { metadata } = state;
  const planned = await planFiles(reader, state, headOf(metadata, branch), []);
  if (listed === 'all') return { whole: planned, mixed: [] };
  const whole = planned.filter((entry) => entry.spec.id === spec.id && listed.has(partitionKey(entry.file.partition)));
  const foreign = planned.filter((entry) => entry.spec.id !== spec.id);
  if (foreign.length === 0) return { whole, mixed: [] };
  const rows = await ports.engine.rows(
    `SELECT DISTINCT __file FROM ${liveRowsSql(await openRows(ports, metadata, foreign), currentSchema(metadata).fields)} WHERE ${listedSql(spec, listed)}`,
  );
  const hit = new Set(rows.map((row) => Number(row['__file'])));
  return { whole, mixed: foreign.filter((_file, index) => hit.has(index)) };
}

function describeReplaced({ whole, mixed }: Replaced): string {
  const paths = [...whole, ...mixed].flatMap((entry) => [entry.file.filePath, ...entry.deletes.map(({ file }) => file.filePath)]);
  return paths.sort().join('\n');
}

function listedSql(spec: BoundSpec, listed: ReadonlyMap<string, PartitionValues>): string {
  return inPartitionsSql(spec, [...listed.values()], (index, value) => valueSql(spec.fields[index]?.type ?? 'string', value));
}

/** Writes the rows of files of other specs that are in none of the partitions. */
async function writeKept(
  { ports }: TableContext,
  { metadata }: TableState,
  spec: BoundSpec,
  listed: Listed,
  { mixed }: Replaced,
  added: readonly DataFile[],
): Promise<DataFile[]> {
  if (mixed.length === 0 || listed === 'all') return [];
  const { fields } = currentSchema(metadata);
  try {
    const relation = liveRowsSql(await openRows(ports, metadata, mixed), fields);
    const names = fields.map((field) => identifier(field.name)).join(', ');
    return await writeDataFiles(ports, metadata, spec, `SELECT ${names} FROM ${relation} WHERE NOT (${listedSql(spec, listed)})`);
  } catch (error) {
    await removeDataFiles(ports, added);
    throw error;
  }
}

async function expectListed(context: TableContext, spec: BoundSpec, listed: Listed, added: readonly DataFile[]): Promise<void> {
  if (listed === 'all') return;
  const outside = added.filter((file) => !listed.has(partitionKey(file.partition)));
  const [first] = outside;
  if (!first) return;
  await removeDataFiles(context.ports, added);
  const rows = outside.reduce((sum, file) => sum + file.recordCount, 0);
  const tuple = Object.entries(formatPartition(spec, first.partition)).map(([name, value]) => `${name}=${String(value)}`);
  throw new PartitionMismatchError(`found ${rows} row(s) outside the listed partitions, for example ${tuple.join(', ')}; expected none, filter the select or list the partition`);
}

async function describe(
  context: TableContext,
  state: TableState,
  spec: BoundSpec,
  added: readonly DataFile[],
  kept: readonly DataFile[],
  replaced: Replaced,
  options: OverwriteOptions,
): Promise<Attempt<OverwriteResult>> {
  const rowsOf = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.recordCount, 0);
  const files = [...replaced.whole, ...replaced.mixed];
  const result: OverwriteResult = {
    rows: rowsOf(added),
    files: added.length,
    removedRows: (await countLiveRows(context, state, files)) - rowsOf(kept),
    removedFiles: files.length,
    affectedPartitions: await overwritten(context, state, spec, replaced, added, options),
  };
  const removed = new Set(files.map(({ file }) => file.filePath));
  const summary = { 'replace-partitions': 'true', ...summaryOf(options.summary, result) };
  return { change: { added: [...added, ...kept], spec, removed, branch: options.branch, summary }, result };
}

/** Rows of mixed files left listed partitions only, so their own are those of them that are listed. */
async function overwritten(
  context: TableContext,
  state: TableState,
  spec: BoundSpec,
  { whole, mixed }: Replaced,
  added: readonly DataFile[],
  { partitions }: OverwriteOptions,
): Promise<PartitionTuple[]> {
  const affected = await affectedPartitions(context, state, spec, [...whole, ...mixed], added);
  if (mixed.length === 0 || partitions === 'all') return affected;
  const listed = new Set(partitions.map((tuple) => partitionKey(parsePartition(spec, tuple))));
  return affected.filter((tuple) => listed.has(partitionKey(parsePartition(spec, tuple))));
}
