import type { Catalog, TableState } from './catalog.ts';
import { CommitConflictError, CommitUnknownError } from './errors.ts';
import type { ReadingPorts } from './local-paths.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import type { IcebergPorts } from './ports.ts';
import { prepareSnapshot, type SnapshotChange } from './snapshot-builder.ts';
import type { ManifestReader } from './snapshot-files.ts';

/** What the operations of a table work with. */
export interface TableContext {
  ports: ReadingPorts;
  catalog: Catalog;
  reader: ManifestReader;
}

export type CommitOutcome = { state: TableState; snapshot: Snapshot | undefined };

/**
 * Tries once to commit a snapshot on top of `base`: `snapshot` is undefined when another writer was faster.
 * A catalog that fails is asked what became of the commit; CommitUnknownError when it cannot say.
 * Unless the commit stands or is unknown, the manifests of the attempt are removed.
 */
export async function commitSnapshot(context: TableContext, base: TableState, change: SnapshotChange): Promise<CommitOutcome> {
  const { io } = context.ports;
  const written: string[] = [];
  const store = async (path: string, bytes: Uint8Array): Promise<void> => {
    written.push(path);
    await io.write(path, bytes);
  };
  try {
    const { metadata, snapshot } = await prepareSnapshot(context.ports, context.reader, base, change, store);
    const state = await commitMetadata(context.catalog, base, metadata, (found) => hasSnapshot(found, snapshot['snapshot-id']));
    if (hasSnapshot(state.metadata, snapshot['snapshot-id'])) {
      await removeUnloggedMetadata(context.ports, base.metadata, metadata);
      return { state, snapshot };
    }
    await removeAll(context.ports, written);
    return { state, snapshot: undefined };
  } catch (error) {
    if (!(error instanceof CommitUnknownError)) await removeAll(context.ports, written);
    throw error;
  }
}

function hasSnapshot(metadata: TableMetadata, id: bigint): boolean {
  return metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === id);
}

/** Removes the metadata files that fell out of the metadata log, if the table's properties ask for it. */
export async function removeUnloggedMetadata(ports: IcebergPorts, before: TableMetadata, after: TableMetadata): Promise<void> {
  if (after.properties['write.metadata.delete-after-commit.enabled'] !== 'true') return;
  const logged = new Set(after['metadata-log'].map((entry) => entry['metadata-file']));
  await removeAll(ports, before['metadata-log'].map((entry) => entry['metadata-file']).filter((file) => !logged.has(file)));
}

async function removeAll({ io }: IcebergPorts, paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => io.remove(path)));
}

/**
 * Commits metadata and returns what is current afterwards: `next`, or what another writer committed.
 * When the catalog rejects, reading back decides: rethrown when `isIn` does not find the commit, which does not yet deny it
 * when the catalog itself throws CommitUnknownError.
 */
export async function commitMetadata(
  catalog: Catalog,
  base: TableState | undefined,
  next: TableMetadata,
  isIn: (current: TableMetadata) => boolean,
): Promise<TableState> {
  let failure: unknown;
  try {
    const committed = await catalog.commit(base, next);
    if (committed) return committed;
  } catch (error) {
    failure = error;
  }
  let current: TableState | undefined;
  try {
    current = await catalog.load();
  } catch (cause) {
    throw new CommitUnknownError(`${next.location}: found neither success nor failure of a commit, expected to read the table back; look at its latest metadata before writing again`, {
      cause: failure ?? cause,
    });
  }
  if (current && (failure === undefined || isIn(current.metadata))) return current;
  throw failure ?? new CommitConflictError(`${next.location}: found no table after a commit, expected one; it was removed meanwhile`);
}
