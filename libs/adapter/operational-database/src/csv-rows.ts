import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { TerminalError } from '@data-master/ports';
import { expectedText, rawColumns, textReader, type Column, type SourceTable } from '@data-master/table-contracts';

/** A row of a file that does not fit its table. */
export interface RejectedRow {
  line: number;
  reason: string;
}

/** Longest row, in bytes. */
const longestRow = 1_048_576;

/**
 * Reads CSV with a header that names columns of a table in any order, and checks each value by its contract. Yields the
 * rows that fit as texts in the order of the contract, null for an empty field; tells of the others. An unreadable file
 * is a TerminalError.
 */
export async function* readCsvRows(table: SourceTable, chunks: AsyncIterable<Uint8Array | string>, onRejected: (row: RejectedRow) => void): AsyncGenerator<(string | null)[]> {
  const columns = rawColumns(table);
  const parser = Readable.from(chunks).compose(parse({
    bom: true, info: true, relax_column_count: true, skip_empty_lines: true, max_record_size: longestRow,
    cast: (text, { quoting }) => (text === '' && !quoting ? null : text),
  })) as AsyncIterable<{ record: (string | null)[]; info: { lines: number } }>;
  let read: ((record: (string | null)[]) => (string | null)[] | string) | undefined;
  try {
    for await (const { record, info: { lines } } of parser) {
      if (!read) {
        read = rowReader(table, columns, record);
        continue;
      }
      const row = read(record);
      if (typeof row === 'string') onRejected({ line: lines, reason: row });
      else yield row;
    }
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    throw new TerminalError(`the file of ${table.name} cannot be read: ${(error as Error).message}; expected CSV with a header, in UTF-8, plain or gzip; correct the file`, { cause: error });
  }
  if (!read) throw new TerminalError(`the file of ${table.name} is empty; expected a header with ${namesOf(columns)}`);
}

/** Reads records under a header; a text says why one does not fit, without a personal value. */
function rowReader(table: SourceTable, columns: readonly Column[], header: readonly (string | null)[]): (record: (string | null)[]) => (string | null)[] | string {
  const unknown = header.filter((name) => !columns.some((column) => column.name === name));
  const missing = columns.filter(({ name, required }) => required && !header.includes(name));
  if (unknown.length > 0 || missing.length > 0 || new Set(header).size < header.length) {
    throw new TerminalError(`the file of ${table.name} has the header ${header.join(',').slice(0, 300)}; expected each of ${namesOf(columns)} once; correct its first line`);
  }
  const fields = columns.map((column) => ({ column, index: header.indexOf(column.name), accepts: textReader(column) }));
  return (record) => {
    if (record.length !== header.length) return `it has ${record.length} fields; expected ${header.length}, as the header has`;
    const row: (string | null)[] = [];
    for (const { column, index, accepts } of fields) {
      const text = record[index] ?? null;
      if (text === null && column.required) return `${column.name} is empty; expected ${expectedText(column)}`;
      if (text !== null && (accepts(text) === undefined || text.includes('\0'))) return `${column.name} is ${column.pii ? 'a value' : JSON.stringify(text.slice(0, 60))} that does not fit; expected ${expectedText(column)}`;
      row.push(text);
    }
    return row;
  };
}

const namesOf = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ');
