import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { InvalidArgumentError } from './errors.ts';
import { openRows } from './live-rows.ts';
import { explainFailure } from './local-paths.ts';
import { currentSchema, headOf, type Snapshot, type StoredSchema, type TableMetadata } from './metadata.ts';
import { bindSpec, formatPartition, type PartitionTuple } from './partitions.ts';
import { bindPredicates, type BoundPredicate, type Predicate } from './predicates.ts';
import { expectSnapshot, snapshotAsOf, snapshotOfRef } from './refs.ts';
import { scanSql } from './scan.ts';
import { fieldNamed } from './schema.ts';
import { planFiles, type PlannedFile } from './snapshot-files.ts';
import type { Field } from './types.ts';

export interface ScanOptions {
  /** Conditions joined by AND: they prune files and restrict rows. */
  filter?: readonly Predicate[];
  /** Column names in the wanted order; default all. */
  columns?: readonly string[];
  /** Snapshot to read; default the current one. Of `snapshotId`, `asOfMs` and `ref` at most one. */
  snapshotId?: bigint;
  /** Reads what was current at this time, in milliseconds since the epoch. */
  asOfMs?: number;
  /** Branch or tag to read; a branch is read by the table's current columns, all else by those of its snapshot. */
  ref?: string;
}

/** A file that a scan reads. */
export interface ScannedFile {
  path: string;
  partition: PartitionTuple;
  rows: number;
  sizeBytes: number;
}

/** What a read would read, by metadata alone. */
export interface Plan {
  files: ScannedFile[];
  /** Rows in the files, before deletes and the filter take rows away. */
  rows: number;
  /** Delete files that the read applies. */
  deleteFiles: string[];
  sizeBytes: number;
}

/** A read whose files the SQL engine can open. */
export interface Scan extends Plan {
  /** A select of the rows, valid as long as no file is removed. */
  sql: string;
  /** What to throw when the engine failed to run `sql`: MissingFileError or CorruptFileError if a file is to blame, else the error. */
  explain: (error: unknown) => Promise<unknown>;
}

/** Plans a read of a table; no data file is touched. */
export async function planScan(context: TableContext, state: TableState, options: ScanOptions): Promise<Plan> {
  return describePlan(state, (await chooseFiles(context, state, options)).planned);
}

/** Plans a read of a table and makes its files ready for it. */
export async function scanTable(context: TableContext, state: TableState, options: ScanOptions): Promise<Scan> {
  const { planned, columns, predicates } = await chooseFiles(context, state, options);
  const source = await openRows(context.ports, state.metadata, planned);
  const sql = scanSql(source, columns, predicates);
  const { engine, opened } = context.ports;
  return { ...describePlan(state, planned), sql, explain: (error) => explainFailure(engine, opened, sql, error) };
}

interface ChosenFiles {
  planned: PlannedFile[];
  columns: readonly Field[];
  predicates: BoundPredicate[];
}

async function chooseFiles({ reader }: TableContext, state: TableState, options: ScanOptions): Promise<ChosenFiles> {
  const { metadata } = state;
  const { snapshot, schema } = chooseSnapshot(metadata, options);
  const columns = options.columns?.map((name) => fieldNamed(schema, name)) ?? schema.fields;
  if (columns.length === 0) throw new InvalidArgumentError('scan: found no columns, expected at least one or the option left out');
  const predicates = bindPredicates(schema, options.filter ?? []);
  return { planned: await planFiles(reader, state, snapshot, predicates), columns, predicates };
}

function describePlan({ metadata, metadataLocation }: TableState, planned: readonly PlannedFile[]): Plan {
  const files = planned.map(({ file, spec }) => ({
    path: file.filePath,
    partition: formatPartition(bindSpec(metadata, spec.id, metadataLocation), file.partition),
    rows: file.recordCount,
    sizeBytes: file.sizeBytes,
  }));
  return {
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    deleteFiles: [...new Set(planned.flatMap((entry) => entry.deletes.map(({ file }) => file.filePath)))],
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

function chooseSnapshot(metadata: TableMetadata, { snapshotId, asOfMs, ref }: ScanOptions): { snapshot: Snapshot | undefined; schema: StoredSchema } {
  if ([snapshotId, asOfMs, ref].filter((option) => option !== undefined).length > 1) {
    throw new InvalidArgumentError('scan: found several of snapshotId, asOfMs and ref, expected at most one');
  }
  if (snapshotId === undefined && asOfMs === undefined && (ref === undefined || metadata.refs[ref]?.type === 'branch')) {
    return { snapshot: headOf(metadata, ref), schema: currentSchema(metadata) };
  }
  const travelled = snapshotId !== undefined ? expectSnapshot(metadata, snapshotId) : asOfMs !== undefined ? snapshotAsOf(metadata, asOfMs) : snapshotOfRef(metadata, ref ?? '');
  return { snapshot: travelled, schema: schemaOf(metadata, travelled) };
}

function schemaOf(metadata: TableMetadata, snapshot: Snapshot | undefined): StoredSchema {
  return metadata.schemas.find((schema) => schema['schema-id'] === snapshot?.['schema-id']) ?? currentSchema(metadata);
}
