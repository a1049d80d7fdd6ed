import { formatEnvelope, formatLogPosition, type ChangeOperation } from '@data-master/change-events';
import type { StreamRecord } from '@data-master/ports';

/** When the task that captures the changes of the story was started: `streaming.loadedAt` of testdata/dm.config.mjs. */
const loadedAt = '2013-01-01T00:00:00.000000Z';

type Row = Record<string, unknown>;

const asRecord = (partitionKey: string, text: string): StreamRecord => ({ partitionKey, data: Buffer.from(text) });
const keyOf = (table: string, row: Row): string => `dm_core.${table}.${String(row[`${table}_id`])}`;

function load(table: string, row: Row): StreamRecord {
  return asRecord(keyOf(table, row), formatEnvelope({ kind: 'data', operation: 'load', timestamp: loadedAt, schemaName: 'dm_core', tableName: table, partitionKeyType: 'primary-key', data: JSON.stringify(row) }));
}

/** The changes of one transaction: minutes after the loads, which is its place in the log as well. */
function transaction(minute: number, ...changes: readonly [operation: ChangeOperation, table: string, row: Row][]): StreamRecord[] {
  const committedAt = new Date(Date.UTC(2013, 2, 1, 0, minute)).toISOString().replace('Z', '000Z');
  return changes.map(([operation, table, row], index) => asRecord(keyOf(table, row), formatEnvelope({
    kind: 'data', operation, timestamp: committedAt, schemaName: 'dm_core', tableName: table, partitionKeyType: 'primary-key', data: JSON.stringify(row),
    transactionId: String(1_000 + minute), commitTimestamp: committedAt, streamPosition: formatLogPosition(BigInt(minute) * 4_096n, index + 1),
  })));
}

const profile = (id: number, state: string): Row => ({ profile_id: id, profile_name: `captured${id}`, email: `captured.${id}@example.com`, state });
const beer = (id: number, more: Row = {}): Row => ({ beer_id: id, brewery_id: 1, beer_name: `Captured ${id}`, beer_style: 'Kolsch', beer_abv: 4.8, ...more });
const review = (id: number, profileId: number, overall: number): Row => ({
  review_id: id, brewery_id: 1, beer_id: 60, profile_id: profileId, review_overall: overall, review_aroma: 4, review_appearance: 4, review_palate: null, review_taste: 3.5, review_time: Math.floor(Date.UTC(2012, 4, 26) / 1000),
});

const first = transaction(1, ['update', 'beer', beer(60, { beer_abv: 5.1 })], ['insert', 'review', review(950_001, 950, 4)], ['insert', 'review', review(950_002, 951, 3.5)]);
const second = transaction(2, ['delete', 'profile', { profile_id: 951 }], ['update', 'review', review(950_001, 950, 4.5)]);
const third = transaction(3, ['insert', 'profile', profile(951, 'WY')], ['delete', 'review', { review_id: 950_002 }], ['update', 'beer', { beer_id: 3, brewery_id: 2, beer_name: 'Renamed by its brewery', beer_style: 'Altbier', beer_abv: 4.6 }]);

/** What no router can bring to a table: text, half an envelope, a table of no contract. */
export const unroutable = ['no envelope at all', '{"data": {"beer_id": 7}', formatEnvelope({ kind: 'data', operation: 'insert', timestamp: loadedAt, schemaName: 'dm_core', tableName: 'wine', data: '{"wine_id":1}' })];
/** What happened to a table and is no row of it. */
export const control = formatEnvelope({ kind: 'control', operation: 'create-table', timestamp: loadedAt, schemaName: 'dm_core', tableName: 'beer' });

/** Changes of a database, chapter by chapter: a load with what is unreadable among it, transactions in another order than that of their commits, and everything again. */
export const changeStory: StreamRecord[][] = [
  [...[950, 951, 952].map((id) => load('profile', profile(id, 'CA'))), asRecord('control', control), ...unroutable.map((text) => asRecord('unroutable', text)), ...[60, 61].map((id) => load('beer', beer(id)))],
  [...first, ...third],
  [...third.toReversed(), ...second, ...first],
];
