import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { InvalidArgumentError } from './errors.ts';
import { changeMetadata, type MetadataChange } from './metadata-changes.ts';
import { snapshotById, type Snapshot, type TableMetadata } from './metadata.ts';
import { findReachable } from './reachable-files.ts';
import { ancestorsOf, snapshotOfRef } from './refs.ts';
import { mainBranch } from './snapshot-metadata.ts';

export interface ExpireOptions {
  /** Snapshots from this time on stay, in milliseconds since the epoch. */
  olderThanMs: number;
  /** Snapshots of each branch that stay however old they are; default 1. A branch's own retention goes before both. */
  retainLast?: number;
  /** Reports only. */
  dryRun?: boolean;
}

export interface ExpireResult {
  expiredSnapshots: bigint[];
  expiredRefs: string[];
  /** URIs of removed files, or of those that a dry run would remove. */
  removedDataFiles: string[];
  removedDeleteFiles: string[];
  removedManifests: string[];
  removedManifestLists: string[];
  /** Files that could not be removed; `removeOrphanFiles` finds them. */
  failedFiles: string[];
  before: { snapshots: number; refs: number };
  after: { snapshots: number; refs: number };
}

/**
 * Forgets old snapshots, then removes the files that only they refer to. What any branch or tag points to stays.
 * The snapshots go first, in one commit: after a crash the files that are left over are orphans.
 */
export async function expireSnapshots(context: TableContext, start: TableState, options: ExpireOptions): Promise<{ state: TableState; result: ExpireResult }> {
  const { ports, reader } = context;
  checkOptions(start, options);
  const latest = (await context.catalog.load()) ?? start;
  const first = planExpiry(latest.metadata, options, ports.now());
  const candidates = await findReachable(reader, latest, expiredOf(latest.metadata, first), 'all');
  const base = latest.metadata;
  const planned = first.expired;
  const state =
    options.dryRun === true ? latest : await changeMetadata(context, latest, (metadata) => expireFrom(metadata, planned, planExpiry(metadata, options, ports.now()).refs));

  const kept = options.dryRun === true ? base.snapshots.filter((snapshot) => !planned.has(snapshot['snapshot-id'])) : state.metadata.snapshots;
  const gone = new Set([...planned].filter((id) => !kept.some((snapshot) => snapshot['snapshot-id'] === id)));
  const live = await findReachable(reader, state, kept, 'live');
  const liveFiles = new Set([...live.dataFiles, ...live.deleteFiles]);
  const unreachable = (paths: Iterable<string>, reachable: { has(path: string): boolean }) => [...paths].filter((path) => !reachable.has(path));
  const removed = {
    removedDataFiles: unreachable(candidates.dataFiles, liveFiles),
    removedDeleteFiles: unreachable(candidates.deleteFiles, liveFiles),
    removedManifests: unreachable(candidates.manifests.keys(), live.manifests),
    removedManifestLists: unreachable(candidates.manifestLists, live.manifestLists),
  };
  const files = gone.size === 0 || options.dryRun === true ? [] : Object.values(removed).flat();
  const outcomes = await Promise.allSettled(files.map((file) => ports.io.remove(file)));
  const result: ExpireResult = {
    expiredSnapshots: [...gone],
    expiredRefs: Object.keys(base.refs).filter((name) => first.refs[name] === undefined),
    ...removed,
    failedFiles: files.filter((_file, index) => outcomes[index]?.status === 'rejected'),
    before: { snapshots: base.snapshots.length, refs: Object.keys(base.refs).length },
    after: { snapshots: kept.length, refs: Object.keys(options.dryRun === true ? first.refs : state.metadata.refs).length },
  };
  return { state, result };
}

function checkOptions({ metadata }: TableState, { olderThanMs, retainLast = 1 }: ExpireOptions): void {
  if (metadata.properties['gc.enabled'] === 'false') {
    throw new InvalidArgumentError(`${metadata.location}: found the table property gc.enabled false, expected it true or absent; files of the table may belong to others`);
  }
  if (!Number.isFinite(olderThanMs)) throw new InvalidArgumentError(`expireSnapshots, olderThanMs: found ${olderThanMs}, expected milliseconds since the epoch`);
  if (!Number.isSafeInteger(retainLast) || retainLast < 1) throw new InvalidArgumentError(`expireSnapshots, retainLast: found ${retainLast}, expected a whole number from 1 on`);
}

interface Expiry {
  expired: Set<bigint>;
  /** The refs that stay. */
  refs: TableMetadata['refs'];
}

function planExpiry(metadata: TableMetadata, { olderThanMs, retainLast = 1 }: ExpireOptions, nowMs: number): Expiry {
  const refs = Object.entries(metadata.refs).filter(([name, ref]) => {
    const snapshot = snapshotById(metadata, ref['snapshot-id']);
    const age = ref['max-ref-age-ms'];
    return name === mainBranch || (snapshot !== undefined && (age === undefined || nowMs - snapshot['timestamp-ms'] <= age));
  });
  const kept = new Set<bigint>();
  const reachable = new Set<bigint>();
  for (const [name, ref] of refs) {
    const ancestors = ancestorsOf(metadata, snapshotOfRef(metadata, name));
    const sinceMs = ref['max-snapshot-age-ms'] === undefined ? olderThanMs : nowMs - ref['max-snapshot-age-ms'];
    const count = ref.type === 'tag' ? 1 : (ref['min-snapshots-to-keep'] ?? retainLast);
    ancestors.forEach((snapshot, index) => {
      const isRecent = ref.type === 'branch' && snapshot['timestamp-ms'] >= sinceMs;
      if (index < count || isRecent) kept.add(snapshot['snapshot-id']);
      if (ref.type === 'branch') reachable.add(snapshot['snapshot-id']);
    });
  }
  const head = snapshotOfRef(metadata, mainBranch);
  if (head) kept.add(head['snapshot-id']);
  const expired = metadata.snapshots.filter((snapshot) => {
    const id = snapshot['snapshot-id'];
    return !kept.has(id) && (reachable.has(id) || snapshot['timestamp-ms'] < olderThanMs);
  });
  return { expired: new Set(expired.map((snapshot) => snapshot['snapshot-id'])), refs: Object.fromEntries(refs) };
}

function expiredOf(metadata: TableMetadata, { expired }: Expiry): Snapshot[] {
  return metadata.snapshots.filter((snapshot) => expired.has(snapshot['snapshot-id']));
}

/** Metadata without the planned snapshots, but for those that a ref has come to need meanwhile. */
function expireFrom(metadata: TableMetadata, planned: ReadonlySet<bigint>, refs: TableMetadata['refs']): MetadataChange | undefined {
  const needed = new Set(Object.values(refs).map((ref) => ref['snapshot-id']));
  const isGone = (id: bigint) => planned.has(id) && !needed.has(id) && id !== metadata['current-snapshot-id'];
  const snapshots = metadata.snapshots.filter((snapshot) => !isGone(snapshot['snapshot-id']));
  if (snapshots.length === metadata.snapshots.length && Object.keys(refs).length === Object.keys(metadata.refs).length) return undefined;
  const log = metadata['snapshot-log'];
  const lastGone = log.findLastIndex((entry) => isGone(entry['snapshot-id']));
  const other = metadata as unknown as Record<string, unknown>;
  const statistics = ['statistics', 'partition-statistics'].flatMap((key): [string, unknown][] => {
    const list = other[key];
    return Array.isArray(list) ? [[key, (list as Record<string, unknown>[]).filter((entry) => !isGone(BigInt(entry['snapshot-id'] as bigint)))]] : [];
  });
  const next: TableMetadata = { ...metadata, ...(Object.fromEntries(statistics) as Partial<TableMetadata>), snapshots, refs, 'snapshot-log': log.slice(lastGone + 1) };
  return { metadata: next, isIn: (found) => !found.snapshots.some((snapshot) => isGone(snapshot['snapshot-id'])) };
}
