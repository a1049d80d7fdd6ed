import type { ControlEvent } from './change-event.ts';
import { parseEnvelope } from './envelope.ts';
import { splitMembers } from './json-members.ts';
import { comparablePosition } from './positions.ts';
import { formatRawRow, rawChangeColumns } from './raw-row.ts';

/**
 * What becomes of a column that the table's contract does not have: `evolve` passes it on, `discard` leaves it out and
 * says so, `freeze` fails the record.
 */
export const contractModes = ['evolve', 'discard', 'freeze'] as const;
export type ContractMode = (typeof contractModes)[number];

export interface RouteOptions {
  /** The columns of a table; undefined for a table in no contract, whose records fail. Without it every table and column passes. */
  columnsOf?: (table: string) => readonly string[] | undefined;
  /** `evolve` when not given. */
  mode?: ContractMode;
  /**
   * The commit time of loaded rows, which must not be later than that of any change: give the start of a task whose
   * loads are stamped while they run. Their own timestamp when not given.
   */
  loadedAt?: string;
}

export type RoutedChange =
  /** `row` is a line of JSON without its end, `table` the folder under `raw/`. */
  | { table: string; row: string; discarded?: string[] }
  | { control: ControlEvent }
  /** The reason holds nothing of the row but names of columns. */
  | { failed: string };

/** Turns an envelope into a row of a raw object and names its table. */
export function routeChange(envelope: string, { columnsOf, mode = 'evolve', loadedAt }: RouteOptions = {}): RoutedChange {
  const { event, problem } = parseEnvelope(envelope);
  if (problem !== undefined) return { failed: problem };
  if (event.kind === 'control') return { control: event };
  const table = event.tableName;
  if (!/^[a-z][a-z0-9_]*$/.test(table)) return { failed: `table name ${JSON.stringify(table.slice(0, 80))} names no folder of raw; expected lower snake_case; rename it by a transformation rule` };
  const known = columnsOf?.(table);
  if (columnsOf && !known) return { failed: `table ${table} is in no contract; expected a table of the model; add its contract or exclude it by a selection rule` };

  const members = splitMembers(event.data);
  const names = new Set(members.map(({ name }) => name));
  if (names.size < members.length) return { failed: `a column of ${table} stands twice in the data; expected each once` };
  const taken = rawChangeColumns.filter((name) => names.has(name));
  if (taken.length > 0) return { failed: `${table} has a column ${taken.join(', ')}, which says what happened to the row; expected another name; rename it by a transformation rule` };
  const unknown = known ? [...names].filter((name) => !known.includes(name)) : [];
  if (unknown.length > 0 && mode === 'freeze') return { failed: `${table} has ${unknown.map((name) => JSON.stringify(name)).join(', ')}, which its contract lacks; expected ${known?.join(', ')}; extend the contract or remove the column by a transformation rule` };

  const discarded = mode === 'discard' ? unknown : [];
  const data = discarded.length === 0 ? event.data : `{${members.filter(({ name }) => !discarded.includes(name)).map(({ name, text }) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
  const commitTimestamp = event.operation === 'load' ? loadedAt ?? event.timestamp : event.commitTimestamp ?? event.timestamp;
  const row = formatRawRow({ ...event, data, commitTimestamp, ...(event.streamPosition !== undefined && { streamPosition: comparablePosition(event.streamPosition) }) });
  return { table, row: onOneLine(row), ...(discarded.length > 0 && { discarded }) };
}

/** Line breaks of JSON stand between its tokens only. */
function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json;
}
