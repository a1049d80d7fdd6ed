import { pipeline, Readable } from 'node:stream';
import { formatRawRow, splitMembers, type ChangeEvent } from '@data-master/change-events';
import { parse } from 'csv-parse';

/** A value as text, null where there is none. */
export type Cell = string | null;

/** Rows of one table with their columns. */
export interface CellRows {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** Flat rows of changes; the columns are those of all of them, and what a row does not have is null. */
export function cellsOf(events: readonly ChangeEvent[]): CellRows {
  const places = new Map<string, number>();
  const rows = events.map((event) => {
    const row: Cell[] = [];
    for (const { name, text } of splitMembers(formatRawRow(event))) {
      const place = places.get(name) ?? places.size;
      places.set(name, place);
      row[place] = text === 'null' ? null : text.startsWith('"') ? (JSON.parse(text) as string) : text;
    }
    return row;
  });
  return { columns: [...places.keys()], rows: rows.map((row) => Array.from({ length: places.size }, (_, place) => row[place] ?? null)) };
}

/** The rows of a CSV with a header, at least one and about `blockBytes` of text at a time. */
export async function* readCells(csv: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<CellRows> {
  const records = parse({ cast: (value, { quoting }) => (value === '' && !quoting ? null : value) });
  // An error ends the records, whose reader gets it.
  pipeline(Readable.from(csv, { objectMode: false }), records, () => undefined);
  let columns: string[] | undefined;
  let rows: Cell[][] = [];
  let bytes = 0;
  for await (const record of records as AsyncIterable<Cell[]>) {
    if (!columns) {
      columns = record.map((name) => name ?? '');
      continue;
    }
    rows.push(record);
    bytes += record.reduce((sum, cell) => sum + (cell?.length ?? 0) + 1, 0);
    if (bytes < blockBytes) continue;
    yield { columns, rows };
    rows = [];
    bytes = 0;
  }
  if (columns && rows.length > 0) yield { columns, rows };
}

/** CSV of RFC 4180 with a header, in which null is empty and an empty text `""`. */
export function formatCsv({ columns, rows }: CellRows): string {
  return [columns, ...rows].map((row) => `${row.map(formatCell).join(',')}\n`).join('');
}

const formatCell = (cell: Cell): string => (cell === null ? '' : cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
