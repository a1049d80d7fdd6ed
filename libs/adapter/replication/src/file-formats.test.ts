import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeEvent, FileSettings } from '@data-master/change-events';
import { createDuckDbEngine } from '@data-master/duckdb';
import { parseRawKey } from '@data-master/medallion-paths';
import type { QueryEngine, SqlRow } from '@data-master/ports';
import type { LogicalType } from '@data-master/table-contracts';
import { collect, createManualClock, createMemoryObjectStore } from '@data-master/testing';
import fc from 'fast-check';
import { createFileTarget } from './file-target.ts';
import { cellsOf, formatCsv, readCells, type Cell } from './row-cells.ts';

const types = new Map<string, LogicalType>([['id', 'long'], ['score', 'double'], ['ok', 'boolean'], ['price', 'decimal(10,2)'], ['note', 'string']]);
const change = (operation: ChangeEvent['operation'], position: string, data: string): ChangeEvent =>
  ({ kind: 'data', operation, schemaName: 's', tableName: 'beer', timestamp: '2026-01-01T00:00:00.000001Z', streamPosition: position, data });
const changes = [
  change('insert', 'p1', '{"id":9223372036854775807,"score":0.1,"ok":true,"price":12345678.90,"note":"a,\\"b\\"\\n"}'),
  change('update', 'p2', '{"id":2,"score":null,"ok":false,"price":0.10,"note":""}'),
  change('delete', 'p3', '{"id":3}'),
];
const loaded = 'id,score,ok,price,note,_commit_time,_position\n1,4.5,t,1.50,"a,""b""",2026-01-01T00:00:00Z,p0\n2,,f,,"",2026-01-01T00:00:00Z,p0\n';

let folder: string;
let duckdb: QueryEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-'));
  duckdb = await createDuckDbEngine({ memoryLimitMb: 128, threads: 1, spillFolder: folder });
});
afterAll(async () => {
  await duckdb?.close();
  await rm(folder, { recursive: true, force: true });
});

async function writeAll(settings: FileSettings, csv = loaded): Promise<[key: string, bytes: Buffer][]> {
  const store = createMemoryObjectStore();
  const target = createFileTarget({ store, clock: createManualClock(), settings, typesOf: (table) => (table === 'beer' ? types : undefined) });
  await target.write(changes);
  await target.load!({ tableName: 'beer', partId: 'part 1', loadedAt: new Date(0), rows: (async function* () { yield Buffer.from(csv); })() });
  return Promise.all((await collect(store.list(''))).map(async ({ key }): Promise<[string, Buffer]> => [key, Buffer.concat(await collect(store.read(key)))]));
}
const fileOf = (files: [string, Buffer][], way: string): [key: string, bytes: Buffer] => files.find(([key]) => key.includes(way))!;

describe('files of text', () => {
  it.each<[FileSettings, string, string, (bytes: Buffer) => Buffer]>([
    [{}, '.gz', '.gz', gunzipSync],
    [{ compressionType: 'none' }, '.json', '.csv', (bytes) => bytes],
    [{ dataFormat: 'csv', compressionType: 'zstd' }, '.csv.zst', '.csv.zst', zstdDecompressSync],
    [{ dataFormat: 'json', compressionType: 'zstd' }, '.json.zst', '.json.zst', zstdDecompressSync],
    [{ dataFormat: 'csv' }, '.gz', '.gz', gunzipSync],
  ])('by %j have every value as it came', async (settings, changesEnd, loadEnd, unpack) => {
    const files = await writeAll(settings);
    const [changesKey, changesBytes] = fileOf(files, 'firehose-stream-1');
    const [loadKey, loadBytes] = fileOf(files, 'batch-process-1');
    expect(changesKey.slice(changesKey.indexOf('.'))).toBe(changesEnd);
    expect(loadKey.slice(loadKey.indexOf('.'))).toBe(loadEnd);
    expect([parseRawKey(changesKey)?.table, parseRawKey(loadKey)?.table]).toEqual(['beer', 'beer']);
    expect(unpack(changesBytes).toString()).toBe(settings.dataFormat === 'csv'
      ? 'operation,_commit_time,_position,id,score,ok,price,note\ninsert,2026-01-01T00:00:00.000001Z,p1,9223372036854775807,0.1,true,12345678.90,"a,""b""\n"\nupdate,2026-01-01T00:00:00.000001Z,p2,2,,false,0.10,""\ndelete,2026-01-01T00:00:00.000001Z,p3,3,,,,\n'
      : changes.map(({ operation, streamPosition, data }) => `{"operation":"${operation}","_commit_time":"2026-01-01T00:00:00.000001Z","_position":"${streamPosition}",${data.slice(1)}\n`).join(''));
    expect(unpack(loadBytes).toString()).toBe(settings.dataFormat === 'json'
      ? '{"id":1,"score":4.5,"ok":true,"price":"1.50","note":"a,\\"b\\"","_commit_time":"2026-01-01T00:00:00Z","_position":"p0"}\n{"id":2,"score":null,"ok":false,"price":null,"note":"","_commit_time":"2026-01-01T00:00:00Z","_position":"p0"}\n'
      : loaded);
  });

  it('are not compressed by what only Parquet has', () => {
    expect(() => createFileTarget({ store: createMemoryObjectStore(), clock: createManualClock(), settings: { dataFormat: 'csv', compressionType: 'snappy' } })).toThrow(/compression snappy of csv files; expected none, gzip or zstd; choose one of these, or the format parquet/);
  });
});

describe('files of Parquet', () => {
  const read = async ([, bytes]: [string, Buffer]): Promise<{ rows: SqlRow[]; kinds: SqlRow[]; codecs: unknown[] }> => {
    const path = join(folder, 'file.parquet');
    await writeFile(path, bytes);
    return {
      rows: await duckdb.rows(`SELECT * FROM '${path}'`), kinds: await duckdb.rows(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM '${path}')`),
      codecs: (await duckdb.rows(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)).map(({ compression }) => compression),
    };
  };

  it.each<[FileSettings['compressionType'], string]>([[undefined, 'SNAPPY'], ['none', 'UNCOMPRESSED'], ['gzip', 'GZIP'], ['snappy', 'SNAPPY'], ['zstd', 'ZSTD']])('by %s are read by another engine, with the types of the contract where no digit is lost', async (compressionType, codec) => {
    const files = await writeAll({ dataFormat: 'parquet', compressionType });
    const stream = fileOf(files, 'firehose-stream-1');
    expect(stream[0]).toMatch(/\.parquet$/);
    const { rows, kinds, codecs } = await read(stream);
    expect(codecs).toEqual([codec]);
    expect(Object.fromEntries(kinds.map(({ name, type }) => [name, type]))).toEqual({ operation: 'VARCHAR', _commit_time: 'VARCHAR', _position: 'VARCHAR', id: 'BIGINT', score: 'DOUBLE', ok: 'BOOLEAN', price: 'VARCHAR', note: 'VARCHAR' });
    expect(rows).toMatchObject([
      { operation: 'insert', _position: 'p1', id: 9223372036854775807n, score: 0.1, ok: true, price: '12345678.90', note: 'a,"b"\n' },
      { operation: 'update', id: 2n, score: null, ok: false, price: '0.10', note: '' },
      { operation: 'delete', id: 3n, score: null, ok: null, price: null, note: null },
    ]);
    expect((await read(fileOf(files, 'batch-process-1'))).rows).toMatchObject([{ id: 1n, score: 4.5, ok: true, price: '1.50', note: 'a,"b"' }, { id: 2n, score: null, ok: false, note: '' }]);
  });

  it('keep as text, for the lake to judge, a column with a value that is not of its type', async () => {
    const files = await writeAll({ dataFormat: 'parquet' }, 'id,score,ok\n9223372036854775808,NaN,maybe\n1,2,t\n');
    expect((await read(fileOf(files, 'batch-process-1'))).rows).toEqual([{ id: '9223372036854775808', score: 'NaN', ok: 'maybe' }, { id: '1', score: '2', ok: 't' }]);
  });
});

describe('cells', () => {
  it('end with the error of their source', async () => {
    const cells = readCells((async function* () {
      yield Buffer.from('id,name\n1,a\n');
      throw new Error('connection lost');
    })(), 1_000);
    await expect(collect(cells)).rejects.toThrow('connection lost');
  });

  it('are read from CSV as they were written, however it is cut', async () => {
    const cell = fc.oneof(fc.constant(null), fc.string(), fc.constantFrom('', ',', '"', '\n', '\r\n', 'ü'));
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 })), fc.integer({ min: 1, max: 40 }), async (rows: Cell[][], blockBytes) => {
      const columns = rows[0]!.map((_, index) => `c${index}`);
      const bytes = Buffer.from(formatCsv({ columns, rows }));
      const blocks = await collect(readCells((async function* () { for (const byte of bytes) yield Buffer.of(byte); })(), blockBytes));
      expect(blocks.every((block) => block.columns.join() === columns.join() && block.rows.length > 0)).toBe(true);
      expect(blocks.flatMap((block) => block.rows)).toEqual(rows);
    }), { numRuns: 50 });
  });

  it('of changes are those of the column, whichever rows have it', () => {
    expect(cellsOf([change('delete', 'p1', '{"id":1}'), change('insert', 'p2', '{"note":{"a":[1, "x"]},"id":2}')])).toEqual({
      columns: ['operation', '_commit_time', '_position', 'id', 'note'],
      rows: [['delete', '2026-01-01T00:00:00.000001Z', 'p1', '1', null], ['insert', '2026-01-01T00:00:00.000001Z', 'p2', '2', '{"a":[1, "x"]}']],
    });
  });
});
