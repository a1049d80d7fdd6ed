import { DeleteFilesError, UnsupportedFeatureError } from './errors.ts';
import { fileContent, type DataFile } from './manifests.ts';
import { partitionKey, type BoundSpec } from './partitions.ts';

/** Field ids that the specification reserves for the columns of position delete files. */
export const positionDeleteIds = { filePath: 2147483546, position: 2147483545 } as const;

/** A live data or delete file with its data sequence number, which decides what deletes apply to what rows. */
export interface LiveFile {
  file: DataFile;
  /** Spec that the file's partition belongs to. */
  spec: BoundSpec;
  sequenceNumber: bigint;
}

/** Finds the delete files that apply to a data file. */
export interface DeleteIndex {
  deletesOf(data: LiveFile): LiveFile[];
}

/**
 * Indexes delete files (specification, "Scan Planning"): position deletes apply to files of their partition that are not
 * newer, and to the one file they name if they name one; equality deletes to older files of their partition, or of the
 * whole table when their spec has no fields.
 */
export function indexDeletes(deletes: readonly LiveFile[]): DeleteIndex {
  const byPath = new Map<string, LiveFile[]>();
  const byPartition = new Map<string, LiveFile[]>();
  const everywhere: LiveFile[] = [];
  const add = (map: Map<string, LiveFile[]>, key: string, entry: LiveFile): void => {
    const known = map.get(key);
    if (known) known.push(entry);
    else map.set(key, [entry]);
  };
  for (const entry of deletes) {
    const path = entry.file.content === fileContent.positionDeletes ? referencedPath(entry.file) : undefined;
    if (path !== undefined) add(byPath, path, entry);
    else if (entry.file.content === fileContent.equalityDeletes && entry.spec.fields.length === 0) everywhere.push(entry);
    else add(byPartition, scopeKey(entry), entry);
  }
  const nothing: readonly LiveFile[] = [];
  return {
    deletesOf(data) {
      const named = byPath.get(data.file.filePath) ?? nothing;
      const local = (byPartition.get(scopeKey(data)) ?? nothing).filter(({ file }) => canHoldPath(file, data.file.filePath));
      return [...named, ...local, ...everywhere].filter((entry) => isNewEnough(entry, data));
    },
  };
}

function isNewEnough({ file, sequenceNumber }: LiveFile, data: LiveFile): boolean {
  return file.content === fileContent.positionDeletes ? sequenceNumber >= data.sequenceNumber : sequenceNumber > data.sequenceNumber;
}

/** A text that is equal for files of one partition of one spec. */
export function scopeKey({ spec, file }: LiveFile): string {
  return `${spec.id} ${partitionKey(file.partition)}`;
}

/** The only data file that a position delete file speaks of, by its own word or by bounds that leave one path. */
function referencedPath(file: DataFile): string | undefined {
  if (file.referencedDataFile !== null) return file.referencedDataFile;
  const [lower, upper] = pathBounds(file);
  return lower !== undefined && lower === upper ? lower : undefined;
}

function canHoldPath(file: DataFile, path: string): boolean {
  if (file.content !== fileContent.positionDeletes) return true;
  const [lower, upper] = pathBounds(file);
  const bytes = Buffer.from(path, 'utf8');
  if (lower !== undefined && Buffer.compare(bytes, Buffer.from(lower, 'utf8')) < 0) return false;
  return upper === undefined || Buffer.compare(bytes, Buffer.from(upper, 'utf8')) <= 0;
}

function pathBounds(file: DataFile): [lower: string | undefined, upper: string | undefined] {
  const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8'));
  return [text(file.lowerBounds.get(positionDeleteIds.filePath)), text(file.upperBounds.get(positionDeleteIds.filePath))];
}

/** Paths of the delete files that apply to none of the data files; position deletes cannot speak of files that are only added now. */
export function findDanglingDeletes(deletes: readonly LiveFile[], kept: readonly LiveFile[], added: readonly LiveFile[]): Set<string> {
  const dangling = new Set(deletes.map(({ file }) => file.filePath));
  const retain = (index: DeleteIndex, files: readonly LiveFile[]): void => {
    for (const data of files) for (const { file } of index.deletesOf(data)) dangling.delete(file.filePath);
  };
  retain(indexDeletes(deletes), kept);
  retain(indexDeletes(deletes.filter(({ file }) => file.content === fileContent.equalityDeletes)), added);
  return dangling;
}

/** Refuses files that cannot be read right; `manifest` is where they were found. */
export function refuseUnreadable(file: DataFile, manifest: { path: string; content: number }): void {
  const isDelete = file.content !== fileContent.data;
  const kind = file.content === fileContent.equalityDeletes ? 'equality delete file' : isDelete ? 'position delete file' : 'data file';
  const Refusal = isDelete ? DeleteFilesError : UnsupportedFeatureError;
  if (isDelete !== (manifest.content !== 0)) {
    throw new Refusal(manifest.path, `${kind} ${file.filePath} in a manifest of content ${manifest.content}`, 'data and delete files apart');
  }
  if (file.fileFormat.toUpperCase() !== 'PARQUET') throw new Refusal(manifest.path, `${kind} ${file.filePath} of format ${file.fileFormat}`, 'PARQUET');
  if (file.keyMetadata) throw new Refusal(manifest.path, `encrypted ${kind} ${file.filePath}`, 'files without encryption');
  if (file.content === fileContent.equalityDeletes && !file.equalityIds?.length) {
    throw new Refusal(manifest.path, `${kind} ${file.filePath} without field ids`, 'the ids of the columns to compare');
  }
}
