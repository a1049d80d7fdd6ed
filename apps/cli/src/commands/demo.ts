import type { Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import type { EmbeddedLake } from '@data-master/embedded-lake';
import { quoteIdentifier as quote, type GoldTable } from '@data-master/table-contracts';
import { filesOf, sampleDimensions, sampleReviews, type DemoObject } from '../demo-input.ts';
import { formatCell, formatExact, formatTable } from '../output/text-table.ts';
import { wholeNumber } from './arguments.ts';
import { onLake, type CommandContext } from './context.ts';
import { formatState, summarize } from './summary.ts';

interface DemoOptions {
  data?: string;
  reviews: number;
  seed: number;
}

const topRows = 5;

export function registerDemo(program: Command): void {
  program.command('demo')
    .description('run data through all layers and show the top of every gold table')
    .option('--data <dir>', 'take brewery, beer, profile, openbrewery and review from the .csv.gz files in DIR; reviews that are missing are generated over their ids')
    .option('--reviews <n>', 'reviews to generate', wholeNumber, 100_000)
    .option('--seed <s>', 'seed of what is generated', wholeNumber, 1)
    .action(onLake((context, options: DemoOptions) => runDemo(context, options)));
}

/** Runs data through all layers and shows what came out; with the same options again, nothing is done twice. */
async function runDemo(context: CommandContext, { data, reviews, seed }: DemoOptions): Promise<number> {
  const { lake, progress, signal } = context;
  progress.say(`Lake in ${lake.home}`);
  progress.say(data ? `Data from ${data}; reviews that are missing there are generated` : `Sample data, generated from seed ${seed}`);
  const dimensions = data ? await filesOf(data) : sampleDimensions(seed);
  await deliver(lake, dimensions, progress);
  await lake.discover();
  const drain = (): Promise<void> => lake.drain({ observer: progress, signal });
  await drain();
  if (!dimensions.some((object) => object.table === 'review') && reviews > 0 && !signal.aborted) {
    await deliver(lake, [sampleReviews(lake, { seed, count: reviews, dimensions })], progress, `${formatCell(reviews)} generated rows`);
    await drain();
  }

  const summary = await summarize(context);
  context.print('');
  for (const table of beerLake.gold) context.print(await formatTop(lake, table));
  context.print(`${formatState(summary)}\n`);
  context.print(`Done in ${(summary.durationMs / 1_000).toFixed(1)} s with at most ${summary.peakRssMb} MB. Next:\n${nextSteps(lake)}`);
  context.printJson(summary);
  return progress.failures > 0 || signal.aborted ? 1 : 0;
}

async function deliver(lake: EmbeddedLake, objects: readonly DemoObject[], progress: CommandContext['progress'], what = ''): Promise<void> {
  for (const { table, objectKey, body } of objects) {
    if (await lake.deliver(objectKey, body)) progress.say(`✓ raw    ${table.padEnd(28)}${what}`.trimEnd());
  }
}

/** The first rows of a gold table, of its newest partition. */
async function formatTop(lake: EmbeddedLake, table: GoldTable): Promise<string> {
  const name = `gold.${quote(table.name)}`;
  const order = table.orderBy.map(({ column, descending }) => `${quote(column)} ${descending ? 'DESC' : 'ASC'}`);
  const tuple = table.partitionBy.map(quote).join(', ');
  const newest = tuple ? `WHERE (${tuple}) = (SELECT (${tuple}) FROM ${name} ORDER BY ${table.partitionBy.map((column) => `${quote(column)} DESC`).join(', ')} LIMIT 1)` : '';
  const rows = await lake.query(`SELECT * FROM ${name} ${newest} ORDER BY ${[...order, ...table.grain.map(quote)].join(', ')} LIMIT ${topRows}`);
  const [first] = rows;
  const partition = first ? table.partitionBy.map((column) => formatExact(first[column]).padStart(2, '0')).join('-') : '';
  const columns = Object.keys(table.columns).filter((column) => !table.partitionBy.includes(column) && !column.endsWith('_id'));
  const title = `${table.doc}${partition && `: ${partition}`}  (gold.${table.name})`;
  return `${title}\n${first ? formatTable(rows, { columns }) : 'no rows'}\n`;
}

function nextSteps(lake: EmbeddedLake): string {
  const home = lake.home.endsWith('/.lake') ? '' : ` --home ${lake.home}`;
  return [
    `  npx dm${home} query "SELECT beer_name, avg_rating, total_reviews FROM gold.top_beers_by_rating ORDER BY total_reviews DESC LIMIT 10"`,
    `  npx dm${home} ingest FILE --table review    a .csv, .ndjson or .gz of yours`,
    `  npx dm${home} up                            stay running and take files dropped into ${lake.rawFolder}/<table>/`,
    `  npx dm${home} status                        what was done, what failed and why`,
  ].join('\n');
}
