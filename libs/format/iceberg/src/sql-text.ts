import { childFields, decimalOf, type Field, type IcebergType } from './types.ts';

const engineTypes: Record<string, string> = {
  boolean: 'BOOLEAN', int: 'INTEGER', long: 'BIGINT', float: 'FLOAT', double: 'DOUBLE', date: 'DATE', time: 'TIME',
  timestamp: 'TIMESTAMP', timestamptz: 'TIMESTAMPTZ', string: 'VARCHAR', uuid: 'UUID', binary: 'BLOB',
};

/** Quotes an identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text; NUL, which ends a statement, is spelled as a call. */
export function textLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes('\0') ? `(${quoted.replaceAll('\0', "' || chr(0) || '")})` : quoted;
}

/** The SQL engine's name of a type. */
export function engineType(type: IcebergType): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    return decimal ? `DECIMAL(${decimal.precision},${decimal.scale})` : (engineTypes[type] ?? 'BLOB');
  }
  if (type.type === 'struct') {
    return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${engineType(field.type)}`).join(', ')})`;
  }
  return type.type === 'list' ? `${engineType(type.element)}[]` : `MAP(${engineType(type.key)}, ${engineType(type.value)})`;
}

/** The FIELD_IDS option of COPY. */
export function fieldIdsOption(fields: readonly Field[]): string {
  return `{${fields.map((field) => `${identifier(field.name)}: ${fieldIdOf(field)}`).join(', ')}}`;
}

function fieldIdOf(field: Field): string {
  const children = childFields(field.type);
  if (children.length === 0) return String(field.id);
  return `{__duckdb_field_id: ${field.id}, ${children.map((child) => `${identifier(child.name)}: ${fieldIdOf(child)}`).join(', ')}}`;
}

/** The `schema` option of read_parquet: columns resolved by field id, absent ones NULL. */
export function fieldIdSchema(fields: readonly Field[]): string {
  const entries = fields.map(
    (field) => `${field.id}: {name: ${textLiteral(field.name)}, type: ${textLiteral(engineType(field.type))}, default_value: NULL}`,
  );
  return `MAP {${entries.join(', ')}}`;
}

/** A select with the columns of a table and no rows. */
export function emptySelect(fields: readonly Field[]): string {
  return `SELECT ${fields.map((field) => `NULL::${engineType(field.type)} AS ${identifier(field.name)}`).join(', ')} WHERE false`;
}
