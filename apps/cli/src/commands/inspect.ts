import { Option, type Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import { lakeTables } from '@data-master/table-contracts';
import { formatCsv, formatExact, formatJson, formatTable } from '../output/text-table.ts';
import { wholeNumber } from './arguments.ts';
import { onExistingLake, type CommandContext, type GlobalOptions } from './context.ts';
import { formatState, summarize } from './summary.ts';

const queryFormats = ['table', 'csv', 'json'] as const;
type QueryFormat = (typeof queryFormats)[number];

export function registerInspect(program: Command): void {
  program.command('status')
    .description('what is in the lake, what is pending, what failed and why')
    .action(onExistingLake((context) => runStatus(context)));

  program.command('runs')
    .description('executions of state machines, the newest first')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(onExistingLake((context, options: { limit: number }) => runRuns(context, options)));

  program.command('query')
    .description('run SQL over bronze, silver and gold, with tables as silver.beer')
    .argument('<sql>', 'a DuckDB select')
    .addOption(new Option('--format <format>', 'how rows are written').choices(queryFormats).default('table'))
    .action(onExistingLake((context, sql: string, options: { format: QueryFormat }) => runQuery(context, sql, options.format)));

  program.command('tables')
    .description('the tables of silver and gold')
    .action(function (this: Command) {
      const { json } = this.optsWithGlobals<GlobalOptions>();
      runTables({
        print: (text) => void (json || process.stdout.write(`${text}\n`)),
        printJson: (value) => void (json && process.stdout.write(`${formatJson(value)}\n`)),
      });
    });
}

/** What is in the lake, what is at work, what failed and why. */
async function runStatus(context: CommandContext): Promise<void> {
  const { lake } = context;
  const [summary, failures, runs] = [await summarize(context), await lake.failures(), await lake.runs()];
  context.print(`Lake in ${lake.home}\n\n${formatState(summary)}`);
  for (const record of failures) {
    context.print(`\n✗ ${record.control_id}  ${record.schema_name}.${record.table_name}  ${record.object_key}\n  ${record.error_message}\n  after mending the cause: npx dm retry ${record.control_id}`);
  }
  context.printJson({ ...summary, failures, runs });
}

/** The executions of state machines, the newest first. */
async function runRuns(context: CommandContext, { limit }: { limit: number }): Promise<void> {
  const runs = await context.lake.runs(limit);
  const secondsOf = (from: string, to: string | null): string => (to ? ((Date.parse(to) - Date.parse(from)) / 1_000).toFixed(1) : '');
  const rows = runs.map(({ machine, status, started_at, ended_at, error, input }) => ({ started_at, machine, status, seconds: secondsOf(started_at, ended_at), about: (error ?? input).slice(0, 100) }));
  context.print(rows.length > 0 ? formatTable(rows, { cell: formatExact }) : 'No state machine has run.');
  context.printJson({ runs });
}

/** Runs a select over all layers. */
async function runQuery(context: CommandContext, sql: string, format: QueryFormat): Promise<void> {
  const rows = await context.lake.query(sql);
  const chosen = context.json ? 'json' : format;
  const output = { table: () => `${rows.length > 0 ? `${formatTable(rows, { cell: formatExact })}\n` : ''}(${rows.length} row${rows.length === 1 ? '' : 's'})`, csv: () => formatCsv(rows), json: () => formatJson(rows) };
  process.stdout.write(`${output[chosen]()}\n`);
}

/** The tables of the lake with their columns. */
function listTables(): { layer: string; table: string; key: string; partitioned_by: string; columns: string; meaning: string }[] {
  return lakeTables(beerLake).map(({ layer, name, key, partitionBy, columns, doc }) => ({
    layer, table: name, key: key.join(', '), partitioned_by: partitionBy.join(', '), columns: columns.map((column) => column.name).join(', '), meaning: doc,
  }));
}

function runTables(context: Pick<CommandContext, 'print' | 'printJson'>): void {
  const tables = listTables();
  context.print(formatTable(tables, { columns: ['layer', 'table', 'partitioned_by', 'meaning'], cell: formatExact }));
  context.printJson({ tables });
}
