import { describe, expect, it } from '@jest/globals';
import { formatEnvelope, type RoutedChange, type RouteOptions, type StreamEvent } from '@data-master/change-events';
import { createMemoryLogger } from '@data-master/testing';
import { routeRecords } from './route-records.ts';

const event = (more: Partial<StreamEvent> & { data?: string } = {}): StreamEvent => ({ kind: 'data', operation: 'insert', schemaName: 'dm_core', tableName: 'beer', timestamp: '2026-01-01T00:00:00.000000Z', data: '{"beer_id":7}', ...more }) as StreamEvent;
const options: RouteOptions = { columnsOf: (table) => (table === 'beer' ? ['beer_id', 'beer_name'] : undefined), mode: 'discard' };

function route(texts: readonly (string | Uint8Array)[], more: RouteOptions = {}) {
  const logger = createMemoryLogger();
  return { routed: routeRecords(texts.map((text, index) => ({ id: `r${index}`, data: Buffer.from(text) })), { ...options, ...more }, logger), logger };
}
const reasonOf = (change: RoutedChange | undefined): string => (change && 'failed' in change ? change.failed : `routed: ${JSON.stringify(change)}`);

describe('routing records', () => {
  it('makes rows of changes and leaves control records what they are, in order', () => {
    const control: StreamEvent = { kind: 'control', operation: 'truncate-table', schemaName: 'dm_core', tableName: 'beer', timestamp: '2026-01-01T00:00:00.000000Z' };
    const { routed } = route([formatEnvelope(event()), formatEnvelope(control), formatEnvelope(event({ operation: 'delete' }))]);
    expect(routed).toEqual([
      { table: 'beer', row: expect.stringContaining('"operation":"insert"') }, { control }, { table: 'beer', row: expect.stringContaining('"operation":"delete"') },
    ]);
  });

  const unreadable: [what: string, record: string | Uint8Array, reason: string, more?: RouteOptions][] = [
    ['without metadata', '{"data":{"beer_id":7}}', 'has no metadata'],
    ['with metadata of another kind', '{"data":{},"metadata":[]}', 'metadata of the envelope do not fit'],
    ['of an unknown table', formatEnvelope(event({ tableName: 'wine' })), 'table wine is in no contract'],
    ['whose table names no folder', formatEnvelope(event({ tableName: '../beer' })), 'names no folder of raw'],
    ['of an unknown operation', formatEnvelope(event({ operation: 'merge' as 'insert' })), 'operation: Invalid'],
    ['with an unknown column, where contracts are frozen', formatEnvelope(event({ data: '{"beer_id":7,"ibu":40}' })), 'which its contract lacks', { mode: 'freeze' }],
    ['with a column twice', formatEnvelope(event({ data: '{"beer_id":7,"beer_id":8}' })), 'stands twice'],
    ['without data', formatEnvelope(event()).replace('"data":{"beer_id":7},', ''), 'has no data'],
    ['that is an array', '[1]', 'no JSON object'],
    ['that is cut off', formatEnvelope(event()).slice(0, -3), 'no JSON object'],
    ['that is nested without end', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`, 'no metadata'],
    ['that is empty', '', 'no JSON object'],
    ['that is no text', Uint8Array.from([0xff, 0xfe]), 'is no text'],
  ];
  it.each(unreadable)('fails a record %s, and says why', (_what, record, reason, more = {}) => {
    const { routed: [failed, next] } = route([record, formatEnvelope(event())], more);
    expect(reasonOf(failed)).toContain(reason);
    expect(next).toMatchObject({ table: 'beer' });
  });

  it('leaves an unknown column out, or lets it through, as the mode says', () => {
    const record = formatEnvelope(event({ data: '{"beer_id":7,"ibu":40}' }));
    expect(route([record]).routed).toEqual([{ table: 'beer', row: expect.not.stringContaining('ibu'), discarded: ['ibu'] }]);
    expect(route([record], { mode: 'evolve' }).routed).toEqual([{ table: 'beer', row: expect.stringContaining('"ibu":40') }]);
  });

  it('logs each reason once with how often it was met, and none of the values', () => {
    const secret = '{"data":{"email":"jo@example.com"}}';
    const { logger } = route([secret, 'no json', secret, formatEnvelope(event({ data: '{"beer_id":1,"ibu":1,"og":2}' }))]);
    expect(logger.entries.map(({ level, event: name, fields }) => ({ level, name, ...fields }))).toEqual([
      { level: 'warn', name: 'records.failed', reason: expect.stringContaining('metadata'), records: 2, first_record_id: 'r0' },
      { level: 'warn', name: 'records.failed', reason: expect.stringContaining('no JSON object'), records: 1, first_record_id: 'r1' },
      { level: 'warn', name: 'columns.discarded', table: 'beer', columns: ['ibu', 'og'] },
    ]);
    expect(JSON.stringify(logger.entries)).not.toContain('jo@');
  });
});
