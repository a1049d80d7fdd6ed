import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { scopeKey, type LiveFile } from './delete-files.ts';
import { formatJson } from './json.ts';
import { fileContent } from './manifests.ts';
import { headOf } from './metadata.ts';
import { formatPartition, type PartitionTuple } from './partitions.ts';
import { integerProperty } from './properties.ts';
import { indexDeletes } from './delete-files.ts';
import { liveFiles } from './snapshot-files.ts';

const defaultTargetBytes = 512 * 1024 * 1024;

/** What maintenance of one partition could improve. */
export interface PartitionDebt {
  partition: PartitionTuple;
  /** Partition spec of the files; not the table's default one for older files. */
  specId: number;
  files: number;
  smallFiles: number;
  sizeBytes: number;
  /** Data files that deletes apply to. */
  filesWithDeletes: number;
}

/** What maintenance could improve in a table; rows, files and bytes are those of the current snapshot. */
export interface TableDebt {
  dataFiles: number;
  dataBytes: number;
  rows: number;
  /** Data files below a quarter of the target size that are not alone in their partition. */
  smallFiles: number;
  deleteFiles: number;
  /** Rows of delete files by rows of data files: about the share of rows that reads take away. */
  deleteRatio: number;
  manifests: number;
  manifestBytes: number;
  /** Size of the metadata file when it is not compressed. */
  metadataBytes: number;
  snapshots: number;
  partitions: PartitionDebt[];
}

/** The size that data files should have: the table's `write.target-file-size-bytes` (512 MiB). */
export function targetFileSize(properties: Readonly<Record<string, string>>): number {
  return integerProperty(properties, 'write.target-file-size-bytes', defaultTargetBytes, 1);
}

/** Measures a table by its metadata alone; no data file is read. */
export async function measureDebt({ reader }: TableContext, state: TableState, options: { targetFileSizeBytes?: number | undefined } = {}): Promise<TableDebt> {
  const { metadata } = state;
  const small = (options.targetFileSizeBytes ?? targetFileSize(metadata.properties)) / 4;
  const head = headOf(metadata);
  const manifests = await reader.manifests(head);
  const { data, deletes } = await liveFiles(reader, state, head, []);
  const rowsOf = (files: readonly LiveFile[]) => files.reduce((sum, { file }) => sum + file.recordCount, 0);
  const sizeOf = (files: readonly LiveFile[]) => files.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  const index = indexDeletes(deletes);
  const partitions = [...Map.groupBy(data, scopeKey).values()].map((files): PartitionDebt => {
    const [{ spec, file }] = files as [LiveFile];
    return {
      partition: formatPartition(spec, file.partition),
      specId: spec.id,
      files: files.length,
      smallFiles: files.length === 1 ? 0 : files.filter((entry) => entry.file.sizeBytes < small).length,
      sizeBytes: sizeOf(files),
      filesWithDeletes: deletes.length === 0 ? 0 : files.filter((entry) => index.deletesOf(entry).length > 0).length,
    };
  });
  const rows = rowsOf(data.filter(({ file }) => file.content === fileContent.data));
  return {
    dataFiles: data.length,
    dataBytes: sizeOf(data),
    rows,
    smallFiles: partitions.reduce((sum, partition) => sum + partition.smallFiles, 0),
    deleteFiles: deletes.length,
    deleteRatio: rows === 0 ? 0 : rowsOf(deletes) / rows,
    manifests: manifests.length,
    manifestBytes: manifests.reduce((sum, manifest) => sum + manifest.lengthBytes, 0),
    metadataBytes: formatJson(metadata).length,
    snapshots: metadata.snapshots.length,
    partitions,
  };
}
