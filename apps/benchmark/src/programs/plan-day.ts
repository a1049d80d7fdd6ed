import { createTable } from '@data-master/iceberg';
import { spreadOf, type Spread } from '../harness/statistics.ts';
import { withReviewTable } from './review-table.ts';

/** Plans single days of a table with one file a day, again and again. */
export interface PlanDayOptions {
  folder: string;
  files: number;
}

export interface PlanDayReport {
  files: number;
  /** Files that a plan names, at most. */
  plannedFiles: number;
  planMs: Spread;
}

const plans = 200;
const firstDay = Date.UTC(2020, 0, 1);
const dayMs = 86_400_000;
const { folder, files } = JSON.parse(process.argv[2] ?? '') as PlanDayOptions;
const instant = (day: number): string => new Date(firstDay + day * dayMs).toISOString();

const report = await withReviewTable(folder, async (opened): Promise<PlanDayReport> => {
  const table = await createTable({
    ...opened,
    schema: { fields: [{ id: 1, name: 'id', required: true, type: 'long' }, { id: 2, name: 'at', required: true, type: 'timestamptz' }] },
    partitioning: [{ source: 'at', transform: 'day' }],
  });
  const batch = 100;
  for (let day = 0; day < files; day += batch) {
    const days = Math.min(batch, files - day);
    await table.append(`SELECT i AS id, TIMESTAMPTZ '${instant(day)}' + to_hours(i) AS at FROM range(${days * 24}) AS r(i)`);
  }
  const { files: present } = await table.scan();
  const times: number[] = [];
  let plannedFiles = 0;
  for (let plan = -20; plan < plans; plan += 1) {
    const day = (plan + 20) * 7 % files;
    const started = performance.now();
    const scan = await table.scan({ filter: [{ column: 'at', op: '>=', value: instant(day) }, { column: 'at', op: '<', value: instant(day + 1) }] });
    if (plan >= 0) times.push(performance.now() - started);
    plannedFiles = Math.max(plannedFiles, scan.files.length);
  }
  return { files: present.length, plannedFiles, planMs: spreadOf(times) };
});
process.stdout.write(`${JSON.stringify(report)}\n`);
