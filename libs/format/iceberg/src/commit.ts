import type { Catalog, TableState } from './catalog.ts';
import { CommitConflictError, CommitUnknownError } from './errors.ts';
import { describeManifest, encodeManifestList, type ManifestFile } from './manifest-lists.ts';
import { encodeManifest, entryStatus, fileContent, type DataFile, type ManifestEntry } from './manifests.ts';
import { currentSchema, currentSnapshot, type Snapshot, type StoredSpec, type TableMetadata } from './metadata.ts';
import { bindSpec, type BoundSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import type { ManifestReader } from './snapshot-files.ts';
import { summarise } from './summary.ts';

/** What the operations of a table work with. */
export interface TableContext {
  ports: IcebergPorts;
  catalog: Catalog;
  reader: ManifestReader;
}

/** What a new snapshot adds to and removes from its parent. */
export interface SnapshotChange {
  added: readonly DataFile[];
  /** Spec of the added files. */
  spec: BoundSpec;
  /** Paths of live data files. */
  removed: ReadonlySet<string>;
  /** Properties of the caller, added to the totals. */
  summary: Readonly<Record<string, string>>;
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
    const { metadata, snapshot } = await prepareSnapshot(context, base, change, store);
    const state = await commitMetadata(context.catalog, base, metadata, (found) => hasSnapshot(found, snapshot['snapshot-id']));
    if (hasSnapshot(state.metadata, snapshot['snapshot-id'])) return { state, snapshot };
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

async function removeAll({ io }: IcebergPorts, paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => io.remove(path)));
}

/**
 * Commits metadata and returns what is current afterwards: `next`, or what another writer committed.
 * When the catalog rejects, reading back decides: rethrown when `isIn` does not find the commit.
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

async function prepareSnapshot(
  { ports, reader }: TableContext,
  base: TableState,
  change: SnapshotChange,
  store: (path: string, bytes: Uint8Array) => Promise<void>,
): Promise<{ metadata: TableMetadata; snapshot: Snapshot }> {
  const { metadata } = base;
  const uuid = ports.newUuid();
  const id = snapshotId(ports.newUuid());
  const parent = currentSnapshot(metadata);
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const manifests: ManifestFile[] = [];
  const removedFiles: DataFile[] = [];

  const addManifest = async (spec: BoundSpec, content: number, entries: readonly ManifestEntry[]): Promise<void> => {
    const path = `${metadata.location}/metadata/${uuid}-m${manifests.length}.avro`;
    const stored = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === spec.id) as StoredSpec;
    const bytes = encodeManifest(currentSchema(metadata), stored, spec, content, entries, uuidBytes(ports.newUuid()));
    await store(path, bytes);
    manifests.push(describeManifest(path, bytes.length, spec, content, entries, id, sequenceNumber));
  };

  if (change.added.length > 0) {
    const entries = change.added.map((file) => ({ status: entryStatus.added, snapshotId: id, sequenceNumber: null, fileSequenceNumber: null, file }));
    await addManifest(change.spec, fileContent.data, entries);
  }
  const missing = new Set(change.removed);
  for (const manifest of await reader.manifests(parent)) {
    if (manifest.addedFiles + manifest.existingFiles === 0) continue;
    const entries = missing.size === 0 ? [] : await reader.entries(base, manifest);
    const hit = entries.some((entry) => entry.status !== entryStatus.deleted && missing.has(entry.file.filePath));
    if (!hit) {
      manifests.push(manifest);
      continue;
    }
    const live = entries.filter((entry) => entry.status !== entryStatus.deleted);
    const kept = live.map((entry) => {
      if (!missing.delete(entry.file.filePath)) return { ...entry, status: entryStatus.existing };
      removedFiles.push(entry.file);
      return { ...entry, status: entryStatus.deleted, snapshotId: id };
    });
    await addManifest(bindSpec(metadata, manifest.specId, base.metadataLocation), manifest.content, kept);
  }
  if (missing.size > 0) {
    throw new CommitConflictError(`found ${missing.size} file(s) to replace gone, first ${[...missing][0]}, expected them live; read the table again`);
  }

  const listPath = `${metadata.location}/metadata/snap-${id}-1-${uuid}.avro`;
  const parentId = parent?.['snapshot-id'];
  await store(listPath, encodeManifestList(manifests, { id, parentId, sequenceNumber }, uuidBytes(ports.newUuid())));
  const snapshot: Snapshot = {
    'snapshot-id': id,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(ports.now(), metadata['last-updated-ms']),
    summary: { ...summarise(parent?.summary, change.added, removedFiles), ...change.summary },
    'manifest-list': listPath,
    'schema-id': metadata['current-schema-id'],
  };
  return { metadata: withSnapshot(base, snapshot), snapshot };
}

/** Metadata with the snapshot as the current one of branch `main`. */
function withSnapshot(base: TableState, snapshot: Snapshot): TableMetadata {
  const { metadata } = base;
  const id = snapshot['snapshot-id'];
  return withPreviousLogged(base, {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': snapshot['timestamp-ms'],
    'current-snapshot-id': id,
    snapshots: [...metadata.snapshots, snapshot],
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': snapshot['timestamp-ms'], 'snapshot-id': id }],
    refs: { ...metadata.refs, main: { ...metadata.refs['main'], 'snapshot-id': id, type: 'branch' } },
  });
}

/** Records the replaced metadata file in the metadata log, which holds as many as the table's properties say. */
function withPreviousLogged(base: TableState, next: TableMetadata): TableMetadata {
  const kept = Number(next.properties['write.metadata.previous-versions-max'] ?? 100);
  const entry = { 'timestamp-ms': base.metadata['last-updated-ms'], 'metadata-file': base.metadataLocation };
  return { ...next, 'metadata-log': [...base.metadata['metadata-log'], entry].slice(-Math.max(1, kept)) };
}

function uuidBytes(uuid: string): Uint8Array {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** A positive 63-bit id from the random bits of a UUID. */
function snapshotId(uuid: string): bigint {
  const bytes = Buffer.from(uuidBytes(uuid));
  return BigInt.asUintN(63, bytes.readBigUInt64BE(0) ^ bytes.readBigUInt64BE(8)) || 1n;
}
