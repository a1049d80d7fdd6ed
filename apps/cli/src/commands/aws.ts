import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { TerminalError } from '@data-master/ports';
import { nameList } from './arguments.ts';

/** What the commands for AWS hand on to the programs of infra, which know AWS; this one does not. */
interface AwsOptions {
  environment?: string;
  config?: string;
  stack?: string[];
  yes?: boolean;
}

const workspace = join(import.meta.dirname, '..', '..', '..', '..');
const nx = join(workspace, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

export function registerAws(program: Command): void {
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
}

/** Says what stands in the way of a deployment; 1 when something does. */
const runDoctor = (options: AwsOptions): Promise<number> => runInfra('doctor/main.ts', options);

/** Builds what the stacks carry, then deploys them, or those that are named; asks unless `yes`. */
async function runDeploy(options: AwsOptions): Promise<number> {
  return (await run([nx, 'run', 'infra:prepare'])) || runInfra('deploy/main.ts', options);
}

function runInfra(program: string, { environment, config, stack = [], yes }: AwsOptions): Promise<number> {
  const path = join(workspace, 'apps', 'infra', 'src', program);
  if (!existsSync(path)) throw new TerminalError(`${path} does not exist; expected dm to run in the repository; clone it to deploy from there`);
  return run(['--disable-warning=ExperimentalWarning', path, ...(environment ? ['--environment', environment] : []), ...(config ? ['--config', resolve(config)] : []), ...stack.flatMap((name) => ['--stack', name]), ...(yes ? ['--yes'] : [])]);
}

async function run(parameters: string[]): Promise<number> {
  const child = spawn(process.execPath, parameters, { cwd: workspace, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
