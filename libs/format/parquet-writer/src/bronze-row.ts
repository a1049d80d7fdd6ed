import type { PiiMasker } from '@data-master/pii-masking';
import { bronzeColumns, dateDays, decimalUnits, dialectsOf, timestampMicros, type Column, type RowValue } from '@data-master/table-contracts';
import type { ConvertCommand } from './convert-command.ts';
import { defaultPosition } from './default-position.ts';
import type { InputColumn } from './input-columns.ts';

/** A value as Parquet stores it, before its annotation. */
export type PhysicalValue = boolean | number | bigint | string;

/** Makes bronze rows, columns by name, nulls left out, of accepted values in the order of `columns`. */
export function createBronzeRowMaker(command: ConvertCommand, columns: readonly InputColumn[]): (row: number, values: readonly (RowValue | null)[]) => Record<string, PhysicalValue> {
  const outputs = bronzeColumns(command.table).map((column) => ({ column, index: columns.findIndex((input) => input.column.name === column.name) }));
  const defaults: Record<string, PhysicalValue> = {
    operation: 'load',
    _commit_time: BigInt(command.arrivedAt.getTime()) * 1000n,
    _position: defaultPosition(command.rawKey),
    _source_key: command.rawKey,
  };
  return (row, values) => {
    const result: Record<string, PhysicalValue> = {};
    for (const { column, index } of outputs) {
      const value = values[index] ?? null;
      const physical = value === null ? undefined : physicalValue(column, value, command.masker);
      const stored = physical ?? defaults[column.name];
      if (stored !== undefined) result[column.name] = stored;
    }
    return { ...result, _row: BigInt(row) };
  };
}

function physicalValue(column: Column, value: RowValue, masker: PiiMasker): PhysicalValue | undefined {
  switch (column.type) {
    case 'date': return dateDays(String(value));
    case 'timestamp': return timestampMicros(String(value));
    case 'string': return (column.pii ? masker.treat(column.pii.treatment, String(value)) : String(value)) ?? undefined;
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double': return value;
    default: {
      const units = decimalUnits(String(value));
      return dialectsOf(column.type).parquet.physical === 'INT32' ? Number(units) : units;
    }
  }
}
