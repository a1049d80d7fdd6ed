import { InvalidArgumentError } from './errors.ts';
import type { TableMetadata } from './metadata.ts';
import type { PlannedFile } from './snapshot-files.ts';

/**
 * How a merge changes files: `copy-on-write` writes them anew, `merge-on-read` adds position deletes and the new rows,
 * `automatic` decides for each file.
 */
export type MergeMode = 'copy-on-write' | 'merge-on-read' | 'automatic';

const modes = new Set<string>(['copy-on-write', 'merge-on-read', 'automatic']);
const smallFileRows = 20_000;
const scatteredShare = 0.1;
const mostDeleteFiles = 4;

/** The mode of a merge: the option, else the table's `write.merge.mode`, else copy-on-write. */
export function mergeModeOf(metadata: TableMetadata, option: MergeMode | undefined): MergeMode {
  const mode = option ?? metadata.properties['write.merge.mode'] ?? 'copy-on-write';
  if (modes.has(mode)) return mode as MergeMode;
  throw new InvalidArgumentError(`merge mode: found "${mode}", expected ${[...modes].join(', ')}`);
}

/**
 * Whether a file gets position deletes instead of being written anew. Automatic: when it is large, less than a tenth of its rows
 * change, and deletes have not piled up on it yet.
 */
export function isMergedOnRead(mode: MergeMode, { file, deletes }: PlannedFile, changedRows: number): boolean {
  if (mode !== 'automatic') return mode === 'merge-on-read';
  return file.recordCount >= smallFileRows && changedRows < scatteredShare * file.recordCount && deletes.length < mostDeleteFiles;
}
