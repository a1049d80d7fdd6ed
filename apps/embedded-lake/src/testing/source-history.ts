import type { ChangeEvent, ChangeOperation } from '@data-master/change-events';
import fc from 'fast-check';

/** A statement on one of the two tables; what it does depends on which rows there are. */
export interface HistoryStep {
  table: 'brewery' | 'beer';
  kind: 'put' | 'remove' | 'move';
  key: number;
  to: number;
  value: number;
}

/** Transactions of a source, each of some statements. */
export type History = readonly (readonly HistoryStep[])[];

const key = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<HistoryStep> = fc.record({
  table: fc.constantFrom('brewery', 'beer'), kind: fc.constantFrom('put', 'put', 'remove', 'move'), key, to: key, value: fc.integer({ min: 0, max: 99 }),
});
export const history: fc.Arbitrary<History> = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

const rowOf = (table: HistoryStep['table'], id: number, value: number): Record<string, unknown> =>
  (table === 'brewery' ? { brewery_id: id, brewery_name: `brewery ${value}` } : { beer_id: id, brewery_id: value, beer_name: `beer ${value}`, beer_style: 'Altbier', beer_abv: null });

/** What the source's log tells of a history, in its order, and the rows that the source holds in the end. */
export function playHistory(transactions: History): { events: ChangeEvent[]; rows: Record<HistoryStep['table'], Record<string, unknown>[]> } {
  const tables = { brewery: new Map<number, number>(), beer: new Map<number, number>() };
  const events: ChangeEvent[] = [];
  for (const [index, steps] of transactions.entries()) {
    let ordinal = 0;
    // Neighbours share their commit time, as they do where clocks are coarse.
    const committed = `2026-01-01T00:00:${String(Math.floor(index / 3)).padStart(2, '0')}.000000Z`;
    const tell = (table: HistoryStep['table'], operation: ChangeOperation, row: Record<string, unknown>): void => void events.push({
      kind: 'data', operation, schemaName: 'dm_core', tableName: table, timestamp: committed, commitTimestamp: committed, data: JSON.stringify(row),
      streamPosition: `${String(index).padStart(8, '0')}.${String((ordinal += 1)).padStart(8, '0')}`, rowKey: String(row[`${table}_id`]),
    });
    for (const { table, kind, key: id, to, value } of steps) {
      const rows = tables[table];
      const known = rows.get(id);
      if (kind === 'put') {
        rows.set(id, value);
        tell(table, known === undefined ? 'insert' : 'update', rowOf(table, id, value));
      } else if (known !== undefined && (kind === 'remove' || !rows.has(to))) {
        rows.delete(id);
        tell(table, 'delete', { [`${table}_id`]: id });
        if (kind === 'remove') continue;
        rows.set(to, known);
        tell(table, 'insert', rowOf(table, to, known));
      }
    }
  }
  const rowsOf = (table: HistoryStep['table']) => [...tables[table]].sort(([a], [b]) => a - b).map(([id, value]) => rowOf(table, id, value));
  return { events, rows: { brewery: rowsOf('brewery'), beer: rowsOf('beer') } };
}
