import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TerminalError } from '@data-master/ports';

/** What the commands for AWS hand on to the programs of infra, which know AWS; this one does not. */
export interface AwsOptions {
  environment?: string;
  config?: string;
  stack?: string[];
  yes?: boolean;
}

const workspace = join(import.meta.dirname, '..', '..', '..', '..');
const nx = join(workspace, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

/** Says what stands in the way of a deployment; 1 when something does. */
export const runDoctor = (options: AwsOptions): Promise<number> => runInfra('doctor/main.ts', options);

/** Builds what the stacks carry, then deploys them, or those that are named; asks unless `yes`. */
export async function runDeploy(options: AwsOptions): Promise<number> {
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
