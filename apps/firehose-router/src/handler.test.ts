import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { handler } from './handler.ts';
import { firehoseEventSchema, type FirehoseRecord } from './firehose-event.ts';

const event = firehoseEventSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../testdata/firehose-event.json'), 'utf8')));
const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString();
const context = { awsRequestId: 'request-1' };

describe('the router', () => {
  it('answers an event of Firehose record by record: changes with their table, all else with what came', async () => {
    const { records } = await handler(event, context);
    expect(records.map(({ recordId }) => recordId)).toEqual(event.records.map(({ recordId }) => recordId));
    expect(records.map((record) => ('metadata' in record ? record.metadata.partitionKeys : record.result))).toEqual([
      { table: 'beer' }, { table: 'profile' }, 'ProcessingFailed', 'ProcessingFailed', 'ProcessingFailed', { table: 'beer' }, 'ProcessingFailed',
    ]);
    const [line, ...rest] = textOf(records[0]!.data).split('\n');
    expect(rest).toEqual(['']);
    expect(JSON.parse(line!)).toEqual({
      operation: 'insert', _commit_time: '2021-02-18T23:57:10.000000Z', _position: '0000000A/0000001F.00000000000000000003.0000000A/0000001E',
      beer_id: 7, brewery_id: 3, beer_name: 'Alt', beer_style: 'Altbier', beer_abv: 4.5,
    });
    for (const [index, { result, data }] of records.entries()) if (result === 'ProcessingFailed') expect(data).toBe(event.records[index]!.data);
  });

  it('leaves out a column that the contract lacks', async () => {
    const { records } = await handler(event, context);
    expect(textOf(records[5]!.data)).toContain('"operation":"delete"');
    expect(textOf(records[5]!.data)).not.toContain('ibu');
  });

  it('refuses an event that is not of Firehose', async () => {
    await expect(handler({ Records: [] }, context)).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('records') });
  });

  it('answers whatever comes, once each and in order, and never drops', async () => {
    const record: fc.Arbitrary<FirehoseRecord> = fc.record({
      recordId: fc.string({ minLength: 1 }),
      data: fc.oneof(fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')), fc.json().map((text) => Buffer.from(text).toString('base64')), fc.constantFrom(...event.records.map(({ data }) => data))),
    });
    await fc.assert(fc.asyncProperty(fc.array(record), async (records) => {
      const { records: answers } = await handler({ records }, context);
      expect(answers.map(({ recordId }) => recordId)).toEqual(records.map(({ recordId }) => recordId));
      for (const [index, answer] of answers.entries()) {
        if (answer.result === 'ProcessingFailed') expect(answer.data).toBe(records[index]!.data);
        else expect(textOf(answer.data).split('\n')).toEqual([expect.stringMatching(/^\{"operation":/), '']);
      }
    }));
  });
});
