import { positionDeleteIds, scopeKey } from './delete-files.ts';
import { fileContent, type DataFile } from './manifests.ts';
import type { TableMetadata } from './metadata.ts';
import type { BoundSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { textLiteral } from './sql-text.ts';

/** A data file of which rows are deleted, by the number that the positions know it by. */
export interface DeleteTarget {
  index: number;
  target: PlannedFile;
}

/** A position delete file and the spec that its partition belongs to. */
export interface WrittenDeletes {
  file: DataFile;
  spec: BoundSpec;
}

/**
 * Writes and publishes position delete files, one for each partition, sorted by path and position; no snapshot has them yet.
 * `positions` is a relation of `file_index` and `file_row`, without repetitions. On any error the files of this call are removed.
 */
export async function writePositionDeletes(
  ports: IcebergPorts,
  metadata: TableMetadata,
  targets: readonly DeleteTarget[],
  positions: string,
): Promise<WrittenDeletes[]> {
  if (targets.length === 0) return [];
  const folder = `${metadata.location}/data/${ports.newUuid()}/`;
  const written: WrittenDeletes[] = [];
  try {
    const localFolder = (await ports.io.prepareFolder(folder)).replace(/\/+$/, '');
    for (const group of Map.groupBy(targets, ({ target }) => scopeKey(target)).values()) {
      const name = `deletes_${written.length}.parquet`;
      written.push(await writeGroup(ports, metadata, group, positions, folder + name, `${localFolder}/${name}`));
    }
    await ports.io.publishFiles(written.map(({ file }) => file.filePath));
    return written;
  } catch (error) {
    await ports.io.discardFolder(folder).catch(() => undefined);
    throw error;
  }
}

async function writeGroup(
  ports: IcebergPorts,
  metadata: TableMetadata,
  group: readonly DeleteTarget[],
  positions: string,
  uri: string,
  localPath: string,
): Promise<WrittenDeletes> {
  const names = group.map(({ index, target }) => `(${index}, ${textLiteral(target.file.filePath)})`);
  const codec = (metadata.properties['write.delete.parquet.compression-codec'] ?? metadata.properties['write.parquet.compression-codec'] ?? 'zstd').toLowerCase();
  const [row] = await ports.engine.rows(
    `COPY (
       SELECT f.path AS file_path, p.file_row::BIGINT AS pos FROM (${positions}) p JOIN (VALUES ${names.join(', ')}) f(file_index, path) USING (file_index)
       ORDER BY ALL
     ) TO ${textLiteral(localPath)} (FORMAT parquet, COMPRESSION ${codec}, RETURN_STATS,
       FIELD_IDS {file_path: ${positionDeleteIds.filePath}, pos: ${positionDeleteIds.position}})`,
  );
  const sorted = group.map(({ target }) => Buffer.from(target.file.filePath, 'utf8')).sort((a, b) => Buffer.compare(a, b));
  const { spec, file } = (group[0] as DeleteTarget).target;
  return {
    spec,
    file: {
      content: fileContent.positionDeletes,
      filePath: uri,
      fileFormat: 'PARQUET',
      partition: file.partition,
      recordCount: Number(row?.['count']),
      sizeBytes: Number(row?.['file_size_bytes']),
      columnSizes: new Map(),
      valueCounts: new Map(),
      nullCounts: new Map(),
      nanCounts: new Map(),
      lowerBounds: new Map([[positionDeleteIds.filePath, sorted[0] as Uint8Array]]),
      upperBounds: new Map([[positionDeleteIds.filePath, sorted.at(-1) as Uint8Array]]),
      keyMetadata: null,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      referencedDataFile: group.length === 1 ? file.filePath : null,
    },
  };
}
