import { quoteIdentifier as quote, quoteText } from './duckdb-scan.ts';
import { operationalTables, type LakeModel } from './lake-model.ts';
import { dialectsOf } from './logical-types.ts';
import { rawColumns, type SourceTable } from './source-table.ts';

/** The statements that make the operational schema in a PostgreSQL where it, or a table or column of it, is not there; none for a lake without one. */
export function emitPostgresSchema(model: LakeModel): string[] {
  if (!model.operational) return [];
  const schema = quote(model.operational.schema);
  return [`CREATE SCHEMA IF NOT EXISTS ${schema}`, ...operationalTables(model).flatMap((table) => emitTable(`${schema}.${quote(table.name)}`, table, schema))];
}

function emitTable(name: string, table: SourceTable, schema: string): string[] {
  const columns = rawColumns(table).map((column) => {
    const target = table.references[column.name];
    const reference = target ? ` REFERENCES ${schema}.${quote(target)}` : '';
    return { ...column, sql: `${quote(column.name)} ${dialectsOf(column.type).postgres}${column.required ? ' NOT NULL' : ''}${reference}` };
  });
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (${[...columns.map(({ sql }) => sql), `PRIMARY KEY (${table.primaryKey.map(quote).join(', ')})`].join(', ')})`,
    ...columns.filter(({ required }) => !required).map(({ sql }) => `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${sql}`),
    `COMMENT ON TABLE ${name} IS ${quoteText(table.doc)}`,
  ];
}
