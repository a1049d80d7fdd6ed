import { join } from 'node:path';
import { spreadOf } from '../harness/statistics.ts';
import { rows, seconds, type Measure } from './context.ts';
import { convertOnce, generateRawReviews } from './conversion.ts';

/** The same ingestion with many times the rows: how time and memory grow. */
export const measureScale: Measure = async ({ sizes, scale, folder, target, say }) => {
  const runs = Math.min(3, sizes.runs);
  const measure = async (name: string, reviews: number) => {
    say(`scale: converting ${rows(reviews)} reviews`);
    const own = join(folder, name);
    const { rawKey } = await generateRawReviews(own, reviews);
    const measured: Awaited<ReturnType<typeof convertOnce>>[] = [];
    for (let run = 0; run < runs; run++) measured.push(await convertOnce({ folder: own, rawKey, engine: 'duckdb' }, reviews));
    return { cpu: spreadOf(measured.map(({ cpuMs }) => cpuMs)), wall: spreadOf(measured.map(({ wallMs }) => wallMs)), peak: spreadOf(measured.map(({ peakRssMb }) => peakRssMb)) };
  };
  const once = await measure('once', sizes.reviews);
  const many = await measure('many', sizes.reviews * scale);
  return [
    {
      id: 'scale.timeRatio', what: `csv.gz → bronze, time at ${scale} times the rows`, unit: '×', value: many.wall.median / once.wall.median, ...target(scale * 1.1),
      note: `${rows(sizes.reviews * scale)} rows in ${seconds(many.wall.median)} against ${seconds(once.wall.median)}; of processor ${seconds(many.cpu.median)} against ${seconds(once.cpu.median)}`,
    },
    {
      id: 'scale.memoryRatio', what: `csv.gz → bronze, memory at ${scale} times the rows`, unit: '×', value: many.peak.max / once.peak.max, ...target(1.1),
      note: `${many.peak.max.toFixed(0)} MB against ${once.peak.max.toFixed(0)} MB`,
    },
  ];
};
