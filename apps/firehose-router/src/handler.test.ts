import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@data-master/testing';
import fc from 'fast-check';
import { handler } from './handler.ts';
import { firehoseEventSchema, routeRecords, type FirehoseRecord } from './route-records.ts';

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

  it('says in the log why a record failed, with none of its values', () => {
    const logger = createMemoryLogger();
    routeRecords(event.records, { columnsOf: (table) => (table === 'beer' ? ['beer_id'] : undefined), mode: 'discard' }, logger);
    expect(logger.entries.map(({ level, event: name }) => `${level} ${name}`)).toEqual(['warn record.failed', 'info record.control', 'warn record.failed', 'warn record.failed', 'warn record.failed', 'warn columns.discarded']);
    expect(logger.entries.map(({ fields }) => fields['reason']).filter(Boolean)).toEqual([
      expect.stringContaining('table profile is in no contract'), expect.stringContaining('no JSON object'), expect.stringContaining('table wine is in no contract'), expect.stringContaining('the record is no text'),
    ]);
    expect(logger.entries.at(-1)!.fields).toEqual({ table: 'beer', columns: ['brewery_id', 'beer_name', 'beer_style', 'beer_abv', 'ibu'] });
    expect(JSON.stringify(logger.entries)).not.toContain('jo@example.com');
  });

  it('answers whatever comes, once each and in order, and never drops', () => {
    const record: fc.Arbitrary<FirehoseRecord> = fc.record({
      recordId: fc.string({ minLength: 1 }),
      data: fc.oneof(fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')), fc.json().map((text) => Buffer.from(text).toString('base64')), fc.constantFrom(...event.records.map(({ data }) => data))),
    });
    fc.assert(fc.property(fc.array(record), (records) => {
      const answers = routeRecords(records, {}, createMemoryLogger());
      expect(answers.map(({ recordId }) => recordId)).toEqual(records.map(({ recordId }) => recordId));
      for (const [index, answer] of answers.entries()) {
        if (answer.result === 'ProcessingFailed') expect(answer.data).toBe(records[index]!.data);
        else expect(textOf(answer.data).split('\n')).toEqual([expect.stringMatching(/^\{"operation":/), '']);
      }
    }));
  });
});
