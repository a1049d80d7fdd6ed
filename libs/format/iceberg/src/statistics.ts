import { UnsupportedFeatureError } from './errors.ts';
import { fileContent, type DataFile } from './manifests.ts';
import type { PartitionValues } from './partitions.ts';
import { encodeValue, lowerBound, upperBound } from './single-values.ts';
import { identifier } from './sql-text.ts';
import { isPrimitive, type Field, type PrimitiveType } from './types.ts';
import { parseCanonical } from './values.ts';

/** What the SQL engine's COPY returns for a file that it wrote. */
export interface WrittenFile {
  path: string;
  rows: number;
  sizeBytes: number;
  /** Statistics as text by quoted column name: min, max, null_count, num_values, has_nan, column_size_bytes. */
  columns: Map<string, Map<string, string>>;
  /** Text of the partition columns by name. */
  partitionKeys: Map<string, string | null>;
}

type Entry<T> = { key: string; value: T };

/** Reads the rows of COPY with RETURN_STATS. */
export function parseWrittenFiles(rows: readonly Record<string, unknown>[]): WrittenFile[] {
  return rows.map((row) => {
    const columns = (row['column_statistics'] ?? []) as Entry<Entry<string>[]>[];
    const partitionKeys = (row['partition_keys'] ?? []) as Entry<string | null>[];
    return {
      path: String(row['filename']),
      rows: Number(row['count']),
      sizeBytes: Number(row['file_size_bytes']),
      columns: new Map(columns.map(({ key, value }) => [key, new Map(value.map((entry) => [entry.key, entry.value]))])),
      partitionKeys: new Map(partitionKeys.map(({ key, value }) => [key, value])),
    };
  });
}

/** Builds the manifest's record of a written file. */
export function toDataFile(
  written: WrittenFile,
  filePath: string,
  fields: readonly Field[],
  partition: PartitionValues,
  splitOffsets: bigint[] | null,
): DataFile {
  const file: DataFile = {
    content: fileContent.data,
    filePath,
    fileFormat: 'PARQUET',
    partition,
    recordCount: written.rows,
    sizeBytes: written.sizeBytes,
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullCounts: new Map(),
    nanCounts: new Map(),
    lowerBounds: new Map(),
    upperBounds: new Map(),
    keyMetadata: null,
    splitOffsets,
    equalityIds: null,
    sortOrderId: 0,
    referencedDataFile: null,
  };
  for (const field of fields) {
    if (!isPrimitive(field.type)) continue;
    const statistics = written.columns.get(identifier(field.name));
    if (!statistics?.has('null_count')) {
      throw new UnsupportedFeatureError(filePath, `no statistics of column "${field.name}"`, 'the statistics that COPY with RETURN_STATS returns');
    }
    addStatistics(file, field.id, field.type, statistics);
  }
  return file;
}

function addStatistics(file: DataFile, id: number, type: PrimitiveType, statistics: ReadonlyMap<string, string>): void {
  const count = (key: string) => BigInt(statistics.get(key) ?? 0);
  file.columnSizes.set(id, count('column_size_bytes'));
  file.valueCounts.set(id, count('num_values'));
  file.nullCounts.set(id, count('null_count'));
  if (statistics.get('has_nan') === 'false') file.nanCounts.set(id, 0n);
  const min = statistics.get('min');
  const max = statistics.get('max');
  if (min === undefined || max === undefined || statistics.get('has_nan') === 'true') return;
  const low = parseCanonical(type, min);
  const high = parseCanonical(type, max);
  if (low === undefined || high === undefined) return;
  file.lowerBounds.set(id, encodeValue(type, lowerBound(type, low)));
  const upper = upperBound(type, high);
  if (upper !== undefined) file.upperBounds.set(id, encodeValue(type, upper));
}
