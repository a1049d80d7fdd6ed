import { holdsEmail } from '@data-master/pii-masking';
import { TerminalError } from '@data-master/ports';
import { changeColumns, expectedText, operations, rawColumns, recordPath, textReader, type Column, type SourceTable, type TextReader } from '@data-master/table-contracts';
import { showName } from './original-text.ts';

/** A column of an input: of the table or one that tells of the change. */
export interface InputColumn {
  column: Column;
  /** Where records have it: its name, or names of nested fields joined by dots. */
  path: string;
  read: TextReader;
  expected: string;
  /** Null is no value here unless the row is a delete and the column is outside the key. */
  required: boolean;
  key: boolean;
  /** The text enters the lake as it is, although the table has addresses: one that holds an address is in the wrong column. */
  withoutEmail: boolean;
}

/** Every column that an input of the table may have, the table's first. */
export function inputColumns(table: SourceTable): InputColumn[] {
  const hasEmails = rawColumns(table).some(({ pii }) => pii?.kind === 'email' && pii.treatment !== 'redact');
  return [...rawColumns(table), ...changeColumns].map((column) => {
    const names: readonly string[] = operations;
    const operation = column.name === 'operation';
    const withoutEmail = hasEmails && column.type === 'string' && !operation && (column.pii?.treatment ?? 'keep') === 'keep';
    const readText = textReader(column);
    const read: TextReader = withoutEmail ? (text) => (holdsEmail(text) ? undefined : readText(text)) : readText;
    return {
      column,
      path: recordPath(column).join('.'),
      read: operation ? (text) => (names.includes(text) ? text : undefined) : read,
      expected: operation ? operations.join(', ') : `${expectedText(column)}${withoutEmail ? ' without an e-mail address' : ''}`,
      required: column.required,
      key: table.primaryKey.includes(column.name),
      withoutEmail,
    };
  });
}

/** How the columns of a file are named, and whether it may lack what a row may lack. */
export interface HeaderForm {
  nameOf: (column: InputColumn) => string;
  mayLackOptional: boolean;
}

/** A line of names, or a schema with fields inside records, which grows with time. */
export const headerForms = {
  names: { nameOf: ({ column }: InputColumn) => column.name, mayLackOptional: false },
  schema: { nameOf: ({ path }: InputColumn) => path, mayLackOptional: true },
} satisfies Record<string, HeaderForm>;

/** The input columns in the order of a header; a header that is not the table's is a TerminalError that quotes no data. */
export function matchHeader(table: SourceTable, fileName: string, header: readonly string[], { nameOf, mayLackOptional }: HeaderForm = headerForms.names): InputColumn[] {
  const all = inputColumns(table);
  const known = new Map(all.map((each) => [nameOf(each), each]));
  const wanted = all.filter(({ column }) => table.columns[column.name]);
  const expected = wanted.map(nameOf);
  const missing = wanted.filter((each) => !header.includes(nameOf(each)) && !(mayLackOptional && !each.required)).map(nameOf);
  const unknown = header.filter((name) => !known.has(name));
  const twice = header.filter((name, index) => known.has(name) && header.indexOf(name) !== index);
  if (missing.length === 0 && unknown.length === 0 && twice.length === 0) return header.flatMap((name) => known.get(name) ?? []);
  const faults = [
    missing.length > 0 && `lacks ${missing.join(', ')}`,
    unknown.length > 0 && `has ${unknown.length} unknown (${describeUnknown(header, unknown)})`,
    twice.length > 0 && `repeats ${[...new Set(twice)].join(', ')}`,
  ].filter((fault) => fault !== false);
  throw new TerminalError(
    `the header of ${fileName} ${faults.join(' and ')}; expected ${expected.join(',')} in any order, besides ${changeColumns.map((column) => column.name).join(', ')}; correct the header or the table's contract`,
  );
}

/** A header without any known name is most likely a row of data, which may be personal. */
function describeUnknown(header: readonly string[], unknown: readonly string[]): string {
  if (unknown.length === header.length) return 'names withheld: the first line looks like data';
  const shown = unknown.slice(0, 20).map(showName);
  return [...shown, ...(unknown.length > shown.length ? ['…'] : [])].join(', ');
}
