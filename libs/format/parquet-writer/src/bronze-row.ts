import type { PiiMasker } from '@data-master/pii-masking';
import { bronzeColumns, dateDays, decimalUnits, dialectsOf, timestampMicros, type Column, type RowValue } from '@data-master/table-contracts';
import type { ConvertCommand } from './convert-command.ts';
import { defaultPosition } from './default-position.ts';
import type { InputColumn } from './input-columns.ts';

/** A value as Parquet stores it, before its annotation. */
export type PhysicalValue = boolean | number | bigint | string;

/** Makes bronze rows, columns by name, nulls left out, of accepted values in the order of `columns`. */
export function createBronzeRowMaker(command: ConvertCommand, columns: readonly InputColumn[]): (row: number, values: readonly (RowValue | null)[]) => Record<string, PhysicalValue> {
  const outputs = bronzeColumns(command.table).map((column) => ({
    name: column.name,
    index: columns.findIndex((input) => input.column.name === column.name),
    store: storageOf(column, command.masker),
  }));
  const defaults: Record<string, PhysicalValue> = {
    operation: 'load',
    _commit_time: BigInt(command.arrivedAt.getTime()) * 1000n,
    _position: defaultPosition(command.rawKey),
    _source_key: command.rawKey,
  };
  return (row, values) => {
    const result: Record<string, PhysicalValue> = {};
    for (const { name, index, store } of outputs) {
      const value = values[index] ?? null;
      const stored = (value === null ? null : store(value)) ?? defaults[name];
      if (stored !== undefined) result[name] = stored;
    }
    result['_row'] = BigInt(row);
    return result;
  };
}

function storageOf({ type, pii }: Column, masker: PiiMasker): (value: RowValue) => PhysicalValue | null {
  switch (type) {
    case 'date': return (value) => dateDays(String(value));
    case 'timestamp': return (value) => timestampMicros(String(value));
    case 'string': return pii ? (value) => masker.treat(pii.treatment, String(value)) : (value) => value;
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double': return (value) => value;
    default: return dialectsOf(type).parquet.physical === 'INT32' ? (value) => Number(decimalUnits(String(value))) : (value) => decimalUnits(String(value));
  }
}
