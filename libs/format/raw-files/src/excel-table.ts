import { TerminalError } from '@data-master/ports';
import type { Column } from '@data-master/table-contracts';
import { excelText, type SheetCell } from './excel-cells.ts';
import { columnName, readSheet, type MergedCells, type SheetRow } from './excel-sheet.ts';
import { readWorkbook, type Sheet, type Workbook } from './excel-workbook.ts';
import type { Cell, TableReader } from './table-reader.ts';
import type { ZipEntry } from './zip-archive.ts';

/** Where the table stands in its sheet. */
interface Header {
  line: number;
  /** Column of the sheet at which it begins. */
  first: number;
  names: string[];
}

/**
 * The rows of a sheet below its first row that is not empty, which names the columns. Rows without any value are no
 * rows; an empty text is no value. Merged cells in the table are a TerminalError, as their values stand for several.
 */
export async function openExcel(entries: readonly ZipEntry[], name: string, wantedSheet?: string): Promise<TableReader> {
  const workbook = await readWorkbook(entries, name);
  const sheet = chooseSheet(workbook.sheets, name, wantedSheet);
  const sheetName = `sheet ${JSON.stringify(sheet.name)} of ${name}`;
  const merged: MergedCells[] = [];
  const rows = eachRow(readSheet(sheet.entry, sheetName, (cells) => void merged.push(cells)));
  const header = await readHeader(rows, workbook, sheetName);
  const lines: { row: number; line: number }[] = [];
  return {
    columns: header.names,
    rows: (wanted) => readRows(rows, { header, wanted, workbook, sheetName, lines, merged }),
    lineOf: (row) => {
      while (lines[1] && lines[1].row <= row) lines.shift();
      return lines[0] ? lines[0].line + row - lines[0].row : row;
    },
  };
}

function chooseSheet(sheets: readonly Sheet[], name: string, wanted?: string): Sheet {
  const sheet = wanted === undefined ? (sheets.find(({ visible }) => visible) ?? sheets[0]) : sheets.find((each) => each.name === wanted);
  if (sheet) return sheet;
  if (wanted === undefined) throw new TerminalError(`${name} has no sheet with cells; expected at least one; save it again`);
  const names = sheets.slice(0, 20).map((each) => JSON.stringify(each.name)).join(', ');
  throw new TerminalError(`${name} has no sheet ${JSON.stringify(wanted)}; expected one of ${names}; name one of them`);
}

async function* eachRow(batches: AsyncGenerator<SheetRow[]>): AsyncGenerator<SheetRow> {
  for await (const batch of batches) yield* batch;
}

async function readHeader(rows: AsyncGenerator<SheetRow>, workbook: Workbook, sheetName: string): Promise<Header> {
  for (let next = await rows.next(); !next.done; next = await rows.next()) {
    const { line, cells } = next.value;
    const texts = Array.from(cells, (cell: SheetCell | undefined) => (cell ? excelText(cell, 'string', workbook, sheetName) : null));
    const first = texts.findIndex((text) => text !== null);
    if (first < 0) continue;
    const last = texts.findLastIndex((text) => text !== null);
    const names = texts.slice(first, last + 1);
    const empty = names.indexOf(null);
    if (empty >= 0) throw new TerminalError(`cell ${columnName(first + empty)}${line} in the header of ${sheetName} is empty or part of merged cells; expected a name over every column; name it, or take title lines out`);
    return { line, first, names: names as string[] };
  }
  throw new TerminalError(`${sheetName} is empty; expected a row of column names and rows below; choose another sheet, or fill it`);
}

async function* readRows(
  rows: AsyncGenerator<SheetRow>,
  { header, wanted, workbook, sheetName, lines, merged }: { header: Header; wanted: readonly Column[]; workbook: Workbook; sheetName: string; lines: { row: number; line: number }[]; merged: readonly MergedCells[] },
): AsyncGenerator<Cell[][]> {
  let row = 0;
  let lastLine = header.line;
  for await (const { line, cells } of rows) {
    const texts: Cell[] = wanted.map(({ type }, index) => {
      const cell = cells[header.first + index];
      return cell ? excelText(cell, type, workbook, sheetName) : null;
    });
    const outside = cells.flatMap((cell, column) => (column < header.first || column >= header.first + wanted.length ? (excelText(cell, 'string', workbook, sheetName) ?? []) : []));
    if (outside.length === 0 && texts.every((text) => text === null)) continue;
    row += 1;
    if (line !== lastLine + 1 || row === 1) lines.push({ row, line });
    lastLine = line;
    yield [[...texts, ...outside]];
  }
  const inside = merged.find(({ lastLine: last, firstColumn, lastColumn }) => last >= header.line && lastColumn >= header.first && firstColumn < header.first + header.names.length);
  if (inside) throw new TerminalError(`cells ${inside.place} in the table of ${sheetName} are merged, so that one value stands for several; expected a value in each cell; unmerge them`);
}
