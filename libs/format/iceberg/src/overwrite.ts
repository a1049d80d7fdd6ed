import { commitWithRetry, type Attempt, type Committed } from './attempts.ts';
import { partitionsOf, summaryOf, type WriteOptions } from './append.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { removeDataFiles, writeDataFiles } from './data-files.ts';
import { CommitConflictError, InvalidArgumentError, PartitionMismatchError, UnsupportedFeatureError } from './errors.ts';
import type { DataFile } from './manifests.ts';
import { currentSnapshot } from './metadata.ts';
import { bindSpec, formatPartition, parsePartition, partitionKey, type BoundSpec, type PartitionTuple } from './partitions.ts';
import { planFiles } from './snapshot-files.ts';

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
 * Replaces exactly the given partitions by the rows of a select; those without rows become empty.
 * PartitionMismatchError when a row belongs to another partition; CommitConflictError when another writer changed one of
 * the partitions meanwhile and the select is a text.
 */
export async function overwritePartitions(
  context: TableContext,
  start: TableState,
  options: OverwriteOptions,
): Promise<Committed<OverwriteResult>> {
  const spec = bindSpec(start.metadata, start.metadata['default-spec-id'], start.metadataLocation);
  const listed = listPartitions(spec, options.partitions);
  let selectedFor: string | undefined;

  return commitWithRetry<OverwriteResult>(context, start, async (state, previous) => {
    const replaced = await filesToReplace(context, state, spec, listed);
    const paths = replaced.map((file) => file.filePath).sort().join('\n');
    if (previous && paths === selectedFor) return { attempt: previous, commit: true };
    if (previous && typeof options.select === 'string') {
      throw new CommitConflictError(`${state.metadata.location}: found the partitions to overwrite changed by another writer, expected them as at the start; compute them again`);
    }
    selectedFor = paths;
    const select = typeof options.select === 'string' ? options.select : await options.select();
    const added = await writeDataFiles(context.ports, start.metadata, spec, select);
    await expectListed(context, spec, listed, added);
    const attempt = describe(spec, added, replaced, options);
    return { attempt, commit: added.length + replaced.length > 0 || options.commitWhenEmpty === true };
  });
}

function listPartitions(spec: BoundSpec, partitions: readonly PartitionTuple[] | 'all'): Set<string> | 'all' {
  if (partitions === 'all') return 'all';
  if (spec.fields.length === 0) {
    throw new InvalidArgumentError("partitions: found a list for a table without partitions, expected 'all'");
  }
  return new Set(partitions.map((tuple) => partitionKey(parsePartition(spec, tuple))));
}

async function filesToReplace(context: TableContext, state: TableState, spec: BoundSpec, listed: Set<string> | 'all'): Promise<DataFile[]> {
  const planned = await planFiles(context.reader, state, currentSnapshot(state.metadata), []);
  if (listed === 'all') return planned.map(({ file }) => file);
  const foreign = planned.find((file) => file.spec.id !== spec.id);
  if (foreign) {
    throw new UnsupportedFeatureError(foreign.file.filePath, `a file of partition spec ${foreign.spec.id}`, `files of spec ${spec.id} when overwriting by partition`);
  }
  return planned.filter(({ file }) => listed.has(partitionKey(file.partition))).map(({ file }) => file);
}

async function expectListed(context: TableContext, spec: BoundSpec, listed: Set<string> | 'all', added: readonly DataFile[]): Promise<void> {
  if (listed === 'all') return;
  const outside = added.filter((file) => !listed.has(partitionKey(file.partition)));
  const [first] = outside;
  if (!first) return;
  await removeDataFiles(context.ports, added);
  const rows = outside.reduce((sum, file) => sum + file.recordCount, 0);
  const tuple = Object.entries(formatPartition(spec, first.partition)).map(([name, value]) => `${name}=${String(value)}`);
  throw new PartitionMismatchError(`found ${rows} row(s) outside the listed partitions, for example ${tuple.join(', ')}; expected none, filter the select or list the partition`);
}

function describe(
  spec: BoundSpec,
  added: readonly DataFile[],
  replaced: readonly DataFile[],
  options: OverwriteOptions,
): Attempt<OverwriteResult> {
  const rowsOf = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.recordCount, 0);
  const result: OverwriteResult = {
    rows: rowsOf(added),
    files: added.length,
    removedRows: rowsOf(replaced),
    removedFiles: replaced.length,
    affectedPartitions: partitionsOf(spec, [...replaced, ...added]),
  };
  const removed = new Set(replaced.map((file) => file.filePath));
  return { change: { added, spec, removed, summary: { 'replace-partitions': 'true', ...summaryOf(options.summary, result) } }, result };
}
