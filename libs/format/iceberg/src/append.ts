import { partitionsOf } from './affected-partitions.ts';
import { commitWithRetry, type Committed } from './attempts.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { writeDataFiles } from './data-files.ts';
import { headOf } from './metadata.ts';
import { bindSpec, type PartitionTuple } from './partitions.ts';

/** Properties of the snapshot: fixed, or made from what the operation did; called again when a commit is retried. */
export type SummaryOption<Result> = Readonly<Record<string, string>> | ((result: Result) => Readonly<Record<string, string>>);

/** Options of every operation that commits a snapshot. */
export interface WriteOptions<Result> {
  summary?: SummaryOption<Result> | undefined;
  /** Commit a snapshot even when no row changed, to record its summary; default false. */
  commitWhenEmpty?: boolean | undefined;
  /** Branch to commit to; default `main`. */
  branch?: string | undefined;
}

export interface AppendResult {
  rows: number;
  files: number;
  affectedPartitions: PartitionTuple[];
}

/** The summary properties for a result. */
export function summaryOf<Result>(option: SummaryOption<Result> | undefined, result: Result): Readonly<Record<string, string>> {
  return typeof option === 'function' ? option(result) : (option ?? {});
}

/** Adds the rows of a select; on a conflict the files are kept and only the commit is tried again. */
export async function append(
  context: TableContext,
  start: TableState,
  select: string,
  options: WriteOptions<AppendResult>,
): Promise<Committed<AppendResult>> {
  const spec = bindSpec(start.metadata, start.metadata['default-spec-id'], start.metadataLocation);
  headOf(start.metadata, options.branch);
  return commitWithRetry<AppendResult>(context, start, async (_state, previous) => {
    if (previous) return { attempt: previous, commit: true };
    const added = await writeDataFiles(context.ports, start.metadata, spec, select);
    const rows = added.reduce((sum, file) => sum + file.recordCount, 0);
    const result: AppendResult = { rows, files: added.length, affectedPartitions: partitionsOf(spec, added) };
    const change = { added, spec, removed: new Set<string>(), branch: options.branch, summary: summaryOf(options.summary, result) };
    return { attempt: { change, result }, commit: added.length > 0 || options.commitWhenEmpty === true };
  });
}
