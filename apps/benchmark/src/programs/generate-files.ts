import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { writeAvroRecords } from '@data-master/avro';
import { review } from '@data-master/beer-lake';
import { createDuckDbEngine } from '@data-master/duckdb';
import { sheetOf, workbookOf } from '@data-master/raw-files/testing';
import { dialectsOf, quoteText, rawColumns } from '@data-master/table-contracts';

/** Writes the reviews of `raw/review.csv.gz` as a file of each kind beside it. */
export interface GenerateFilesOptions {
  folder: string;
}

const { folder } = JSON.parse(process.argv[2] ?? '') as GenerateFilesOptions;
const pathOf = (kind: string): string => join(folder, 'raw', `review.${kind}`);
const query = await createDuckDbEngine({ memoryLimitMb: 500, threads: 1, spillFolder: join(folder, 'spill') });
const columns = rawColumns(review);
const types = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(dialectsOf(type).duckdb)}`).join(', ');
await query.run(`CREATE TABLE reviews AS FROM read_csv(${quoteText(pathOf('csv.gz'))}, types = {${types}})`);
await query.run(`COPY reviews TO ${quoteText(pathOf('parquet'))} (FORMAT parquet, COMPRESSION zstd)`);
await query.run(`COPY reviews TO ${quoteText(pathOf('ndjson.gz'))} (FORMAT json, COMPRESSION gzip)`);
const rows = await query.rows('FROM reviews');
await query.close();

const header = columns.map(({ name }) => name);
const csv = Buffer.from([header.join(','), ...rows.map((row) => header.map((name) => String(row[name] as string | bigint | null ?? '')).join(',')), ''].join('\n'));
await writeFile(pathOf('csv.zst'), zstdCompressSync(csv));
await writeFile(pathOf('zip'), zipSync({ 'review.csv': csv }));
const fields = columns.map(({ name, type }) => ({ name, type: ['null', type === 'long' ? 'long' : 'string'] }));
await writeFile(pathOf('avro'), writeAvroRecords({ type: 'record', name: 'review', fields }, rows, { sync: Buffer.alloc(16, 7) }));
await writeFile(pathOf('xlsx'), workbookOf(sheetOf([header, ...rows.map((row) => header.map((name) => (row[name] === null ? null : Number(row[name]))))])));
process.stdout.write(`${JSON.stringify({ rows: rows.length })}\n`);
