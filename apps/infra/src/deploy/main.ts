import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { spawnSync } from 'node:child_process';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GlueClient, GetTableCommand } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { lakeTables } from '@data-master/table-contracts';
import { requireReady } from '../doctor/refusal.ts';
import { createLakeApp } from '../lake-app.ts';
import { stacksOf, workerApps, workersOf, type WorkerApp } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import { absentTablesContext } from '../stacks/dm-governance.ts';
import { runCdk } from './cdk.ts';
import { chosenStacks, dist, readOptions, readPlan, runProgram, say, workspace, type DeployOptions } from './options.ts';
import { deployWorkspaceSchemas } from './schemas.ts';
import { deployNewestPackage } from './spark-package.ts';
import { uploadAssets } from './stand-in-assets.ts';
import { deployToStandIn } from './stand-in.ts';

/** Their tags are made from their content, and templates name them. */
function buildImages(lake: LakePlan): void {
  for (const app of workersOf(lake)) runImage('build', app, lake);
}

function runImage(verb: 'build' | 'push', app: WorkerApp, lake: LakePlan): void {
  const { status } = spawnSync(process.execPath, [join(workspace, 'tools/image.mjs'), verb, app, '--repository', lake.names.repositories[workerApps[app].repository]], { cwd: workspace, stdio: 'inherit' });
  if (status !== 0) throw new Error(`the image of ${app} could not be ${verb === 'build' ? 'built' : 'pushed'}; its reason is above`);
}

/** A stand-in is an experiment: nothing is asked and no image is needed. */
async function deployToEndpoint(lake: LakePlan, stacks: readonly string[]): Promise<void> {
  await requireReady(lake, ['configuration', 'credentials', 'stacks']);
  const outdir = join(dist, 'cdk');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  createLakeApp(lake, { outdir }).synth();
  const wanted = stacksOf(lake).map((key) => lake.names.stacks[key]).filter((name) => stacks.length === 0 || stacks.includes(name));
  const client = new CloudFormationClient({ region: lake.region });
  const s3 = new S3Client({ region: lake.region, forcePathStyle: true });
  try {
    for (const name of wanted) await uploadAssets(s3, lake.region, outdir, name);
    const statuses = await deployToStandIn(client, wanted.map((name) => [name, JSON.parse(readFileSync(join(outdir, `${name}.template.json`), 'utf8')) as Parameters<typeof deployToStandIn>[1][number][1]]));
    for (const [name, status] of Object.entries(statuses)) say(`${name}: ${status}`);
  } finally {
    client.destroy();
    s3.destroy();
  }
}

async function isConfirmed(lake: LakePlan, stacks: readonly string[], { yes, destroyData }: DeployOptions): Promise<boolean> {
  const what = `${stacks.length > 0 ? stacks.join(', ') : 'all stacks'} into account ${lake.account}, ${lake.region}${destroyData && lake.environment.destroyData ? ', DATA MAY BE DELETED' : ''}`;
  if (yes) return true;
  if (!process.stdin.isTTY) throw new Error(`nobody to ask whether to deploy ${what}; expected a terminal; say --yes`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^(y|yes|go)$/i.test((await prompt.question(`Deploy ${what}? Type go: `)).trim());
  } finally {
    prompt.close();
  }
}

/** Tables of silver and gold that their writers have not made yet: nobody can be granted them so far. */
async function absentTables(lake: LakePlan): Promise<string[]> {
  const client = new GlueClient({ region: lake.region });
  try {
    const looked = await Promise.all(lakeTables(lake.model).map(async ({ layer, name }) => {
      const exists = await client.send(new GetTableCommand({ DatabaseName: lake.names.databases[layer], Name: name })).then(() => true, (error: unknown) => {
        if (error instanceof Error && error.name === 'EntityNotFoundException') return false;
        throw error;
      });
      return exists ? [] : [`${layer}.${name}`];
    }));
    const absent = looked.flat();
    if (absent.length > 0) say(`not there yet, grants wait for the next deployment of ${lake.names.stacks.governance}: ${absent.join(', ')}`);
    return absent;
  } finally {
    client.destroy();
  }
}

/** Images, the Spark package and the schemas of events, which the stacks name and do not carry. */
async function deployArtifacts(lake: LakePlan): Promise<void> {
  for (const app of workersOf(lake)) runImage('push', app, lake);
  say(await deployNewestPackage(lake, join(dist, 'spark-jobs')));
  say(await deployWorkspaceSchemas(lake, workspace));
}

/** Deploys the lake, or the stacks that are chosen by `--stack`: looks first, asks unless `--yes`, changes only then. */
await runProgram(async () => {
  const options = readOptions();
  const lake = await readPlan(options);
  const stacks = chosenStacks(lake, options.stacks);
  if (process.env['AWS_ENDPOINT_URL']) return deployToEndpoint(lake, stacks);
  buildImages(lake);
  await requireReady(lake);
  if (!(await isConfirmed(lake, stacks, options))) return 1;
  const code = await runCdk('deploy', stacks, options, ['--require-approval', 'never', '--context', `${absentTablesContext}=${(await absentTables(lake)).join(',')}`]);
  if (code !== 0) return code;
  if (stacks.length > 0) return 0;
  await deployArtifacts(lake);
  return 0;
});
