import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDuckDbEngine } from '@data-master/duckdb';
import type { QueryEngine } from '@data-master/ports';
import { readObject, refusal, testdata } from './testing/read-object.ts';

let folder: string;
let duckdb: QueryEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  duckdb = await createDuckDbEngine({ memoryLimitMb: 256, threads: 1, spillFolder: folder });
});
afterAll(async () => {
  await duckdb.close();
  await rm(folder, { recursive: true });
});

async function duckDbFile(select: string, options: string): Promise<Buffer> {
  const path = join(folder, 'file.parquet');
  await duckdb.run(`COPY (${select}) TO '${path}' (FORMAT parquet, ${options})`);
  return readFile(path);
}

const arrowColumns = {
  tiny: ['-128', '127'], unsigned: ['18446744073709551615', '0'], unsigned_int: ['4294967295', '0'], long: ['9223372036854775807', '-9223372036854775808'],
  half: ['1.5', '-0.099975586'], real: ['0.1', '16777216'], wide: ['5e-324', '-Infinity'], small_decimal: ['-4.5', '0.1'], large_decimal: ['-12345678901234567890.1234', '0.0001'],
  yes: ['true', 'false'], text: ['a,"b"\r\n', ''], bytes: ['ff', 'ok'], day: ['0001-01-01', '9999-12-31'], millis: ['1969-12-31 23:59:59.999000', '1970-01-01 00:00:00.000000'],
  micros: ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000000'], nanos: ['2001-09-09 01:46:40.123456789', '1969-12-31 23:59:59.999999999'], clock: ['23:59:59.999999', '00:00:00.000000'],
  'inner.a.b': ['1', null], 'inner.c': ['x', null],
};

describe('a file of pyarrow', () => {
  test.each(['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'].flatMap((codec) => [[codec, 1], [codec, 2]] as const))('compressed by %s, pages of version %d: every type keeps every digit', async (codec, version) => {
    const [file] = await readObject(await testdata(`pyarrow-${codec}-${version}.parquet`));
    expect(file?.columns).toEqual(Object.keys(arrowColumns));
    expect(file?.rows).toEqual([0, 1, 2].map((row) => Object.values(arrowColumns).map((values) => values[row] ?? null)));
  });

  test('with instants of 96 bits', async () => {
    expect((await readObject(await testdata('pyarrow-int96.parquet')))[0]?.rows).toEqual([['2001-09-09 01:46:40.123456789'], ['1969-12-31 23:59:59.999999999'], [null]]);
  });

  test('with every encoding, over many pages and row groups', async () => {
    const [file] = await readObject(await testdata('pyarrow-encodings.parquet'));
    expect(file?.rows).toEqual(Array.from({ length: 1000 }, (_, index) => [String(index), `prefix ${index}`, String(index), String(index / 4), String(index % 3 === 0)]));
  });

  test('with several values in a row is refused', async () => {
    expect(await refusal(await testdata('pyarrow-list.parquet'))).toMatch(/^TerminalError: column tags.list of object raw\/t\/object has several values in a row; expected one/);
  });
});

describe('a file of DuckDB', () => {
  const select = "SELECT i AS id, CASE WHEN i % 7 > 0 THEN 'text ' || i % 50 END AS note, (i / 10)::DECIMAL(18,3) AS amount, TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS at, uuid() AS key FROM range(5000) AS r(i)";

  test.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'].flatMap((codec) => [[codec, 'V1'], [codec, 'V2']] as const))('compressed by %s, written as %s, in several row groups', async (codec, version) => {
    const content = await duckDbFile(select, `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`);
    const rows = await duckdb.rows(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM '${join(folder, 'file.parquet')}'`);
    const [file] = await readObject(content, { types: {} });
    expect(file?.rows?.map(([id, note, amount, at, key]) => ({ id, note, amount, at: at?.replace('.000000', ''), key }))).toEqual(rows);
  });

  test('without rows has its columns', async () => {
    expect(await readObject(await duckDbFile(`${select} LIMIT 0`, 'COMPRESSION zstd'))).toMatchObject([{ columns: ['id', 'note', 'amount', 'at', 'key'], rows: [] }]);
  });

  test('inside gzip or zip', async () => {
    const content = await duckDbFile('SELECT 1 AS id', 'COMPRESSION zstd');
    for (const packed of [gzipSync(content), zipSync({ 'a.parquet': content })]) expect(await readObject(packed)).toMatchObject([{ kind: 'parquet', rows: [['1']] }]);
  });

  test('with a type that is no single value is refused', async () => {
    expect(await refusal(await duckDbFile("SELECT INTERVAL 1 DAY AS span", 'COMPRESSION zstd'))).toMatch(/column span of object raw\/t\/object is of type INTERVAL; expected numbers, texts/);
    expect(await refusal(await duckDbFile("SELECT MAP {'a': 1} AS pairs", 'COMPRESSION zstd'))).toMatch(/column pairs.key_value of .+ has several values in a row/);
  });
});

test('a file that is cut or changed anywhere is refused or read as it was, never with other values', async () => {
  const content = await testdata('pyarrow-snappy-1.parquet');
  const [whole] = await readObject(content);
  for (let at = 4; at < content.length; at += 61) {
    expect(await refusal(content.subarray(0, at))).toMatch(/^TerminalError: /);
    const changed = Buffer.from(content);
    changed[at] = (changed[at] ?? 0) ^ 0x55;
    const message = await refusal(changed);
    if (message === 'it was read') expect((await readObject(changed))[0]?.columns).toHaveLength(whole?.columns?.length ?? 0);
    else expect(message).toMatch(/^TerminalError: /);
  }
});
