import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { controlRecordSchema, type ControlRecord } from '@data-master/control-records';

export const controlTable = 'control_records';

export interface ControlColumn {
  name: keyof ControlRecord;
  type: 'TEXT' | 'INTEGER';
  /** Arrays are held as JSON text. */
  json: boolean;
}

/** The columns, one per field of the control record, in its order. */
export const controlColumns: ControlColumn[] = Object.entries(controlRecordSchema.shape).map(([name, field]) => {
  const kind = field.def.type === 'nullable' ? field.def.innerType.def.type : field.def.type;
  return { name: name as keyof ControlRecord, type: kind === 'number' ? 'INTEGER' : 'TEXT', json: kind === 'array' };
});

/** The record's values in the order of `controlColumns`. */
export function toValues(record: ControlRecord): SQLInputValue[] {
  return controlColumns.map(({ name, json }) => {
    const value = record[name];
    return json && value !== null ? JSON.stringify(value) : (value as SQLInputValue);
  });
}

/** The record of a row; throws when the row is no valid record. */
export function fromRow(row: Record<string, SQLOutputValue>): ControlRecord {
  return controlRecordSchema.parse(
    Object.fromEntries(
      controlColumns.map(({ name, json }) => {
        const value = row[name] ?? null;
        return [name, json && typeof value === 'string' ? (JSON.parse(value) as unknown) : value];
      }),
    ),
  );
}
