import { Command, InvalidArgumentError, Option } from 'commander';
import { LakeError } from '@data-master/ports';
import { runDeploy, runDoctor, type AwsOptions } from './commands/aws.ts';
import { withLake, type CommandContext, type GlobalOptions } from './commands/context.ts';
import { runDemo, type DemoOptions } from './commands/demo.ts';
import { runSchemasCheck, runValidate, type SchemaOptions } from './commands/events.ts';
import { generateFiles } from './commands/generate.ts';
import { queryFormats, runQuery, runRuns, runStatus, runTables, type QueryFormat } from './commands/inspect.ts';
import { runIngest, runMaintain, runProcess, runRetry, runUp } from './commands/work.ts';
import { formatJson } from './output/text-table.ts';

const program = new Command('dm')
  .description('A lakehouse on this machine: raw files become masked bronze, merged silver, and gold to query.')
  .option('--home <dir>', 'folder of the lake (default: DM_HOME, else .lake)')
  .option('--config <file>', 'configuration of the lake (default: DM_CONFIG, else dm.config.ts if the current folder has one)')
  .addOption(new Option('--engine <engine>', 'engine of silver and gold; auto chooses by the size of each plan (default: DM_ENGINE, else the configuration, else auto)').choices(['auto', 'duckdb', 'spark']))
  .option('--json', 'one JSON object on the last line of standard output instead of tables')
  .showHelpAfterError('(dm --help lists commands, dm COMMAND --help explains one)')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText('after', `
Begin with:
  dm demo                                        sample data through all layers
  dm query "SELECT * FROM gold.top_drinkers LIMIT 5"

Exit codes: 0 done, 1 some work failed (dm status says what), 2 the command was not understood.`)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Expected a whole number from 0.');
  return value;
};

const nameList = (text: string): string[] => text.split(',').map((name) => name.trim()).filter(Boolean);

type LakeAction<Args extends unknown[]> = (context: CommandContext, ...args: Args) => Promise<number | void>;

/** Gives an action the opened lake, made when it is not there, and turns its result into the exit code. */
function onLake<Args extends unknown[]>(action: LakeAction<Args>, create = true) {
  return async function (this: Command, ...args: Args): Promise<void> {
    process.exitCode = await withLake({ ...this.optsWithGlobals<GlobalOptions>(), create }, (context) => action(context, ...args));
  };
}

/** The same for a lake that must be there. */
const onExistingLake = <Args extends unknown[]>(action: LakeAction<Args>) => onLake(action, false);

program.command('demo')
  .description('run data through all layers and show the top of every gold table')
  .option('--data <dir>', 'take brewery, beer, profile, openbrewery and review from the .csv.gz files in DIR; reviews that are missing are generated over their ids')
  .option('--reviews <n>', 'reviews to generate', wholeNumber, 100_000)
  .option('--seed <s>', 'seed of what is generated', wholeNumber, 1)
  .action(onLake((context, options: DemoOptions) => runDemo(context, options)));

program.command('up')
  .description('stay running and take files that are dropped into the raw folder')
  .action(onLake((context) => runUp(context)));

program.command('ingest')
  .description('put a file into raw and work until it is in gold')
  .argument('<file>', 'CSV with a header, or NDJSON with {"operation":"insert|update|delete",…}; plain or gzip')
  .requiredOption('--table <t>', 'table that the rows belong to')
  .action(onLake((context, file: string, options: { table: string }) => runIngest(context, file, options)));

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

program.command('status')
  .description('what is in the lake, what is pending, what failed and why')
  .action(onExistingLake((context) => runStatus(context)));

program.command('runs')
  .description('executions of state machines, the newest first')
  .option('--limit <n>', 'how many', wholeNumber, 20)
  .action(onExistingLake((context, options: { limit: number }) => runRuns(context, options)));

program.command('retry')
  .description('take up what failed, once the cause is mended')
  .argument('[control_id]', 'one record, as dm status lists it')
  .option('--failed', 'every failed record (the default)')
  .action(onExistingLake((context, controlId: string | undefined) => runRetry(context, controlId)));

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

program.command('generate')
  .description('write sample data as <table>.csv.gz')
  .requiredOption('--reviews <n>', 'number of reviews', wholeNumber)
  .option('--seed <s>', 'seed; the same seed gives the same bytes', wholeNumber, 1)
  .requiredOption('--out <dir>', 'folder to write to')
  .action(async function (this: Command, options: { reviews: number; seed: number; out: string }) {
    const paths = await generateFiles(options);
    const { json } = this.optsWithGlobals<GlobalOptions>();
    process.stdout.write(json ? `${formatJson({ files: paths })}\n` : `${paths.join('\n')}\n`);
  });

const schemasOption = ['--schemas <dir>', 'folder of <event>/<version>.json', 'schemas'] as const;

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

program.command('doctor')
  .description('what stands in the way of a deployment; changes nothing')
  .requiredOption('--aws', 'credentials, region, bootstrap, quotas, names and stacks of the AWS account')
  .option('--environment <name>', 'environment of dm.config.ts (default: DM_ENVIRONMENT, else dev)')
  .action(async function (this: Command) {
    process.exitCode = await runDoctor(this.optsWithGlobals<AwsOptions>());
  });

program.command('deploy')
  .description('put the lake, or some of its stacks, into the AWS account; asks first')
  .option('--environment <name>', 'environment of dm.config.ts (default: DM_ENVIRONMENT, else dev)')
  .option('--stack <a,b>', 'only these stacks', nameList)
  .option('--yes', 'do not ask')
  .action(async function (this: Command) {
    process.exitCode = await runDeploy(this.optsWithGlobals<AwsOptions>());
  });

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`dm: ${message}\n${error instanceof LakeError || !(error instanceof Error) ? '' : `${error.stack}\n`}`);
  process.exitCode = 1;
}
