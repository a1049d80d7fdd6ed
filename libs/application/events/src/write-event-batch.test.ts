import { beforeEach, describe, expect, it, test } from '@jest/globals';
import avsc from 'avsc';
import { parseAvroFile, type AvroFile } from '@data-master/avro';
import { parseRawKey } from '@data-master/medallion-paths';
import { TransientError } from '@data-master/ports';
import { collect, createManualClock, createMemoryLogger, createMemoryObjectStore, createMemoryQueue } from '@data-master/testing';
import { avroSchemaOf, openSchemaRepository, writeEventBatch, type BatchPorts, type DeadEvent, type JsonBatch, type QuarantinedEvent, type ValidEvent } from './index.ts';
import { eventSchema, readOwnSchemas, reviewPosted } from './testing/schemas.ts';

const tapped = (more: Readonly<Record<string, unknown>>, properties: Readonly<Record<string, unknown>> = {}) =>
  eventSchema({ event: { type: 'string' }, version: { type: 'integer' }, ...properties }, { required: ['event', 'version'], ...more });
const sources = [
  ...readOwnSchemas(),
  { event: 'beer_tapped', version: 1, schema: tapped({ 'x-delivery': 'json' }, { note: { type: 'string' } }) },
  { event: 'mixed', version: 1, schema: tapped({}, { any: { anyOf: [{ type: 'string' }, { type: 'integer' }] } }) },
  { event: 'counted', version: 1, schema: tapped({}, { n: { type: 'integer' } }) },
];

let parts: ReturnType<typeof makeParts>;
beforeEach(() => {
  parts = makeParts();
});
function makeParts() {
  const clock = createManualClock();
  const delivered: JsonBatch[] = [];
  const stores = { raw: createMemoryObjectStore(), quarantine: createMemoryObjectStore(), dead: createMemoryQueue<DeadEvent>(clock) };
  const ports: BatchPorts = {
    repository: openSchemaRepository(sources), prefix: 'dm', clock, logger: createMemoryLogger(), ...stores,
    json: { maxEventBytes: 200, deliver: async (batch) => void delivered.push(batch) },
  };
  return { ...stores, delivered, ports };
}
const message = (messageId: string, event: unknown, sentAt = new Date('2026-03-01T12:00:00.700Z')): ValidEvent => ({ messageId, body: typeof event === 'string' ? event : JSON.stringify(event), sentAt });
const posted = (id: string, changes = {}) => message(id, reviewPosted({ event_id: `3f0c6a3e-6d0f-4d4b-9a52-00000000000${id}`, ...changes }));

const readObject = async (key: string): Promise<AvroFile> => parseAvroFile(Buffer.concat(await collect(parts.raw.read(key))));
const readQuarantined = async (id: string): Promise<QuarantinedEvent> => JSON.parse(Buffer.concat(await collect(parts.quarantine.read(`quarantine/events/${id}.json`))).toString()) as QuarantinedEvent;

it('writes one Avro file for each version of a type, with its schema, in the order of the events', async () => {
  const { written, objectKeys } = await writeEventBatch([posted('1'), posted('2', { version: 2, channel: 'web' }), posted('3')], parts.ports);
  expect([written, objectKeys.length]).toEqual([3, 2]);
  expect(objectKeys.map(parseRawKey)).toEqual([1, 2].map(() => expect.objectContaining({ table: 'review_posted', way: 'events', at: new Date('2026-03-01T12:00:00Z') })));
  const [first, second] = await Promise.all(objectKeys.map(readObject));
  expect(first!.records.map((record) => record['event_id'])).toEqual(['3f0c6a3e-6d0f-4d4b-9a52-000000000001', '3f0c6a3e-6d0f-4d4b-9a52-000000000003']);
  expect(second!.records).toMatchObject([{ version: 2n, channel: 'web', review: { review_id: 1n, review_overall: 4.5, review_aroma: null } }]);
  expect(JSON.parse(second!.header.get('avro.schema')!)).toEqual(avroSchemaOf(sources.find(({ version }) => version === 2)!.schema as Record<string, unknown>, 'review_posted'));
});

it('writes the same object with the same bytes when the same events come again, in whatever order', async () => {
  const events = [posted('1'), posted('2')];
  const [first] = (await writeEventBatch(events, parts.ports)).objectKeys;
  const bytes = Buffer.concat(await collect(parts.raw.read(first!)));
  expect((await writeEventBatch(events, parts.ports)).objectKeys).toEqual([first]);
  expect(Buffer.concat(await collect(parts.raw.read(first!)))).toEqual(bytes);
  expect((await writeEventBatch(events.toReversed(), parts.ports)).objectKeys).toEqual([first]);
  expect(Buffer.concat(await collect(parts.raw.read(first!)))).toEqual(bytes);
  expect((await writeEventBatch([events[0]!], parts.ports)).objectKeys).not.toEqual([first]);
});

it('gives what an older version wrote to a reader with the newest schema, what is new being null', async () => {
  const [key] = (await writeEventBatch([posted('1')], parts.ports)).objectKeys;
  const { header, records } = await readObject(key!);
  const writer = avsc.Type.forSchema(JSON.parse(header.get('avro.schema')!) as avsc.Schema);
  const newest = avroSchemaOf(readOwnSchemas().find(({ version }) => version === 2)!.schema as Record<string, unknown>, 'review_posted');
  const reader = avsc.Type.forSchema(newest as unknown as avsc.Schema, { wrapUnions: false });
  const written = writer.toBuffer(JSON.parse(JSON.stringify(records[0], (_name, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))));
  expect(reader.fromBuffer(written, reader.createResolver(writer))).toMatchObject({ version: 1, channel: null, review: { review_id: 1, serving: null, review_taste: expect.anything() } });
});

it('hands events of a type that says so on as JSON, one on a line', async () => {
  const event = { event: 'beer_tapped', version: 1, note: 'a\nb' };
  expect(await writeEventBatch([message('1', JSON.stringify(event, null, 1).replaceAll('\n', '\r\n')), message('2', event)], parts.ports)).toMatchObject({ written: 2, objectKeys: [] });
  expect(parts.delivered).toMatchObject([{ event: 'beer_tapped', rawKey: expect.stringMatching(/^raw\/beer_tapped\/dm-firehose-stream-1-.*\.gz$/) }]);
  expect(parts.delivered[0]!.lines.map((line) => [line.includes('\n'), JSON.parse(line) as unknown])).toEqual([[false, event], [false, event]]);
});

it('writes an event whose schema refers to itself, as deep as it is', async () => {
  const nested = (depth: number): object => ({ event: 'tree', version: 1, ...(depth > 0 && { child: nested(depth - 1) }) });
  const repository = openSchemaRepository([{ event: 'tree', version: 1, schema: tapped({}, { child: { $ref: '#' } }) }]);
  const { objectKeys } = await writeEventBatch([message('1', nested(60))], { ...parts.ports, repository });
  let [depth, found]: [number, unknown] = [0, (await readObject(objectKeys[0]!)).records[0]];
  for (; found; found = (found as { child?: unknown }).child) depth += 1;
  expect(depth).toBe(61);
});

it('keeps every digit of an integer', async () => {
  const [key] = (await writeEventBatch([message('1', '{"event":"counted","version":1,"n":9007199254740993}')], parts.ports)).objectKeys;
  expect((await readObject(key!)).records).toMatchObject([{ n: 9_007_199_254_740_993n }]);
});

describe('what its delivery cannot hold goes to quarantine with the reason, and the rest is written', () => {
  test.each<[string, ValidEvent, object]>([
    ['an integer beyond 64 bits', message('x', '{"event":"counted","version":1,"n":9223372036854775808}'), { path: '/n', rule: 'avro', actual: 'an integer beyond 64 bits', expected: 'Avro null or long' }],
    ['a type without a form in Avro', message('x', { event: 'mixed', version: 1, any: 1 }), { path: '', rule: 'avro', actual: expect.stringContaining('mixed_any is a value without a type'), expected: 'a schema with a form in Avro' }],
    ['an event too long for Firehose', message('x', { event: 'beer_tapped', version: 1, note: 'a'.repeat(200) }), { path: '', rule: 'delivery', actual: '245 bytes', expected: 'at most 200 bytes, as its delivery takes' }],
    ['an event whose schema is gone', message('x', { event: 'gone', version: 1 }), { path: '/event', rule: 'event', actual: '"gone"' }],
  ])('%s', async (_title, event, violation) => {
    const result = await writeEventBatch([posted('1'), event, message('2', { event: 'counted', version: 1, n: 1 })], parts.ports);
    expect(result).toMatchObject({ written: 2, quarantined: 1, failedIds: [] });
    expect((await readQuarantined('x')).violations).toEqual([expect.objectContaining(violation)]);
    expect(await parts.dead.receive({ limit: 10, visibilityMs: 1 })).toMatchObject([{ messageId: 'x', body: { body: event.body, quarantineKey: 'quarantine/events/x.json' } }]);
  });
});

it('hands back the events of a group whose port failed, and only those', async () => {
  const raw = { write: (key: string, body: Uint8Array) => (key.startsWith('raw/review_posted/') ? Promise.reject(new TransientError('jane@example.com is slow')) : parts.raw.write(key, body)) } as BatchPorts['raw'];
  const result = await writeEventBatch([posted('1'), message('2', { event: 'counted', version: 1 }), message('3', { event: 'mixed', version: 1 })], { ...parts.ports, raw, dead: { send: () => Promise.reject(new TransientError('full')) } });
  expect(result).toMatchObject({ written: 1, quarantined: 0, failedIds: ['1', '3'] });
  expect(JSON.stringify((parts.ports.logger as ReturnType<typeof createMemoryLogger>).entries)).not.toContain('jane');
});
