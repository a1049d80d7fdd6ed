import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { findPython, prepareLocked } from '@data-master/spark/testing';
import { readAvroRecords, writeAvroRecords, type AvroSchema } from './index.ts';
import { bytesOf, readAll } from './testing/files.ts';

const python = findPython(process.env);
if (python.missing !== undefined) process.stderr.write(`skipped: Avro files and fastavro. ${python.missing}\n`);

(python.missing === undefined ? describe : describe.skip)('fastavro', () => {
  let folder: string;
  let call: <Result>(name: string, parameters: Record<string, unknown>) => Result;

  beforeAll(async () => {
    if (python.missing !== undefined) return;
    const prepared = await prepareLocked(python, { content: 'fastavro', requirements: join(import.meta.dirname, 'testing/requirements.txt') });
    folder = await mkdtemp(join(tmpdir(), 'dm-avro-'));
    call = <Result>(name: string, parameters: Record<string, unknown>) => {
      const { stdout, stderr, status } = spawnSync(prepared.python, [join(import.meta.dirname, 'testing/foreign.py'), name, JSON.stringify(parameters)], { encoding: 'utf8', maxBuffer: 2 ** 28 });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Result;
    };
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const event = (more: object[] = [], name = 'posted'): AvroSchema => ({
    type: 'record', name, doc: 'An event', fields: [
      { name: 'event_id', type: 'string' }, { name: 'version', type: 'long' },
      { name: 'review', type: { type: 'record', name: `${name}_review`, fields: [{ name: 'score', type: 'double' }, { name: 'note', type: ['null', 'string'], default: null }] } },
      { name: 'tags', type: ['null', { type: 'array', items: 'string' }], default: null },
      ...more,
    ] as AvroSchema[] as never,
  });
  const events = Array.from({ length: 2500 }, (_none, index) => ({ event_id: `é${index}`, version: 2 ** 40 + index, review: { score: index / 2, note: index % 3 === 0 ? null : 'n' }, tags: index % 2 === 0 ? null : ['a', ''] }));

  it('reads what is written here, by its own schema and, with defaults for what is new, by a newer one', async () => {
    const file = join(folder, 'ours.avro');
    await writeFile(file, bytesOf(writeAvroRecords(event(), events, { sync: Buffer.alloc(16, 3) })));
    expect(call('read', { file })).toEqual(events);
    const newer = event([{ name: 'channel', type: ['null', 'string'], default: null }]);
    expect(call('read', { file, schema: newer })).toEqual(events.map((each) => ({ ...each, channel: null })));
  });

  test.each(['null', 'deflate', 'snappy', 'zstandard'])('writes files with the codec %s that are read here', async (codec) => {
    const file = join(folder, `${codec}.avro`);
    const count = call<number>('write', { file, codec });
    const records = await readAll(readAvroRecords(createReadStream(file)));
    expect(records).toHaveLength(count);
    for (const [index, record] of records.entries()) {
      expect(record).toEqual({
        day: '2024-02-29', at: `2024-02-29T23:59:59.${String(index).padStart(6, '0')}Z`, price: index === 0 ? '0.00' : (-index / 100).toFixed(2),
        id: `00000000-0000-0000-0000-${index.toString(16).padStart(12, '0')}`, big: 2n ** 62n + BigInt(index), size: 'large', counts: { ü: BigInt(index) },
        either: index % 2 === 1 ? { a: index / 2 } : 'text', again: index % 2 === 1 ? null : { a: 0.5 },
      });
    }
  });
});
