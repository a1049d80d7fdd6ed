import { rawColumns, type SourceTable, type ValueOf, type LogicalType } from '@data-master/table-contracts';

const chunkChars = 65_536;

/** Writes rows as CSV (RFC 4180 with line feeds) in chunks of some 64 KB, the header first. Null is empty, empty text is `""`. */
export function* toCsv(table: SourceTable, rows: Iterable<Readonly<Record<string, ValueOf<LogicalType> | null>>>): Generator<string, void, undefined> {
  const names = rawColumns(table).map(({ name }) => name);
  let text = `${names.join(',')}\n`;
  for (const row of rows) {
    text += `${names.map((name) => formatField(row[name] ?? null)).join(',')}\n`;
    if (text.length >= chunkChars) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}

function formatField(value: ValueOf<LogicalType> | null): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
