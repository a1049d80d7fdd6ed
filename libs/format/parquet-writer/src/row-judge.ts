import type { PiiMasker } from '@data-master/pii-masking';
import type { RowValue } from '@data-master/table-contracts';
import type { InputColumn } from './input-columns.ts';
import { showValue } from './original-text.ts';

/** Why a record is no row; `column` when one is at fault. The reason holds no clear personal data. */
export interface Misfit {
  column?: string;
  reason: string;
}

/** Values in the order of the input's columns, or why there are none. */
export type Judgement = { values: (RowValue | null)[]; misfit?: undefined } | { misfit: Misfit; values?: undefined };

/** Decides exactly whether texts in the order of `columns` are a row; null is a missing value. */
export function createRowJudge(columns: readonly InputColumn[], masker: PiiMasker): (cells: readonly (string | null)[]) => Judgement {
  const operationIndex = columns.findIndex(({ column }) => column.name === 'operation');
  return (cells) => {
    if (cells.length !== columns.length) return { misfit: { reason: `the record has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, expected ${columns.length}` } };
    const isDelete = cells[operationIndex] === 'delete';
    const values: (RowValue | null)[] = [];
    for (const [index, { column, read, expected, required, key }] of columns.entries()) {
      const text = cells[index] ?? null;
      if (text === null) {
        if (isDelete ? key : required) return { misfit: { column: column.name, reason: `${column.name} is null, expected ${expected}` } };
        values.push(null);
        continue;
      }
      const value = text.includes('\0') ? undefined : read(text);
      if (value === undefined) {
        const wanted = text.includes('\0') ? 'text without NUL characters' : expected;
        return { misfit: { column: column.name, reason: `${column.name} is ${showValue(column, text, masker)}, expected ${wanted}` } };
      }
      values.push(value);
    }
    return { values };
  };
}
