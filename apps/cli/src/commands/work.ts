import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { formatRawKey } from '@data-master/medallion-paths';
import { TerminalError } from '@data-master/ports';
import { formatBytes, formatTable } from '../output/text-table.ts';
import type { CommandContext } from './context.ts';
import { formatState, summarize } from './summary.ts';

/** Puts a file into raw and works until it is in gold. */
export async function runIngest(context: CommandContext, file: string, { table }: { table: string }): Promise<number> {
  const { lake, progress, signal } = context;
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new TerminalError(`${file} is no file; expected a .csv or .ndjson file, plain or gzip`);
  if (!beerLake.tables.some(({ name }) => name === table)) throw new TerminalError(`table ${table} is in no contract; expected one of ${beerLake.tables.map(({ name }) => name).join(', ')}`);
  await lake.deliver(ingestKey(table, file), () => createReadStream(file));
  await lake.discover();
  await lake.drain({ observer: progress, signal });
  return finish(context);
}

function ingestKey(table: string, file: string): string {
  const key = formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Math.floor(Date.now() / 1_000) * 1_000), uuid: randomUUID() });
  const extension = /\.[a-z.]+$/i.exec(basename(file))?.[0] ?? '';
  return file.endsWith('.gz') ? key : `${key.slice(0, -'.gz'.length)}${extension}`;
}

/** Plans and applies what is pending for silver or gold. */
export async function runProcess(context: CommandContext, { layer, tables }: { layer: 'silver' | 'gold'; tables?: string[] }): Promise<number> {
  await context.lake.process(layer, tables, context.progress);
  return finish(context);
}

/** Makes failed records pending again and works them off. */
export async function runRetry(context: CommandContext, controlId: string | undefined): Promise<number> {
  const { lake, progress, signal } = context;
  const count = await lake.retry(controlId);
  await lake.discover();
  progress.say(`${count} failed record${count === 1 ? '' : 's'} taken up again`);
  await lake.drain({ observer: progress, signal });
  return finish(context);
}

/** Compacts, merges manifests, expires and removes what no snapshot needs; shows each table before and after, or as it is expected. */
export async function runMaintain(context: CommandContext, options: { tables?: string[]; dryRun?: boolean }): Promise<void> {
  const reports = await context.lake.maintain(options);
  const arrow = (before: number, after: number, format: (value: number) => string = String): string =>
    (format(before) === format(after) ? format(before) : `${format(before)} → ${format(after)}`);
  context.print(formatTable(reports.map(({ table, report: { before, after, removedFiles } }) => ({
    table, files: arrow(before.files, after.files), small: arrow(before.small_files, after.small_files), deletes: arrow(before.delete_files, after.delete_files),
    manifests: arrow(before.manifests, after.manifests), snapshots: arrow(before.snapshots, after.snapshots), metadata: arrow(before.metadata_bytes, after.metadata_bytes, formatBytes),
    [options.dryRun ? 'removable' : 'removed']: removedFiles,
  }))));
  if (options.dryRun) context.print('\nNothing was changed; what stands after an arrow is expected of dm maintain.');
  context.printJson({ tables: reports });
}

const lookAgainMs = 60_000;

/** Stays running: takes files that appear in the raw folder and does what falls due, until it is told to stop. */
export async function runUp(context: CommandContext): Promise<number> {
  const { lake, progress, signal } = context;
  let wake = Promise.withResolvers<void>();
  const watching = await lake.watch(() => wake.resolve());
  signal.addEventListener('abort', () => wake.resolve());
  progress.say(`Lake in ${lake.home} is up. Drop files into ${lake.rawFolder}/<table>/; stop with Ctrl-C.`);
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>();
      await lake.runDue(progress);
      await lake.drain({ observer: progress, signal });
      const timer = setTimeout(() => wake.resolve(), lookAgainMs);
      if (!signal.aborted) await wake.promise;
      clearTimeout(timer);
    }
  } finally {
    await watching.close();
  }
  progress.say('Stopped; everything that was under way is finished or pending.');
  return 0;
}

async function finish(context: CommandContext): Promise<number> {
  const summary = await summarize(context);
  context.print(formatState(summary));
  context.printJson(summary);
  return context.progress.failures > 0 || context.signal.aborted ? 1 : 0;
}
