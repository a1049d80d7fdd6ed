import type { TableState } from './catalog.ts';
import type { ManifestFile } from './manifest-lists.ts';
import { entryStatus, fileContent } from './manifests.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import type { ManifestReader } from './snapshot-files.ts';

/** Files that snapshots refer to, by URI. */
export interface ReachableFiles {
  manifestLists: Set<string>;
  manifests: Map<string, ManifestFile>;
  dataFiles: Set<string>;
  deleteFiles: Set<string>;
}

/**
 * Finds all files that the snapshots refer to; `all` counts the files that their manifests mark as removed as well.
 * Rejects when any manifest cannot be read, so that nothing is ever taken for unreachable by mistake. Manifests in `known` are skipped.
 */
export async function findReachable(
  reader: ManifestReader,
  state: TableState,
  snapshots: readonly Snapshot[],
  which: 'live' | 'all',
  known: ReadonlyMap<string, ManifestFile> = new Map(),
): Promise<ReachableFiles> {
  const found: ReachableFiles = { manifestLists: new Set(), manifests: new Map(), dataFiles: new Set(), deleteFiles: new Set() };
  for (const snapshot of snapshots) {
    found.manifestLists.add(snapshot['manifest-list']);
    for (const manifest of await reader.manifests(snapshot)) {
      if (found.manifests.has(manifest.path) || known.has(manifest.path)) continue;
      found.manifests.set(manifest.path, manifest);
      for (const { status, file } of await reader.entries(state, manifest)) {
        if (status === entryStatus.deleted && which === 'live') continue;
        (file.content === fileContent.data ? found.dataFiles : found.deleteFiles).add(file.filePath);
      }
    }
  }
  return found;
}

/** Files beside the snapshots' that a version of the table refers to: earlier metadata, statistics. */
export function metadataReferences(metadata: TableMetadata): string[] {
  const { statistics, 'partition-statistics': partitionStatistics } = metadata as unknown as Record<string, unknown>;
  const paths = [statistics, partitionStatistics].flatMap((list) => (Array.isArray(list) ? (list as Record<string, unknown>[]) : []));
  return [
    ...metadata['metadata-log'].map((entry) => entry['metadata-file']),
    ...paths.flatMap((entry) => (typeof entry['statistics-path'] === 'string' ? [entry['statistics-path']] : [])),
  ];
}
