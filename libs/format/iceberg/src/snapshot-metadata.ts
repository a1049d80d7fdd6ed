import type { TableState } from './catalog.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import type { IcebergPorts } from './ports.ts';
import { integerProperty } from './properties.ts';

/** The branch that readers see unless they name another. */
export const mainBranch = 'main';

/** Metadata with the snapshot added and made the head of a branch. */
export function withSnapshot(base: TableState, snapshot: Snapshot, branch: string): TableMetadata {
  const { metadata } = base;
  const next: TableMetadata = {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': snapshot['timestamp-ms'],
    snapshots: [...metadata.snapshots, snapshot],
  };
  return withPreviousLogged(base, withHead(next, branch, snapshot['snapshot-id'], snapshot['timestamp-ms']));
}

/** Metadata whose branch points to a snapshot; the branch keeps its retention, and `main` is logged as the current one. */
export function withHead(metadata: TableMetadata, branch: string, id: bigint, timestampMs: number): TableMetadata {
  const refs = { ...metadata.refs, [branch]: { ...metadata.refs[branch], 'snapshot-id': id, type: 'branch' as const } };
  if (branch !== mainBranch) return { ...metadata, refs };
  const log = [...metadata['snapshot-log'], { 'timestamp-ms': timestampMs, 'snapshot-id': id }];
  return { ...metadata, refs, 'current-snapshot-id': id, 'snapshot-log': log };
}

/** Metadata of a change without a new snapshot, with its time and the replaced file logged. */
export function withChange(ports: IcebergPorts, base: TableState, next: TableMetadata): TableMetadata {
  return withPreviousLogged(base, { ...next, 'last-updated-ms': nextTimeMs(ports, base.metadata) });
}

/** The time of a commit, never before the last one. */
export function nextTimeMs(ports: IcebergPorts, metadata: TableMetadata): number {
  return Math.max(ports.now(), metadata['last-updated-ms']);
}

/** Records the replaced metadata file in the metadata log, which holds as many as the table's properties say. */
function withPreviousLogged(base: TableState, next: TableMetadata): TableMetadata {
  const kept = integerProperty(next.properties, 'write.metadata.previous-versions-max', 100, 1);
  const entry = { 'timestamp-ms': base.metadata['last-updated-ms'], 'metadata-file': base.metadataLocation };
  return { ...next, 'metadata-log': [...base.metadata['metadata-log'], entry].slice(-kept) };
}

/** The 16 bytes of a UUID. */
export function uuidBytes(uuid: string): Uint8Array {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** A positive 63-bit id from the random bits of a UUID. */
export function newSnapshotId(uuid: string): bigint {
  const bytes = Buffer.from(uuidBytes(uuid));
  return BigInt.asUintN(63, bytes.readBigUInt64BE(0) ^ bytes.readBigUInt64BE(8)) || 1n;
}
