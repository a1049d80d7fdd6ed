import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../harness/child-process.ts';
import type { Figure } from '../harness/figure.ts';
import { pairwiseRatio, spreadOf } from '../harness/statistics.ts';
import type { GenerateFilesOptions } from '../programs/generate-files.ts';
import { rows, seconds, type Measure } from './context.ts';
import { convertOnce, generateRawReviews } from './conversion.ts';

/** Ends of the names of the files that hold the same reviews. */
const kinds = ['csv.zst', 'zip', 'ndjson.gz', 'parquet', 'avro', 'xlsx'] as const;

/** Files of every kind to bronze against csv.gz of the same rows, in turn. */
export const measureFiles: Measure = async ({ sizes, folder, say }) => {
  const reviews = sizes.engineReviews;
  say(`files: writing ${rows(reviews)} reviews as a file of each kind`);
  await generateRawReviews(folder, reviews);
  await runProgram<GenerateFilesOptions, unknown>('generate-files', { folder });
  const convert = (kind: string) => convertOnce({ folder, rawKey: `raw/review.${kind}`, engine: 'duckdb' }, reviews);
  const figures: Figure[] = [];
  for (const kind of kinds) {
    say(`files: converting ${kind} ${sizes.runs} times, in turn with csv.gz`);
    const measured: Awaited<ReturnType<typeof convert>>[] = [];
    const compared: Awaited<ReturnType<typeof convert>>[] = [];
    for (let run = -1; run < sizes.runs; run++) {
      const pair = [await convert(kind), await convert('csv.gz')] as const;
      if (run < 0) continue;
      measured.push(pair[0]);
      compared.push(pair[1]);
    }
    const times = measured.map(({ result }) => result.convertMs);
    const ratio = pairwiseRatio(times, compared.map(({ result }) => result.convertMs));
    const { size } = await stat(join(folder, 'raw', `review.${kind}`));
    const peak = spreadOf(measured.map(({ peakRssMb }) => peakRssMb));
    figures.push({
      id: `files.${kind}`, what: `${kind} → bronze / csv.gz, time`, unit: '×', value: ratio.median, spread: ratio,
      note: `${rows(reviews)} rows, ${(size / 1e6).toFixed(1)} MB, ${seconds(spreadOf(times).median)}, ${rows(Math.round(reviews / (spreadOf(times).median / 1000)))} rows/s, peak ${Math.round(peak.max)} MB`,
    });
  }
  return figures;
};
