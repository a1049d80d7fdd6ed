import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { parseTableMapping, parseTaskSettings } from '@data-master/change-events';
import { sourceSchema, tableMapping, taskSettings } from './capture.ts';

describe('what DMS is told', () => {
  const mapping = parseTableMapping(tableMapping(beerLake));

  test('the agent takes as it is: every table of the lake in the schema of the source, and no other', () => {
    expect(beerLake.tables.filter(({ name }) => !mapping.select(sourceSchema, name))).toEqual([]);
    expect([mapping.select(sourceSchema, 'wine'), mapping.select('public', 'beer')]).toEqual([undefined, undefined]);
  });

  test('stops at a row that cannot be read, and never gives up a connection', () => {
    expect(parseTaskSettings(taskSettings)).toMatchObject({ dataError: 'stop', failWithoutTables: true, retry: { firstDelayMs: 5_000 }, flushMs: 1_000 });
    expect(parseTaskSettings(taskSettings).retry).not.toHaveProperty('maximumAttempts');
  });
});
