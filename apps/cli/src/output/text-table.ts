export interface TableStyle {
  columns?: readonly string[];
  /** How a value is written; `formatCell` for people, `formatExact` where the value itself counts. */
  cell?: (value: unknown) => string;
}

/** Rows as aligned text, numbers to the right. */
export function formatTable(rows: readonly Record<string, unknown>[], { columns = Object.keys(rows[0] ?? {}), cell = formatCell }: TableStyle = {}): string {
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const isNumeric = columns.map((column) => rows.length > 0 && rows.every((row) => row[column] === null || ['number', 'bigint'].includes(typeof row[column])));
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((text, index) => (isNumeric[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!))).join('  ').trimEnd();
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

/** One value for a person: whole numbers with thousands separators, fractions with two digits, long text cut. */
export function formatCell(value: unknown): string {
  if (typeof value === 'bigint') return value.toLocaleString('en-US');
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toFixed(2);
  const text = formatExact(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** One value with all its digits and characters; control characters are escaped, so that a row stays a line. */
export function formatExact(value: unknown): string {
  if (value === null || value === undefined) return '';
  return plainText(value).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : formatJson(value);
}

/** JSON on one line; a bigint is a number where that is exact, else text. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'bigint') return Number.isSafeInteger(Number(each)) ? Number(each) : each.toString();
    return typeof each === 'number' && !Number.isFinite(each) ? String(each) : each;
  });
}

/** CSV by RFC 4180 with a header; null is an unquoted empty field. */
export function formatCsv(rows: readonly Record<string, unknown>[], columns: readonly string[] = Object.keys(rows[0] ?? {})): string {
  const field = (value: unknown): string => {
    if (value === null || value === undefined) return '';
    const text = plainText(value);
    return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(field).join(','), ...rows.map((row) => columns.map((column) => field(row[column])).join(','))].join('\n');
}

/** A size for a person. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
