import type { Connection } from 'mysql2/promise';
import type { TableMapping } from '@data-master/change-events';
import { TerminalError } from '@data-master/ports';
import type { SourceColumn, SourceTableShape, ValueKind } from '../row-plan.ts';
import { identifier, textRows } from './connection.ts';

export interface MariaDbColumn extends SourceColumn {
  /** Type without length, in lower case. */
  type: string;
}

/** A selected table of a MariaDB. */
export interface MariaDbTable extends SourceTableShape {
  columns: readonly MariaDbColumn[];
  /** Rows, reckoned. */
  rows: number;
  loadOrder: number;
}

const numberTypes = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year', 'bit']);
const binaryTypes = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection', 'vector']);

export function kindOfType(type: string): ValueKind {
  return numberTypes.has(type) ? 'number' : 'text';
}

/** The tables that a mapping selects; their database is their schema. */
export async function readSelectedTables(client: Connection, mapping: TableMapping): Promise<MariaDbTable[]> {
  const tables = await textRows(client, `
SELECT table_schema AS s, table_name AS t, coalesce(table_rows, 0) AS n FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY table_schema, table_name`);
  const selected = tables.flatMap(({ s, t, n }) => {
    const selection = mapping.select(s!, t!);
    return selection ? [{ schema: s!, table: t!, rows: Number(n), loadOrder: selection.loadOrder }] : [];
  });
  return Promise.all(selected.map(async (each) => {
    const columns = await textRows(client, 'SELECT column_name AS name, lower(data_type) AS type FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position', [each.schema, each.table]);
    const key = await textRows(client, "SELECT column_name AS name FROM information_schema.key_column_usage WHERE constraint_name = 'PRIMARY' AND table_schema = ? AND table_name = ? ORDER BY ordinal_position", [each.schema, each.table]);
    return { ...each, key: key.map(({ name }) => name!), columns: columns.map(({ name, type }) => ({ name: name!, type: type!, kind: kindOfType(type!) })) };
  }));
}

/** Settings without which the log does not tell whole rows. */
export async function checkLogSettings(client: Connection): Promise<{ source: string; hasColumnNames: boolean }> {
  const rows = await textRows(client, "SELECT @@log_bin AS log_bin, @@binlog_format AS binlog_format, @@binlog_row_image AS binlog_row_image, @@version AS version, @@server_id AS server_id");
  const { log_bin: logBin, binlog_format: format, binlog_row_image: image, version, server_id: serverId } = rows[0]!;
  if (!/mariadb/i.test(version ?? '')) throw new TerminalError(`the source is MySQL ${version}; expected MariaDB 10.5 or later; MySQL is not replicated yet`);
  const faults = [logBin === '1' ? '' : `log_bin is ${logBin}, expected ON`, format === 'ROW' ? '' : `binlog_format is ${format}, expected ROW`, image === 'FULL' ? '' : `binlog_row_image is ${image}, expected FULL`].filter(Boolean);
  if (faults.length > 0) throw new TerminalError(`the source does not log whole rows: ${faults.join('; ')}; set it and restart the database`);
  const [uid] = await textRows(client, "SELECT variable_value AS v FROM information_schema.global_variables WHERE variable_name = 'SERVER_UID'");
  const [metadata] = await textRows(client, "SELECT variable_value AS v FROM information_schema.global_variables WHERE variable_name = 'BINLOG_ROW_METADATA'");
  return { source: `mariadb ${uid?.['v'] ?? serverId}`, hasColumnNames: metadata?.['v'] === 'FULL' };
}

/** A column in a select, in the form in which `textOf` gives its changes: binary as hexadecimal, floating point with every digit. */
export function columnSql({ name, type }: MariaDbColumn): string {
  const column = identifier(name);
  if (binaryTypes.has(type)) return `hex(${column})`;
  if (type === 'bit') return `cast(${column} AS unsigned)`;
  return type === 'float' ? `cast(${column} AS double)` : column;
}

/** The text of a value that a change carries. */
export function textOf(value: unknown, type: string | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return type === 'bit' ? BigInt(`0x${value.toString('hex') || '0'}`).toString() : value.toString('hex').toUpperCase();
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}
