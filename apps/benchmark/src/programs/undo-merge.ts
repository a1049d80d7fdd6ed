import { loadTable } from '@data-master/iceberg';
import { withReviewTable } from './review-table.ts';

/** Says what the table holds, then brings it back to a snapshot. */
export interface UndoMergeOptions {
  folder: string;
  snapshotId: string;
}

export interface UndoMergeReport {
  rows: number;
  /** The same for the same rows in any order. */
  digest: string;
}

const { folder, snapshotId } = JSON.parse(process.argv[2] ?? '') as UndoMergeOptions;
const report = await withReviewTable(folder, async (opened): Promise<UndoMergeReport> => {
  const table = await loadTable(opened);
  const [row] = await opened.ports.engine.rows(`SELECT count(*)::INTEGER AS rows, bit_xor(hash(t))::VARCHAR || ' ' || sum(hash(t)::HUGEINT)::VARCHAR AS digest FROM (${(await table.scan()).sql}) AS t`);
  await table.rollbackTo(BigInt(snapshotId));
  return { rows: Number(row?.['rows']), digest: String(row?.['digest']) };
});
process.stdout.write(`${JSON.stringify(report)}\n`);
