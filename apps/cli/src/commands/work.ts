import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import { formatRawKey } from '@data-master/medallion-paths';
import { TerminalError } from '@data-master/ports';
import { changeColumns, layoutProblem, rawColumns, type FileLayout, type SourceTable } from '@data-master/table-contracts';
import { formatBytes, formatTable } from '../output/text-table.ts';
import { nameList } from './arguments.ts';
import { onExistingLake, onLake, type CommandContext } from './context.ts';
import { formatState, summarize } from './summary.ts';

export function registerWork(program: Command): void {
  program.command('ingest')
    .description('put a file into raw and work until it is in gold')
    .argument('<file>', 'CSV with a header, NDJSON with {"operation":"insert|update|delete",…}, Parquet, Avro, .xlsx or lines of a log; plain, gzip, zstd or zip')
    .requiredOption('--table <t>', 'table that the rows belong to')
    .option('--sheet <name>', 'sheet of a workbook (default: the first visible one)')
    .option('--pattern <regex>', 'the file holds a record in each line: RE2 syntax, with a group (?<column>…) for each column')
    .action(onLake((context, file: string, options: IngestOptions) => runIngest(context, file, options)));

  program.command('process')
    .description('plan and apply what is pending for a layer')
    .addOption(new Option('--layer <layer>', 'layer to bring up to date').choices(['silver', 'gold']).makeOptionMandatory())
    .option('--tables <a,b>', 'only these tables', nameList)
    .action(onExistingLake((context, options: { layer: 'silver' | 'gold'; tables?: string[] }) => runProcess(context, options)));

  program.command('maintain')
    .description('compact small files, merge manifests, expire old snapshots and remove what nothing refers to')
    .option('--tables <a,b>', 'only these tables, as silver.beer', nameList)
    .option('--dry-run', 'change nothing, show what is expected')
    .action(onExistingLake((context, options: { tables?: string[]; dryRun?: boolean }) => runMaintain(context, options)));

  program.command('retry')
    .description('take up what failed, once the cause is mended')
    .argument('[control_id]', 'one record, as dm status lists it')
    .option('--failed', 'every failed record (the default)')
    .action(onExistingLake((context, controlId: string | undefined) => runRetry(context, controlId)));
}

interface IngestOptions {
  table: string;
  sheet?: string;
  pattern?: string;
}

/** Puts a file into raw and works until it is in gold. */
async function runIngest(context: CommandContext, file: string, options: IngestOptions): Promise<number> {
  const { lake, progress, signal } = context;
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new TerminalError(`${file} is no file; expected CSV, NDJSON, Parquet, Avro, .xlsx or lines of a log; plain, gzip, zstd or zip`);
  const table = beerLake.tables.find(({ name }) => name === options.table);
  if (!table) throw new TerminalError(`table ${options.table} is in no contract; expected one of ${beerLake.tables.map(({ name }) => name).join(', ')}`);
  await lake.deliver(ingestKey(table.name, file), () => createReadStream(file), layoutOf(table, options));
  await lake.discover();
  await lake.drain({ observer: progress, signal });
  return finish(context);
}

function layoutOf(table: SourceTable, { sheet, pattern }: IngestOptions): FileLayout | undefined {
  if (sheet === undefined && pattern === undefined) return undefined;
  const layout = { ...(sheet !== undefined && { sheet }), ...(pattern !== undefined && { lines: { pattern } }) };
  const problem = layoutProblem(layout, [...rawColumns(table), ...changeColumns]);
  if (problem) throw new TerminalError(`the layout given for ${table.name} ${problem}`);
  return layout;
}

/** The name of the file says nothing but to people. */
function ingestKey(table: string, file: string): string {
  const key = formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Math.floor(Date.now() / 1_000) * 1_000), uuid: randomUUID() });
  const extension = /(?:\.[a-z][a-z0-9]{0,9}){1,3}$/i.exec(basename(file))?.[0] ?? '';
  return file.endsWith('.gz') ? key : `${key.slice(0, -'.gz'.length)}${extension}`;
}

/** Plans and applies what is pending for silver or gold. */
async function runProcess(context: CommandContext, { layer, tables }: { layer: 'silver' | 'gold'; tables?: string[] }): Promise<number> {
  await context.lake.process(layer, tables, context.progress);
  return finish(context);
}

/** Makes failed records pending again and works them off. */
async function runRetry(context: CommandContext, controlId: string | undefined): Promise<number> {
  const { lake, progress, signal } = context;
  const count = await lake.retry(controlId);
  await lake.discover();
  progress.say(`${count} failed record${count === 1 ? '' : 's'} taken up again`);
  await lake.drain({ observer: progress, signal });
  return finish(context);
}

/** Compacts, merges manifests, expires and removes what no snapshot needs; shows each table before and after, or as it is expected. */
async function runMaintain(context: CommandContext, options: { tables?: string[]; dryRun?: boolean }): Promise<void> {
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

async function finish(context: CommandContext): Promise<number> {
  const summary = await summarize(context);
  context.print(formatState(summary));
  context.printJson(summary);
  return context.progress.failures > 0 || context.signal.aborted ? 1 : 0;
}
