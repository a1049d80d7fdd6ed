import { describe, expect, it } from '@jest/globals';
import { parseEnvelope, type ChangeEvent, type StreamEvent } from '@data-master/change-events';
import type { StreamRecord } from '@data-master/ports';
import { createMemoryChangeStream, createMemoryObjectStore, createManualClock, collect, readAllRecords } from '@data-master/testing';
import { createFileTarget } from './file-target.ts';
import { createStreamTarget } from './stream-target.ts';
import { createRecordedTarget } from './testing/recorded-target.ts';

const change = (rowKey: string, data: string, operation: ChangeEvent['operation'] = 'insert'): ChangeEvent => ({
  kind: 'data', operation, schemaName: 's', tableName: 'beer', timestamp: '2026-01-01T00:00:00.000001Z', commitTimestamp: '2026-01-01T00:00:00.000001Z', streamPosition: 'p1', data, rowKey,
});
const truncated: StreamEvent = { kind: 'control', operation: 'truncate-table', schemaName: 's', tableName: 'beer', timestamp: '2026-01-01T00:00:00Z' };
const withoutKey = ({ rowKey: _rowKey, ...event }: ChangeEvent): Omit<ChangeEvent, 'rowKey'> => event;

/** Keeps what is appended with its keys. */
function recordedStream(maxRecordBytes = 10_000) {
  const records: StreamRecord[] = [];
  return { records, stream: { maxRecordBytes, append: async (appended: readonly StreamRecord[]) => void records.push(...appended) } };
}

describe('a target of a stream', () => {
  it('appends events as envelopes, in their order', async () => {
    const stream = createMemoryChangeStream();
    const events = [change('1', '{"id":1}'), change('1', '{"id":1,"name":"b"}', 'update')];
    await createStreamTarget({ stream }).write([...events, truncated]);
    const read = (await readAllRecords(stream)).map((data) => parseEnvelope(Buffer.from(data).toString()).event);
    expect(read.filter((event) => event?.kind === 'data')).toEqual(events.map(withoutKey));
    expect(read.filter((event) => event?.kind === 'control')).toEqual([truncated]);
  });

  it('gives a row one key, and the rows of a table many, without telling their values', async () => {
    const { stream, records } = recordedStream();
    const rows = Array.from({ length: 40 }, (_, n) => `jo${n}@example.com`);
    await createStreamTarget({ stream }).write([...rows, ...rows].map((row) => change(row, '{}')));
    const keys = records.map(({ partitionKey }) => partitionKey);
    expect(keys.slice(0, 40)).toEqual(keys.slice(40));
    expect(new Set(keys).size).toBe(40);
    for (const key of keys) expect(key).toMatch(/^s\.beer:[0-9a-f]{8}$/);
  });

  it('puts what is too long for the stream into files, where there are any, and else fails', async () => {
    const { stream, records } = recordedStream(1_000);
    const files = createRecordedTarget();
    const long = change('2', JSON.stringify({ id: 2, text: 'x'.repeat(2_000) }));
    await createStreamTarget({ stream, files }).write([change('1', '{"id":1}'), long, change('3', '{"id":3}')]);
    expect(records).toHaveLength(2);
    expect(files.events).toEqual([long]);
    await expect(createStreamTarget({ stream: createMemoryChangeStream({ maxRecordBytes: 1_000 }) }).write([long])).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('s.beer') });
  });

  it('loads into files where there are any, and else leaves rows to come as events', async () => {
    const store = createMemoryObjectStore();
    const { stream } = recordedStream();
    expect(createStreamTarget({ stream }).load).toBeUndefined();
    async function* rows() { yield Buffer.from('id\n1\n'); }
    await createStreamTarget({ stream, files: createFileTarget({ store, clock: createManualClock() }) }).load!({ tableName: 'beer', partId: 'p', loadedAt: new Date(0), rows: rows() });
    expect(await collect(store.list('raw/beer/'))).toHaveLength(1);
  });
});
