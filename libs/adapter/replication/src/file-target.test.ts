import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { StreamEvent } from '@data-master/change-events';
import { parseRawKey } from '@data-master/medallion-paths';
import { collect, createManualClock, createMemoryObjectStore } from '@data-master/testing';
import { createFileTarget } from './file-target.ts';

const change = (tableName: string, data: string): StreamEvent => ({ kind: 'data', operation: 'insert', schemaName: 's', tableName, timestamp: '2026-01-01T00:00:00.000001Z', commitTimestamp: '2026-01-01T00:00:00.000001Z', streamPosition: 'p1', data });

async function makeTarget() {
  const store = createMemoryObjectStore();
  const clock = createManualClock(new Date('2026-01-02T03:04:05.678Z'));
  const objects = async (): Promise<[string, string][]> => Promise.all((await collect(store.list(''))).map(async ({ key }): Promise<[string, string]> => {
    const bytes = Buffer.concat(await collect(store.read(key)));
    return [key, (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()];
  }));
  return { target: createFileTarget({ store, clock }), clock, objects };
}

describe('a target of files', () => {
  it('writes one object per table and batch, with rows as ingestion reads them', async () => {
    const { target, objects } = await makeTarget();
    await target.write([change('beer', '{"id":1}'), change('brewery', '{}'), change('beer', '{"id":2}')]);
    const written = await objects();
    expect(written.map(([key]) => parseRawKey(key))).toMatchObject([{ table: 'beer', way: 'stream', at: new Date('2026-01-02T03:04:05Z') }, { table: 'brewery' }]);
    expect(written[0]?.[1]).toBe('{"operation":"insert","_commit_time":"2026-01-01T00:00:00.000001Z","_position":"p1","id":1}\n{"operation":"insert","_commit_time":"2026-01-01T00:00:00.000001Z","_position":"p1","id":2}\n');
    expect(written[1]?.[1]).toBe('{"operation":"insert","_commit_time":"2026-01-01T00:00:00.000001Z","_position":"p1"}\n');
  });

  it('writes the same name for the same rows within a second, and another for others', async () => {
    const { target, objects } = await makeTarget();
    await target.write([change('beer', '{"id":1}')]);
    await target.write([change('beer', '{"id":1}')]);
    expect(await objects()).toHaveLength(1);
    await target.write([change('beer', '{"id":2}')]);
    expect(await objects()).toHaveLength(2);
  });

  it('keeps control records as envelopes beside raw', async () => {
    const { target, objects } = await makeTarget();
    await target.write([{ kind: 'control', operation: 'truncate-table', schemaName: 's', tableName: 'beer', timestamp: '2026-01-01T00:00:00Z' }]);
    const [[key, text] = ['', '']] = await objects();
    expect(key).toMatch(/^control\//);
    expect(JSON.parse(text)).toMatchObject({ metadata: { 'record-type': 'control', operation: 'truncate-table' } });
  });

  it('packs loaded rows as they come, under a name that a repetition has too', async () => {
    const { target, objects, clock } = await makeTarget();
    const load = async (): Promise<void> => {
      async function* rows() {
        yield Buffer.from('id\n');
        yield Buffer.from('1\n2\n');
      }
      await target.load!({ tableName: 'beer', partId: 'part 1', loadedAt: new Date('2026-01-01T00:00:00Z'), rows: rows() });
    };
    await load();
    clock.advance(60_000);
    await load();
    const written = await objects();
    expect(written.map(([key, text]) => [parseRawKey(key), text])).toMatchObject([[{ table: 'beer', way: 'batch', at: new Date('2026-01-01T00:00:00Z') }, 'id\n1\n2\n']]);
  });

  it('fails when the rows do, and leaves no object', async () => {
    const { target, objects } = await makeTarget();
    async function* rows() {
      yield Buffer.from('id\n');
      throw new Error('connection lost');
    }
    await expect(target.load!({ tableName: 'beer', partId: 'p', loadedAt: new Date(0), rows: rows() })).rejects.toThrow('connection lost');
    expect(await objects()).toEqual([]);
  });
});
