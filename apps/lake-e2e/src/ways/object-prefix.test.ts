import { expect, it } from '@jest/globals';
import { parseRawKey } from '@data-master/medallion-paths';
import { deliveredName, evaluatePrefix } from './object-prefix.ts';

const at = new Date('2026-03-01T06:07:08.900Z');

it.each([
  ['raw/!{partitionKeyFromLambda:table}/', 'raw/beer/'],
  ['errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/', 'errors/processing-failed/2026/03/01/'],
])('the prefix %s becomes %s', (prefix, expected) => {
  expect(evaluatePrefix(prefix, { at, partitionKeys: { table: 'beer' }, errorOutputType: 'processing-failed' })).toBe(expected);
});

it.each(['raw/!{partitionKeyFromLambda:colour}/', 'raw/!{firehose:random-string}/', 'errors/!{firehose:error-output-type}/'])('an expression without a value is refused: %s', (prefix) => {
  expect(() => evaluatePrefix(prefix, { at, partitionKeys: { table: 'beer' } })).toThrow('has no value; expected');
});

it('the name of an object is the documented one', () => {
  const uuid = '0b5f1d5e-7c0a-4a55-9d6e-0123456789ab';
  expect(parseRawKey(`raw/beer/${deliveredName('dm-firehose-stream', at, uuid, '.gz')}`)).toEqual({ table: 'beer', way: 'stream', prefix: 'dm', at: new Date('2026-03-01T06:07:08Z'), uuid });
});
