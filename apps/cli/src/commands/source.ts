import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import { contractModes, type ContractMode } from '@data-master/change-events';
import { connectionUrl } from '@data-master/operational-database';
import { TerminalError } from '@data-master/ports';
import { checkSource, isSourceUrl, readTask, sourceForms, type SourceFinding } from '@data-master/replication';
import { formatExact, formatTable } from '../output/text-table.ts';
import { lastConnection } from '../sources/lake-postgres.ts';
import { ownSource } from '../sources/open-sources.ts';
import { openSourceRegistry, sourceNamePattern, type Source } from '../sources/source-registry.ts';
import { onExistingLake, onLake, type CommandContext } from './context.ts';

interface AddOptions {
  mapping?: string;
  settings?: string;
  contractMode: ContractMode;
  passwordFrom?: string;
}

export function registerSource(program: Command): void {
  const source = program.command('source').description('databases and logs that changes are taken from')
    .addHelpText('after', `
To follow a database of yours (docs/sources.md leads through it):
  dm source add shop postgres://reader:PASSWORD@db.example.org:5432/shop --mapping mapping.json
  dm source check shop                           what it needs, what was found, what to do
  dm up --source shop                            load it, then follow its changes`);

  source.command('add')
    .description('keep a source under a name; nothing is asked of it before check or up')
    .argument('<name>', 'lower snake_case; names its slot, its publication and its state')
    .argument('<url>', `one of ${sourceForms}`)
    .option('--mapping <file>', 'which tables and rows, and what becomes of them: the table mapping of a DMS task (default: the tables of this lake in every schema)')
    .option('--settings <file>', 'the task settings of a DMS task')
    .addOption(new Option('--contract-mode <mode>', 'columns that the contract lacks are left out, passed on, or end the task').choices(contractModes).default('discard'))
    .option('--password-from <variable>', 'environment variable that holds the password at each start; otherwise that of the URL is kept with the keys of the lake')
    .action(onLake((context, name: string, url: string, options: AddOptions) => runAdd(context, name, url, options)));

  source.command('list')
    .description('the sources of this lake')
    .action(onExistingLake((context) => runList(context)));

  source.command('check')
    .description('look at everything that a source needs, and change nothing; 1 when something is missing')
    .argument('<name>')
    .action(onExistingLake((context, name: string) => runCheck(context, name)));

  source.command('remove')
    .description('forget a source, its password and how far it was read; its rows stay in the lake')
    .argument('<name>')
    .action(onExistingLake((context, name: string) => runRemove(context, name)));

  source.command('url')
    .description('the URL of the PostgreSQL of this lake with its password: psql "$(dm source url)"')
    .action(onExistingLake(async (context) => {
      const url = connectionUrl(await lastConnection(context.lake), { withPassword: true });
      context.printJson({ url });
      context.print(url);
    }));
}

async function runAdd({ lake, progress, printJson }: CommandContext, name: string, url: string, { mapping, settings, contractMode, passwordFrom }: AddOptions): Promise<void> {
  if (!sourceNamePattern.test(name) || name === ownSource) throw new TerminalError(`the name of a source is ${JSON.stringify(name)}; expected lower snake_case of at most 51 characters, and not ${ownSource}, which is the database of the lake; choose another`);
  if (!isSourceUrl(url)) throw new TerminalError(`the URL of source ${name} begins with ${JSON.stringify(/^[^:@/]*/.exec(url)![0])}; expected ${sourceForms}; correct it`);
  readTask(beerLake, name, contractMode, await readDocuments({ mapping, settings }));
  await openSourceRegistry(lake).add(name, {
    url, contractMode, ...(passwordFrom && { passwordVariable: passwordFrom }), ...(mapping && { mapping: resolve(mapping) }), ...(settings && { settings: resolve(settings) }),
  });
  progress.say(`Source ${name} is kept. Next: dm source check ${name}, then dm up --source ${name}`);
  printJson({ added: name });
}

async function runList({ lake, print, printJson }: CommandContext): Promise<void> {
  const sources = await openSourceRegistry(lake).list();
  const rows = sources.map(({ name, url, mapping, settings, contractMode, passwordVariable }) => ({ name, url, mapping, settings, 'contract mode': contractMode, 'password from': passwordVariable ?? 'the keys of the lake' }));
  print(rows.length > 0 ? formatTable(rows, { cell: formatExact }) : 'No source was added. The PostgreSQL of this lake is there without: dm up --source postgres');
  printJson({ sources });
}

async function runCheck({ lake, print, printJson }: CommandContext, name: string): Promise<number> {
  const registry = openSourceRegistry(lake);
  const source = await registry.get(name);
  const task = readTask(beerLake, name, source.contractMode, await readDocuments(source));
  const findings = await checkSource(await registry.urlOf(source), task);
  const missing = findings?.filter(({ remedy }) => remedy !== undefined) ?? [];
  if (findings) print(findings.map(formatFinding).join('\n'));
  else print(`Nothing of ${name} can be looked at beforehand; dm up --source ${name} tells what it lacks.`);
  if (findings) print(missing.length > 0 ? `\n${missing.length} of ${findings.length} are not as they have to be.` : `\nAll is there. Next: dm up --source ${name}`);
  printJson({ source: name, ready: missing.length === 0, findings: findings ?? [] });
  return missing.length > 0 ? 1 : 0;
}

async function runRemove({ lake, progress, printJson }: CommandContext, name: string): Promise<void> {
  const registry = openSourceRegistry(lake);
  const { url } = await registry.get(name);
  await registry.remove(name);
  progress.say(`Source ${name} is forgotten; its rows stay in the lake.`);
  if (url.startsWith('postgres')) progress.say(`So that the database does not keep its log for it any longer, run there: SELECT pg_drop_replication_slot('dm_${name}'); DROP PUBLICATION dm_${name};`);
  printJson({ removed: name });
}

function formatFinding({ what, found, expected, remedy }: SourceFinding): string {
  const [mark, rest] = remedy === undefined ? ['✓', ''] : ['✗', `; expected ${expected}\n    ${formatExact(remedy)}`];
  return `${mark} ${formatExact(what).padEnd(22)} ${formatExact(found)}${rest}`;
}

async function readDocuments({ mapping, settings }: Pick<Source, 'mapping' | 'settings'>): Promise<{ mapping?: string; settings?: string }> {
  const read = (path: string, option: string): Promise<string> => readFile(path, 'utf8').catch((error: Error) => {
    throw new TerminalError(`--${option} ${path} cannot be read (${error.message}); expected a JSON document in the format of a DMS task; correct the path`);
  });
  return { ...(mapping !== undefined && { mapping: await read(mapping, 'mapping') }), ...(settings !== undefined && { settings: await read(settings, 'settings') }) };
}
