import { gunzipSync } from 'node:zlib';
import { CorruptFileError, InvalidArgumentError, UnsupportedFeatureError } from './errors.ts';
import { parseJson } from './json.ts';
import type { Field } from './types.ts';

/** A schema as stored in table metadata. */
export interface StoredSchema {
  type: 'struct';
  'schema-id': number;
  fields: Field[];
  'identifier-field-ids'?: number[];
}

/** A partition field as stored in table metadata. */
export interface StoredPartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  transform: string;
}

/** A partition spec as stored in table metadata. */
export interface StoredSpec {
  'spec-id': number;
  fields: StoredPartitionField[];
}

/** A version of the table's rows. */
export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': bigint;
  'timestamp-ms': number;
  'manifest-list': string;
  summary: Record<string, string>;
  'schema-id'?: number;
}

/** Table metadata of format version 2, keys as in the file; keys that are not named here are kept as they are. */
export interface TableMetadata {
  'format-version': 2;
  'table-uuid': string;
  location: string;
  'last-sequence-number': bigint;
  'last-updated-ms': number;
  'last-column-id': number;
  schemas: StoredSchema[];
  'current-schema-id': number;
  'partition-specs': StoredSpec[];
  'default-spec-id': number;
  'last-partition-id': number;
  'sort-orders': unknown[];
  'default-sort-order-id': number;
  properties: Record<string, string>;
  'current-snapshot-id': bigint;
  snapshots: Snapshot[];
  'snapshot-log': { 'timestamp-ms': number; 'snapshot-id': bigint }[];
  'metadata-log': { 'timestamp-ms': number; 'metadata-file': string }[];
  refs: Record<string, SnapshotRef>;
}

/** A named snapshot: a branch moves with commits to it, a tag stays. */
export interface SnapshotRef {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  'min-snapshots-to-keep'?: number;
  'max-snapshot-age-ms'?: number;
  'max-ref-age-ms'?: number;
}

/** What a snapshot means by what it leaves out if it was written before its table became one of version 2. */
const firstVersion = { 'sequence-number': 0n, summary: {} };

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isLong: Check = (value) => typeof value === 'bigint';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf = (check: Check): Check => (value) => Array.isArray(value) && value.every((item) => check(item));
const hasKeys = (checks: Record<string, Check>): Check => (value) =>
  isObject(value) && Object.entries(checks).every(([key, check]) => check((value as Record<string, unknown>)[key]));

const isField = hasKeys({ id: isNumber, name: isText, required: (value) => typeof value === 'boolean', type: (value) => isText(value) || isObject(value) });
const isSnapshot = hasKeys({ 'snapshot-id': isLong, 'sequence-number': isLong, 'timestamp-ms': isNumber, 'manifest-list': isText, summary: isObject });

const requiredKeys: [key: string, expected: string, check: Check][] = [
  ['table-uuid', 'a text', isText],
  ['location', 'a text', isText],
  ['last-sequence-number', 'an integer', isLong],
  ['last-updated-ms', 'an integer', isNumber],
  ['last-column-id', 'an integer', isNumber],
  ['schemas', 'a list of schemas', isListOf(hasKeys({ 'schema-id': isNumber, fields: isListOf(isField) }))],
  ['current-schema-id', 'an integer', isNumber],
  [
    'partition-specs',
    'a list of partition specs',
    isListOf(
      hasKeys({
        'spec-id': isNumber,
        fields: isListOf(hasKeys({ 'source-id': isNumber, 'field-id': isNumber, name: isText, transform: isText })),
      }),
    ),
  ],
  ['default-spec-id', 'an integer', isNumber],
  ['last-partition-id', 'an integer', isNumber],
];

/** Parses a metadata file, gzipped or not; CorruptFileError or UnsupportedFeatureError names the file and what is wrong with it. */
export function parseMetadata(bytes: Uint8Array, file: string): TableMetadata {
  const json = parseJson(isGzip(bytes) ? gunzip(bytes, file) : bytes, file);
  if (!isObject(json)) throw new CorruptFileError(file, JSON.stringify(json).slice(0, 40), 'a table metadata object');
  const raw = json as Record<string, unknown>;
  if (raw['format-version'] !== 2) {
    throw new UnsupportedFeatureError(file, `format-version ${String(raw['format-version'])}`, 'format-version 2');
  }
  for (const [key, expected, check] of requiredKeys) expectKey(raw, key, expected, check, file);
  const metadata = { ...defaults(), ...withoutNulls(raw) } as unknown as TableMetadata;
  if (Array.isArray(metadata.snapshots)) metadata.snapshots = metadata.snapshots.map((snapshot) => (isObject(snapshot) ? { ...firstVersion, ...snapshot } : snapshot));
  expectKey(metadata, 'snapshots', 'a list of snapshots of format version 2', isListOf(isSnapshot), file);
  expectKey(metadata, 'properties', 'an object', isObject, file);
  expectKey(metadata, 'refs', 'an object of refs', (refs) => isObject(refs) && Object.values(refs as object).every(hasKeys({ 'snapshot-id': isLong })), file);
  for (const key of ['snapshot-log', 'metadata-log']) expectKey(metadata, key, 'a list', Array.isArray, file);
  expectReferences(metadata, file);
  return metadata;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new CorruptFileError(file, `${bytes.length} bytes that break off or make no sense (${(cause as Error).message})`, 'a whole gzip file', { cause });
  }
}

function defaults(): Partial<TableMetadata> {
  return {
    properties: {},
    'current-snapshot-id': -1n,
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    refs: {},
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
  };
}

function withoutNulls(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}

function expectKey(raw: object, key: string, expected: string, check: Check, file: string): void {
  const value = (raw as Record<string, unknown>)[key];
  if (!check(value)) throw new CorruptFileError(file, `"${key}" ${describe(value)}`, `${expected}`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'object' ? 'of another shape' : (JSON.stringify(value) ?? 'of another shape').slice(0, 60);
}

function expectReferences(metadata: TableMetadata, file: string): void {
  const schemaId = metadata['current-schema-id'];
  if (!metadata.schemas.some((schema) => schema['schema-id'] === schemaId)) {
    throw new CorruptFileError(file, `current-schema-id ${schemaId} without a schema`, 'the id of one of the schemas');
  }
  const specId = metadata['default-spec-id'];
  if (!metadata['partition-specs'].some((spec) => spec['spec-id'] === specId)) {
    throw new CorruptFileError(file, `default-spec-id ${specId} without a spec`, 'the id of one of the partition specs');
  }
  const snapshotId = metadata['current-snapshot-id'];
  if (snapshotId !== -1n && !metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === snapshotId)) {
    throw new CorruptFileError(file, `current-snapshot-id ${snapshotId} without a snapshot`, 'the id of one of the snapshots');
  }
}

/** The schema that new data is written with. */
export function currentSchema(metadata: TableMetadata): StoredSchema {
  return metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id']) as StoredSchema;
}

/** The snapshot that readers see; undefined while the table has none. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);
}

/** The snapshot of an id; undefined when the table has none of it. */
export function snapshotById(metadata: TableMetadata, id: bigint): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
}

/** The snapshot that a branch stands at; undefined for `main` without snapshots. InvalidArgumentError when there is no such branch. */
export function headOf(metadata: TableMetadata, branch = 'main'): Snapshot | undefined {
  if (branch === 'main') return currentSnapshot(metadata);
  const ref = metadata.refs[branch];
  if (ref?.type !== 'branch') {
    const branches = Object.entries(metadata.refs).flatMap(([name, { type }]) => (type === 'branch' ? [name] : []));
    throw new InvalidArgumentError(`branch "${branch}": found ${ref ? `a ${ref.type}` : 'none'}, expected one of: ${branches.join(', ') || 'main'}; create it first`);
  }
  return snapshotById(metadata, ref['snapshot-id']);
}
