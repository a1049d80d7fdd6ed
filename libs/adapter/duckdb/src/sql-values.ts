import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SqlRow, SqlValue } from '@data-master/ports';

/** A value of the engine as the port has it; a MAP is a list of `{key, value}`, a UNION its value. */
export function toSqlValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toSqlValue);
  if (value instanceof DuckDBStructValue) return toSqlRow(value.entries);
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => ({ key: toSqlValue(entry.key), value: toSqlValue(entry.value) }));
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
  if (value instanceof DuckDBUnionValue) return toSqlValue(value.value);
  // Its own text would be in the time zone of the machine.
  if (value instanceof DuckDBTimestampTZValue) return `${new DuckDBTimestampValue(value.micros).toString()}+00`;
  return value.toString();
}

/** A row of the engine as the port has it. */
export function toSqlRow(row: Readonly<Record<string, DuckDBValue>>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toSqlValue(value)]));
}
