import type { TableState } from './catalog.ts';
import { CommitConflictError } from './errors.ts';
import { describeManifest, encodeManifestList, type ManifestFile } from './manifest-lists.ts';
import { groupForMerging } from './manifest-merging.ts';
import { encodeManifest, entryStatus, fileContent, type DataFile, type ManifestEntry } from './manifests.ts';
import { currentSchema, currentSnapshot, type Snapshot, type StoredSpec, type TableMetadata } from './metadata.ts';
import { bindSpec, type BoundSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { integerProperty } from './properties.ts';
import type { ManifestReader } from './snapshot-files.ts';
import { summarise } from './summary.ts';

/** What a new snapshot adds to and removes from its parent. */
export interface SnapshotChange {
  added: readonly DataFile[];
  /** Spec of the added files. */
  spec: BoundSpec;
  /** Paths of live data files. */
  removed: ReadonlySet<string>;
  /** Properties of the caller, beside the operation, the changes and the totals. */
  summary: Readonly<Record<string, string>>;
}

/**
 * Writes the manifests and the manifest list of a new snapshot through `store`, and returns it with the metadata to commit.
 * CommitConflictError when a file to remove is not live in `base`.
 */
export async function prepareSnapshot(
  ports: IcebergPorts,
  reader: ManifestReader,
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
  let written = 0;

  const addManifest = async (spec: BoundSpec, content: number, entries: readonly ManifestEntry[]): Promise<void> => {
    const path = `${metadata.location}/metadata/${uuid}-m${written++}.avro`;
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
  const untouched: ManifestFile[] = [];
  for (const manifest of await reader.manifests(parent)) {
    if (manifest.addedFiles + manifest.existingFiles === 0) continue;
    const entries = missing.size === 0 ? [] : await reader.entries(base, manifest);
    const hit = entries.some((entry) => entry.status !== entryStatus.deleted && missing.has(entry.file.filePath));
    if (!hit) {
      untouched.push(manifest);
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

  for (const group of groupForMerging(untouched, metadata.properties)) {
    const [first] = group;
    if (!first) continue;
    if (group.length === 1) manifests.push(first);
    else {
      const entries = await Promise.all(group.map((manifest) => reader.entries(base, manifest)));
      const live = entries.flat().filter((entry) => entry.status !== entryStatus.deleted);
      const existing = live.map((entry) => ({ ...entry, status: entryStatus.existing }));
      await addManifest(bindSpec(metadata, first.specId, base.metadataLocation), first.content, existing);
    }
  }

  const listPath = `${metadata.location}/metadata/snap-${id}-1-${uuid}.avro`;
  const parentId = parent?.['snapshot-id'];
  await store(listPath, encodeManifestList(manifests, { id, parentId, sequenceNumber }, uuidBytes(ports.newUuid())));
  const snapshot: Snapshot = {
    'snapshot-id': id,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(ports.now(), metadata['last-updated-ms']),
    summary: { ...change.summary, ...summarise(parent?.summary, change.added, removedFiles) },
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
  const kept = integerProperty(next.properties, 'write.metadata.previous-versions-max', 100, 1);
  const entry = { 'timestamp-ms': base.metadata['last-updated-ms'], 'metadata-file': base.metadataLocation };
  return { ...next, 'metadata-log': [...base.metadata['metadata-log'], entry].slice(-kept) };
}

function uuidBytes(uuid: string): Uint8Array {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** A positive 63-bit id from the random bits of a UUID. */
function snapshotId(uuid: string): bigint {
  const bytes = Buffer.from(uuidBytes(uuid));
  return BigInt.asUintN(63, bytes.readBigUInt64BE(0) ^ bytes.readBigUInt64BE(8)) || 1n;
}
