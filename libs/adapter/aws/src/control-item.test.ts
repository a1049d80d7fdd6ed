import { expect, it } from '@jest/globals';
import { controlRecordSchema, controlStatuses, schemaNames, type ControlRecord } from '@data-master/control-records';
import { TerminalError } from '@data-master/ports';
import { sampleControlRecord } from '@data-master/testing';
import fc from 'fast-check';
import { decodeControlRecord, encodeControlRecord } from './control-item.ts';
import { mergeOrdered } from './merge-ordered.ts';

const records: fc.Arbitrary<ControlRecord> = fc
  .record({
    record_count: fc.nat(),
    schema_name: fc.constantFrom(...schemaNames),
    status: fc.constantFrom(...controlStatuses),
    error_message: fc.option(fc.string({ unit: 'grapheme' })),
    checksum: fc.string(),
    duration: fc.option(fc.nat()),
    affected_partitions: fc.option(fc.array(fc.dictionary(fc.string({ minLength: 1 }), fc.option(fc.integer())))),
  })
  .map((fields) => ({ ...sampleControlRecord('c1'), ...fields }));

it('a record comes back from its item', () => {
  fc.assert(
    fc.property(records, (record) => {
      const item = encodeControlRecord(record);
      expect(decodeControlRecord(JSON.parse(JSON.stringify(item)) as typeof item)).toEqual(controlRecordSchema.parse(record));
      expect(item['schema_status']).toEqual({ S: `${record.schema_name}:${record.status}` });
    }),
  );
});

it('an image that is no record is refused by name', () => {
  const { version: _version, ...item } = encodeControlRecord(sampleControlRecord('c1'));
  expect(() => decodeControlRecord(item)).toThrow(TerminalError);
  expect(() => decodeControlRecord(item)).toThrow(/item c1 .*version/);
});

it('ordered streams become one ordered stream', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(20))), async (lists) => {
      const streams = lists.map(async function* (list) {
        yield* list.toSorted((a, b) => a - b);
      });
      const merged: number[] = [];
      for await (const value of mergeOrdered(streams, (a, b) => a - b)) merged.push(value);
      expect(merged).toEqual(lists.flat().sort((a, b) => a - b));
    }),
  ));
