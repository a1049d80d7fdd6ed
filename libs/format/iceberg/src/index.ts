export type { AppendResult, SummaryOption, WriteOptions } from './append.ts';
export type { CompactOptions, CompactResult } from './compaction.ts';
export type { PartitionDebt, TableDebt } from './debt.ts';
export { createFileCatalog, type Catalog, type TableState } from './catalog.ts';
export {
  CommitConflictError,
  CommitUnknownError,
  CorruptFileError,
  DeleteFilesError,
  DuplicateSourceKeyError,
  IcebergError,
  IllegalSchemaChangeError,
  InvalidArgumentError,
  MissingFileError,
  PartitionMismatchError,
  RequiredColumnError,
  TableExistsError,
  TableNotFoundError,
  UnsupportedFeatureError,
} from './errors.ts';
export type { ExpireOptions, ExpireResult } from './expiry.ts';
export { createGlueCatalog, type GlueCatalogOptions, type GlueClient } from './glue-catalog.ts';
export type { GlueColumn, GlueTable, GlueTableInput } from './glue-table.ts';
export type { ManifestFigures, RewriteManifestsResult } from './manifest-rewriting.ts';
export type { MergeMode } from './merge-mode.ts';
export type { MergeOptions, MergeResult } from './merge.ts';
export type { MatchedClause, NotMatchedClause } from './merge-sql.ts';
export type { Snapshot, SnapshotRef, StoredSchema, StoredSpec, TableMetadata } from './metadata.ts';
export type { OrphanOptions, OrphanResult } from './orphan-files.ts';
export type { OverwriteOptions, OverwriteResult } from './overwrite.ts';
export type { PartitionField, PartitionSpec, PartitionTuple } from './partitions.ts';
export type { FileIO, IcebergPorts, SqlEngine, StoredFile } from './ports.ts';
export type { Predicate } from './predicates.ts';
export type { CreateRefOptions, RefRetention } from './refs.ts';
export { alignSchema } from './schema-alignment.ts';
export type { ColumnReference, SchemaChange } from './schema-changes.ts';
export { defineSchema } from './schema.ts';
export {
  createTable,
  loadTable,
  type CreateTableOptions,
  type Outcome,
  type Plan,
  type Scan,
  type ScannedFile,
  type ScanOptions,
  type Table,
} from './table.ts';
export type { Transform } from './transforms.ts';
export type { Field, IcebergSchema, IcebergType, ListType, MapType, PrimitiveType, StructType } from './types.ts';
export type { Literal } from './values.ts';
