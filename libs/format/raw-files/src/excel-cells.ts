import { TerminalError } from '@data-master/ports';
import type { LogicalType } from '@data-master/table-contracts';
import { unescapeText, type Workbook } from './excel-workbook.ts';

/** A cell of a sheet as it is written there. */
export interface SheetCell {
  /** Its place, as B7. */
  place: string;
  /** `t` of the specification: s, str, inlineStr, b, e, d or n. */
  kind: string;
  style: number;
  value?: string;
  formula: boolean;
}

const millisOfDay = 86_400_000;
const lastSerial = 2_958_465;

/**
 * The text of a cell for a column of a type: a number is a date where the contract or the cell's format says so. A
 * formula has the value that it had when the workbook was saved; one without is a TerminalError.
 */
export function excelText({ place, kind, style, value, formula }: SheetCell, type: LogicalType, workbook: Workbook, name: string): string | null {
  if (value === undefined || value === '') {
    if (formula && kind !== 'str') throw new TerminalError(`cell ${place} of ${name} has a formula and no value; expected the value beside it; open the workbook in a spreadsheet program and save it`);
    return null;
  }
  switch (kind) {
    case 's': {
      const text = workbook.sharedTexts[Number(value)];
      if (text === undefined) throw new TerminalError(`cell ${place} of ${name} refers to text ${Number(value)} of ${workbook.sharedTexts.length}; expected a whole workbook; save it again`);
      return text === '' ? null : text;
    }
    case 'str':
    case 'inlineStr': return unescapeText(value);
    case 'b': return value === '1' || value === 'true' ? 'true' : 'false';
    case 'e': return value;
    case 'd': return value.replace(/T00:00:00(?:\.0+)?Z?$/, type === 'timestamp' ? ' 00:00:00' : '');
    default: {
      const isDate = type === 'date' || type === 'timestamp' || workbook.dateStyles[style] === true;
      return isDate ? serialText(value, type, workbook.from1904) : numberText(value);
    }
  }
}

/** A number with the digits that a person typed: a spreadsheet keeps 2.3 as 2.2999999999999998. */
function numberText(value: string): string {
  if (/^-?[0-9]+$/.test(value)) return value;
  const number = Number(value);
  return Number.isNaN(number) ? value : String(number);
}

/** A day and time counted in days, to the millisecond; what is no such number stays as it is. */
export function serialText(value: string, type: LogicalType, from1904: boolean): string {
  const serial = Number(value);
  if (!(serial >= 0 && serial < lastSerial + 1)) return numberText(value);
  const millis = Math.round(serial * millisOfDay);
  const days = Math.floor(millis / millisOfDay);
  const time = new Date(millis - days * millisOfDay).toISOString().slice(11, -1).replace(/\.000$/, '');
  if (days === 0 && !from1904) return type === 'date' || type === 'timestamp' ? numberText(value) : time;
  const isWhole = millis === days * millisOfDay && type !== 'timestamp';
  return `${dayText(days, from1904)}${isWhole ? '' : ` ${time}`}`;
}

/** Day 60 of the count from 1900 is a 29 February that no calendar has, kept for the sake of an older program. */
function dayText(days: number, from1904: boolean): string {
  if (!from1904 && days === 60) return '1900-02-29';
  const first = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  return new Date(first + days * millisOfDay).toISOString().slice(0, 10);
}
