import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeLong, takeInt, takeLong, type AvroSchema } from './avro-codec.ts';
import { readAvroFile, writeAvroFile } from './avro-file.ts';

test('integers survive writing and reading', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), (long, int) => {
      expect(takeLong({ bytes: Buffer.from(encodeLong(long)), offset: 0 })).toBe(long);
      expect(takeInt({ bytes: Buffer.from(encodeLong(int)), offset: 0 })).toBe(int);
    }),
  );
});

const schema: AvroSchema = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'text', type: 'string', 'field-id': 1 },
    { name: 'maybe', type: ['null', 'long'], 'field-id': 2 },
    { name: 'list', type: { type: 'array', items: { type: 'record', name: 'item', fields: [{ name: 'value', type: 'bytes', 'field-id': 4 }] } }, 'field-id': 3 },
    { name: 'ratio', type: 'double', 'field-id': 5 },
    { name: 'flag', type: 'boolean', 'field-id': 6 },
  ],
};

test('records and header survive writing and reading', () => {
  const record = fc.record({
    1: fc.string({ unit: 'binary' }),
    2: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    3: fc.array(fc.record({ 4: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) }, { noNullPrototype: true })),
    5: fc.double(),
    6: fc.boolean(),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 3 }), (records) => {
      const file = readAvroFile(writeAvroFile(schema, { 'format-version': '2' }, records, Buffer.alloc(16, 7)), 'f');
      expect(file.header.get('format-version')).toBe('2');
      expect(file.records).toEqual(records);
    }),
    { numRuns: 50 },
  );
});

test('records of several blocks are all read, in order', () => {
  const numbers: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'n', type: 'int', 'field-id': 1 }] };
  const records = Array.from({ length: 2500 }, (_none, n) => ({ 1: n }));
  const file = readAvroFile(writeAvroFile(numbers, {}, records, Buffer.alloc(16, 7)), 'f');
  expect(file.records.map((record) => record[1])).toEqual(records.map((record) => record[1]));
});
