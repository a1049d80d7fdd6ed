import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { beerLake } from '@data-master/beer-lake';
import { generateReviews, generateSampleCsv } from '@data-master/beer-sample';
import { formatRawKey } from '@data-master/medallion-paths';
import { TerminalError } from '@data-master/ports';
import type { EmbeddedLake } from '@data-master/embedded-lake';

/** One raw object that the demo puts into the lake; `body` is called only when the object is not there yet. */
export interface DemoObject {
  table: string;
  objectKey: string;
  body: () => AsyncIterable<Uint8Array>;
}

/** Arrival of the data that the demo makes itself: fixed, so that every run makes the same lake. */
const sampleArrival = new Date('2013-01-01T00:00:00Z');
const gzipLevel = 3;

/** The files of a folder that are named for a table, `<table>.csv.gz`. */
export async function filesOf(folder: string): Promise<DemoObject[]> {
  const objects: DemoObject[] = [];
  for (const { name } of beerLake.tables) {
    const path = join(folder, `${name}.csv.gz`);
    const info = await stat(path).catch(() => undefined);
    if (!info?.isFile()) continue;
    const content = createHash('sha256').update(await readFile(path)).digest('hex');
    objects.push({ table: name, objectKey: keyOf(name, info.mtime, content), body: () => createReadStream(path) });
  }
  if (objects.length === 0) throw new TerminalError(`folder ${folder} holds no file of a table; expected some of ${beerLake.tables.map(({ name }) => `${name}.csv.gz`).join(', ')}`);
  return objects;
}

/** Breweries, beers, accounts and Open Brewery DB rows that the demo makes itself. */
export function sampleDimensions(seed: number): DemoObject[] {
  const sample = generateSampleCsv({ seed, reviews: 0 });
  return Object.entries(sample).filter(([table]) => table !== 'review').map(([table, chunks]) => ({
    table,
    objectKey: keyOf(table, sampleArrival, `sample ${seed} ${table}`),
    body: () => gzip(chunks),
  }));
}

/** Reviews over the beers and accounts that are in silver; one key for one seed, number and set of dimension files. */
export function sampleReviews(lake: EmbeddedLake, options: { seed: number; count: number; dimensions: readonly DemoObject[]; onChunk?: () => void }): DemoObject {
  const { seed, count, dimensions } = options;
  const keys = dimensions.map((object) => object.objectKey);
  const arrival = new Date(Math.max(...keys.map((key) => instantOf(key).getTime())));
  return {
    table: 'review',
    objectKey: keyOf('review', arrival, `reviews ${seed} ${count} ${keys.join(' ')}`),
    body: async function* () {
      const beers = await lake.query('SELECT beer_id, brewery_id FROM silver.beer WHERE deleted_at IS NULL AND updated_at IS NOT NULL ORDER BY beer_id');
      const profiles = await lake.query('SELECT profile_id FROM silver.profile WHERE deleted_at IS NULL AND updated_at IS NOT NULL ORDER BY profile_id');
      if (beers.length === 0 || profiles.length === 0) throw new TerminalError(`there are ${beers.length} beers and ${profiles.length} profiles; expected some of each to write reviews about; add beer.csv.gz and profile.csv.gz to the data folder`);
      yield* gzip(generateReviews({
        seed, count,
        beers: beers.map((row) => ({ beer_id: row['beer_id'] as bigint, brewery_id: row['brewery_id'] as bigint })),
        profileIds: profiles.map((row) => row['profile_id'] as bigint),
      }));
    },
  };
}

function gzip(chunks: Iterable<string>): AsyncIterable<Uint8Array> {
  return Readable.from(chunks, { objectMode: true }).pipe(createGzip({ level: gzipLevel }));
}

/** A batch key whose identifier is made from what the object is, so that the same object has the same key in every run. */
function keyOf(table: string, at: Date, identity: string): string {
  const hex = createHash('sha256').update(identity).digest('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
  return formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Math.floor(at.getTime() / 1_000) * 1_000), uuid });
}

function instantOf(key: string): Date {
  const [, date, time] = /-(\d{4}-\d{2}-\d{2})-(\d{2}-\d{2}-\d{2})-/.exec(key)!;
  return new Date(`${date}T${time!.replaceAll('-', ':')}Z`);
}
