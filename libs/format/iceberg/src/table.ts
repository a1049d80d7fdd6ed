import { append, type AppendResult, type WriteOptions } from './append.ts';
import type { Committed } from './attempts.ts';
import type { Catalog, TableState } from './catalog.ts';
import { commitMetadata, type TableContext } from './commit.ts';
import { InvalidArgumentError, TableExistsError, TableNotFoundError } from './errors.ts';
import { openRows } from './live-rows.ts';
import { merge, type MergeOptions, type MergeResult } from './merge.ts';
import { changeMetadata, type MetadataChange } from './metadata-changes.ts';
import { currentSchema, currentSnapshot, type Snapshot, type StoredSchema, type TableMetadata } from './metadata.ts';
import { overwritePartitions, type OverwriteOptions, type OverwriteResult } from './overwrite.ts';
import { bindSpec, evolveSpec, formatPartition, storeSpec, type PartitionSpec, type PartitionTuple } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { bindPredicates, type Predicate } from './predicates.ts';
import { scanSql } from './scan.ts';
import type { SchemaChange } from './schema-changes.ts';
import { evolveMetadata } from './schema-evolution.ts';
import { defineSchema, fieldNamed } from './schema.ts';
import { createManifestReader, planFiles } from './snapshot-files.ts';
import { allFields, type IcebergSchema } from './types.ts';

export interface ScanOptions {
  /** Conditions joined by AND: they prune files and restrict rows. */
  filter?: readonly Predicate[];
  /** Column names in the wanted order; default all. */
  columns?: readonly string[];
  /** Snapshot to read; default the current one. */
  snapshotId?: bigint;
}

/** A file that a scan reads. */
export interface ScannedFile {
  path: string;
  partition: PartitionTuple;
  rows: number;
  sizeBytes: number;
}

export interface Scan {
  /** A select of the rows, valid as long as no file is removed. */
  sql: string;
  files: ScannedFile[];
  /** Rows in the files, before deletes and the filter take rows away. */
  rows: number;
  /** Delete files that the read applies. */
  deleteFiles: string[];
  sizeBytes: number;
}

/** What an operation came to; `snapshot` is undefined when nothing changed and nothing was committed. */
export type Outcome<Result> = Result & { snapshot: Snapshot | undefined };

/** A table as of its last refresh or commit; operations commit against it and see others' commits only on conflict. */
export interface Table {
  readonly metadata: TableMetadata;
  /** URI of the metadata file. */
  readonly metadataLocation: string;
  readonly schema: IcebergSchema;
  readonly currentSnapshot: Snapshot | undefined;
  readonly snapshots: readonly Snapshot[];
  /** Reads what others committed. */
  refresh(): Promise<void>;
  /** Plans a read: SQL over exactly the files that can hold wanted rows. */
  scan(options?: ScanOptions): Promise<Scan>;
  /** Adds the rows of a select. */
  append(select: string, options?: WriteOptions<AppendResult>): Promise<Outcome<AppendResult>>;
  /** Replaces exactly the given partitions by the rows of a select. */
  overwritePartitions(options: OverwriteOptions): Promise<Outcome<OverwriteResult>>;
  /** Updates, deletes and inserts by key, copy-on-write. */
  merge(options: MergeOptions): Promise<Outcome<MergeResult>>;
  /** Changes the columns; stored files stay and are read by field id. IllegalSchemaChangeError when stored rows would become wrong. */
  evolveSchema(changes: readonly SchemaChange[]): Promise<IcebergSchema>;
  /** Partitions what is written from now on in another way; stored files keep their partitions. */
  evolvePartitioning(partitioning: PartitionSpec): Promise<void>;
}

export interface CreateTableOptions {
  catalog: Catalog;
  ports: IcebergPorts;
  schema: IcebergSchema;
  partitioning?: PartitionSpec;
  /** Table properties, such as `write.target-file-size-bytes`; Parquet is compressed with zstd by default. */
  properties?: Readonly<Record<string, string>>;
}

/** Creates a table without rows; TableExistsError when there is one. */
export async function createTable({ catalog, ports, schema, partitioning = [], properties = {} }: CreateTableOptions): Promise<Table> {
  defineSchema(schema);
  if (await catalog.load()) throw new TableExistsError(`${catalog.location}: found a table, expected none; load it instead`);
  const metadata = newMetadata(catalog.location, ports, schema, partitioning, properties);
  const isOurs = (found: TableMetadata) => found['table-uuid'] === metadata['table-uuid'];
  const state = await commitMetadata(catalog, undefined, metadata, isOurs);
  if (!isOurs(state.metadata)) throw new TableExistsError(`${catalog.location}: found a table that another writer just created; load it instead`);
  return openTable({ catalog, ports, reader: createManifestReader(ports.io) }, state);
}

/** Loads a table; TableNotFoundError when there is none. */
export async function loadTable({ catalog, ports }: { catalog: Catalog; ports: IcebergPorts }): Promise<Table> {
  const state = await catalog.load();
  if (!state) throw new TableNotFoundError(`${catalog.location}: found no table metadata, expected a table; create it first`);
  return openTable({ catalog, ports, reader: createManifestReader(ports.io) }, state);
}

function newMetadata(
  location: string,
  ports: IcebergPorts,
  schema: IcebergSchema,
  partitioning: PartitionSpec,
  properties: Readonly<Record<string, string>>,
): TableMetadata {
  const spec = storeSpec(schema, partitioning);
  return {
    'format-version': 2,
    'table-uuid': ports.newUuid(),
    location,
    'last-sequence-number': 0n,
    'last-updated-ms': ports.now(),
    'last-column-id': Math.max(...allFields(schema.fields).map((field) => field.id)),
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields: schema.fields }],
    'default-spec-id': 0,
    'partition-specs': [spec],
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => field['field-id'])),
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { 'write.parquet.compression-codec': 'zstd', ...properties },
    'current-snapshot-id': -1n,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

function openTable(context: TableContext, loaded: TableState): Table {
  let state = loaded;
  const adopt = (newer: TableState): void => {
    if (newer.version > state.version) state = newer;
  };
  const settle = <Result>(committed: Committed<Result>): Outcome<Result> => {
    adopt(committed.state);
    return { ...committed.result, snapshot: committed.snapshot };
  };
  return {
    get metadata() {
      return state.metadata;
    },
    get metadataLocation() {
      return state.metadataLocation;
    },
    get schema() {
      return currentSchema(state.metadata);
    },
    get currentSnapshot() {
      return currentSnapshot(state.metadata);
    },
    get snapshots() {
      return state.metadata.snapshots;
    },
    async refresh() {
      const latest = await context.catalog.load();
      if (!latest) throw new TableNotFoundError(`${state.metadata.location}: found no table metadata any more, expected a table; it was removed`);
      state = latest;
    },
    scan: (options = {}) => scanTable(context, state, options),
    append: async (select, options = {}) => settle(await append(context, state, select, options)),
    overwritePartitions: async (options) => settle(await overwritePartitions(context, state, options)),
    merge: async (options) => settle(await merge(context, state, options)),
    async evolveSchema(changes) {
      adopt(await changeMetadata(context, state, (metadata) => evolveMetadata(metadata, changes)));
      return currentSchema(state.metadata);
    },
    async evolvePartitioning(partitioning) {
      adopt(await changeMetadata(context, state, (metadata) => repartition(metadata, partitioning)));
    },
  };
}

function repartition(metadata: TableMetadata, partitioning: PartitionSpec): MetadataChange | undefined {
  const next = evolveSpec(metadata, partitioning);
  if (!next) return undefined;
  const specOf = ({ 'partition-specs': specs, 'default-spec-id': id }: TableMetadata) => JSON.stringify(specs.find((spec) => spec['spec-id'] === id));
  return { metadata: next, isIn: (found) => specOf(found) === specOf(next) };
}

async function scanTable({ ports, reader }: TableContext, state: TableState, options: ScanOptions): Promise<Scan> {
  const { metadata } = state;
  const snapshot = options.snapshotId === undefined ? currentSnapshot(metadata) : snapshotOf(metadata, options.snapshotId);
  const schema = options.snapshotId === undefined ? currentSchema(metadata) : schemaOf(metadata, snapshot);
  const columns = options.columns?.map((name) => fieldNamed(schema, name)) ?? schema.fields;
  if (columns.length === 0) throw new InvalidArgumentError('scan: found no columns, expected at least one or the option left out');
  const predicates = bindPredicates(schema, options.filter ?? []);
  const planned = await planFiles(reader, state, snapshot, predicates);
  const files = planned.map(({ file, spec }) => ({
    path: file.filePath,
    partition: formatPartition(bindSpec(metadata, spec.id, state.metadataLocation), file.partition),
    rows: file.recordCount,
    sizeBytes: file.sizeBytes,
  }));
  return {
    sql: scanSql(await openRows(ports, metadata, planned), columns, predicates),
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    deleteFiles: [...new Set(planned.flatMap((entry) => entry.deletes.map(({ file }) => file.filePath)))],
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

function snapshotOf(metadata: TableMetadata, id: bigint): Snapshot {
  const snapshot = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id);
  if (!snapshot) {
    throw new InvalidArgumentError(`snapshot ${id}: found none of this id among ${metadata.snapshots.length}, expected one of the table's snapshots`);
  }
  return snapshot;
}

function schemaOf(metadata: TableMetadata, snapshot: Snapshot | undefined): StoredSchema {
  return metadata.schemas.find((schema) => schema['schema-id'] === snapshot?.['schema-id']) ?? currentSchema(metadata);
}
