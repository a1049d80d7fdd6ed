import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import { generateReviews, generateSampleCsv } from '@data-master/beer-sample';
import { loadTable, readCsvRows, withConnection, type DatabaseConnection, type LoadedTable } from '@data-master/operational-database';
import { TerminalError } from '@data-master/ports';
import { operationalTables, type SourceTable } from '@data-master/table-contracts';
import { formatCell, formatTable } from '../output/text-table.ts';
import { withLakePostgres } from '../sources/lake-postgres.ts';
import { nameList, wholeNumber } from './arguments.ts';
import { onLake, type CommandContext } from './context.ts';

interface SeedOptions {
  table?: string[];
  data?: string;
  reviews: number;
  seed: number;
}

/** Where the rows of a table come from. */
interface SeedInput {
  from: string;
  chunks: () => AsyncIterable<Uint8Array | string>;
}

const tables = operationalTables(beerLake);
const names = tables.map(({ name }) => name);
/** How many rows that do not fit are described; all are counted. */
const describedRows = 20;

export function registerSeed(program: Command): void {
  program.command('seed')
    .description('load the PostgreSQL of this lake from files, or with rows that are generated')
    .option('--table <a,b>', `only these tables, of ${names.join(', ')}`, nameList)
    .option('--data <dir>', 'folder of <table>.csv or <table>.csv.gz with a header; tables without a file are left out')
    .option('--reviews <n>', 'reviews to generate, where there is no --data', wholeNumber, 10_000)
    .option('--seed <s>', 'seed of what is generated', wholeNumber, 1)
    .addHelpText('after', `
Each table is loaded whole or not at all, in one transaction; a row that does not fit its contract is told with its
line, and nothing of its table is loaded. Rows whose key is there are left as they are, so that it may be repeated.`)
    .action(onLake((context, options: SeedOptions) => runSeed(context, options)));
}

/** Loads the operational database, each table whole or not at all. */
async function runSeed(context: CommandContext, options: SeedOptions): Promise<void> {
  const { lake, progress } = context;
  const unknown = options.table?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new TerminalError(`table ${unknown} is not in the operational database; expected some of ${names.join(', ')}`);
  const wanted = tables.filter(({ name }) => options.table?.includes(name) ?? true);
  const files = options.data === undefined ? undefined : await findFiles(options.data, wanted);
  await withLakePostgres(lake, async (connection) => {
    const rows = [];
    for (const table of wanted) {
      const input = files ? files.get(table.name) : await generateInput(table.name, connection, options);
      if (!input) continue;
      const startedAt = performance.now();
      const { loaded, present } = await load(context, connection, table, input);
      const seconds = (performance.now() - startedAt) / 1_000;
      progress.say(`✓ ${table.name.padEnd(10)} ${formatCell(loaded)} rows in ${seconds.toFixed(1)} s${present > 0 ? `, ${formatCell(present)} were there` : ''}`);
      rows.push({ table: table.name, loaded, 'were there': present, from: input.from });
    }
    context.print(formatTable(rows));
    context.printJson({ tables: rows.map(({ 'were there': present, ...row }) => ({ ...row, present })) });
  });
}

async function load({ progress, signal }: CommandContext, connection: DatabaseConnection, table: SourceTable, { from, chunks }: SeedInput): Promise<LoadedTable> {
  let rejected = 0;
  let read = 0;
  const watch = async function* (rows: AsyncIterable<(string | null)[]>): AsyncGenerator<(string | null)[]> {
    for await (const row of rows) {
      signal.throwIfAborted();
      if ((read += 1) % 10_000 === 0) progress.draw(`${table.name.padEnd(10)} ${formatCell(read)} rows`);
      yield row;
    }
  };
  const onRejected = ({ line, reason }: { line: number; reason: string }): void => {
    rejected += 1;
    if (rejected <= describedRows) progress.say(`✗ ${from} line ${line}: ${reason}`);
  };
  try {
    return await loadTable(connection, {
      schema: beerLake.operational!.schema, table, rows: watch(readCsvRows(table, chunks(), onRejected)),
      check: () => { if (rejected > 0) throw new TerminalError(`${formatCell(rejected)} of ${formatCell(read + rejected)} rows of ${from} do not fit ${table.name}; expected all to; nothing of it was loaded: correct the file and repeat`); },
    });
  } catch (error) {
    if (signal.aborted) throw new TerminalError(`ended while ${table.name} was loaded, of which nothing is; the tables before it are whole; repeat it for the rest`);
    throw error;
  }
}

async function findFiles(folder: string, wanted: readonly SourceTable[]): Promise<Map<string, SeedInput>> {
  const found = new Map<string, SeedInput>();
  for (const { name } of wanted) {
    for (const path of [join(folder, `${name}.csv`), join(folder, `${name}.csv.gz`)]) {
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile()) found.set(name, { from: path, chunks: () => readFile(path) });
    }
  }
  if (found.size === 0) throw new TerminalError(`folder ${folder} holds no file of a table; expected some of ${wanted.map(({ name }) => `${name}.csv or ${name}.csv.gz`).join(', ')}`);
  return found;
}

function readFile(path: string): AsyncIterable<Uint8Array> {
  const raw = createReadStream(path);
  return (path.endsWith('.gz') ? raw.compose(createGunzip()) : raw) as AsyncIterable<Uint8Array>;
}

/** Generated rows; reviews are of the beers and by the accounts that are there. */
async function generateInput(name: string, connection: DatabaseConnection, { reviews, seed }: SeedOptions): Promise<SeedInput | undefined> {
  const sample = (chunks: Iterable<string>): SeedInput => ({ from: `seed ${seed}`, chunks: async function* () { yield* chunks; } });
  if (name !== 'review') return sample(generateSampleCsv({ seed, reviews: 0 })[name as 'brewery' | 'beer' | 'profile']);
  if (reviews === 0) return undefined;
  return withConnection(connection, async (client) => {
    const beers = await client.query<{ beer_id: string; brewery_id: string }>('SELECT beer_id, brewery_id FROM dm_core.beer ORDER BY beer_id');
    const profiles = await client.query<{ profile_id: string }>('SELECT profile_id FROM dm_core.profile ORDER BY profile_id');
    if (beers.rows.length === 0 || profiles.rows.length === 0) throw new TerminalError(`there are ${beers.rows.length} beers and ${profiles.rows.length} profiles; expected some of each to write reviews about; load them first: dm seed --table brewery,beer,profile`);
    return sample(generateReviews({
      seed, count: reviews,
      beers: beers.rows.map((row) => ({ beer_id: BigInt(row.beer_id), brewery_id: BigInt(row.brewery_id) })),
      profileIds: profiles.rows.map((row) => BigInt(row.profile_id)),
    }));
  });
}
