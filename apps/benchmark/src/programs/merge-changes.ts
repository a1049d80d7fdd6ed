import { loadTable, type MergeResult } from '@data-master/iceberg';
import { quoteText } from '@data-master/table-contracts';
import { changeFile, reviewMerge, withReviewTable, type ChangeFile } from './review-table.ts';

/** Merges one file of changes into the table that `prepare-merge` made, in the mode that the lake merges in. */
export interface MergeChangesOptions extends ChangeFile {
  folder: string;
}

export interface MergeChangesReport extends Omit<MergeResult, 'affectedPartitions'> {
  /** From loading the table to the commit. */
  mergeMs: number;
  partitions: number;
}

const options = JSON.parse(process.argv[2] ?? '') as MergeChangesOptions;

const report = await withReviewTable(options.folder, async (opened): Promise<MergeChangesReport> => {
  const started = performance.now();
  const table = await loadTable(opened);
  const { snapshot: _snapshot, affectedPartitions, ...result } = await table.merge({
    ...reviewMerge, source: `SELECT * FROM read_parquet(${quoteText(changeFile(options.folder, options))})`, mode: 'automatic',
  });
  return { mergeMs: performance.now() - started, partitions: affectedPartitions.length, ...result };
});
process.stdout.write(`${JSON.stringify(report)}\n`);
