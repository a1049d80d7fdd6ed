import { gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDuckDbEngine } from '@data-master/duckdb';
import { bronzeColumns, dialectsOf, rawColumns } from '@data-master/table-contracts';
import { createCopiedLocalFiles, createMemoryObjectStore } from '@data-master/testing';
import { createDuckDbParquetEngine, createPortableParquetEngine, type BlockOptions } from './index.ts';
import { csvInput, jsonInput, type GeneratedInput } from './testing/generated-input.ts';
import { arrivedAt, convert, everything, masker, people, type Outcome, type Parts } from './testing/samples.ts';

let parts: Parts;

beforeAll(async () => {
  const store = createMemoryObjectStore();
  const query = await createDuckDbEngine({ memoryLimitMb: 256, threads: 1, spillFolder: tmpdir() });
  parts = { store, query, openFiles: () => createCopiedLocalFiles(store) };
});

afterAll(() => parts.query.close());

async function convertByBoth(content: Buffer, table = everything, blocks?: BlockOptions): Promise<[duckdb: Outcome, portable: Outcome]> {
  const options = { ...parts, ...(blocks && { blocks }) };
  return [await convert(createDuckDbParquetEngine(options), parts, table, content), await convert(createPortableParquetEngine(options), parts, table, content)];
}

async function expectEqual({ content, records }: GeneratedInput, blocks?: BlockOptions): Promise<Outcome> {
  const [duckdb, portable] = await convertByBoth(content, everything, blocks);
  expect(duckdb).toEqual(portable);
  expect(duckdb.accepted + duckdb.rejected).toBeGreaterThanOrEqual(Math.min(records, 1));
  return duckdb;
}

describe('both engines give the same rows, types, order and rejections', () => {
  test('for CSV of every type, whole or broken', async () => {
    const seen = { accepted: 0, rejected: 0 };
    await fc.assert(
      fc.asyncProperty(csvInput(everything), fc.boolean(), async ({ content, records }, compressed) => {
        const { accepted, rejected } = await expectEqual({ content: compressed ? gzipSync(content) : content, records });
        seen.accepted += accepted;
        seen.rejected += rejected;
      }),
      { numRuns: 150 },
    );
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.rejected).toBeGreaterThan(100);
  });

  test('for CSV that fits, of which nothing is rejected', async () => {
    await fc.assert(
      fc.asyncProperty(csvInput(everything, { clean: true }), async (input) => {
        const { rejected, accepted } = await expectEqual(input);
        expect([accepted, rejected]).toEqual([input.records, 0]);
      }),
      { numRuns: 150 },
    );
  });

  test('wherever the input is cut into blocks', async () => {
    const limitBytes = 4096;
    await fc.assert(
      fc.asyncProperty(csvInput(everything), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }), async (input, first, second) => {
        const [duckdb] = await convertByBoth(input.content, everything, { blockBytes: first, limitBytes });
        const [, portable] = await convertByBoth(input.content, everything, { blockBytes: second, limitBytes });
        expect(duckdb).toEqual(portable);
      }),
      { numRuns: 40 },
    );
  });

  test('for a first value that begins with a byte order mark, which is no part of one only at the beginning of an object', async () => {
    for (const record of ['\uFEFF,1,', '\uFEFFx,1,', '"\uFEFFx",1,']) {
      const columns = rawColumns(people).map(({ name }) => name);
      const header = ['email', 'id', ...columns.filter((name) => !['email', 'id'].includes(name))];
      const content = Buffer.from(`${header.join(',')}\n${record}${','.repeat(header.length - 3)}\n`);
      const [duckdb, portable] = await convertByBoth(content, people);
      expect(duckdb.accepted + duckdb.rejected).toBe(1);
      expect(duckdb).toEqual(portable);
    }
  });

  test('with records around the limit', async () => {
    await fc.assert(
      fc.asyncProperty(csvInput(everything), fc.integer({ min: 300, max: 500 }), async (input, limitBytes) => {
        const [duckdb, portable] = await convertByBoth(input.content, everything, { blockBytes: limitBytes >> 1, limitBytes });
        expect(duckdb).toEqual(portable);
      }),
      { numRuns: 40 },
    );
  });

  test('for NDJSON of every type, whole or broken', async () => {
    const seen = { accepted: 0, rejected: 0 };
    await fc.assert(
      fc.asyncProperty(jsonInput(everything), async (input) => {
        const { accepted, rejected } = await expectEqual(input);
        seen.accepted += accepted;
        seen.rejected += rejected;
      }),
      { numRuns: 100 },
    );
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.rejected).toBeGreaterThan(50);
  });
});

test('values arrive as the contract means them, in columns of its types', async () => {
  const row = {
    a_long: '-9223372036854775808', an_int: '+2147483647', a_boolean: 'T', a_float: '0.1', a_double: '5e-324', a_date: '0001-01-01', a_timestamp: '2001-02-03T04:05:06.7-03:30',
    a_small_decimal: '-4.50', a_fraction: '.1234', a_whole_decimal: '999999999.', a_large_decimal: '-999999999999999.999', a_string: '"a, ""b""\r\n😀"', a_hashed: 'me@example.org', a_digested: 'x', a_masked: '😀 name', a_dropped: 'gone', a_kept: 'k', a_ranged: '253402300799',
  };
  const content = Buffer.from(`${Object.keys(row).join(',')}\n${Object.values(row).join(',')}\n`);
  for (const { rows, columns } of await convertByBoth(content)) {
    expect(columns.map(({ column_name, column_type }) => [column_name, column_type])).toEqual(bronzeColumns(everything).map(({ name, type }) => [name, dialectsOf(type).duckdb.replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE')]));
    expect(rows).toEqual([
      {
        a_long: -(2n ** 63n), an_int: 2147483647, a_boolean: true, a_float: Math.fround(0.1), a_double: 5e-324, a_date: '0001-01-01', a_timestamp: '2001-02-03 07:35:06.7+00',
        a_small_decimal: '-4.5', a_fraction: '0.1234', a_whole_decimal: '999999999', a_large_decimal: '-999999999999999.999', a_string: 'a, "b"\r\n😀',
        a_hashed: masker.treat('hash', 'me@example.org'), a_digested: masker.treat('sha256', 'x'), a_masked: '😀****', a_kept: 'k', a_ranged: 253402300799n,
        operation: 'load', _commit_time: '2026-01-02 03:04:05.678+00', _position: 'input-1.gz', _source_key: 'raw/everything/input-1.gz', _row: 1n,
      },
    ]);
  }
});

test('a file of many parts has each row once, in order, with its number, without memory of the gaps', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => (index % 1000 === 999 ? 'x,e,,,' : `${index},e${index},"note\n${index}",${(index % 50) / 10},`));
  const content = Buffer.from(`id,email,note,score,born\n${lines.join('\n')}`);
  for (const { rows, rejected, quarantine } of await convertByBoth(content, people, { blockBytes: 20_000 })) {
    expect(rejected).toBe(5);
    expect(quarantine.map(({ row, line }) => [row, line])).toEqual([1000, 2000, 3000, 4000, 5000].map((row, before) => [row, 2 * row - before]));
    expect(rows.map(({ id, _row, note }) => [id, _row, note])).toEqual(lines.flatMap((line, index) => (line.startsWith('x') ? [] : [[BigInt(index), BigInt(index + 1), `note\n${index}`]])));
  }
});

test('records longer than a block are rows among short ones', async () => {
  const notes = [10, 500, 700, 20, 650, 990, 5, 300].map((length, index) => String(index).repeat(length));
  const content = Buffer.from(`id,email,note,score,born\n${notes.map((note, index) => `${index},e,${note},,\n`).join('')}`);
  for (const { rows } of await convertByBoth(content, people, { blockBytes: 400, limitBytes: 1000 })) expect(rows.map(({ note }) => note)).toEqual(notes);
});

test('personal columns are treated and dropped columns are gone', async () => {
  const [{ rows }] = await convertByBoth(Buffer.from('id,email,note,score,born\n1,me@example.org,,,\n'), people);
  expect(JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('example');
  expect(bronzeColumns(everything).map(({ name }) => name)).not.toContain('a_dropped');
  expect(rawColumns(everything).map(({ name }) => name)).toContain('a_dropped');
  expect(arrivedAt.toISOString()).toBe('2026-01-02T03:04:05.678Z');
});
