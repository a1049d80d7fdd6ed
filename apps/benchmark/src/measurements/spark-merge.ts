import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileUri } from '@data-master/embedded';
import { emitSparkMerge } from '@data-master/refinement';
import { folderSettings, prepareSpark, startSparkDriver, writeJobPackage } from '@data-master/spark';
import { emitSparkSchema } from '@data-master/table-contracts';
import { changeColumns, changeFile, reviewMerge, type ChangeFile } from '../programs/review-table.ts';

const memoryMb = 4_096;

/** The same merges by a Spark of this machine. */
export interface SparkMerge {
  /** Merges a file of changes; milliseconds that it took. */
  merge(change: ChangeFile): Promise<number>;
  /** What the first merge took, the start of Spark included, in milliseconds; undefined before. */
  firstMs(): number | undefined;
  close(): Promise<void>;
}

/** Prepares Spark, with the driver of the lake and one job; it starts with the first merge. Rejects where Spark cannot run. */
export async function openSparkMerge(folder: string): Promise<SparkMerge> {
  const installation = await prepareSpark();
  const job = {
    kind: 'merge', silver: {}, bronze: { review: { relation: 'changes', columns: emitSparkSchema(changeColumns) } },
    merge: emitSparkMerge({ ...reviewMerge, reads: [], source: 'SELECT * FROM changes' }),
  };
  const jobs = await writeJobPackage({ 'silver.review': job }, join(folder, 'jobs'));
  await mkdir(join(folder, 'plans'), { recursive: true });
  let driver: ReturnType<typeof startSparkDriver> | undefined;
  let firstMs: number | undefined;
  return {
    async merge(change) {
      const plan = join(folder, 'plans', `${change.kind}-${change.file}.json`);
      await writeFile(plan, JSON.stringify({ layer: 'silver', table: 'review', bronze: { review: [fileUri(changeFile(folder, change))] }, partitions: 'TRUE', summary: {} }));
      const started = performance.now();
      driver ??= startSparkDriver({ installation, jobs, settings: folderSettings(fileUri(folder)), memoryMb, threads: availableParallelism() });
      await driver.run({ layer: 'silver', table: 'review', plan: fileUri(plan) });
      const tookMs = performance.now() - started;
      firstMs ??= tookMs;
      return tookMs;
    },
    firstMs: () => firstMs,
    async close() {
      await driver?.close();
    },
  };
}
