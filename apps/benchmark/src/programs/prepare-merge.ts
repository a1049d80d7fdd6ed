import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateChanges, generateReviews, planReviewMonths } from '@data-master/beer-sample';
import { createTable } from '@data-master/iceberg';
import { quoteText } from '@data-master/table-contracts';
import { monthColumns, rawColumnTypes, reviewTable, tableReviews, withReviewTable } from './review-table.ts';

/** Makes a table of reviews and files of changes in its last three whole months, `changes-<n>.ndjson`. */
export interface PrepareMergeOptions {
  folder: string;
  reviews: number;
  changes: number;
  changeFiles: number;
}

export interface PrepareMergeReport {
  rows: number;
  files: number;
  appendMs: number;
}

const { folder, reviews: count, changes, changeFiles } = JSON.parse(process.argv[2] ?? '') as PrepareMergeOptions;
await mkdir(folder, { recursive: true });
const reviews = tableReviews(count);
const csv = join(folder, 'review.csv');
await pipeline(Readable.from(generateReviews(reviews)), createWriteStream(csv));

const months = planReviewMonths(count).slice(-4, -1);
for (let file = 0; file < changeFiles; file++) {
  const lines = generateChanges({ seed: file, count: changes, reviews, from: months[0]!.from, to: months.at(-1)!.to });
  await pipeline(Readable.from(lines), createWriteStream(join(folder, `changes-${file}.ndjson`)));
}

const report = await withReviewTable(folder, async (opened): Promise<PrepareMergeReport> => {
  const table = await createTable({ ...opened, ...reviewTable });
  const started = performance.now();
  const { rows, files } = await table.append(`SELECT *, ${monthColumns} FROM read_csv(${quoteText(csv)}, header = true, columns = ${rawColumnTypes})`);
  return { rows, files, appendMs: performance.now() - started };
});
await rm(csv);
process.stdout.write(`${JSON.stringify(report)}\n`);
