import { Command, Option } from 'commander';
import { LakeError } from '@data-master/ports';
import { registerAws } from './commands/aws.ts';
import { registerDemo } from './commands/demo.ts';
import { registerEvents } from './commands/events.ts';
import { registerGenerate } from './commands/generate.ts';
import { registerInspect } from './commands/inspect.ts';
import { registerSeed } from './commands/seed.ts';
import { registerSource } from './commands/source.ts';
import { registerStream } from './commands/stream.ts';
import { registerUp } from './commands/up.ts';
import { registerWork } from './commands/work.ts';

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

for (const register of [registerDemo, registerUp, registerSource, registerSeed, registerStream, registerWork, registerInspect, registerGenerate, registerEvents, registerAws]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`dm: ${message}\n${error instanceof LakeError || !(error instanceof Error) ? '' : `${error.stack}\n`}`);
  process.exitCode = 1;
}
