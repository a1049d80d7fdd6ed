import { readAvroFile, writeAvroFile, type AvroRecord } from './avro-file.ts';
import { CorruptFileError } from './errors.ts';
import { manifestFileSchema } from './manifest-schemas.ts';
import { entryStatus, type ManifestEntry } from './manifests.ts';
import type { BoundSpec } from './partitions.ts';
import { encodeValue } from './single-values.ts';
import type { Value } from './types.ts';
import { compareValues } from './values.ts';

/** The range of one partition field over a manifest's files. */
export interface PartitionSummary {
  containsNull: boolean;
  containsNan: boolean | null;
  lowerBound: Uint8Array | null;
  upperBound: Uint8Array | null;
}

/** A manifest as its snapshot's manifest list records it. */
export interface ManifestFile {
  path: string;
  lengthBytes: number;
  specId: number;
  content: number;
  sequenceNumber: bigint;
  minSequenceNumber: bigint;
  addedSnapshotId: bigint;
  addedFiles: number;
  existingFiles: number;
  deletedFiles: number;
  addedRows: number;
  existingRows: number;
  deletedRows: number;
  partitions: PartitionSummary[] | null;
  keyMetadata: Uint8Array | null;
}

/** Records a manifest that is about to be written with these entries. */
export function describeManifest(
  path: string,
  lengthBytes: number,
  spec: BoundSpec,
  content: number,
  entries: readonly ManifestEntry[],
  snapshotId: bigint,
  sequenceNumber: bigint,
): ManifestFile {
  const ofStatus = (status: number) => entries.filter((entry) => entry.status === status);
  const rowsOf = (status: number) => ofStatus(status).reduce((sum, entry) => sum + entry.file.recordCount, 0);
  const minSequenceNumber = entries
    .filter((entry) => entry.status !== entryStatus.deleted)
    .reduce((min, entry) => ((entry.sequenceNumber ?? sequenceNumber) < min ? (entry.sequenceNumber ?? sequenceNumber) : min), sequenceNumber);
  return {
    path,
    lengthBytes,
    specId: spec.id,
    content,
    sequenceNumber,
    minSequenceNumber,
    addedSnapshotId: snapshotId,
    addedFiles: ofStatus(entryStatus.added).length,
    existingFiles: ofStatus(entryStatus.existing).length,
    deletedFiles: ofStatus(entryStatus.deleted).length,
    addedRows: rowsOf(entryStatus.added),
    existingRows: rowsOf(entryStatus.existing),
    deletedRows: rowsOf(entryStatus.deleted),
    partitions: spec.fields.map((_field, index) => summarise(spec, index, entries)),
    keyMetadata: null,
  };
}

function summarise(spec: BoundSpec, index: number, entries: readonly ManifestEntry[]): PartitionSummary {
  const type = spec.fields[index]?.type ?? 'string';
  const values = entries.map((entry) => entry.file.partition[index] ?? null);
  const present = values.filter((value): value is Value => value !== null);
  const extreme = (sign: number): Uint8Array | null =>
    present.length === 0 ? null : encodeValue(type, present.reduce((best, value) => (sign * compareValues(value, best) > 0 ? value : best)));
  return { containsNull: present.length < values.length, containsNan: false, lowerBound: extreme(-1), upperBound: extreme(1) };
}

/** Serialises a manifest list. Inverse of `decodeManifestList`. */
export function encodeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { id: bigint; parentId: bigint | undefined; sequenceNumber: bigint },
  sync: Uint8Array,
): Uint8Array {
  const header = {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': String(snapshot.parentId ?? null),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  };
  return writeAvroFile(manifestFileSchema, header, manifests.map(manifestRecord), sync);
}

function manifestRecord(manifest: ManifestFile): AvroRecord {
  const partitions = manifest.partitions?.map((summary) => ({
    509: summary.containsNull,
    518: summary.containsNan,
    510: summary.lowerBound,
    511: summary.upperBound,
  }));
  return {
    500: manifest.path,
    501: manifest.lengthBytes,
    502: manifest.specId,
    517: manifest.content,
    515: manifest.sequenceNumber,
    516: manifest.minSequenceNumber,
    503: manifest.addedSnapshotId,
    504: manifest.addedFiles,
    505: manifest.existingFiles,
    506: manifest.deletedFiles,
    512: manifest.addedRows,
    513: manifest.existingRows,
    514: manifest.deletedRows,
    507: partitions ?? null,
    519: manifest.keyMetadata,
  };
}

/** Content and sequence numbers of a manifest in a list of format version 1, which has no columns for them. */
const firstVersion: AvroRecord = { 517: 0, 515: 0n, 516: 0n };

/** Reads a manifest list; CorruptFileError when a record lacks a field of format version 2. */
export function decodeManifestList(bytes: Uint8Array, file: string): ManifestFile[] {
  return readAvroFile(bytes, file).records.map((record) => {
    const complete = { ...firstVersion, ...record };
    for (const id of [500, 501, 502, 503, 504, 505, 506, 512, 513, 514, 515, 516, 517]) {
      if (complete[id] === undefined || complete[id] === null) throw new CorruptFileError(file, `a manifest without field ${id}`, 'all fields of format version 2');
    }
    return {
      path: record[500] as string,
      lengthBytes: Number(record[501]),
      specId: record[502] as number,
      content: complete[517] as number,
      sequenceNumber: complete[515] as bigint,
      minSequenceNumber: complete[516] as bigint,
      addedSnapshotId: record[503] as bigint,
      addedFiles: record[504] as number,
      existingFiles: record[505] as number,
      deletedFiles: record[506] as number,
      addedRows: Number(record[512]),
      existingRows: Number(record[513]),
      deletedRows: Number(record[514]),
      partitions: (record[507] as AvroRecord[] | null | undefined)?.map(summaryFromRecord) ?? null,
      keyMetadata: (record[519] as Uint8Array | null | undefined) ?? null,
    };
  });
}

function summaryFromRecord(record: AvroRecord): PartitionSummary {
  return {
    containsNull: record[509] === true,
    containsNan: (record[518] as boolean | null | undefined) ?? null,
    lowerBound: (record[510] as Uint8Array | null | undefined) ?? null,
    upperBound: (record[511] as Uint8Array | null | undefined) ?? null,
  };
}
