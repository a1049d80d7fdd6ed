import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { functionApps, functionsOf, workerApps, workersOf, type FunctionApp, type WorkerApp } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import { requireReady } from '../doctor/refusal.ts';
import { runCdk } from './cdk.ts';
import { deployFunctionCode } from './function-code.ts';
import { dist, readOptions, readPlan, runProgram, say, workspace, type DeployOptions } from './options.ts';
import { deployWorkspaceSchemas } from './schemas.ts';
import { deployNewestPackage } from './spark-package.ts';

async function deployFunction(app: FunctionApp, lake: LakePlan): Promise<void> {
  const bundle = lake.artifacts.bundle(app);
  if (!bundle) throw new Error(`app ${app} has no bundle; expected dist/lambda/${app}/handler.mjs; run npx nx run ${app}:bundle`);
  const name = lake.names.functions[functionApps[app].key];
  const client = new LambdaClient({ region: lake.region });
  try {
    say(`${name}: ${(await deployFunctionCode(client, name, bundle)) ? `code ${bundle.contentHash} deployed` : 'has this code'}`);
  } finally {
    client.destroy();
  }
}

async function deployWorker(app: WorkerApp, lake: LakePlan, options: DeployOptions): Promise<number> {
  const { repository, stack } = workerApps[app];
  const pushed = spawnSync(process.execPath, [join(workspace, 'tools/image.mjs'), 'push', app, '--repository', lake.names.repositories[repository]], { cwd: workspace, stdio: 'inherit' });
  if (pushed.status !== 0) return pushed.status ?? 1;
  return runCdk('deploy', [lake.names.stacks[stack]], options, ['--require-approval', 'never']);
}

/** Deploys one app, `node app.ts <app>`: the code of its function, with the schemas if that is the validator, its image and the task that names it, or the Spark package. */
await runProgram(async () => {
  const options = readOptions();
  const app = options.positionals[0] ?? '';
  const lake = await readPlan(options);
  await requireReady(lake, ['configuration', 'credentials']);
  if (app === 'event-validator') say(await deployWorkspaceSchemas(lake, workspace));
  const [functions, workers]: string[][] = [functionsOf(lake), workersOf(lake)];
  if (functions!.includes(app)) return deployFunction(app as FunctionApp, lake);
  if (workers!.includes(app)) return deployWorker(app as WorkerApp, lake, options);
  if (app === 'spark-jobs') return say(await deployNewestPackage(lake, join(dist, 'spark-jobs')));
  throw new Error(`app ${app || '(none)'} is not deployed by itself in this environment; expected one of ${[...functions!, ...workers!, 'spark-jobs'].join(', ')}`);
});
