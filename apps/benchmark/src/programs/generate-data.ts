import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateSampleCsv, type Sample } from '@data-master/beer-sample';

/** Writes a sample of the size of a real review site as `<table>.csv.gz`. */
export interface GenerateOptions {
  folder: string;
  reviews: number;
  tables: readonly (keyof Sample)[];
}

const { folder, reviews, tables } = JSON.parse(process.argv[2] ?? '') as GenerateOptions;
await mkdir(folder, { recursive: true });
const sample = generateSampleCsv({ seed: 1, reviews, breweries: 5800, beers: 66_000, profiles: 33_000, openbreweries: 11_800 });
for (const table of tables) {
  await pipeline(Readable.from(sample[table]), createGzip(), createWriteStream(join(folder, `${table}.csv.gz`)));
}
process.stdout.write(`${JSON.stringify({ tables })}\n`);
