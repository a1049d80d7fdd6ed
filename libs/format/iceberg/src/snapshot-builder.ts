import type { TableState } from './catalog.ts';
import { findDanglingDeletes, type LiveFile } from './delete-files.ts';
import { CommitConflictError } from './errors.ts';
import { describeManifest, encodeManifestList, type ManifestFile } from './manifest-lists.ts';
import { groupForMerging, groupForRewriting } from './manifest-merging.ts';
import { encodeManifest, entryStatus, fileContent, type DataFile, type ManifestEntry } from './manifests.ts';
import { currentSchema, headOf, type Snapshot, type StoredSpec, type TableMetadata } from './metadata.ts';
import { bindSpec, expectKnownTransforms, hasUnknownTransform, type BoundSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { liveFiles, type ManifestReader } from './snapshot-files.ts';
import { mainBranch, newSnapshotId, nextTimeMs, uuidBytes, withSnapshot } from './snapshot-metadata.ts';
import { summarise } from './summary.ts';

/** What a new snapshot adds to and removes from its parent. */
export interface SnapshotChange {
  added: readonly DataFile[];
  /** Spec of the added files. */
  spec: BoundSpec;
  /** Data sequence number of the added files when they hold old rows only; default the one of the new snapshot. */
  addedSequenceNumber?: bigint | undefined;
  /** Position delete files to add, each with the spec of the file that it speaks of. */
  addedDeletes?: readonly { file: DataFile; spec: BoundSpec }[] | undefined;
  /** Paths of live data and delete files. */
  removed: ReadonlySet<string>;
  /** `replace` says that the rows stay the same; default what the changes say. */
  operation?: 'replace' | undefined;
  /** Writes all manifests anew, sorted by partition, instead of merging small ones. */
  rewriteManifests?: boolean | undefined;
  /** Branch whose head is the parent; default `main`. */
  branch?: string | undefined;
  /** Properties of the caller, beside the operation, the changes and the totals. */
  summary: Readonly<Record<string, string>>;
}

type Store = (path: string, bytes: Uint8Array) => Promise<void>;

/**
 * Writes the manifests and the manifest list of a new snapshot through `store`, and returns it with the metadata to commit.
 * Delete files that apply to no data file any more are dropped. CommitConflictError when a file to remove is not live in `base`.
 */
export async function prepareSnapshot(
  ports: IcebergPorts,
  reader: ManifestReader,
  base: TableState,
  change: SnapshotChange,
  store: Store,
): Promise<{ metadata: TableMetadata; snapshot: Snapshot }> {
  const { metadata } = base;
  const id = newSnapshotId(ports.newUuid());
  const uuid = ports.newUuid();
  const branch = change.branch ?? mainBranch;
  const parent = headOf(metadata, branch);
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const writer = createManifestWriter(ports, base, store, { id, uuid, sequenceNumber });

  await addFiles(writer, change, id);
  const removed = new Set([...change.removed, ...(await danglingAfter(reader, base, parent, change, sequenceNumber))]);
  const { untouched, removedFiles } = await removeFiles(writer, reader, base, parent, removed, id);
  const isFixed = ({ specId }: ManifestFile) => hasUnknownTransform(bindSpec(metadata, specId, base.metadataLocation));
  const movable = untouched.filter((manifest) => !isFixed(manifest));
  writer.manifests.push(...untouched.filter(isFixed));
  const groups = change.rewriteManifests === true ? [] : groupForMerging(movable, metadata.properties);
  for (const group of groups) {
    if (group.length === 1) writer.manifests.push(...group);
    else await writer.add(group[0] as ManifestFile, await existingEntries(reader, base, group));
  }
  if (change.rewriteManifests === true) {
    for (const kind of Map.groupBy(movable, ({ specId, content }) => `${specId} ${content}`).values()) {
      const entries = await existingEntries(reader, base, kind);
      for (const group of groupForRewriting(entries, kind, metadata.properties)) await writer.add(kind[0] as ManifestFile, group);
    }
  }

  const listPath = `${metadata.location}/metadata/snap-${id}-1-${uuid}.avro`;
  const parentId = parent?.['snapshot-id'];
  await store(listPath, encodeManifestList(writer.manifests, { id, parentId, sequenceNumber }, uuidBytes(ports.newUuid())));
  const added = [...change.added, ...(change.addedDeletes ?? []).map(({ file }) => file)];
  const summary = { ...change.summary, ...summarise(parent?.summary, added, removedFiles) };
  const snapshot: Snapshot = {
    'snapshot-id': id,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': nextTimeMs(ports, metadata),
    summary: change.operation === undefined ? summary : { ...summary, operation: change.operation },
    'manifest-list': listPath,
    'schema-id': metadata['current-schema-id'],
  };
  return { metadata: withSnapshot(base, snapshot, branch), snapshot };
}

interface ManifestWriter {
  /** What the manifest list is to hold. */
  manifests: ManifestFile[];
  add(kind: { specId: number; content: number }, entries: readonly ManifestEntry[]): Promise<void>;
}

function createManifestWriter(
  ports: IcebergPorts,
  base: TableState,
  store: Store,
  { id, uuid, sequenceNumber }: { id: bigint; uuid: string; sequenceNumber: bigint },
): ManifestWriter {
  const { metadata } = base;
  const manifests: ManifestFile[] = [];
  let written = 0;
  return {
    manifests,
    async add({ specId, content }, entries) {
      const spec = bindSpec(metadata, specId, base.metadataLocation);
      expectKnownTransforms(spec, metadata.location);
      const path = `${metadata.location}/metadata/${uuid}-m${written++}.avro`;
      const stored = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === specId) as StoredSpec;
      const bytes = encodeManifest(currentSchema(metadata), stored, spec, content, entries, uuidBytes(ports.newUuid()));
      await store(path, bytes);
      manifests.push(describeManifest(path, bytes.length, spec, content, entries, id, sequenceNumber));
    },
  };
}

async function addFiles(writer: ManifestWriter, change: SnapshotChange, id: bigint): Promise<void> {
  const entryOf = (file: DataFile, sequenceNumber: bigint | null): ManifestEntry => ({
    status: entryStatus.added,
    snapshotId: id,
    sequenceNumber,
    fileSequenceNumber: null,
    file,
  });
  if (change.added.length > 0) {
    const entries = change.added.map((file) => entryOf(file, change.addedSequenceNumber ?? null));
    await writer.add({ specId: change.spec.id, content: fileContent.data }, entries);
  }
  const deletes = Map.groupBy(change.addedDeletes ?? [], ({ spec }) => spec.id);
  for (const [specId, files] of deletes) {
    await writer.add({ specId, content: 1 }, files.map(({ file }) => entryOf(file, null)));
  }
}

/** Delete files that speak of no data file once the change is made. */
async function danglingAfter(
  reader: ManifestReader,
  base: TableState,
  parent: Snapshot | undefined,
  change: SnapshotChange,
  sequenceNumber: bigint,
): Promise<Set<string>> {
  if (change.removed.size === 0) return new Set();
  const hasDeletes = (await reader.manifests(parent)).some((manifest) => manifest.content !== 0 && manifest.addedFiles + manifest.existingFiles > 0);
  if (!hasDeletes) return new Set();
  const { data, deletes } = await liveFiles(reader, base, parent, []);
  const added = change.added.map((file): LiveFile => ({ file, spec: change.spec, sequenceNumber: change.addedSequenceNumber ?? sequenceNumber }));
  const kept = data.filter(({ file }) => !change.removed.has(file.filePath));
  return findDanglingDeletes(deletes, kept, added);
}

/** Writes the manifests anew that hold removed files; the others are returned as they are. */
async function removeFiles(
  writer: ManifestWriter,
  reader: ManifestReader,
  base: TableState,
  parent: Snapshot | undefined,
  removed: ReadonlySet<string>,
  id: bigint,
): Promise<{ untouched: ManifestFile[]; removedFiles: DataFile[] }> {
  const missing = new Set(removed);
  const untouched: ManifestFile[] = [];
  const removedFiles: DataFile[] = [];
  for (const manifest of await reader.manifests(parent)) {
    if (manifest.addedFiles + manifest.existingFiles === 0) continue;
    const live = missing.size === 0 ? [] : (await reader.entries(base, manifest)).filter((entry) => entry.status !== entryStatus.deleted);
    if (!live.some((entry) => missing.has(entry.file.filePath))) {
      untouched.push(manifest);
      continue;
    }
    const kept = live.map((entry) => {
      if (!missing.delete(entry.file.filePath)) return { ...entry, status: entryStatus.existing };
      removedFiles.push(entry.file);
      return { ...entry, status: entryStatus.deleted, snapshotId: id };
    });
    await writer.add(manifest, kept);
  }
  if (missing.size > 0) {
    throw new CommitConflictError(`found ${missing.size} file(s) to replace gone, first ${[...missing][0]}, expected them live; read the table again`);
  }
  return { untouched, removedFiles };
}

async function existingEntries(reader: ManifestReader, base: TableState, manifests: readonly ManifestFile[]): Promise<ManifestEntry[]> {
  const entries = await Promise.all(manifests.map((manifest) => reader.entries(base, manifest)));
  const live = entries.flat().filter((entry) => entry.status !== entryStatus.deleted);
  return live.map((entry) => ({ ...entry, status: entryStatus.existing }));
}
