import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateSampleCsv } from '@data-master/beer-sample';

/** Writes sample data as `<table>.csv.gz` into a folder; the same options give the same bytes. Returns the paths. */
export async function generateFiles({ reviews, seed, out }: { reviews: number; seed: number; out: string }): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const sample = generateSampleCsv({ seed, reviews });
  const paths: string[] = [];
  for (const [table, chunks] of Object.entries(sample)) {
    const path = join(out, `${table}.csv.gz`);
    await pipeline(Readable.from(chunks, { objectMode: true }), createGzip({ level: 6 }), createWriteStream(path));
    paths.push(path);
  }
  return paths;
}
