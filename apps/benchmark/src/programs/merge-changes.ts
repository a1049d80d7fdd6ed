import { join } from 'node:path';
import { loadTable, type MergeResult } from '@data-master/iceberg';
import { quoteText } from '@data-master/table-contracts';
import { monthColumns, rawColumnTypes, reviewTable, withReviewTable } from './review-table.ts';

/** Merges one file of changes into the table that `prepare-merge` made. */
export interface MergeChangesOptions {
  folder: string;
  changeFile: number;
}

export interface MergeChangesReport extends Omit<MergeResult, 'affectedPartitions'> {
  /** From loading the table to the commit. */
  mergeMs: number;
  partitions: number;
}

const { folder, changeFile } = JSON.parse(process.argv[2] ?? '') as MergeChangesOptions;
const columns = `{'operation': 'VARCHAR', ${rawColumnTypes.slice(1)}`;
const source = `SELECT *, ${monthColumns} FROM read_json(${quoteText(join(folder, `changes-${changeFile}.ndjson`))}, format = 'newline_delimited', columns = ${columns})`;
const values = Object.fromEntries(reviewTable.schema.fields.map(({ name }) => [name, `s.${name}`]));
const { review_id: _key, ...set } = values;

const report = await withReviewTable(folder, async (opened): Promise<MergeChangesReport> => {
  const started = performance.now();
  const table = await loadTable(opened);
  const { affectedPartitions, sourceRows, insertedRows, updatedRows, deletedRows, candidateFiles, rewrittenFiles, filesWithNewDeletes } = await table.merge({
    source,
    on: ['review_id'],
    matched: [{ when: "s.operation = 'delete'", delete: true }, { set }],
    notMatched: [{ when: "s.operation <> 'delete'", insert: values }],
  });
  return { mergeMs: performance.now() - started, partitions: affectedPartitions.length, sourceRows, insertedRows, updatedRows, deletedRows, candidateFiles, rewrittenFiles, filesWithNewDeletes };
});
process.stdout.write(`${JSON.stringify(report)}\n`);
