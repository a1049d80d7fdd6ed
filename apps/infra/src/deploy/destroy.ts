import { createInterface } from 'node:readline/promises';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { requireReady } from '../doctor/refusal.ts';
import type { LakePlan } from '../lake-plan.ts';
import { runCdk } from './cdk.ts';
import { chosenStacks, readOptions, readPlan, runProgram } from './options.ts';

async function confirm({ prefix, account, region }: LakePlan, destroyData: boolean): Promise<void> {
  const what = destroyData ? `all stacks of ${prefix} AND ALL THEIR DATA` : `the stacks of ${prefix}; data stays`;
  if (!process.stdin.isTTY) throw new Error(`nobody to ask whether to delete ${what}; expected a terminal; say --yes`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(`Delete ${what}, in account ${account}, ${region}? Type the account number: `);
  prompt.close();
  if (answer.trim() !== account) throw new Error(`answer ${answer}; expected ${account}; nothing was changed`);
}

/** Removes every version of every object; CloudFormation deletes no bucket that holds one. */
async function emptyBuckets({ names, region }: LakePlan): Promise<void> {
  const client = new S3Client({ region });
  try {
    for (const bucket of Object.values(names.buckets)) {
      for (;;) {
        const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
        const objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
        if (objects.length === 0) break;
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects.slice(0, 1000), Quiet: true } }));
        if (Errors[0]) throw new Error(`${bucket}/${Errors[0].Key} was not deleted (${Errors[0].Code}); expected the right to delete versions; grant s3:DeleteObjectVersion`);
      }
      process.stdout.write(`${bucket}: emptied\n`);
    }
  } finally {
    client.destroy();
  }
}

/**
 * Takes the stacks down, last first. Buckets, tables, keys, secrets and repositories stay, unless the environment says
 * `destroyData` and the command `--destroy-data`: then a deployment gives them up first, buckets are emptied, and all goes.
 */
await runProgram(async () => {
  const options = readOptions();
  const lake = await readPlan(options);
  const stacks = chosenStacks(lake, options.stacks);
  await requireReady(lake, ['configuration', 'credentials']);
  if (options.destroyData && !lake.environment.destroyData) throw new Error(`--destroy-data without destroyData: true in environment ${options.environment} of dm.config.ts; expected both switches or none; set it, or leave the option out`);
  if (!options.yes) await confirm(lake, options.destroyData);
  if (options.destroyData) {
    const code = await runCdk('deploy', stacks, options, ['--require-approval', 'never']);
    if (code !== 0) return code;
    await emptyBuckets(lake);
  }
  return runCdk('destroy', stacks, options, ['--force']);
});
