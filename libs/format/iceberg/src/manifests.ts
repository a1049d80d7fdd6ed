import { readAvroFile, writeAvroFile, type AvroRecord } from './avro-file.ts';
import { CorruptFileError } from './errors.ts';
import { manifestEntrySchema } from './manifest-schemas.ts';
import type { StoredSchema, StoredSpec } from './metadata.ts';
import type { BoundSpec, PartitionValues } from './partitions.ts';
import { decimalBytes } from './single-values.ts';
import { decimalOf, type PrimitiveType, type Value } from './types.ts';

/** What a file holds: rows, position deletes or equality deletes. */
export const fileContent = { data: 0, positionDeletes: 1, equalityDeletes: 2 } as const;

/** What an entry says of its file in the snapshot that wrote the manifest. */
export const entryStatus = { existing: 0, added: 1, deleted: 2 } as const;

/** A data or delete file with its statistics; maps are by field id, bounds serialised. */
export interface DataFile {
  content: number;
  filePath: string;
  fileFormat: string;
  partition: PartitionValues;
  recordCount: number;
  sizeBytes: number;
  columnSizes: Map<number, bigint>;
  valueCounts: Map<number, bigint>;
  nullCounts: Map<number, bigint>;
  nanCounts: Map<number, bigint>;
  lowerBounds: Map<number, Uint8Array>;
  upperBounds: Map<number, Uint8Array>;
  keyMetadata: Uint8Array | null;
  splitOffsets: bigint[] | null;
  equalityIds: number[] | null;
  sortOrderId: number | null;
  referencedDataFile: string | null;
}

/** A file in a manifest, sequence numbers inherited; null only while an added entry is being written. */
export interface ManifestEntry {
  status: number;
  snapshotId: bigint;
  sequenceNumber: bigint | null;
  fileSequenceNumber: bigint | null;
  file: DataFile;
}

/** Serialises a manifest; `sync` is its 16-byte block marker. Inverse of `decodeManifest`. */
export function encodeManifest(
  schema: StoredSchema,
  storedSpec: StoredSpec,
  spec: BoundSpec,
  content: number,
  entries: readonly ManifestEntry[],
  sync: Uint8Array,
): Uint8Array {
  const header = {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(storedSpec.fields),
    'partition-spec-id': String(storedSpec['spec-id']),
    'format-version': '2',
    content: content === fileContent.data ? 'data' : 'deletes',
  };
  return writeAvroFile(manifestEntrySchema(spec), header, entries.map((entry) => entryRecord(entry, spec)), sync);
}

function entryRecord(entry: ManifestEntry, spec: BoundSpec): AvroRecord {
  return { 0: entry.status, 1: entry.snapshotId, 3: entry.sequenceNumber, 4: entry.fileSequenceNumber, 2: fileRecord(entry.file, spec) };
}

function fileRecord(file: DataFile, spec: BoundSpec): AvroRecord {
  return {
    134: file.content,
    100: file.filePath,
    101: file.fileFormat,
    102: Object.fromEntries(spec.fields.map((field, index) => [field.id, partitionToAvro(field.type, file.partition[index] ?? null)])),
    103: file.recordCount,
    104: file.sizeBytes,
    108: mapToAvro(file.columnSizes),
    109: mapToAvro(file.valueCounts),
    110: mapToAvro(file.nullCounts),
    137: mapToAvro(file.nanCounts),
    125: mapToAvro(file.lowerBounds),
    128: mapToAvro(file.upperBounds),
    131: file.keyMetadata,
    132: file.splitOffsets,
    135: file.equalityIds,
    140: file.sortOrderId,
    143: file.referencedDataFile,
  };
}

function mapToAvro<T>(map: ReadonlyMap<number, T>): Map<number, T> | null {
  return map.size === 0 ? null : new Map([...map].sort(([a], [b]) => a - b));
}

function partitionToAvro(type: PrimitiveType, value: Value | null): unknown {
  const decimal = decimalOf(type);
  return decimal && value !== null ? decimalBytes(value as bigint, decimal.precision) : value;
}

/** Reads a manifest; added entries inherit snapshot id and sequence number from the manifest list's record of it. */
export function decodeManifest(
  bytes: Uint8Array,
  file: string,
  spec: BoundSpec,
  inherited: { addedSnapshotId: bigint; sequenceNumber: bigint },
): ManifestEntry[] {
  return readAvroFile(bytes, file).records.map((record) => {
    const status = record[0];
    const dataFile = record[2] as AvroRecord | undefined;
    if ((status !== 0 && status !== 1 && status !== 2) || !dataFile || typeof dataFile[100] !== 'string') {
      throw new CorruptFileError(file, `an entry of status ${String(status)} and path ${String(dataFile?.[100])}`, 'status 0, 1 or 2 and a file path');
    }
    const inherit = (own: unknown): bigint => {
      if (typeof own === 'bigint') return own;
      if (status === entryStatus.added || inherited.sequenceNumber === 0n) return inherited.sequenceNumber;
      throw new CorruptFileError(file, 'an entry that was not added and has no sequence number', 'a sequence number');
    };
    return {
      status,
      snapshotId: typeof record[1] === 'bigint' ? record[1] : inherited.addedSnapshotId,
      sequenceNumber: inherit(record[3]),
      fileSequenceNumber: inherit(record[4]),
      file: fileFromRecord(dataFile, spec),
    };
  });
}

function fileFromRecord(record: AvroRecord, spec: BoundSpec): DataFile {
  const partition = record[102] as AvroRecord;
  return {
    content: (record[134] as number | undefined) ?? fileContent.data,
    filePath: record[100] as string,
    fileFormat: record[101] as string,
    partition: spec.fields.map((field) => partitionFromAvro(field.type, partition[field.id])),
    recordCount: Number(record[103]),
    sizeBytes: Number(record[104]),
    columnSizes: mapFromAvro(record[108]),
    valueCounts: mapFromAvro(record[109]),
    nullCounts: mapFromAvro(record[110]),
    nanCounts: mapFromAvro(record[137]),
    lowerBounds: mapFromAvro(record[125]),
    upperBounds: mapFromAvro(record[128]),
    keyMetadata: (record[131] as Uint8Array | null | undefined) ?? null,
    splitOffsets: (record[132] as bigint[] | null | undefined) ?? null,
    equalityIds: (record[135] as number[] | null | undefined) ?? null,
    sortOrderId: (record[140] as number | null | undefined) ?? null,
    referencedDataFile: (record[143] as string | null | undefined) ?? null,
  };
}

/** Writers that leave out the logical type `map` give a list of records, in which the key has the lower field id. */
function mapFromAvro<T>(map: unknown): Map<number, T> {
  if (map instanceof Map) return map as Map<number, T>;
  return new Map(((map ?? []) as AvroRecord[]).map((entry) => Object.values(entry) as [number, T]));
}

function partitionFromAvro(type: PrimitiveType, value: unknown): Value | null {
  if (value === null || value === undefined) return null;
  if (decimalOf(type) && value instanceof Uint8Array) {
    return BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString('hex')}`));
  }
  return type === 'int' || type === 'date' ? Number(value) : type === 'long' ? BigInt(value as bigint) : (value as Value);
}
