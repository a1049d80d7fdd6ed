import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { formatEnvelope, type ChangeEvent, type StreamEvent } from '@data-master/change-events';
import { parseRawKey } from '@data-master/medallion-paths';
import { TerminalError, TransientError, type ObjectInfo } from '@data-master/ports';
import { collect, createManualClock, createMemoryChangeStream, createMemoryLogger, createMemoryObjectStore } from '@data-master/testing';
import fc from 'fast-check';
import { deliverChanges, type DeliveryPorts } from './deliver-changes.ts';

const change = (tableName: string, n: number, more: Partial<ChangeEvent> = {}): ChangeEvent => ({
  kind: 'data', operation: 'insert', schemaName: 's', tableName, timestamp: '2026-01-01T00:00:00.000000Z', commitTimestamp: '2026-01-01T00:00:00.000000Z',
  streamPosition: String(n).padStart(20, '0'), data: `{"id":${n}}`, ...more,
});

function makeDelivery({ bufferBytes = 10_000, bufferMs = 60_000, ...replaced }: Partial<DeliveryPorts> & { bufferBytes?: number; bufferMs?: number } = {}) {
  const clock = createManualClock();
  const stream = createMemoryChangeStream({ clock });
  const store = createMemoryObjectStore({ clock });
  const announced: ObjectInfo[] = [];
  const ports: DeliveryPorts = {
    reader: stream, store, clock, logger: createMemoryLogger(), announce: async (object) => void announced.push(object), wait: async () => undefined, ...replaced,
  };
  /** Delivers until the stream has nothing left, or a step fails for good. */
  const run = async (): Promise<void> => {
    const stop = new AbortController();
    const reader: DeliveryPorts['reader'] = {
      ...ports.reader,
      async wait(places, timeoutMs, signal) {
        const ends = await Promise.all(places.map(async (place, partition) => (await ports.reader.read(partition, place, 1)).records.length === 0));
        if (ends.every(Boolean)) stop.abort();
        await ports.reader.wait(places, timeoutMs, signal);
      },
    };
    await deliverChanges({ ...ports, reader }, { route: {}, bufferBytes, bufferMs }, stop.signal);
  };
  const append = (events: readonly (StreamEvent | string)[], key = 'k'): Promise<void> => stream.append(events.map((event) => ({ partitionKey: key, data: Buffer.from(typeof event === 'string' ? event : formatEnvelope(event)) })));
  const objects = async () => Promise.all((await collect(store.list(''))).map(async ({ key }) => {
    const bytes = Buffer.concat(await collect(store.read(key)));
    const lines = (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trimEnd().split('\n');
    return { key, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }));
  return { ports, clock, stream, store, announced, run, append, objects };
}

describe('a delivery', () => {
  it('makes one object of raw for each table, tells of it and then the stream', async () => {
    const { run, append, objects, announced, stream, clock } = makeDelivery();
    clock.advance(Date.parse('2026-03-01T10:20:30Z') - clock.now().getTime());
    await append([change('beer', 1), change('brewery', 2), change('beer', 3)]);
    await append([change('beer', 4)], 'k2');
    await run();
    const written = await objects();
    expect(written.map(({ key, lines }) => [parseRawKey(key), lines.map((line) => line['id'])])).toEqual([
      [expect.objectContaining({ table: 'beer', way: 'stream', prefix: 'dm', at: new Date('2026-03-01T10:20:30Z') }), [1, 3, 4]],
      [expect.objectContaining({ table: 'brewery' }), [2]],
    ]);
    expect(announced.map(({ key }) => key)).toEqual(written.map(({ key }) => key));
    expect(await stream.backlog()).toEqual({ records: 0, bytes: 0 });
  });

  it('keeps what it cannot read whole, in the members of Firehose, and control records as they came', async () => {
    const { run, append, objects, announced, clock } = makeDelivery();
    const control: StreamEvent = { kind: 'control', operation: 'truncate-table', schemaName: 's', tableName: 'beer', timestamp: '2026-01-01T00:00:00.000000Z' };
    const arrived = clock.now().getTime();
    await append([change('beer', 1), 'no envelope', control]);
    clock.advance(5_000);
    await run();
    const written = await objects();
    expect(written.map(({ key }) => key.replace(/[0-9a-f]{8}-.*(?=\.)/, '…'))).toEqual([expect.stringMatching(/^control\//), expect.stringMatching(/^errors\/processing-failed\//), expect.stringMatching(/^raw\/beer\//)]);
    expect(written[0]!.lines).toMatchObject([{ metadata: { 'record-type': 'control', operation: 'truncate-table' } }]);
    expect(written[1]!.lines).toEqual([{ attemptsMade: 1, arrivalTimestamp: arrived, errorCode: 'ProcessingFailed', errorMessage: expect.stringContaining('no JSON object'), rawData: Buffer.from('no envelope').toString('base64') }]);
    expect(announced).toHaveLength(1);
  });

  it('delivers a row that is larger than its buffer', async () => {
    const { run, append, objects } = makeDelivery({ bufferBytes: 1_000 });
    const long = 'x'.repeat(50_000);
    await append([change('beer', 1)]);
    await append([change('beer', 2, { data: `{"id":2,"text":"${long}"}` })]);
    await append([change('beer', 3)]);
    await run();
    const rows = (await objects()).flatMap(({ lines }) => lines);
    expect(rows.map((row) => row['id']).sort()).toEqual([1, 2, 3]);
    expect(rows.find((row) => row['id'] === 2)?.['text']).toBe(long);
  });

  it('cuts a long backlog into bounded batches', async () => {
    const { run, append, objects } = makeDelivery({ bufferBytes: 5_000 });
    for (let n = 0; n < 300; n += 1) await append([change('beer', n)], 'k'.repeat(1 + (n % 3)));
    await run();
    const counts = (await objects()).map(({ lines }) => lines.length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(300);
    expect(counts.length).toBeGreaterThan(3);
    for (const count of counts) expect(count).toBeLessThan(60);
  });

  it('waits no longer than it should for a small batch, and not at all once the clock was set back', async () => {
    for (const step of [10_000, -3_600_000]) {
      const own = makeDelivery({ bufferMs: 10_000 });
      await own.append([change('beer', 1)]);
      const delivered = Promise.withResolvers<void>();
      const stop = new AbortController();
      const waits: number[] = [];
      const reader = { ...own.ports.reader, wait: async (_places: readonly number[], timeoutMs: number) => {
        waits.push(timeoutMs);
        if (waits.length === 2) own.clock.advance(step);
        if (waits.length === 3) stop.abort();
      } };
      await deliverChanges({ ...own.ports, reader, announce: async () => delivered.resolve() }, { route: {}, bufferBytes: 10_000, bufferMs: 10_000 }, stop.signal);
      await delivered.promise;
      expect(waits).toEqual([60_000, 10_000, 60_000]);
    }
  });

  it('names objects by their content, so that what is delivered again is the same object', async () => {
    const { ports, run, append, objects } = makeDelivery();
    await append([change('beer', 1), 'no envelope']);
    ports.reader = { ...ports.reader, checkpoints: async () => [0, 0, 0] };
    await run();
    const first = await objects();
    await run();
    expect(await objects()).toEqual(first);
  });

  it('begins again after failures that may pass, and ends with others', async () => {
    const waits: number[] = [];
    const { ports, run, append, objects } = makeDelivery({ bufferMs: 0, wait: async (ms) => void waits.push(ms) });
    const { store } = ports;
    let failures = 3;
    ports.store = { ...store, write: async (key, body) => (failures-- > 0 ? Promise.reject(new TransientError('no room')) : store.write(key, body)) };
    await append([change('beer', 1)]);
    await run();
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(await objects()).toHaveLength(1);
    ports.store = { ...store, write: () => Promise.reject(new TerminalError('not allowed')) };
    await append([change('beer', 2)]);
    await expect(run()).rejects.toThrow('not allowed');
  });

  it('leaves nothing out and keeps the order of a key, wherever it is killed', async () => {
    const step = fc.record({ kind: fc.constantFrom('append', 'append', 'kill before the object', 'kill after the object', 'kill after the announcement', 'run'), size: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 200, max: 4_000 }), async (steps, bufferBytes) => {
      const { ports, run, append, objects } = makeDelivery({ bufferBytes });
      const { announce, store } = ports;
      let appended = 0;
      for (const { kind, size } of [...steps, { kind: 'run', size: 0 }]) {
        const killed = new TerminalError(kind);
        ports.store = { ...store, write: async (key, body) => {
          if (kind === 'kill before the object') throw killed;
          return store.write(key, body);
        } };
        ports.announce = async (object) => {
          if (kind === 'kill after the object') throw killed;
          await announce(object);
          if (kind === 'kill after the announcement') throw killed;
        };
        if (kind === 'append') for (let n = 0; n < size; n += 1) await append([appended % 7 === 6 ? `garbage ${appended++}` : change('beer', appended++)], 'k'.repeat(1 + (n % 3)));
        else await run().catch((error: unknown) => expect(error).toBe(killed));
      }
      const all = await objects();
      const rows = all.filter(({ key }) => key.startsWith('raw/')).flatMap(({ lines }) => lines.map((line) => Number(line['id'])));
      const failed = all.filter(({ key }) => key.startsWith('errors/')).flatMap(({ lines }) => lines.map((line) => Number(Buffer.from(String(line['rawData']), 'base64').toString().split(' ')[1])));
      expect([...new Set([...rows, ...failed])].sort((a, b) => a - b)).toEqual(Array.from({ length: appended }, (_, n) => n));
      expect(await ports.reader.backlog()).toMatchObject({ records: 0 });
    }), { numRuns: 60 });
  });
});
