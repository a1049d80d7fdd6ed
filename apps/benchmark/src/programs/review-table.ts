import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { review } from '@data-master/beer-lake';
import { sampleReviewOptions, type ReviewOptions } from '@data-master/beer-sample';
import { createDuckDbEngine } from '@data-master/duckdb';
import { createFileObjectStore, createIcebergFileIO, fileUri } from '@data-master/embedded';
import { createFileCatalog, type Catalog, type IcebergPorts } from '@data-master/iceberg';
import { dialectsOf, emitIcebergFields, quoteText, rawColumns, silverColumns, type Column } from '@data-master/table-contracts';

/** The Iceberg table of reviews that changes are merged into. */
export const reviewTable = {
  schema: { fields: emitIcebergFields(silverColumns(review).filter(({ name }) => name in review.columns || name in review.derived)) },
  partitioning: review.partitionBy.map((source) => ({ source, transform: 'identity' as const })),
};

/** Where the table lies: as table `silver.review` of a catalog whose folder this is. */
export const reviewLocation = (folder: string): string => fileUri(join(folder, 'silver', 'review'));

/** What a change says; each column has the id that Parquet files hold it under. */
export const changeColumns: Column[] = [
  { id: 999, name: 'operation', type: 'string', required: true, doc: 'insert, update or delete' },
  ...silverColumns(review).filter(({ name }) => name in review.columns || name in review.derived),
];

/** The change file of a kind, by number. */
export const changeFile = (folder: string, { kind, file }: ChangeFile): string => join(folder, `changes-${kind}-${file}.parquet`);

/** Changes of three months or of the whole table. */
export interface ChangeFile {
  kind: 'clustered' | 'scattered';
  file: number;
}

const values = Object.fromEntries(reviewTable.schema.fields.map(({ name }) => [name, `s.${name}`]));
const { review_id: _key, ...set } = values;

/** The MERGE of changes into the table, for either engine. */
export const reviewMerge = {
  on: ['review_id'],
  matched: [{ when: "s.operation = 'delete'", delete: true as const }, { set }],
  notMatched: [{ when: "s.operation <> 'delete'", insert: values }],
};

/** Columns of a raw file of reviews as DuckDB's readers take them. */
export const rawColumnTypes = `{${rawColumns(review).map(({ name, type }) => `${quoteText(name)}: ${quoteText(dialectsOf(type).duckdb)}`).join(', ')}}`;

/** The year and month of a row's review_time. */
export const monthColumns = `year(make_timestamp(review_time * 1000000))::INTEGER AS review_year, month(make_timestamp(review_time * 1000000))::INTEGER AS review_month`;

/** The reviews that the table begins with. */
export function tableReviews(count: number): ReviewOptions {
  return sampleReviewOptions({ seed: 5, reviews: count, breweries: 5800, beers: 66_000, profiles: 33_000 });
}

/** Opens the folder's engine and catalog for `work`, with the memory that the embedded lake gives to silver. */
export async function withReviewTable<Result>(folder: string, work: (opened: { catalog: Catalog; ports: IcebergPorts }) => Promise<Result>): Promise<Result> {
  const io = createIcebergFileIO({ root: folder, store: createFileObjectStore({ root: folder }) });
  const engine = await createDuckDbEngine({ memoryLimitMb: 1024, threads: availableParallelism(), spillFolder: join(folder, 'spill') });
  try {
    const catalog = createFileCatalog({ io, location: reviewLocation(folder) });
    return await engine.session((session) => work({ catalog, ports: { io, engine: session, now: Date.now, newUuid: randomUUID } }));
  } finally {
    await engine.close();
  }
}
