import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { writeAvroRecords } from '@data-master/avro';
import { createDuckDbEngine } from '@data-master/duckdb';
import { sheetOf, workbookOf } from '@data-master/raw-files/testing';
import { quoteIdentifier, quoteText } from '@data-master/table-contracts';

/** Rows of texts under a header. */
export type TextRows = readonly (readonly string[])[];

const csvOf = (rows: TextRows): string => rows.map((row) => `${row.map((cell) => (cell === '' ? '' : JSON.stringify(cell))).join(',')}\n`).join('');

/** The same rows of texts, the header first, as a file of each kind; an empty text is no value. */
export async function inEveryKind(rows: TextRows): Promise<Record<'zst' | 'zip' | 'parquet' | 'avro' | 'xlsx', Uint8Array>> {
  const [header = [], ...body] = rows;
  const half = Math.ceil(body.length / 2);
  return {
    zst: zstdCompressSync(csvOf(rows)),
    zip: zipSync({ 'a.csv': Buffer.from(csvOf([header, ...body.slice(0, half)])), 'b.csv': Buffer.from(csvOf([header, ...body.slice(half)])) }),
    parquet: await parquetOf(header, body),
    avro: Buffer.concat([...writeAvroRecords(
      { type: 'record', name: 'row', fields: header.map((name) => ({ name, type: ['null', 'string'] })) },
      body.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] || null]))), { sync: Buffer.alloc(16, 7) },
    )]),
    xlsx: workbookOf(sheetOf(rows.map((row) => row.map((cell) => cell || null)))),
  };
}

async function parquetOf(header: readonly string[], rows: TextRows): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-parquet-'));
  const engine = await createDuckDbEngine({ memoryLimitMb: 128, threads: 1, spillFolder: folder });
  try {
    const path = join(folder, 'file.parquet');
    const values = rows.map((row) => `(${header.map((_, index) => (row[index] ? quoteText(row[index]) : 'NULL')).join(', ')})`);
    await engine.run(`COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS t(${header.map(quoteIdentifier).join(', ')})) TO ${quoteText(path)} (FORMAT parquet)`);
    return await readFile(path);
  } finally {
    await engine.close();
    await rm(folder, { recursive: true });
  }
}
