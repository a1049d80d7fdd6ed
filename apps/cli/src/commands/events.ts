import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { checkEventTable, checkSchemas, eventQuarantine, openSchemaRepository, parseSchemaFile, splitEvents, tooLarge, validateEvent, type FileEvent, type SchemaProblem, type SchemaReport, type SchemaSource, type Violation } from '@data-master/events';
import { beerLake } from '@data-master/beer-lake';
import { TerminalError } from '@data-master/ports';
import { formatExact, formatJson, formatTable } from '../output/text-table.ts';
import { onLake, type CommandContext } from './context.ts';
import { formatState, summarize } from './summary.ts';

interface SchemaOptions {
  /** Folder of `<event>/<version>.json`. */
  schemas: string;
  json?: boolean;
}

const schemasOption = ['--schemas <dir>', 'folder of <event>/<version>.json', 'schemas'] as const;

export function registerEvents(program: Command): void {
  const events = program.command('events').description('events and the schemas that they keep to');
  events.command('validate')
    .description('check the events of a file and tell every rule that one breaks')
    .argument('<file>', 'JSON, one event a line, or one event in a .json; plain or .gz')
    .option(...schemasOption)
    .action(async function (this: Command, file: string) {
      process.exitCode = await runValidate(file, this.optsWithGlobals<SchemaOptions>());
    });

  events.command('send')
    .description('put the events of a file on their way, and work until they are in the lake')
    .argument('<file>', 'JSON, one event a line, or one event in a .json; plain or .gz')
    .option(...schemasOption)
    .addHelpText('after', `
The schemas are added to those of the lake; a version that it has stays as it is. Valid events become rows of the table
that is named as they are. An invalid one goes to quarantine with every rule that it breaks, under quarantine/events in
dm-stage of the lake, and to the queue of dead letters:
  dm events send events.ndjson
  dm query "SELECT count(*) FROM silver.review_posted"
An event that is sent again changes nothing.`)
    .action(onLake((context, file: string, options: SchemaOptions) => runSend(context, file, options)));

  program.command('schemas').description('the schemas of events').command('check')
    .description('compile all, and compare every version with the one before as it declares')
    .option(...schemasOption)
    .action(async function (this: Command) {
      process.exitCode = await runSchemasCheck(this.optsWithGlobals<SchemaOptions>());
    });
}

/** How many invalid events of a file are described; all are counted. */
const describedEvents = 1_000;

/** Checks the events of a file and tells every violated rule of each; 1 when an event is invalid. */
async function runValidate(file: string, { schemas, json = false }: SchemaOptions): Promise<number> {
  const repository = openSchemaRepository(await readSchemaFolder(schemas));
  const invalid: { line: number; violations: Violation[] }[] = [];
  const count = { valid: 0, invalid: 0 };
  for await (const { line, sizeBytes, bytes } of fileEvents(file)) {
    const validation = bytes ? validateEvent(bytes, repository) : { outcome: 'invalid' as const, violations: [tooLarge(sizeBytes)] };
    count[validation.outcome] += 1;
    if (validation.outcome === 'valid' || count.invalid > describedEvents) continue;
    invalid.push({ line, violations: validation.violations });
    if (!json) for (const { path, rule, actual, expected } of validation.violations) process.stdout.write(`line ${line}: ${formatExact(path) || 'event'} is ${formatExact(actual)}; expected ${formatExact(expected)} (${rule})\n`);
  }
  if (json) process.stdout.write(`${formatJson({ file, ...count, events: invalid })}\n`);
  else process.stdout.write(summary(count, schemas));
  return count.invalid > 0 ? 1 : 0;
}

/** Sends the events of a file and works until they are in the lake; 1 when one is refused or did not get there. */
async function runSend(context: CommandContext, file: string, { schemas }: SchemaOptions): Promise<number> {
  const { lake, progress, signal } = context;
  await lake.events.publishSchemas(await readSchemaFolder(schemas));
  const { sent, refused } = await lake.events.send(fileEvents(file), file);
  for (const { line, violation } of refused) progress.say(`line ${line}: event is ${violation.actual}; expected ${violation.expected} (${violation.rule})`);
  await lake.drain({ observer: progress, signal });
  const { written, quarantined } = lake.events.settled;
  const summary = await summarize(context);
  const { waiting } = summary.events;
  context.print(`${sent + refused.length} events: ${written} are in raw, ${quarantined} in quarantine, ${waiting} on their way.${quarantined > 0 ? ` ${join(lake.home, 'dm-stage', eventQuarantine)} says why of each.` : ''}\n\n${formatState(summary)}`);
  context.printJson({ file, sent: sent + refused.length, written, refused: quarantined, ...summary });
  return quarantined > 0 || waiting > 0 || progress.failures > 0 || signal.aborted ? 1 : 0;
}

const fileEvents = (file: string): AsyncIterable<FileEvent> => splitEvents(readEvents(file), /\.json(\.gz)?$/i.test(file));

function summary({ valid, invalid }: { valid: number; invalid: number }, schemas: string): string {
  if (invalid === 0) return `${valid} events, all valid\n`;
  const beyond = invalid > describedEvents ? ` (the first ${describedEvents} are described)` : '';
  return `${invalid} of ${valid + invalid} events are invalid${beyond}; expected none; correct what sends them, or add a version to ${schemas}\n`;
}

/** Compiles all schemas and compares every version with the one before; 1 when one cannot be used or breaks its promise. */
async function runSchemasCheck({ schemas, json = false }: SchemaOptions): Promise<number> {
  const sources = await readSchemaFolder(schemas);
  const reports = checkSchemas(sources).map((report) => ({ ...report, tableProblems: findTableProblems(report, sources) }));
  const isSound = reports.every(({ problems, incompatibilities, tableProblems }) => problems.length + incompatibilities.length + tableProblems.length === 0);
  if (json) process.stdout.write(`${formatJson({ schemas: reports })}\n`);
  else process.stdout.write(`${formatTable(reports.map(toRow))}\n${reports.flatMap(describeFaults).map((fault) => `${fault}\n`).join('')}`);
  return isSound ? 0 : 1;
}

type CheckedSchema = SchemaReport & { tableProblems: SchemaProblem[] };

/** What keeps events of the newest version of a type from being rows of its table, when the lake has one. */
function findTableProblems({ event, version, problems }: SchemaReport, sources: readonly SchemaSource[]): SchemaProblem[] {
  const versions = sources.filter((source) => source.event === event);
  const source = versions.find((each) => each.version === version);
  const table = beerLake.tables.find(({ name }) => name === event);
  const isNewest = versions.every((each) => each.version <= version);
  return table && source && isNewest && problems.length === 0 ? checkEventTable(source.schema as Readonly<Record<string, unknown>>, table) : [];
}

const toRow = ({ event, version, delivery, previous, problems, incompatibilities, tableProblems }: CheckedSchema) => ({
  event, version, delivery, 'compared with': previous ?? null,
  state: problems.length > 0 ? 'cannot be used' : incompatibilities.length > 0 ? 'incompatible' : tableProblems.length > 0 ? 'unlike its table' : 'sound',
});

function describeFaults({ event, version, previous, problems, incompatibilities, tableProblems }: CheckedSchema): string[] {
  const name = `${event}/${version}.json`;
  return [
    ...[...problems, ...tableProblems].map(({ path, actual, expected, remedy }) => `${name}: ${path || 'schema'} is ${actual}; expected ${expected}; ${remedy}`),
    ...incompatibilities.map(({ direction, path, rule, actual, expected }) => {
      const [reader, writer] = direction === 'backward' ? [version, previous] : [previous, version];
      return `${name}: not ${direction} compatible at ${path || 'the event'}: version ${reader} has ${rule} ${actual}; expected room for events of version ${writer}, which have ${expected}; loosen the rule, or make it a new event`;
    }),
  ].map(formatExact);
}

async function readSchemaFolder(folder: string): Promise<SchemaSource[]> {
  const entries = await readdir(folder, { recursive: true }).catch((error: Error) => {
    throw new TerminalError(`folder of schemas ${folder} cannot be read (${error.message}); expected <event>/<version>.json in it; name it with --schemas`);
  });
  const files = entries.filter((file) => file.endsWith('.json')).sort();
  if (files.length === 0) throw new TerminalError(`folder of schemas ${folder} has none; expected <event>/<version>.json in it; name another one with --schemas`);
  return Promise.all(files.map(async (file) => parseSchemaFile(file.replaceAll(sep, '/'), await readFile(join(folder, file), 'utf8'))));
}

async function* readEvents(file: string): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(file);
  const unpacked: Readable = /\.gz$/i.test(file) ? raw.on('error', (error) => unpacked.destroy(error)).pipe(createGunzip()) : raw;
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (error) {
    throw new TerminalError(`file ${file} cannot be read (${(error as Error).message}); expected events as JSON, one a line, or one in a .json; plain or .gz; correct the path or the file`);
  } finally {
    raw.destroy();
  }
}
