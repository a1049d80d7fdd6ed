import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { destroyDataContext } from '@data-master/constructs';
import { workspace, type DeployOptions } from './options.ts';

const require = createRequire(import.meta.url);
const cdk = join(dirname(require.resolve('aws-cdk/package.json')), 'bin', 'cdk');
const app = `"${process.execPath}" --disable-warning=ExperimentalWarning apps/infra/src/main.ts`;

/** What CDK does to all stacks only when told so. */
const changesStacks = ['deploy', 'destroy'];

/** Runs the CDK command line on the lake and gives its exit code. */
export async function runCdk(verb: string, stacks: readonly string[], { environment, config, destroyData }: DeployOptions, parameters: readonly string[] = []): Promise<number> {
  const context = { environment, config: config ?? process.env['DM_CONFIG'], [destroyDataContext]: destroyData ? 'yes' : undefined };
  const child = spawn(process.execPath, [
    cdk, verb, ...(stacks.length > 0 ? [...stacks, '--exclusively'] : changesStacks.includes(verb) ? ['--all'] : []), '--app', app, '--no-notices', '--output', 'dist/cdk',
    ...Object.entries(context).flatMap(([key, value]) => (value === undefined ? [] : ['--context', `${key}=${value}`])), ...parameters,
  ], { cwd: workspace, stdio: 'inherit', env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } });
  const [code] = await once(child, 'exit') as [number | null];
  return code ?? 1;
}
