import type { TableState } from './catalog.ts';
import { commitMetadata, removeUnloggedMetadata, type TableContext } from './commit.ts';
import { CommitConflictError } from './errors.ts';
import type { TableMetadata } from './metadata.ts';
import { integerProperty } from './properties.ts';
import { withChange } from './snapshot-metadata.ts';

/** Metadata to commit and how to tell that a version of the table holds the change. */
export interface MetadataChange {
  metadata: TableMetadata;
  isIn: (found: TableMetadata) => boolean;
}

/**
 * Commits a change that adds no snapshot, made anew from a fresh read whenever another writer was faster.
 * `edit` returns undefined when there is nothing to change. CommitConflictError after `commit.retry.num-retries` (20).
 */
export async function changeMetadata(
  context: TableContext,
  start: TableState,
  edit: (metadata: TableMetadata) => MetadataChange | undefined,
): Promise<TableState> {
  const retries = integerProperty(start.metadata.properties, 'commit.retry.num-retries', 20, 0);
  let state = start;
  for (let tries = 0; tries <= retries; tries++) {
    const change = edit(state.metadata);
    if (!change) return state;
    const next = withChange(context.ports, state, change.metadata);
    const current = await commitMetadata(context.catalog, state, next, change.isIn);
    if (current.metadata === next || change.isIn(current.metadata)) {
      await removeUnloggedMetadata(context.ports, state.metadata, current.metadata);
      return current;
    }
    state = current;
  }
  throw new CommitConflictError(`${start.metadata.location}: found another writer faster in ${retries + 1} tries, expected to win one; try again later`);
}
