import { InvalidArgumentError } from './errors.ts';
import type { MetadataChange } from './metadata-changes.ts';
import { headOf, snapshotById, type Snapshot, type SnapshotRef, type TableMetadata } from './metadata.ts';
import { mainBranch, withHead } from './snapshot-metadata.ts';

/** How long `expireSnapshots` keeps a ref and, of a branch, its snapshots; what is left out follows the call's options. */
export interface RefRetention {
  /** Branches: snapshots that stay however old they are. */
  minSnapshotsToKeep?: number;
  /** Branches: milliseconds that snapshots stay. */
  maxSnapshotAgeMs?: number;
  /** Milliseconds after its snapshot that the ref itself stays; `main` always does. */
  maxRefAgeMs?: number;
}

export interface CreateRefOptions extends RefRetention {
  /** Snapshot to point to; default the current one. */
  snapshotId?: bigint;
}

/** The snapshot of an id; InvalidArgumentError when the table has none of it. */
export function expectSnapshot(metadata: TableMetadata, id: bigint): Snapshot {
  const snapshot = snapshotById(metadata, id);
  if (snapshot) return snapshot;
  throw new InvalidArgumentError(`snapshot ${id}: found none of this id among ${metadata.snapshots.length}, expected one of the table's snapshots`);
}

/** Metadata with a new branch or tag; InvalidArgumentError when the name is taken or there is no snapshot to point to. */
export function createRef(metadata: TableMetadata, type: SnapshotRef['type'], name: string, options: CreateRefOptions): MetadataChange {
  const taken = metadata.refs[name];
  if (taken || name === '' || name === mainBranch) {
    throw new InvalidArgumentError(`${type} "${name}": found ${taken ? `a ${taken.type} of this name` : 'a name that is empty or main'}, expected a new name; move or drop it`);
  }
  const id = options.snapshotId ?? headOf(metadata)?.['snapshot-id'];
  if (id === undefined) throw new InvalidArgumentError(`${type} "${name}": found no snapshot to point to, expected one; commit rows first`);
  expectSnapshot(metadata, id);
  const ref: SnapshotRef = { 'snapshot-id': id, type, ...storeRetention(type, name, options) };
  return change({ ...metadata, refs: { ...metadata.refs, [name]: ref } }, name);
}

function storeRetention(type: SnapshotRef['type'], name: string, options: RefRetention): Partial<SnapshotRef> {
  const entries: [keyof SnapshotRef, number | undefined][] = [
    ['min-snapshots-to-keep', options.minSnapshotsToKeep],
    ['max-snapshot-age-ms', options.maxSnapshotAgeMs],
    ['max-ref-age-ms', options.maxRefAgeMs],
  ];
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`${type} "${name}", ${key}: found ${value}, expected a whole number from 1 on`);
    if (type === 'tag' && key !== 'max-ref-age-ms') throw new InvalidArgumentError(`tag "${name}", ${key}: found ${value}, expected it for branches only`);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Metadata with a branch or tag moved to a snapshot, its retention kept. */
export function moveRef(metadata: TableMetadata, name: string, id: bigint, timestampMs: number): MetadataChange | undefined {
  expectSnapshot(metadata, id);
  const ref = expectRef(metadata, name);
  if (ref['snapshot-id'] === id) return undefined;
  const next = ref.type === 'branch' ? withHead(metadata, name, id, timestampMs) : { ...metadata, refs: { ...metadata.refs, [name]: { ...ref, 'snapshot-id': id } } };
  return change(next, name);
}

/** Metadata without a branch or tag; its snapshots stay until they expire. */
export function dropRef(metadata: TableMetadata, name: string): MetadataChange {
  expectRef(metadata, name);
  if (name === mainBranch) throw new InvalidArgumentError(`branch "${name}": found the branch that readers see, expected another`);
  const { [name]: _dropped, ...refs } = metadata.refs;
  return change({ ...metadata, refs }, name);
}

function expectRef(metadata: TableMetadata, name: string): SnapshotRef {
  const ref = metadata.refs[name];
  if (ref) return ref;
  throw new InvalidArgumentError(`ref "${name}": found none, expected one of: ${Object.keys(metadata.refs).join(', ') || 'none yet'}`);
}

function change(metadata: TableMetadata, name: string): MetadataChange {
  return { metadata, isIn: (found) => found.refs[name]?.['snapshot-id'] === metadata.refs[name]?.['snapshot-id'] };
}

/** Metadata rolled back to an earlier state of `main`; InvalidArgumentError when the snapshot is not one. */
export function rollBack(metadata: TableMetadata, id: bigint, timestampMs: number): MetadataChange | undefined {
  expectSnapshot(metadata, id);
  const ancestors = ancestorsOf(metadata, headOf(metadata));
  if (!ancestors.some((snapshot) => snapshot['snapshot-id'] === id)) {
    throw new InvalidArgumentError(`snapshot ${id}: found one that the table never went through to its current state, expected one of: ${ancestors.map((snapshot) => snapshot['snapshot-id']).join(', ')}`);
  }
  return moveRef(metadata, mainBranch, id, timestampMs);
}

/** A snapshot and those it was built on, newest first, as far as the table still has them. */
export function ancestorsOf(metadata: TableMetadata, snapshot: Snapshot | undefined): Snapshot[] {
  const byId = new Map(metadata.snapshots.map((candidate) => [candidate['snapshot-id'], candidate]));
  const ancestors: Snapshot[] = [];
  for (let current = snapshot; current; current = byId.get(current['parent-snapshot-id'] ?? -1n)) ancestors.push(current);
  return ancestors;
}

/** The snapshot that `main` stood at, at a time in milliseconds; InvalidArgumentError before the first or when it has expired. */
export function snapshotAsOf(metadata: TableMetadata, timeMs: number): Snapshot {
  const log = metadata['snapshot-log'];
  const entry = log.findLast((candidate) => candidate['timestamp-ms'] <= timeMs);
  const snapshot = entry && snapshotById(metadata, entry['snapshot-id']);
  if (snapshot) return snapshot;
  const first = log[0]?.['timestamp-ms'];
  const known = first === undefined ? 'a table with snapshots' : `a time from ${new Date(first).toISOString()} on`;
  throw new InvalidArgumentError(`time ${new Date(timeMs).toISOString()}: found no snapshot of the table as of then, expected ${known}`);
}

/** The snapshot that a branch or tag points to. */
export function snapshotOfRef(metadata: TableMetadata, name: string): Snapshot | undefined {
  return name === mainBranch ? headOf(metadata) : expectSnapshot(metadata, expectRef(metadata, name)['snapshot-id']);
}
