import { InvalidArgumentError, RequiredColumnError } from './errors.ts';
import type { DataFile } from './manifests.ts';
import { currentSchema, type TableMetadata } from './metadata.ts';
import { expectKnownTransforms, type BoundPartitionField, type BoundSpec, type PartitionValues } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { integerProperty } from './properties.ts';
import { checkRequiredInside } from './required-values.ts';
import { checkWritable } from './schema.ts';
import { parseWrittenFiles, toDataFile, type WrittenFile } from './statistics.ts';
import { engineType, fieldIdsOption, identifier, textLiteral } from './sql-text.ts';
import { transformSql } from './transform-sql.ts';
import { allFields, type Field, type Value } from './types.ts';
import { canonicalSql, parseCanonical } from './values.ts';

const defaultTargetBytes = 512 * 1024 * 1024;
const rowGroupRows = 122_880;
const codecs = new Set(['zstd', 'snappy', 'gzip', 'uncompressed']);

/** A folder of the table, and where the SQL engine writes what is to become its files. */
interface WriteFolder {
  uri: string;
  localPath: string;
}

interface DataWriter {
  ports: IcebergPorts;
  fields: Field[];
  spec: BoundSpec;
  folder: WriteFolder;
  targetBytes: number;
  options: string;
}

/**
 * Writes the rows of a select as Parquet files of the table and publishes them; no snapshot has them yet.
 * Sorted by partition, so that memory stays bounded; on any error the files of this call are removed.
 * RequiredColumnError when a required column, or a required field inside one, has NULLs.
 */
export async function writeDataFiles(ports: IcebergPorts, metadata: TableMetadata, spec: BoundSpec, select: string): Promise<DataFile[]> {
  const { fields } = currentSchema(metadata);
  for (const field of allFields(fields)) checkWritable(field);
  expectKnownTransforms(spec, metadata.location);
  const folderUri = `${metadata.location}/data/${ports.newUuid()}/`;
  const targetBytes = integerProperty(metadata.properties, 'write.target-file-size-bytes', defaultTargetBytes, 1);
  const options = copyOptions(metadata, fields, targetBytes);
  try {
    const folder = await openFolder(ports, folderUri);
    const writer: DataWriter = { ports, fields, spec, folder, targetBytes, options };
    const written = isUndivided(spec) ? await writePlain(writer, select, folder, spec.fields.map(() => null)) : await writePartitioned(writer, select);
    checkRequired(fields, written.map(({ file }) => file));
    await checkRequiredInside(ports.engine, fields, written.map(({ file }) => file.path));
    const files = await describeFiles(writer, written);
    if (files.length > 0) await ports.io.publishFiles(files.map((file) => file.filePath));
    return files;
  } catch (error) {
    await ports.io.discardFolder(folderUri).catch(() => undefined);
    throw error;
  }
}

/** Removes data files that no snapshot refers to; a file that cannot be removed stays as an orphan. */
export async function removeDataFiles(ports: IcebergPorts, files: readonly DataFile[]): Promise<void> {
  await Promise.allSettled(files.map((file) => ports.io.remove(file.filePath)));
}

async function openFolder({ io }: IcebergPorts, uri: string): Promise<WriteFolder> {
  return { uri, localPath: (await io.prepareFolder(uri)).replace(/\/+$/, '') };
}

function copyOptions(metadata: TableMetadata, fields: readonly Field[], targetBytes: number): string {
  const codec = (metadata.properties['write.parquet.compression-codec'] ?? 'zstd').toLowerCase();
  if (!codecs.has(codec)) {
    throw new InvalidArgumentError(`write.parquet.compression-codec: found ${codec}, expected ${[...codecs].join(', ')}`);
  }
  const bytesPerRow = fields.reduce((sum, field) => sum + (field.type === 'string' || field.type === 'binary' ? 24 : 6), 0);
  const rows = Math.min(rowGroupRows, Math.max(2048, Math.floor(targetBytes / bytesPerRow / 2048) * 2048));
  return `FORMAT parquet, COMPRESSION ${codec}, FIELD_IDS ${fieldIdsOption(fields)}, ROW_GROUP_SIZE ${rows}, RETURN_STATS`;
}

interface Written {
  file: WrittenFile;
  partition: PartitionValues;
}

function typedColumns(fields: readonly Field[]): string {
  return fields.map((field) => `CAST(${identifier(field.name)} AS ${engineType(field.type)}) AS ${identifier(field.name)}`).join(', ');
}

async function writePlain(writer: DataWriter, select: string, folder: WriteFolder, partition: PartitionValues): Promise<Written[]> {
  const { ports, fields, targetBytes, options } = writer;
  const rows = await ports.engine.rows(
    `COPY (SELECT ${typedColumns(fields)} FROM (${select})) TO ${textLiteral(folder.localPath)} (${options}, FILE_SIZE_BYTES ${targetBytes}, OVERWRITE_OR_IGNORE)`,
  );
  const files = parseWrittenFiles(rows);
  for (const empty of files.filter((file) => file.rows === 0)) await ports.io.remove(uriOf(folder, empty.path));
  return files.filter((file) => file.rows > 0).map((file) => ({ file, partition }));
}

async function writePartitioned(writer: DataWriter, select: string): Promise<Written[]> {
  const { ports, fields, spec, folder, options, targetBytes } = writer;
  const keys = partitionColumns(spec, fields);
  const names = keys.map((key) => identifier(key.alias)).join(', ');
  const computed = keys.flatMap((key) => (key.sql === undefined ? [] : [`${key.sql} AS ${identifier(key.alias)}`]));
  const inner = `SELECT ${typedColumns(fields)} FROM (${select})`;
  const query = `SELECT ${['*', ...computed].join(', ')} FROM (${inner}) ORDER BY ${names}`;
  const keepColumns = computed.length === 0 ? ', WRITE_PARTITION_COLUMNS true' : '';
  const rows = await ports.engine.rows(
    `COPY (${query}) TO ${textLiteral(folder.localPath)} (${options}, PARTITION_BY (${names})${keepColumns}, OVERWRITE_OR_IGNORE)`,
  );
  const written: Written[] = [];
  for (const file of parseWrittenFiles(rows)) {
    const partition = spec.fields.map((field) => {
      const key = keys.find((candidate) => candidate.field === field);
      return key ? parseKey(key, file.partitionKeys.get(key.alias) ?? null) : null;
    });
    if (file.sizeBytes > 1.5 * targetBytes) written.push(...(await split(writer, file, partition)));
    else written.push({ file, partition });
  }
  return written;
}

/** COPY cannot both partition and limit file sizes, so a file beyond the target is written anew in pieces. */
async function split(writer: DataWriter, file: WrittenFile, partition: PartitionValues): Promise<Written[]> {
  const { ports, folder } = writer;
  const uri = uriOf(folder, file.path);
  const piecesFolder = await openFolder(ports, uri.replace(/\.parquet$/, '/'));
  const pieces = await writePlain(writer, `SELECT * FROM read_parquet(${textLiteral(file.path)}, hive_partitioning = false)`, piecesFolder, partition);
  await ports.io.remove(uri);
  return pieces;
}

/** Whether all rows have the same partition. */
function isUndivided(spec: BoundSpec): boolean {
  return spec.fields.every((field) => field.transform.kind === 'void');
}

interface PartitionColumn {
  field: BoundPartitionField;
  alias: string;
  /** Absent when the column itself is the partition column. */
  sql: string | undefined;
}

/** Columns to partition by; they are the table's own where their text is exact, so that paths read `year=2011/month=3`. */
function partitionColumns(spec: BoundSpec, fields: readonly Field[]): PartitionColumn[] {
  const dividing = spec.fields.filter((field) => field.transform.kind !== 'void');
  const own = dividing.every(
    (field) => field.transform.kind === 'identity' && field.name === field.source.name && /^(int|long|boolean|date)$/.test(field.type),
  );
  if (own) return dividing.map((field) => ({ field, alias: field.name, sql: undefined }));
  const taken = new Set(fields.map((field) => field.name.toLowerCase()));
  return dividing.map((field) => {
    let alias = field.name;
    while (taken.has(alias.toLowerCase())) alias += '_partition';
    taken.add(alias.toLowerCase());
    return { field, alias, sql: keySql(field) };
  });
}

/** A value whose text in the path is exact; text that begins like the path's mark for NULL gets a second underscore. */
function keySql({ transform, source, type }: BoundPartitionField): string {
  const value = transformSql(transform, source);
  if (type === 'string') return `CASE WHEN starts_with(${value}, '_') THEN '_' ELSE '' END || ${value}`;
  return canonicalSql(type, value);
}

function parseKey({ field }: PartitionColumn, text: string | null): Value | null {
  if (text === null) return null;
  const value = parseCanonical(field.type, field.type === 'string' && text.startsWith('_') ? text.slice(1) : text);
  if (value === undefined) throw new InvalidArgumentError(`partition field "${field.name}": found ${text}, expected a ${field.type} from year 1 on`);
  return value;
}

function uriOf({ uri, localPath }: WriteFolder, path: string): string {
  const root = `${localPath}/`;
  if (!path.startsWith(root)) throw new InvalidArgumentError(`data file: found ${path}, expected a path below ${root}, which prepareFolder gave`);
  return uri + path.slice(root.length);
}

function checkRequired(fields: readonly Field[], files: readonly WrittenFile[]): void {
  for (const field of fields) {
    if (!field.required) continue;
    const nulls = files.reduce((sum, file) => sum + Number(file.columns.get(identifier(field.name))?.get('null_count') ?? 0), 0);
    if (nulls > 0) throw new RequiredColumnError(field.name, nulls);
  }
}

async function describeFiles({ ports, fields, folder }: DataWriter, written: readonly Written[]): Promise<DataFile[]> {
  if (written.length === 0) return [];
  const offsets = await splitOffsets(ports, written.map(({ file }) => file.path));
  return written.map(({ file, partition }) =>
    toDataFile(file, uriOf(folder, file.path), fields, partition, offsets.get(file.path) ?? null),
  );
}

async function splitOffsets({ engine }: IcebergPorts, paths: readonly string[]): Promise<Map<string, bigint[]>> {
  const rows = await engine.rows(
    `SELECT file_name, row_group_id, min(CASE WHEN dictionary_page_offset > 0 THEN least(dictionary_page_offset, data_page_offset) ELSE data_page_offset END)::BIGINT AS start
     FROM parquet_metadata([${paths.map(textLiteral).join(', ')}]) GROUP BY ALL ORDER BY ALL`,
  );
  const offsets = new Map<string, bigint[]>();
  for (const row of rows) {
    const file = String(row['file_name']);
    offsets.set(file, [...(offsets.get(file) ?? []), BigInt(row['start'] as bigint)]);
  }
  return offsets;
}
