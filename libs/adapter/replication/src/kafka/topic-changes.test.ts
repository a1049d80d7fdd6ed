import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatEnvelope } from '@data-master/change-events';
import { committedRecords } from './committed-records.ts';
import { readTopicRecord, type ReadRecord } from './topic-changes.ts';
import { formatTopicPositions, parseTopicPositions, recordPositionHead, type TopicPositions } from './topic-positions.ts';

const read = (value: unknown, key?: unknown, topic = 'shop.dm_core.beer'): ReadRecord => {
  const bytes = (each: unknown): Buffer | null => (each === undefined || each === null ? null : Buffer.from(typeof each === 'string' ? each : JSON.stringify(each)));
  return readTopicRecord(topic, { key: bytes(key), value: bytes(value) }, (table) => (table === 'beer' ? ['beer_id'] : undefined));
};
const rowText = (record: ReadRecord): Record<string, string> => Object.fromEntries((record && 'row' in record ? record.row : []).map(({ name, text }) => [name, text]));

describe('a record of a topic', () => {
  it('is a row of the table that the topic is named after, digit for digit', () => {
    const record = read('{"beer_id":9007199254740993,"beer_abv":0.10,"label":{"lines":[1,"two"]}}');
    expect(record).toMatchObject({ schema: 'shop.dm_core', table: 'beer', operation: 'insert', key: ['beer_id'] });
    expect(rowText(record)).toEqual({ beer_id: '9007199254740993', beer_abv: '0.10', label: '{"lines":[1,"two"]}' });
    expect(read({ id: 1 }, undefined, 'orders')).toMatchObject({ schema: '', table: 'orders', key: [] });
  });

  it.each([
    ['an object', { beer_id: 7 }], ['a number', '7'], ['an object with its schema', { schema: { type: 'struct' }, payload: { beer_id: 7 } }], ['a value with its schema', { schema: { type: 'int64' }, payload: 7 }],
  ])('without a value is a delete of the row that its key names by %s', (_form, key) => {
    const record = read(null, key);
    expect(record).toMatchObject({ operation: 'delete', isKeyOnly: true });
    expect(rowText(record)).toEqual({ beer_id: '7' });
  });

  it('takes a key that is a text as the text', () => {
    expect(rowText(read(null, 'pale-ale'))).toEqual({ beer_id: '"pale-ale"' });
    expect(rowText(read(null, '"pale"'))).toEqual({ beer_id: '"pale"' });
  });

  it('that deletes no row that can be named is a problem', () => {
    expect(read(null)).toHaveProperty('problem');
    expect(read(null, '7', 'orders')).toHaveProperty('problem');
  });

  it('may be an envelope, which names its table and time', () => {
    const event = { kind: 'data', operation: 'update', schemaName: 's', tableName: 'beer', timestamp: '2026-01-02T03:04:05.000006Z', commitTimestamp: '2026-01-02T03:04:05.000007Z', transactionId: '12', data: '{"beer_id":1.50}' } as const;
    const record = read(formatEnvelope(event), undefined, 'changes');
    expect(record).toMatchObject({ schema: 's', table: 'beer', operation: 'update', key: ['beer_id'], commitMicros: 1_767_323_045_000_007n, transactionId: '12' });
    expect(rowText(record)).toEqual({ beer_id: '1.50' });
    expect(read(formatEnvelope({ kind: 'control', operation: 'drop-table', schemaName: 's', tableName: 'beer', timestamp: event.timestamp }), undefined, 'changes')).toEqual({ schema: 's', table: 'beer', control: 'drop-table' });
    expect(read({ metadata: { color: 'amber' }, beer_id: 1 })).toMatchObject({ operation: 'insert' });
  });

  const source = { schema: 'dm_core', db: 'shop', table: 'beer', ts_ms: 1_700_000_000_123, txId: 5 };
  it.each([
    ['a create', { op: 'c', before: null, after: { beer_id: 1 } }, { operation: 'insert' }],
    ['a row of the snapshot', { op: 'r', before: null, after: { beer_id: 1 } }, { operation: 'insert' }],
    ['an update', { op: 'u', before: { beer_id: 1 }, after: { beer_id: 2 } }, { operation: 'update', before: [{ name: 'beer_id', text: '1' }] }],
    ['a delete', { op: 'd', before: { beer_id: 1 }, after: null }, { operation: 'delete', isKeyOnly: true }],
    ['a truncation', { op: 't', before: null, after: null }, { control: 'truncate-table' }],
  ])('may be %s of Debezium, with or without its schema', (_name, event, expected) => {
    for (const value of [{ ...event, source }, { schema: { type: 'struct', fields: [] }, payload: { ...event, source } }]) {
      const record = read(value, { beer_id: 1 }, 'any');
      expect(record).toMatchObject({ schema: 'dm_core', table: 'beer', ...expected });
      if (record && 'operation' in record) expect(record).toMatchObject({ commitMicros: 1_700_000_000_123_000n, key: ['beer_id'], transactionId: '5' });
    }
  });

  it('has the values that Debezium encodes as the texts that they stand for, when its schema says which', () => {
    const type = (field: string, name: string, parameters?: object) => ({ field, name, ...(parameters && { parameters }) });
    const fields = [type('price', 'org.apache.kafka.connect.data.Decimal', { scale: '2' }), type('debt', 'org.apache.kafka.connect.data.Decimal', { scale: '3' }), type('day', 'io.debezium.time.Date'), type('at', 'io.debezium.time.MicroTimestamp'), type('ms', 'io.debezium.time.Timestamp'), type('free', 'io.debezium.data.VariableScaleDecimal')];
    const after = { price: 'MDk=', debt: '/w==', day: 20_000, at: 1_700_000_000_123_456, ms: null, free: { scale: 1, value: 'ew==' }, name: 'plain' };
    const record = read({ schema: { fields: [{ field: 'after', fields }] }, payload: { op: 'c', after, source } });
    expect(rowText(record)).toEqual({ price: '123.45', debt: '-0.001', day: '"2024-10-04"', at: '"2023-11-14T22:13:20.123456Z"', ms: 'null', free: '12.3', name: '"plain"' });
  });

  it('with a value that does not fit its type is a problem', () => {
    for (const [name, day] of [['io.debezium.time.MicroTimestamp', 'noon'], ['io.debezium.time.Date', 1e300], ['org.apache.kafka.connect.data.Decimal', {}]]) {
      expect(read({ schema: { fields: [{ field: 'after', fields: [{ field: 'day', name }] }] }, payload: { op: 'c', after: { day }, source } })).toHaveProperty('problem');
    }
  });

  it('is completed by what was before, where Debezium leaves out a large value, and else a problem with its remedy', () => {
    const after = { beer_id: 1, label: '__debezium_unavailable_value' };
    expect(rowText(read({ op: 'u', before: { beer_id: 1, label: 'long' }, after, source }))).toEqual({ beer_id: '1', label: '"long"' });
    expect(read({ op: 'u', before: null, after, source })).toEqual({ problem: 'the source left out the unchanged value of "label"; expected it; set REPLICA IDENTITY FULL on beer' });
  });

  it('never throws and tells nothing of the record, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string(), fc.constantFrom('{"schema":1,"payload":3}', '{"op":1,"source":2,"after":3}', '{"op":"c","source":{"table":"beer"},"after":null}')), fc.option(fc.json()), (value, key) => {
      const record = read(value, key);
      if (record && 'problem' in record) expect(record.problem).toMatch(/expected/);
    }));
  });
});

describe('positions', () => {
  it('compare as text in the order of the records, and come back from their text', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (a, b) => {
      expect(recordPositionHead(3, a) < recordPositionHead(3, b)).toBe(a < b);
    }));
    const partition = fc.record({ offset: fc.bigInt({ min: 0n }), micros: fc.bigInt({ min: 0n }) });
    fc.assert(fc.property(fc.array(fc.tuple(fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'), fc.record({ id: fc.string(), partitions: fc.array(partition) }))), (entries) => {
      const positions: TopicPositions = new Map(entries);
      expect(parseTopicPositions(formatTopicPositions(positions))).toEqual(positions);
    }));
  });
});

describe('records that were fetched', () => {
  const batch = (firstOffset: bigint, count: number, more: object = {}) => ({
    firstOffset, length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0, attributes: 0, lastOffsetDelta: count - 1, firstTimestamp: 100n, maxTimestamp: 900n, producerId: -1n, producerEpoch: 0, firstSequence: 0,
    records: Array.from({ length: count }, (_, offsetDelta) => ({ length: 0, attributes: 0, timestampDelta: BigInt(offsetDelta), offsetDelta, key: null, value: Buffer.from(String(offsetDelta)), headers: [] })), ...more,
  });
  const marker = (firstOffset: bigint, producerId: bigint, type: number) => batch(firstOffset, 1, { attributes: 0x30, producerId, records: [{ key: Buffer.from([0, 0, 0, type]), offsetDelta: 0 }] });
  const offsets = (records: { offset: bigint }[]): number[] => records.map(({ offset }) => Number(offset));

  it('are those from the offset on', () => {
    const { records, nextOffset } = committedRecords({ records: [batch(10n, 5), batch(15n, 2, { attributes: 8 })], abortedTransactions: [] }, 13n);
    expect(offsets(records)).toEqual([13, 14, 15, 16]);
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual([103n, 104n, 900n, 900n]);
    expect(nextOffset).toBe(17n);
    expect(committedRecords({ records: null, abortedTransactions: null }, 13n)).toEqual({ records: [] });
  });

  it('are none of aborted transactions, until the producer begins another', () => {
    const transactional = { attributes: 0x10, producerId: 7n };
    const { records, nextOffset } = committedRecords({
      records: [batch(0n, 2, transactional), batch(2n, 1), marker(3n, 7n, 0), batch(4n, 1, transactional), marker(5n, 7n, 1)], abortedTransactions: [{ producerId: 7n, firstOffset: 0n }],
    }, 0n);
    expect(offsets(records)).toEqual([2, 4]);
    expect(nextOffset).toBe(6n);
  });
});
