import { pairwiseRatio, spreadOf } from '../harness/statistics.ts';
import { rows, seconds, type Measure } from './context.ts';
import { convertOnce, generateRawReviews } from './conversion.ts';

/** The portable Parquet engine against the DuckDB one, in turn, on what the small worker gets at most. */
export const measureEngines: Measure = async ({ sizes, folder, say }) => {
  const reviews = sizes.engineReviews;
  say(`engines: converting ${rows(reviews)} reviews with each`);
  const { rawKey } = await generateRawReviews(folder, reviews);
  const measured = { duckdb: [], portable: [] } as Record<'duckdb' | 'portable', Awaited<ReturnType<typeof convertOnce>>[]>;
  for (let run = -1; run < sizes.runs; run++) {
    for (const engine of ['portable', 'duckdb'] as const) {
      const converted = await convertOnce({ folder, rawKey, engine }, reviews);
      if (run >= 0) measured[engine].push(converted);
    }
  }
  const times = (engine: 'duckdb' | 'portable'): number[] => measured[engine].map(({ result }) => result.convertMs);
  const ratio = pairwiseRatio(times('portable'), times('duckdb'));
  const peak = spreadOf(measured.portable.map(({ peakRssMb }) => peakRssMb));
  return [
    {
      id: 'engines.timeRatio', what: 'portable engine / DuckDB engine, time', unit: '×', value: ratio.median, spread: ratio,
      note: `${rows(reviews)} rows, ${seconds(spreadOf(times('portable')).median)} against ${seconds(spreadOf(times('duckdb')).median)}`,
    },
    { id: 'engines.portablePeakRss', what: 'portable engine, peak memory', unit: 'MB', value: peak.max, note: `highest of ${peak.count} runs` },
  ];
};
