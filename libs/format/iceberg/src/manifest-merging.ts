import type { ManifestFile } from './manifest-lists.ts';
import type { ManifestEntry } from './manifests.ts';
import { integerProperty } from './properties.ts';
import { compareValues } from './values.ts';

const defaultMinCount = 100;
const defaultTargetBytes = 8 * 1024 * 1024;

/**
 * Groups manifests to be written as one, so that many small commits do not make reading slow; a group of one stays as it is.
 * Only manifests of the same spec and content merge, once there are `commit.manifest.min-count-to-merge` (100) of them,
 * up to `commit.manifest.target-size-bytes` (8 MiB) a group. A manifest of more files than twice all smaller ones together stays,
 * so that files are not written again and again.
 */
export function groupForMerging(manifests: readonly ManifestFile[], properties: Readonly<Record<string, string>>): ManifestFile[][] {
  const minCount = integerProperty(properties, 'commit.manifest.min-count-to-merge', defaultMinCount, 2);
  const targetBytes = integerProperty(properties, 'commit.manifest.target-size-bytes', defaultTargetBytes, 1);
  if (properties['commit.manifest-merge.enabled'] === 'false') return manifests.map((manifest) => [manifest]);
  const kinds = Map.groupBy(manifests, (manifest) => `${manifest.specId} ${manifest.content}`);
  return [...kinds.values()].flatMap((kind) => (kind.length < minCount ? kind.map((manifest) => [manifest]) : mergeSmall(kind, targetBytes)));
}

function mergeSmall(manifests: readonly ManifestFile[], targetBytes: number): ManifestFile[][] {
  const filesOf = ({ addedFiles, existingFiles }: ManifestFile) => addedFiles + existingFiles;
  const sorted = manifests.toSorted((left, right) => filesOf(left) - filesOf(right));
  let files = 0;
  const firstLarge = sorted.findIndex((manifest, index) => {
    const isLarge = index > 1 && filesOf(manifest) > 2 * files;
    files += filesOf(manifest);
    return isLarge;
  });
  const large = new Set(firstLarge === -1 ? [] : sorted.slice(firstLarge));
  return [...[...large].map((manifest) => [manifest]), ...pack(manifests.filter((manifest) => !large.has(manifest)), targetBytes)];
}

function pack(manifests: readonly ManifestFile[], targetBytes: number): ManifestFile[][] {
  const groups: ManifestFile[][] = [];
  let sizeBytes = Infinity;
  for (const manifest of manifests) {
    if (sizeBytes + manifest.lengthBytes > targetBytes) {
      groups.push([]);
      sizeBytes = 0;
    }
    groups.at(-1)?.push(manifest);
    sizeBytes += manifest.lengthBytes;
  }
  return groups;
}

/**
 * Groups live files for manifests that each cover a narrow range of partitions: sorted by partition, of about
 * `commit.manifest.target-size-bytes` (8 MiB) each, judged by the size that the files take now.
 */
export function groupForRewriting(
  entries: readonly ManifestEntry[],
  manifests: readonly ManifestFile[],
  properties: Readonly<Record<string, string>>,
): ManifestEntry[][] {
  const targetBytes = integerProperty(properties, 'commit.manifest.target-size-bytes', defaultTargetBytes, 1);
  const totalBytes = manifests.reduce((sum, manifest) => sum + manifest.lengthBytes, 0);
  const groups = Math.max(1, Math.ceil(totalBytes / targetBytes));
  const size = Math.ceil(entries.length / groups);
  const sorted = [...entries].sort(comparePartitions);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_none, index) => sorted.slice(index * size, (index + 1) * size));
}

function comparePartitions(left: ManifestEntry, right: ManifestEntry): number {
  for (const [index, value] of left.file.partition.entries()) {
    const other = right.file.partition[index] ?? null;
    if (value === null || other === null) {
      if (value !== other) return value === null ? -1 : 1;
    } else {
      const order = compareValues(value, other);
      if (order !== 0) return order;
    }
  }
  return 0;
}
