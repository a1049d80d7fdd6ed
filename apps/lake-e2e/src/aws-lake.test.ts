import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeWithMoto } from '@data-master/aws/testing';
import { startAwsLake, type AwsLake } from './aws-lake.ts';
import { judgeCalls } from './policies/judge.ts';
import { readRolePolicy } from './policies/role-policy.ts';
import type { Deployment } from './template/deployment.ts';
import type { Json } from './template/json.ts';
import { deployMini } from './testing/mini-lake.ts';

const workspace = join(import.meta.dirname, '..', '..', '..');
const bundles = join(import.meta.dirname, '..', 'testdata', 'mini');
const text = (content: string): Uint8Array => Buffer.from(content);

await describeWithMoto('a lake in small, wired by its template', (moto) => {
  let lake: AwsLake | undefined;
  let scratch: string;

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'dm-e2e-'));
  });
  afterEach(async () => {
    await lake?.close();
    lake = undefined;
    await fetch(`${moto().endpoint}/moto-api/reset`, { method: 'POST' });
    await rm(scratch, { recursive: true, force: true });
  });

  const start = async (deployment: Deployment): Promise<AwsLake> =>
    (lake = await startAwsLake({ deployment, account: moto().config, bundles, nativePackages: join(workspace, 'node_modules'), scratch }));
  const records = async (): Promise<Record<string, string>> => {
    const client = new DynamoDBClient(moto().config);
    const { Items: items = [] } = await client.send(new ScanCommand({ TableName: 'mini-control' }));
    client.destroy();
    return Object.fromEntries(items.map((item) => [item['id']!.S!, `${item['status']!.S} ${item['letters']?.N ?? '-'}`]));
  };
  const judge = (running: AwsLake, roleName: string) => {
    const { missing, unused } = judgeCalls(readRolePolicy(running.deployment, roleName), running.proxy.calls.filter(({ caller }) => caller === roleName));
    return { missing, unused };
  };
  const roles = ['mini-register-role', 'mini-count-role', 'mini-machine-role', 'mini-pipe-role'];

  it('takes an object from its bucket to its end, with the permissions of its roles and no others', async () => {
    const running = await start(deployMini());
    await running.put('mini-stage', 'raw/a.txt', text('four'));
    await running.put('mini-stage', 'other/b.txt', text('not for the rule'));
    await running.settle();
    expect(await records()).toEqual({ 'raw/a.txt': 'done 4' });
    expect(running.executions).toEqual([{ machine: 'mini-machine', input: [{ id: 'raw/a.txt' }], status: 'SUCCEEDED' }]);
    expect(Object.fromEntries(roles.map((role) => [role, judge(running, role)]))).toEqual(Object.fromEntries(roles.map((role) => [role, { missing: [], unused: [] }])));
  });

  it.each<[string, string[], Json, Record<string, string>]>([
    ['a rule with another prefix registers nothing', ['Rule', 'Properties', 'EventPattern'], { detail: { object: { key: [{ prefix: 'bronze/' }] } } }, {}],
    ['a bucket that tells nobody registers nothing', ['Bucket', 'Properties'], { BucketName: 'mini-stage' }, {}],
    ['a pipe with another filter starts nothing', ['Pipe', 'Properties', 'SourceParameters', 'FilterCriteria'], { Filters: [{ Pattern: '{"eventName": ["MODIFY"]}' }] }, { 'raw/a.txt': 'pending -' }],
    ['a function without its variable fails', ['Count', 'Properties', 'Environment', 'Variables', 'BUCKET'], 'mini-other', { 'raw/a.txt': 'pending -' }],
  ])('%s', async (_name, path, value, expected) => {
    const running = await start(deployMini(path, value));
    await running.put('mini-stage', 'raw/a.txt', text('four'));
    await running.settle();
    expect(await records()).toEqual(expected);
  });

  it('shows a permission that a role lacks and one that it does not use', async () => {
    const running = await start(deployMini(['RegisterRole', 'Properties', 'Policies'], [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: 'dynamodb:DeleteItem', Resource: '*' } } }]));
    await running.put('mini-stage', 'raw/a.txt', text('four'));
    await running.settle();
    expect(judge(running, 'mini-register-role')).toEqual({ missing: ['dynamodb:PutItem arn:aws:dynamodb:eu-central-1:123456789012:table/mini-control'], unused: ['dynamodb:DeleteItem *'] });
  });

  it('refuses a rule that its function does not let in', async () => {
    const running = await start(deployMini(['Permission', 'Properties', 'Principal'], 's3.amazonaws.com'));
    await running.put('mini-stage', 'raw/a.txt', text('four'));
    await expect(running.settle()).rejects.toThrow('may not invoke');
  });

  it('repeats an event that its function fails on and lays it by in the end', async () => {
    const running = await start(deployMini());
    await running.put('mini-stage', 'raw/poison.txt', text('x'));
    await running.settle();
    expect(running.deadLetters).toMatchObject([{ functionName: 'mini-register', error: 'Error: cannot read this object' }]);
  });

  it('goes on after a function is killed at a request, a throttled table and repeated deliveries', async () => {
    const running = await start(deployMini());
    const disturbed: string[] = [];
    running.proxy.disturb((caller, [demand]) => {
      if (disturbed.length === 0 && demand?.action === 'dynamodb:UpdateItem') {
        disturbed.push('killed');
        running.kill(caller);
        return 'break';
      }
      if (disturbed.length === 1 && demand?.action === 'dynamodb:UpdateItem') {
        disturbed.push('throttled');
        return { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow down' }) };
      }
      return undefined;
    });
    await running.put('mini-stage', 'raw/a.txt', text('four'));
    await running.settle({ objectEvents: 2, pipe: (inputs) => [...inputs, ...inputs].reverse() });
    expect(disturbed).toEqual(['killed', 'throttled']);
    expect(await records()).toEqual({ 'raw/a.txt': 'done 4' });
    expect(running.executions.map(({ status }) => status)).toEqual(['SUCCEEDED']);
  });
});
