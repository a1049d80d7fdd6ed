import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateChanges, generateReviews, planReviewMonths } from '@data-master/beer-sample';
import { createTable } from '@data-master/iceberg';
import { quoteText } from '@data-master/table-contracts';
import { changeColumns, changeFile, monthColumns, rawColumnTypes, reviewTable, tableReviews, withReviewTable, type ChangeFile } from './review-table.ts';

/** Makes a table of reviews and Parquet files of changes: in its last three whole months, and anywhere. */
export interface PrepareMergeOptions {
  folder: string;
  reviews: number;
  changes: number;
  /** Change files of each kind. */
  changeFiles: number;
}

export interface PrepareMergeReport {
  rows: number;
  files: number;
  appendMs: number;
  /** The snapshot that every merge begins from. */
  snapshotId: string;
}

const { folder, reviews: count, changes, changeFiles } = JSON.parse(process.argv[2] ?? '') as PrepareMergeOptions;
await mkdir(folder, { recursive: true });
const reviews = tableReviews(count);
const csv = join(folder, 'review.csv');
await pipeline(Readable.from(generateReviews(reviews)), createWriteStream(csv));

const months = planReviewMonths(count).slice(-4, -1);
const ranges = { clustered: { from: months[0]!.from, to: months.at(-1)!.to }, scattered: {} };
const json = join(folder, 'changes.ndjson');
const changeTypes = `{'operation': 'VARCHAR', ${rawColumnTypes.slice(1)}`;
const fieldIds = changeColumns.map(({ name, id }) => `${name}: ${id}`).join(', ');

const report = await withReviewTable(folder, async (opened): Promise<PrepareMergeReport> => {
  for (const [kind, range] of Object.entries(ranges) as [ChangeFile['kind'], object][]) {
    for (let file = 0; file < changeFiles; file++) {
      await pipeline(Readable.from(generateChanges({ seed: file, count: changes, reviews, ...range })), createWriteStream(json));
      const read = `SELECT *, ${monthColumns} FROM read_json(${quoteText(json)}, format = 'newline_delimited', columns = ${changeTypes})`;
      await opened.ports.engine.run(`COPY (${read}) TO ${quoteText(changeFile(folder, { kind, file }))} (FORMAT parquet, FIELD_IDS {${fieldIds}})`);
    }
  }
  const table = await createTable({ ...opened, ...reviewTable });
  const started = performance.now();
  const { rows, files, snapshot } = await table.append(`SELECT *, ${monthColumns} FROM read_csv(${quoteText(csv)}, header = true, columns = ${rawColumnTypes})`);
  return { rows, files, appendMs: performance.now() - started, snapshotId: String(snapshot?.['snapshot-id']) };
});
await Promise.all([rm(csv), rm(json)]);
process.stdout.write(`${JSON.stringify(report)}\n`);
