import { runProgram, type NodeRun } from '../harness/child-process.ts';
import { spreadOf } from '../harness/statistics.ts';
import type { MergeChangesOptions, MergeChangesReport } from '../programs/merge-changes.ts';
import type { PrepareMergeOptions, PrepareMergeReport } from '../programs/prepare-merge.ts';
import { rows, seconds, type Measure } from './context.ts';

/** Changes in three months merged into a large Iceberg table. */
export const measureMerge: Measure = async ({ sizes, folder, say }) => {
  say(`merge: writing a table of ${rows(sizes.tableReviews)} reviews`);
  const { result: prepared } = await runProgram<PrepareMergeOptions, PrepareMergeReport>('prepare-merge', {
    folder, reviews: sizes.tableReviews, changes: sizes.changes, changeFiles: sizes.runs + 1,
  });
  say(`merge: ${sizes.runs} times ${rows(sizes.changes)} changes`);
  const runs: (NodeRun & { result: MergeChangesReport })[] = [];
  for (let changeFile = 0; changeFile <= sizes.runs; changeFile++) {
    const run = await runProgram<MergeChangesOptions, MergeChangesReport>('merge-changes', { folder, changeFile });
    const { sourceRows, partitions } = run.result;
    if (sourceRows !== sizes.changes || partitions !== 3) {
      throw new Error(`merge took ${sourceRows} changes into ${partitions} partitions; expected ${sizes.changes} into 3`);
    }
    if (changeFile > 0) runs.push(run);
  }
  const time = spreadOf(runs.map(({ result }) => result.mergeMs / 1000));
  const peak = spreadOf(runs.map(({ peakRssMb }) => peakRssMb));
  const { candidateFiles, rewrittenFiles } = runs[0]!.result;
  return [
    {
      id: 'merge.time', what: 'Iceberg merge, from load to commit', unit: 's', value: time.median, spread: time,
      note: `${rows(sizes.changes)} changes in 3 months of ${rows(prepared.rows)} rows, ${candidateFiles} of ${prepared.files} files read, ${rewrittenFiles} rewritten`,
    },
    { id: 'merge.peakRss', what: 'Iceberg merge, peak memory', unit: 'MB', value: peak.max, note: `highest of ${peak.count} runs; the table was written in ${seconds(prepared.appendMs)}` },
  ];
};
