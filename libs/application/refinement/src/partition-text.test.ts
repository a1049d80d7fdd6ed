import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatPartitions, parsePartitions } from './partition-text.ts';

const partitions = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,8}$/), { minLength: 1, maxLength: 3 }).chain((columns) =>
  fc.array(fc.record(Object.fromEntries(columns.map((column) => [column, fc.option(fc.integer())]))), { minLength: 1 }));

test('partitions come back from their text as they were', () => {
  fc.assert(fc.property(partitions, (tuples) => expect(parsePartitions(formatPartitions(tuples))).toEqual(tuples)));
});

test('a table without partitions is touched as a whole', () => {
  expect(parsePartitions(formatPartitions([{}]))).toBe('all');
});
