import type { TableState } from './catalog.ts';
import { commitSnapshot, type TableContext } from './commit.ts';
import { removeDataFiles } from './data-files.ts';
import { CommitConflictError, CommitUnknownError } from './errors.ts';
import type { DataFile } from './manifests.ts';
import type { Snapshot } from './metadata.ts';
import { integerProperty } from './properties.ts';
import type { SnapshotChange } from './snapshot-builder.ts';

const defaultRetries = 20;

/** One try of an operation: what to commit on top of the state that it was planned on. */
export interface Attempt<Result> {
  change: SnapshotChange;
  result: Result;
}

/** What an operation came to; `snapshot` is absent when it changed nothing and was not to commit. */
export interface Committed<Result> {
  state: TableState;
  snapshot: Snapshot | undefined;
  result: Result;
}

/**
 * Plans and commits, and again from a fresh read whenever another writer was faster (`commit.retry.num-retries`, 20).
 * `plan` gets the previous try to keep what still holds; undefined from it means that there is nothing to commit.
 * Data files of tries that are not committed are removed. CommitConflictError after the last retry.
 */
export async function commitWithRetry<Result>(
  context: TableContext,
  start: TableState,
  plan: (state: TableState, previous: Attempt<Result> | undefined) => Promise<{ attempt: Attempt<Result>; commit: boolean }>,
): Promise<Committed<Result>> {
  const retries = integerProperty(start.metadata.properties, 'commit.retry.num-retries', defaultRetries, 0);
  let state = start;
  let previous: Attempt<Result> | undefined;
  try {
    for (let tries = 0; tries <= retries; tries++) {
      const { attempt, commit }: { attempt: Attempt<Result>; commit: boolean } = await plan(state, previous);
      if (previous) await removeDataFiles(context.ports, without(writtenFiles(previous), writtenFiles(attempt)));
      previous = attempt;
      if (!commit) return { state, snapshot: undefined, result: attempt.result };
      const outcome = await commitSnapshot(context, state, attempt.change);
      if (outcome.snapshot) return { ...outcome, snapshot: outcome.snapshot, result: attempt.result };
      expectSameTable(start, outcome.state);
      state = outcome.state;
    }
    throw new CommitConflictError(`${start.metadata.location}: found another writer faster in ${retries + 1} tries, expected to win one; try again later`);
  } catch (error) {
    if (previous && !(error instanceof CommitUnknownError)) await removeDataFiles(context.ports, writtenFiles(previous));
    throw error;
  }
}

function writtenFiles({ change }: Attempt<unknown>): DataFile[] {
  return [...change.added, ...(change.addedDeletes ?? []).map(({ file }) => file)];
}

function without(files: readonly DataFile[], kept: readonly DataFile[]): DataFile[] {
  const paths = new Set(kept.map((file) => file.filePath));
  return files.filter((file) => !paths.has(file.filePath));
}

function expectSameTable(before: TableState, after: TableState): void {
  if (before.metadata['table-uuid'] !== after.metadata['table-uuid']) {
    throw new CommitConflictError(`${before.metadata.location}: found another table, expected ${before.metadata['table-uuid']}; it was made anew meanwhile, load it again`);
  }
}
