import { runProgram } from '../harness/child-process.ts';
import type { Figure } from '../harness/figure.ts';
import { pairwiseRatio, spreadOf } from '../harness/statistics.ts';
import type { MergeChangesOptions, MergeChangesReport } from '../programs/merge-changes.ts';
import type { PrepareMergeOptions, PrepareMergeReport } from '../programs/prepare-merge.ts';
import type { ChangeFile } from '../programs/review-table.ts';
import type { UndoMergeOptions, UndoMergeReport } from '../programs/undo-merge.ts';
import { rows, seconds, type Measure, type MeasurementContext } from './context.ts';
import { openSparkMerge, type SparkMerge } from './spark-merge.ts';
import { measureTables } from './tables.ts';

/** Changes in three months and changes anywhere merged into a large Iceberg table, by us and by Spark in turn; planning and appends. */
export const measureMerge: Measure = async (context) => {
  const { sizes, folder, say, leftOut } = context;
  say(`merge: writing a table of ${rows(sizes.tableReviews)} reviews`);
  const { result: prepared } = await runProgram<PrepareMergeOptions, PrepareMergeReport>('prepare-merge', {
    folder, reviews: sizes.tableReviews, changes: sizes.changes, changeFiles: sizes.runs + 1,
  });
  const spark = await openSparkMerge(folder).catch((error: unknown) => {
    leftOut(`nothing is compared with Spark: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  try {
    return [
      ...await measureKind('clustered', context, prepared, spark),
      ...await measureKind('scattered', context, prepared, spark),
      ...await measureTables(context),
    ];
  } finally {
    await spark?.close();
  }
};

async function measureKind(kind: ChangeFile['kind'], { sizes, folder, target, say }: MeasurementContext, prepared: PrepareMergeReport, spark: SparkMerge | undefined): Promise<Figure[]> {
  const { snapshotId } = prepared;
  const undo = async (): Promise<UndoMergeReport> => (await runProgram<UndoMergeOptions, UndoMergeReport>('undo-merge', { folder, snapshotId })).result;
  const merge = (file: number) => runProgram<MergeChangesOptions, MergeChangesReport>('merge-changes', { folder, kind, file });
  const runs: Awaited<ReturnType<typeof merge>>[] = [];
  const sparkMs: number[] = [];
  say(`merge: ${rows(sizes.changes)} ${kind} changes, ${sizes.runs} times${spark ? `, ${sizes.sparkRuns} of them in turn with Spark` : ''}`);
  for (let file = 0; file <= sizes.runs; file++) {
    const run = await merge(file);
    const { sourceRows, partitions } = run.result;
    if (sourceRows !== sizes.changes || (kind === 'clustered' && partitions !== 3)) {
      throw new Error(`merge took ${sourceRows} ${kind} changes into ${partitions} partitions; expected ${sizes.changes} into ${kind === 'clustered' ? 3 : 'many'}`);
    }
    if (file > 0) runs.push(run);
    const ours = await undo();
    if (!spark || file > sizes.sparkRuns || (file === 0 && spark.firstMs() !== undefined)) continue;
    const tookMs = await spark.merge({ kind, file });
    if (file > 0) sparkMs.push(tookMs);
    const theirs = await undo();
    if (theirs.digest !== ours.digest) throw new Error(`after ${kind} changes ${file} Spark has ${theirs.rows} rows and we ${ours.rows}, with other content; expected the same rows`);
  }

  const time = spreadOf(runs.map(({ result }) => result.mergeMs / 1000));
  const peak = spreadOf(runs.map(({ peakRssMb }) => peakRssMb));
  const { candidateFiles, rewrittenFiles, filesWithNewDeletes } = runs[0]!.result;
  const isClustered = kind === 'clustered';
  const where = isClustered ? 'in 3 months' : 'scattered over all';
  const figures: Figure[] = [
    {
      id: `merge.${kind}Time`, what: `Iceberg merge, ${kind} changes, from load to commit`, unit: 's', value: time.median, spread: time, ...target(isClustered ? 1 : 2),
      note: `${rows(sizes.changes)} changes ${where} of ${rows(prepared.rows)} rows, ${candidateFiles} of ${prepared.files} files read, ${rewrittenFiles} rewritten, ${filesWithNewDeletes} with new deletes`,
    },
    { id: `merge.${kind}PeakRss`, what: `Iceberg merge, ${kind} changes, peak memory`, unit: 'MB', value: peak.max, ...(isClustered ? target(500) : {}), note: `highest of ${peak.count} runs` },
  ];
  if (!spark) return figures;
  const ours = runs.slice(0, sparkMs.length);
  const ratio = pairwiseRatio(sparkMs, ours.map(({ result }) => result.mergeMs));
  figures.push({
    id: `merge.${kind}SparkRatio`, what: `local Spark / ours, ${kind} changes`, unit: '×', value: ratio.median, spread: ratio, ...target(5), atLeast: true,
    note: `${seconds(spreadOf(sparkMs).median)} in a driver that is warm`,
  });
  const firstMs = spark.firstMs();
  if (isClustered && firstMs !== undefined) {
    const wall = spreadOf(ours.map(({ wallMs }) => wallMs)).median;
    figures.push({
      id: 'merge.sparkStartRatio', what: 'local Spark / ours, clustered changes, each from the start of its process', unit: '×', value: firstMs / wall,
      note: `${seconds(firstMs)} against ${seconds(wall)}`,
    });
  }
  return figures;
}
