import { join } from 'node:path';
import { runProgram } from '../harness/child-process.ts';
import type { Figure } from '../harness/figure.ts';
import type { AppendFilesOptions, AppendFilesReport } from '../programs/append-files.ts';
import type { PlanDayOptions, PlanDayReport } from '../programs/plan-day.ts';
import { rows, type MeasurementContext } from './context.ts';

/** What reading and writing cost in metadata: planning one day among many files, many commits of one file. */
export async function measureTables({ sizes, folder, target, say }: MeasurementContext): Promise<Figure[]> {
  say(`merge: planning one day of ${rows(sizes.plannedFiles)} files`);
  const { result: planned } = await runProgram<PlanDayOptions, PlanDayReport>('plan-day', { folder: join(folder, 'days'), files: sizes.plannedFiles });
  if (planned.files !== sizes.plannedFiles || planned.plannedFiles !== 1) {
    throw new Error(`a day of ${planned.files} files was planned as ${planned.plannedFiles} files; expected ${sizes.plannedFiles} and 1`);
  }
  say(`merge: ${rows(sizes.appends)} appends of one file`);
  const { result: appended } = await runProgram<AppendFilesOptions, AppendFilesReport>('append-files', { folder: join(folder, 'appends'), appends: sizes.appends });
  if (appended.files !== sizes.appends) throw new Error(`${appended.files} files after ${sizes.appends} appends; expected one each`);
  const megabytes = (bytes: number): number => bytes / 1e6;
  return [
    { id: 'merge.planDay', what: `planning one day among ${rows(planned.files)} files, warm`, unit: 'ms', value: planned.planMs.median, spread: planned.planMs, ...target(5), note: 'one file is planned' },
    { id: 'merge.appendManifests', what: `manifests after ${rows(sizes.appends)} appends of one file`, unit: '', value: appended.manifests, ...target(20), note: `${appended.appendMs.toFixed(1)} ms an append` },
    {
      id: 'merge.appendMetadata', what: 'their metadata: metadata file and manifests', unit: 'MB', value: megabytes(appended.metadataBytes + appended.manifestBytes), ...target(2),
      note: `all files beside the data, manifest lists of earlier snapshots included: ${megabytes(appended.folderBytes).toFixed(2)} MB`,
    },
  ];
}
