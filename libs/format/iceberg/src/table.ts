import type { AppendResult, WriteOptions } from './append.ts';
import type { Catalog } from './catalog.ts';
import { commitMetadata } from './commit.ts';
import type { CompactOptions, CompactResult } from './compaction.ts';
import type { TableDebt } from './debt.ts';
import { TableExistsError, TableNotFoundError } from './errors.ts';
import type { ExpireOptions, ExpireResult } from './expiry.ts';
import type { RewriteManifestsResult } from './manifest-rewriting.ts';
import type { MergeOptions, MergeResult } from './merge.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import type { OrphanOptions, OrphanResult } from './orphan-files.ts';
import type { OverwriteOptions, OverwriteResult } from './overwrite.ts';
import { storeSpec, type PartitionSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import type { CreateRefOptions, RefRetention } from './refs.ts';
import type { SchemaChange } from './schema-changes.ts';
import { defineSchema } from './schema.ts';
import { createManifestReader } from './snapshot-files.ts';
import { openTable } from './table-handle.ts';
import type { Plan, Scan, ScanOptions } from './table-scan.ts';
import { allFields, type IcebergSchema } from './types.ts';

export type { Plan, Scan, ScannedFile, ScanOptions } from './table-scan.ts';

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
  /** Tells which files can hold wanted rows, by metadata alone. */
  plan(options?: ScanOptions): Promise<Plan>;
  /** Prepares a read: SQL over exactly the files of the plan, which are fetched if they lie elsewhere. */
  scan(options?: ScanOptions): Promise<Scan>;
  /** Adds the rows of a select. */
  append(select: string, options?: WriteOptions<AppendResult>): Promise<Outcome<AppendResult>>;
  /** Replaces exactly the given partitions by the rows of a select. */
  overwritePartitions(options: OverwriteOptions): Promise<Outcome<OverwriteResult>>;
  /** Updates, deletes and inserts by key. */
  merge(options: MergeOptions): Promise<Outcome<MergeResult>>;
  /** Changes the columns; stored files stay and are read by field id. IllegalSchemaChangeError when stored rows would become wrong. */
  evolveSchema(changes: readonly SchemaChange[]): Promise<IcebergSchema>;
  /** Partitions what is written from now on in another way; stored files keep their partitions. */
  evolvePartitioning(partitioning: PartitionSpec): Promise<void>;
  /** Sets table properties; undefined removes one. */
  setProperties(properties: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** Names a snapshot, default the current one, as the head of a branch that `branch` options commit to. */
  createBranch(name: string, options?: CreateRefOptions): Promise<void>;
  /** Names a snapshot for good. */
  createTag(name: string, options?: { snapshotId?: bigint } & Pick<RefRetention, 'maxRefAgeMs'>): Promise<void>;
  /** Points a branch or tag to another snapshot; its retention stays. */
  moveRef(name: string, snapshotId: bigint): Promise<void>;
  dropRef(name: string): Promise<void>;
  /** Makes a snapshot that was current before current again; what came after it stays until it expires. */
  rollbackTo(snapshotId: bigint): Promise<void>;
  /** Measures what maintenance could improve, by metadata alone. */
  measureDebt(options?: { targetFileSizeBytes?: number }): Promise<TableDebt>;
  /** Writes small files together and applies deletes; the rows stay the same. */
  compact(options?: CompactOptions): Promise<CompactResult>;
  /** Writes the manifests anew, sorted by partition. */
  rewriteManifests(): Promise<RewriteManifestsResult>;
  /** Forgets old snapshots and removes the files that only they refer to. */
  expireSnapshots(options: ExpireOptions): Promise<ExpireResult>;
  /** Removes old files that no version of the table refers to. */
  removeOrphanFiles(options: OrphanOptions): Promise<OrphanResult>;
}

export interface CreateTableOptions {
  catalog: Catalog;
  ports: IcebergPorts;
  schema: IcebergSchema;
  partitioning?: PartitionSpec;
  /** Table properties, such as `write.target-file-size-bytes`; the README tells the defaults. */
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

/** Written into new tables, so that every engine heeds them: many small commits leave few manifests and little metadata. */
const defaultProperties: Readonly<Record<string, string>> = {
  'write.parquet.compression-codec': 'zstd',
  'commit.manifest.min-count-to-merge': '16',
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '5',
  'write.metadata.compression-codec': 'gzip',
};

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
    properties: { ...defaultProperties, ...properties },
    'current-snapshot-id': -1n,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}
