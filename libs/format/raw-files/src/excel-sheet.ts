import { TerminalError } from '@data-master/ports';
import type { SheetCell } from './excel-cells.ts';
import { readXml } from './xml-events.ts';
import type { ZipEntry } from './zip-archive.ts';

/** A row of a sheet with its number there; cells by their column, from 0. */
export interface SheetRow {
  line: number;
  cells: SheetCell[];
}

/** Cells that are shown as one. */
export interface MergedCells {
  place: string;
  lastLine: number;
  firstColumn: number;
  lastColumn: number;
}

const maximumLine = 1_048_576;
const maximumColumns = 16_384;

/** Reads the rows of a sheet in their order, then hands over what is merged, which stands behind them. */
export async function* readSheet(entry: ZipEntry, name: string, onMerged: (merged: MergedCells) => void): AsyncGenerator<SheetRow[]> {
  let rows: SheetRow[] = [];
  let line = 0;
  let row: SheetRow | undefined;
  let cell: SheetCell | undefined;
  let column = -1;
  const xml = readXml(entry.read(), {
    open: (element, attributes) => {
      if (element === 'row') {
        const given = attributes['r'] === undefined ? line + 1 : Number(attributes['r']);
        if (!(Number.isInteger(given) && given > line && given <= maximumLine)) throw new TerminalError(`${name} has row ${attributes['r']} after row ${line}; expected rising numbers up to ${maximumLine}; save the workbook again`);
        line = given;
        column = -1;
        row = { line, cells: [] };
      } else if (element === 'c') {
        column = attributes['r'] === undefined ? column + 1 : columnOf(attributes['r']);
        if (!(column >= 0 && column < maximumColumns)) throw new TerminalError(`${name} has cell ${attributes['r']} in row ${line}; expected at most ${maximumColumns} columns; save the workbook again`);
        cell = { place: attributes['r'] ?? `${columnName(column)}${line}`, kind: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), formula: false };
      } else if (element === 'f' && cell) cell.formula = true;
      else if (element === 'mergeCell') onMerged(mergedOf(attributes['ref'] ?? ''));
    },
    close: (element, text, path) => {
      if (element === 'v' && cell) cell.value = text;
      else if (element === 't' && cell && !path.includes('rPh')) cell.value = (cell.value ?? '') + text;
      else if (element === 'c' && cell && row) {
        row.cells[column] = cell;
        cell = undefined;
      } else if (element === 'row' && row) {
        rows.push(row);
        row = undefined;
      }
    },
  }, name);
  for await (const _ of xml) {
    if (rows.length > 0) yield rows;
    rows = [];
  }
}

/** A column from 0 by its letters. */
export function columnName(column: number): string {
  return `${column >= 26 ? columnName(Math.floor(column / 26) - 1) : ''}${String.fromCharCode(65 + (column % 26))}`;
}

/** The column of a place such as AB12, from 0; the inverse of `columnName`. */
export function columnOf(place: string): number {
  const [letters = ''] = /^[A-Z]{1,3}/.exec(place.replaceAll('$', '').toUpperCase()) ?? [];
  return [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function mergedOf(place: string): MergedCells {
  const [first = '', last = first] = place.split(':');
  const line = (text: string): number => Number(/[0-9]+$/.exec(text)?.[0] ?? 0);
  return { place, lastLine: line(last), firstColumn: columnOf(first), lastColumn: columnOf(last) };
}
