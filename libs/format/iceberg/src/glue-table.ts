import type { TableMetadata } from './metadata.ts';
import { currentSchema } from './metadata.ts';
import { decimalOf, fixedLengthOf, type IcebergType } from './types.ts';

/** A column as Glue shows it; readers of Iceberg take the columns from the table's metadata. */
export interface GlueColumn {
  Name: string;
  Type: string;
  Comment?: string;
  Parameters?: Record<string, string>;
}

/** Glue's TableInput, names as in its API; keys that are not named here are kept as they are. */
export interface GlueTableInput {
  Name: string;
  TableType?: string;
  Parameters?: Record<string, string>;
  StorageDescriptor?: { Location?: string; Columns?: GlueColumn[]; [key: string]: unknown };
  [key: string]: unknown;
}

/** A table of Glue: its version, and of what GetTable gives the part that TableInput takes. */
export interface GlueTable {
  versionId: string;
  input: GlueTableInput;
}

/** The input that makes a table in Glue point to a metadata file; of what was there, what others put in is kept. */
export function pointTo(
  name: string,
  metadata: TableMetadata,
  metadataLocation: string,
  previous: { input: GlueTableInput; metadataLocation: string } | undefined,
): GlueTableInput {
  const kept = previous?.input;
  return {
    ...kept,
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      ...kept?.Parameters,
      EXTERNAL: 'TRUE',
      table_type: 'ICEBERG',
      metadata_location: metadataLocation,
      ...(previous ? { previous_metadata_location: previous.metadataLocation } : {}),
    },
    StorageDescriptor: { ...kept?.StorageDescriptor, Location: metadata.location, Columns: glueColumns(metadata) },
  };
}

function glueColumns(metadata: TableMetadata): GlueColumn[] {
  return currentSchema(metadata).fields.map((field) => ({
    Name: field.name,
    Type: glueType(field.type),
    ...(field.doc === undefined ? {} : { Comment: field.doc.slice(0, 255) }),
    Parameters: { 'iceberg.field.id': String(field.id), 'iceberg.field.current': 'true', 'iceberg.field.optional': String(!field.required) },
  }));
}

const glueTypes: Record<string, string> = { long: 'bigint', timestamptz: 'timestamp', time: 'string', uuid: 'string' };

function glueType(type: IcebergType): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    if (decimal) return `decimal(${decimal.precision},${decimal.scale})`;
    return fixedLengthOf(type) === undefined ? (glueTypes[type] ?? type) : 'binary';
  }
  if (type.type === 'struct') return `struct<${type.fields.map((field) => `${field.name}:${glueType(field.type)}`).join(',')}>`;
  return type.type === 'list' ? `array<${glueType(type.element)}>` : `map<${glueType(type.key)},${glueType(type.value)}>`;
}
