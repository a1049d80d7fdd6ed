import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { checkSchemas, openSchemaRepository, parseSchemaFile, splitEvents, tooLarge, validateEvent, type SchemaReport, type SchemaSource, type Violation } from '@data-master/events';
import { TerminalError } from '@data-master/ports';
import { formatExact, formatJson, formatTable } from '../output/text-table.ts';

interface SchemaOptions {
  /** Folder of `<event>/<version>.json`. */
  schemas: string;
  json?: boolean;
}

const schemasOption = ['--schemas <dir>', 'folder of <event>/<version>.json', 'schemas'] as const;

export function registerEvents(program: Command): void {
  program.command('events').description('events and the schemas that they keep to').command('validate')
    .description('check the events of a file and tell every rule that one breaks')
    .argument('<file>', 'JSON, one event a line, or one event in a .json; plain or .gz')
    .option(...schemasOption)
    .action(async function (this: Command, file: string) {
      process.exitCode = await runValidate(file, this.optsWithGlobals<SchemaOptions>());
    });

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
  for await (const { line, sizeBytes, bytes } of splitEvents(readEvents(file), /\.json(\.gz)?$/i.test(file))) {
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

function summary({ valid, invalid }: { valid: number; invalid: number }, schemas: string): string {
  if (invalid === 0) return `${valid} events, all valid\n`;
  const beyond = invalid > describedEvents ? ` (the first ${describedEvents} are described)` : '';
  return `${invalid} of ${valid + invalid} events are invalid${beyond}; expected none; correct what sends them, or add a version to ${schemas}\n`;
}

/** Compiles all schemas and compares every version with the one before; 1 when one cannot be used or breaks its promise. */
async function runSchemasCheck({ schemas, json = false }: SchemaOptions): Promise<number> {
  const reports = checkSchemas(await readSchemaFolder(schemas));
  const isSound = reports.every(({ problems, incompatibilities }) => problems.length === 0 && incompatibilities.length === 0);
  if (json) process.stdout.write(`${formatJson({ schemas: reports })}\n`);
  else process.stdout.write(`${formatTable(reports.map(toRow))}\n${reports.flatMap(describeFaults).map((fault) => `${fault}\n`).join('')}`);
  return isSound ? 0 : 1;
}

const toRow = ({ event, version, previous, problems, incompatibilities }: SchemaReport) => ({
  event, version, 'compared with': previous ?? null, state: problems.length > 0 ? 'cannot be used' : incompatibilities.length > 0 ? 'incompatible' : 'sound',
});

function describeFaults({ event, version, previous, problems, incompatibilities }: SchemaReport): string[] {
  const name = `${event}/${version}.json`;
  return [
    ...problems.map(({ path, actual, expected, remedy }) => `${name}: ${path || 'schema'} is ${actual}; expected ${expected}; ${remedy}`),
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
