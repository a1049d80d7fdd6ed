import { runProcess } from '../harness/child-process.ts';
import { pairwiseRatio, spreadOf } from '../harness/statistics.ts';
import { rows, seconds, type Measure } from './context.ts';
import { convertOnce, generateRawReviews } from './conversion.ts';

/** csv.gz → masked bronze Parquet against `gzip -dc` of the same file, in turn. */
export const measureIngest: Measure = async ({ sizes, folder, target, say }) => {
  say(`ingest: writing ${rows(sizes.reviews)} reviews`);
  const { rawKey, rawPath } = await generateRawReviews(folder, sizes.reviews);
  const convert = () => convertOnce({ folder, rawKey, engine: 'duckdb' }, sizes.reviews);
  const gunzip = () => runProcess('gzip', ['-dc', rawPath], { discard: true });

  say(`ingest: converting ${sizes.runs} times, in turn with gzip -dc`);
  await convert();
  await gunzip();
  const conversions: Awaited<ReturnType<typeof convert>>[] = [];
  const gunzips: number[] = [];
  for (let run = 0; run < sizes.runs; run++) {
    conversions.push(await convert());
    gunzips.push((await gunzip()).wallMs);
  }
  const process = spreadOf(conversions.map(({ wallMs }) => wallMs));
  const conversion = spreadOf(conversions.map(({ result }) => result.convertMs));
  const gzip = spreadOf(gunzips);
  const processRatio = pairwiseRatio(conversions.map(({ wallMs }) => wallMs), gunzips);
  const conversionRatio = pairwiseRatio(conversions.map(({ result }) => result.convertMs), gunzips);
  const peak = spreadOf(conversions.map(({ peakRssMb }) => peakRssMb));
  const cpu = spreadOf(conversions.map(({ cpuMs }) => cpuMs));
  return [
    {
      id: 'ingest.processRatio', what: 'csv.gz → bronze, whole process / gzip -dc', unit: '×', value: processRatio.median, spread: processRatio, ...target(2),
      note: `${rows(sizes.reviews)} rows, ${seconds(process.median)} (${seconds(cpu.median)} of processor) against ${seconds(gzip.median)}`,
    },
    {
      id: 'ingest.conversionRatio', what: 'csv.gz → bronze, conversion / gzip -dc', unit: '×', value: conversionRatio.median, spread: conversionRatio,
      note: `${seconds(conversion.median)} without the start of the process`,
    },
    { id: 'ingest.peakRss', what: 'csv.gz → bronze, peak memory', unit: 'MB', value: peak.max, ...target(350), note: `highest of ${peak.count} runs` },
  ];
};
