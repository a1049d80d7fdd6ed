import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode, runProgram, type NodeRun } from '../harness/child-process.ts';
import { spreadOf } from '../harness/statistics.ts';
import type { GenerateOptions } from '../programs/generate-data.ts';
import { rows, seconds, type Measure } from './context.ts';

interface DemoReport {
  tables: { layer: string; table: string; rows: number }[];
  control: Record<'pending' | 'running' | 'success' | 'error', number>;
  quarantined: number;
}

const commandLine = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));

/** All layers from files to gold in one process, then again with nothing new. */
export const measureLake: Measure = async ({ sizes, folder, target, say }) => {
  const data = join(folder, 'data');
  const home = join(folder, 'home');
  say(`lake: writing ${rows(sizes.reviews)} reviews and their dimensions`);
  await runProgram<GenerateOptions, unknown>('generate-data', { folder: data, reviews: sizes.reviews, tables: ['brewery', 'beer', 'profile', 'review', 'openbrewery'] });
  const demo = async (): Promise<NodeRun> => {
    const run = await runNode(commandLine, ['demo', '--data', data, '--home', home, '--json'], { DM_KEYS: join(folder, 'keys') });
    expectWhole(JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '') as DemoReport, sizes.reviews);
    return run;
  };

  say('lake: raw → bronze → silver → gold');
  const first = await demo();
  say('lake: again, with nothing new');
  const again: NodeRun[] = [];
  for (let run = 0; run < Math.min(3, sizes.runs); run++) again.push(await demo());
  const idle = spreadOf(again.map(({ wallMs }) => wallMs / 1000));
  return [
    {
      id: 'lake.allLayers', what: 'all layers, time', unit: 's', value: first.wallMs / 1000, ...target(40),
      note: `${rows(sizes.reviews)} reviews in one process, ${seconds(first.cpuMs)} of processor`,
    },
    { id: 'lake.peakRss', what: 'all layers, peak memory', unit: 'MB', value: first.peakRssMb, ...target(1536), note: 'of the same run' },
    { id: 'lake.nothingNew', what: 'all layers again with nothing new, time', unit: 's', value: idle.median, spread: idle, ...target(3), note: `${rows(sizes.reviews)} reviews` },
  ];
};

function expectWhole({ tables, control, quarantined }: DemoReport, reviews: number): void {
  const silver = tables.find(({ layer, table }) => layer === 'silver' && table === 'review')?.rows;
  const unfinished = control.pending + control.running + control.error;
  if (silver !== reviews || unfinished > 0 || quarantined > 0) {
    throw new Error(`silver.review has ${silver} rows, ${unfinished} control records are no success, ${quarantined} rows are in quarantine; expected ${reviews}, 0 and 0`);
  }
}
