import type pg from 'pg';
import type { StreamEvent } from '@data-master/change-events';
import type { IncompleteEvent } from '../change-emitter.ts';
import { identifier, textRows } from './connection.ts';
import type { PostgresTable } from './source-catalog.ts';

/**
 * Completes events whose large values the log left out with the values that the source has now. A value that was changed
 * since comes with its own event, which is later; an event whose row is gone is taken out, as its delete is later. Returns
 * the events that stay.
 */
export async function completeEvents(client: pg.Client, tables: readonly PostgresTable[], events: StreamEvent[], incomplete: ReadonlyMap<StreamEvent, IncompleteEvent>): Promise<StreamEvent[]> {
  const gone = new Set<StreamEvent>();
  const groups = new Map<string, IncompleteEvent[]>();
  for (const event of events) {
    const each = incomplete.get(event);
    if (!each) continue;
    const missing = each.shape.columns.filter((_column, index) => each.row[index] === undefined).map(({ name }) => name);
    const group = JSON.stringify([each.shape.schema, each.shape.table, missing]);
    groups.set(group, [...groups.get(group) ?? [], each]);
  }
  for (const [group, members] of groups) {
    const [schema, table, missing] = JSON.parse(group) as [string, string, string[]];
    const known = tables.find((each) => each.schema === schema && each.table === table);
    const found = known && known.key.length > 0 ? await readValues(client, known, missing, members) : new Map<string, Record<string, string | null>>();
    for (const { event, shape, plan, row } of members) {
      const values = found.get(keyOf(plan.keyIndexes.map((index) => row[index])));
      if (!values) gone.add(event);
      else event.data = plan.encode(row.map((text, index) => (text === undefined ? values[shape.columns[index]!.name] : text)), event.operation);
    }
  }
  return gone.size === 0 ? events : events.filter((event) => !gone.has(event));
}

const keyOf = (texts: readonly (string | null | undefined)[]): string => JSON.stringify(texts);

async function readValues(client: pg.Client, table: PostgresTable, missing: readonly string[], members: readonly IncompleteEvent[]): Promise<Map<string, Record<string, string | null>>> {
  const keys = table.key.map((name) => ({ name, type: table.types.get(name) ?? 'text' }));
  const present = missing.filter((name) => table.types.has(name));
  const columns = members[0]!.shape.columns.map(({ name }) => name);
  const lists = keys.map(({ name }) => JSON.stringify(members.map(({ row }) => row[columns.indexOf(name)] ?? null)));
  const sql = `SELECT ${[...keys.map((_key, index) => `k.k${index} AS "key ${index}"`), ...present.map((name) => `t.${identifier(name)}::text AS ${identifier(name)}`)].join(', ')}
FROM ROWS FROM (${keys.map((_key, index) => `json_array_elements_text($${index + 1}::json)`).join(', ')}) AS k(${keys.map((_key, index) => `k${index}`).join(', ')})
JOIN ${identifier(table.schema)}.${identifier(table.table)} AS t ON ${keys.map(({ name, type }, index) => `t.${identifier(name)} = k.k${index}::${type}`).join(' AND ')}`;
  const rows = await textRows(client, sql, lists);
  return new Map(rows.map((row) => [keyOf(keys.map((_key, index) => row[`key ${index}`])), row]));
}
