import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changeOperations, comparablePosition, formatBinlogPosition, formatEnvelope, formatLogPosition, formatLsn, parseEnvelope, parseLogPosition, parseLsn, routeChange,
  type ChangeEvent, type StreamEvent,
} from './index.ts';
import { readMembers } from './json-members.ts';

/** As AWS DMS writes it to Kinesis with transaction details. */
const insert = {
  data: { beer_id: 7, beer_name: 'Alt "7"', beer_abv: 4.5 },
  metadata: {
    timestamp: '2021-02-18T23:57:11.970360Z', 'record-type': 'data', operation: 'insert', 'partition-key-type': 'schema-table', 'schema-name': 'dm_core', 'table-name': 'beer',
    'transaction-id': 87978110091475, 'transaction-record-id': 1, 'prev-transaction-id': 87978110091474, 'commit-timestamp': '2021-02-18T23:57:10.000000Z', 'stream-position': 'A/1F.3.A/1E',
  },
};

const withMetadata = (metadata: object): string => JSON.stringify({ ...insert, metadata: { ...insert.metadata, ...metadata } });
const containing = (text: string): string => expect.stringContaining(text) as unknown as string;
const instant = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }).map((date) => date.toISOString().replace('Z', '123Z'));
const object = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.array(fc.string()))).map((value) => JSON.stringify(value));
const base = { schemaName: fc.string(), tableName: fc.string({ minLength: 1 }), timestamp: instant };
const optional = { requiredKeys: ['kind', 'operation', 'schemaName', 'tableName', 'timestamp', 'data'] as const };
const change: fc.Arbitrary<StreamEvent> = fc.record({
  kind: fc.constant('data' as const), operation: fc.constantFrom(...changeOperations), ...base, partitionKeyType: fc.string(), data: object, beforeImage: object,
  transactionId: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String), fc.stringMatching(/^[0-9a-f]{4}-[0-9]:[0-9]+$/)), commitTimestamp: instant, streamPosition: fc.string(),
}, { requiredKeys: [...optional.requiredKeys] });
const control: fc.Arbitrary<StreamEvent> = fc.record({
  kind: fc.constant('control' as const), operation: fc.string({ minLength: 1 }), ...base, control: object,
}, { requiredKeys: ['kind', 'operation', 'schemaName', 'tableName', 'timestamp'] });

describe('envelopes', () => {
  it('are read as they were written, with every digit', () => {
    fc.assert(fc.property(fc.oneof(change, control), (event) => {
      const text = formatEnvelope(event);
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      expect(parseEnvelope(text)).toEqual({ event });
    }));
  });

  it('of AWS DMS are read, those of control records too', () => {
    expect(parseEnvelope(JSON.stringify(insert, null, 1)).event).toMatchObject({
      kind: 'data', operation: 'insert', schemaName: 'dm_core', tableName: 'beer', transactionId: '87978110091475', commitTimestamp: '2021-02-18T23:57:10.000000Z', streamPosition: 'A/1F.3.A/1E',
    });
    const created = { metadata: { timestamp: '2021-02-18T23:09:09.509179Z', 'record-type': 'control', operation: 'create-table', 'partition-key-type': 'task-id', 'schema-name': '', 'table-name': 'awsdms_apply_exceptions' } };
    expect(parseEnvelope(JSON.stringify(created)).event).toEqual({ kind: 'control', operation: 'create-table', schemaName: '', tableName: 'awsdms_apply_exceptions', timestamp: '2021-02-18T23:09:09.509179Z', partitionKeyType: 'task-id' });
  });

  it.each([
    ['nothing', '', 'the record is no JSON object'],
    ['an array', '[1]', 'the record is no JSON object'],
    ['half an object', '{"data":{}', 'the record is no JSON object'],
    ['no metadata', '{"data":{}}', 'the envelope has no metadata'],
    ['metadata that are no object', '{"metadata":3,"data":{}}', 'the metadata of the envelope do not fit'],
    ['no data', JSON.stringify({ ...insert, data: undefined }), 'the envelope has no data'],
    ['data that are an array', JSON.stringify({ ...insert, data: [1] }), 'data that are no JSON object'],
    ['an unknown operation', withMetadata({ operation: 'upsert' }), 'operation: '],
    ['an unknown type of record', withMetadata({ 'record-type': 'other' }), 'record-type: '],
    ['no instant', withMetadata({ timestamp: 'yesterday' }), 'timestamp: expected an instant'],
    ['data twice', JSON.stringify(insert).replace('"data":', '"data":{},"data":'), 'stands twice'],
  ])('that are none are a problem, never an exception: %s', (_name, text, problem) => {
    expect(parseEnvelope(text).problem).toContain(problem);
  });

  it('of any text whatever are read or refused', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => { expect(Object.keys(parseEnvelope(text))).toHaveLength(1); }));
  });
});

it('the members of a JSON object keep the text of their values', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
    const members = readMembers(JSON.stringify(value, null, indent));
    expect(members?.map(({ name, text }) => ({ name, value: JSON.parse(text) as unknown }))).toEqual(Object.entries(value).map(([name, each]) => ({ name, value: JSON.parse(JSON.stringify(each)) as unknown })));
  }));
});

describe('positions', () => {
  const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const ordinal = fc.integer({ min: 1, max: 9_999_999_999 });

  it('compare as text in the order of the log', () => {
    fc.assert(fc.property(lsn, lsn, ordinal, ordinal, (a, b, i, j) => {
      expect(comparablePosition(formatLogPosition(a, i))).toBe(formatLogPosition(a, i));
      expect(formatLogPosition(a, i) < formatLogPosition(b, j)).toBe(a < b || (a === b && i < j));
      expect(parseLogPosition(formatLogPosition(a, i))).toEqual({ commitLsn: a, ordinal: i });
      expect(parseLsn(formatLsn(a))).toBe(a);
    }));
    fc.assert(fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (f, o, g, p) => {
      expect(comparablePosition(formatBinlogPosition(f, o, 1))).toBe(formatBinlogPosition(f, o, 1));
      expect(formatBinlogPosition(f, o, 1) < formatBinlogPosition(g, p, 1)).toBe(f < g || (f === g && o < p));
    }));
  });

  it('of a foreign writer keep their order when they are made comparable, however short it writes its numbers', () => {
    const short = (value: bigint, index: number): string => `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}.${index}.x`;
    fc.assert(fc.property(lsn, lsn, ordinal, ordinal, (a, b, i, j) => {
      expect(comparablePosition(short(a, i)) < comparablePosition(short(b, j))).toBe(a < b || (a === b && i < j));
      expect(comparablePosition(comparablePosition(short(a, i)))).toBe(comparablePosition(short(a, i)));
    }));
    expect(comparablePosition('mysql-bin.000009:99') < comparablePosition('mysql-bin.000010:5')).toBe(true);
  });
});

describe('a change on its way to raw', () => {
  const columnsOf = (table: string): string[] | undefined => (table === 'beer' ? ['beer_id', 'beer_name', 'beer_abv'] : undefined);
  const envelope = JSON.stringify(insert);

  it('becomes a flat row with operation, commit time and a position that compares', () => {
    expect(routeChange(envelope, { columnsOf })).toEqual({
      table: 'beer',
      row: '{"operation":"insert","_commit_time":"2021-02-18T23:57:10.000000Z","_position":"0000000A/0000001F.00000000000000000003.0000000A/0000001E","beer_id":7,"beer_name":"Alt \\"7\\"","beer_abv":4.5}',
    });
  });

  it('loses no digit', () => {
    expect(routeChange(envelope.replace('4.5', '12345678901234567890.10'))).toMatchObject({ row: containing('"beer_abv":12345678901234567890.10}') });
  });

  it('is one line and holds its row, whatever the row', () => {
    fc.assert(fc.property(change, fc.constantFrom(0, 1), (event, indent) => {
      const routed = routeChange(JSON.stringify(JSON.parse(formatEnvelope({ ...event, tableName: 'beer' })), null, indent));
      const data = JSON.parse((event as ChangeEvent).data) as Record<string, unknown>;
      if ('operation' in data || '_position' in data || '_commit_time' in data) expect(routed).toHaveProperty('failed');
      else if (!('row' in routed)) throw new Error(JSON.stringify(routed));
      else {
        expect(routed.row).not.toMatch(/[\r\n]/);
        expect(JSON.parse(routed.row)).toMatchObject(data);
      }
    }));
  });

  it('of a column that the contract lacks passes, is left out, or fails, as the mode says', () => {
    const wider = envelope.replace('"beer_abv"', '"ibu":30,"beer_abv"');
    expect(routeChange(wider, { columnsOf })).toMatchObject({ row: containing('"ibu":30') });
    expect(routeChange(wider, { columnsOf, mode: 'discard' })).toMatchObject({ discarded: ['ibu'], row: expect.not.stringContaining('ibu') as unknown as string });
    expect(routeChange(wider, { columnsOf, mode: 'freeze' })).toEqual({ failed: containing('beer has "ibu", which its contract lacks') });
  });

  it.each([
    ['a table in no contract', envelope.replace('"beer"', '"wine"'), 'table wine is in no contract'],
    ['a table that is no folder', envelope.replace('"beer"', '"../beer"'), 'names no folder of raw'],
    ['a column that says operation', envelope.replace('"beer_id"', '"operation"'), 'has a column operation'],
    ['a column twice', envelope.replace('"beer_id"', '"beer_name"'), 'stands twice'],
    ['no envelope', 'no envelope', 'no JSON object'],
  ])('fails with a reason when it cannot become a row: %s', (_name, text, reason) => {
    expect(routeChange(text, { columnsOf })).toEqual({ failed: containing(reason) });
  });

  it('of a load takes the time that it is told, so that no change is older', () => {
    const load = JSON.stringify({ ...insert, metadata: { ...insert.metadata, operation: 'load', 'commit-timestamp': undefined } });
    expect(routeChange(load)).toMatchObject({ row: containing('"_commit_time":"2021-02-18T23:57:11.970360Z"') });
    expect(routeChange(load, { loadedAt: '2021-02-18T00:00:00Z' })).toMatchObject({ row: containing('"_commit_time":"2021-02-18T00:00:00Z"') });
  });

  it('of a control record is handed on as such', () => {
    expect(routeChange(envelope.replace('"record-type":"data","operation":"insert"', '"record-type":"control","operation":"truncate-table"'))).toMatchObject({ control: { operation: 'truncate-table', tableName: 'beer' } });
  });
});
