import { describe, expect, it } from '@jest/globals';
import { toText, type Json } from '../template/json.ts';
import { createBuffers } from './buffers.ts';
import type { StreamedRecord } from './stream-reader.ts';
import { transformRecords, type Outcome } from './transform-records.ts';

const recordOf = (text: string): StreamedRecord => ({ sequenceNumber: text, partitionKey: 'k', shardId: 's', data: Buffer.from(text), arrivedAt: new Date(0) });
const upperCase = (records: Json[]): Json => records.map((each) => {
  const { recordId, data } = each as { recordId: string; data: string };
  return { recordId, result: 'Ok', data: Buffer.from(Buffer.from(data, 'base64').toString().toUpperCase()).toString('base64'), metadata: { partitionKeys: { table: 't' } } };
});
const textOf = (outcome: Outcome): string => ('failed' in outcome ? `failed: ${toText(outcome.failed['errorMessage'])}: ${Buffer.from(toText(outcome.failed['rawData']), 'base64').toString()}` : Buffer.from(outcome.data).toString());

describe('records through a function', () => {
  it('come back in their order, as many at a time as fit, the same record twice as two', async () => {
    const sizes: number[] = [];
    const outcomes = await transformRecords(['a', 'a', 'bb', 'c'].map(recordOf), { attempts: 1, sizeBytes: 3, invoke: async (records) => {
      sizes.push(records.length);
      return upperCase(records);
    } });
    expect([sizes, outcomes.map(textOf)]).toEqual([[2, 2], ['A', 'A', 'BB', 'C']]);
  });

  it('have failed, whole, when the answer leaves them out or the function fails for good', async () => {
    const silent = await transformRecords(['a', 'b'].map(recordOf), { attempts: 1, sizeBytes: 9, invoke: async (records) => upperCase(records.slice(1)) });
    expect(silent.map(textOf)).toEqual(['failed: the function said nothing of it: a', 'B']);
    let calls = 0;
    const broken = await transformRecords([recordOf('a')], { attempts: 3, sizeBytes: 9, invoke: () => {
      calls += 1;
      return Promise.reject(new Error('no'));
    } });
    expect([calls, broken.map(textOf)]).toEqual([3, ['failed: Error: no: a']]);
  });
});

it('a buffer is put when it is full, and the others when they are flushed', async () => {
  const put: string[] = [];
  const buffers = createBuffers(3, async (prefix, parts) => void put.push(`${prefix}${Buffer.concat(parts).toString()}`));
  for (const [prefix, text] of [['a/', '1'], ['b/', '1'], ['a/', '22'], ['a/', '3']] as const) await buffers.add(prefix, Buffer.from(text));
  expect(put).toEqual(['a/122']);
  await buffers.flush();
  expect(put).toEqual(['a/122', 'b/1', 'a/3']);
});
