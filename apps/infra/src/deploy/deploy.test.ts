import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ListStackResourcesCommand, CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describeWithMoto } from '@data-master/aws/testing';
import { hashFolder } from '../artifacts.ts';
import { createLakeApp } from '../lake-app.ts';
import { lakeNames } from '../lake-names.ts';
import { account, configurations, listResources, planOf, region, synthesize } from '../testing/plans.ts';
import { deployFunctionCode } from './function-code.ts';
import { deploySchemas } from './schemas.ts';
import { deploySparkPackage } from './spark-package.ts';
import { uploadAssets } from './stand-in-assets.ts';
import { forStandIn, notInStandIn } from './stand-in.ts';
import { zipFolder } from './zip.ts';

/** With every stack. */
const everyStack = { database: configurations.full.database, streaming: configurations.full.streaming };
const names = lakeNames({ prefix: 'dm', account, region });
const folder = mkdtempSync(join(tmpdir(), 'dm-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

await describeWithMoto('infra:deploy at an endpoint that stands in for AWS', (moto) => {
  const config = join(folder, 'dm.config.ts');
  writeFileSync(config, `export default { environments: { dev: ${JSON.stringify({ account, region, ...everyStack })} } };\n`);
  const deploy = (...parameters: string[]) => {
    const { NODE_OPTIONS: _, ...environment } = process.env;
    return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts'), '--config', config, ...parameters], { encoding: 'utf8', env: { ...environment, ...moto().environment } });
  };
  let output: string;
  beforeAll(() => {
    const { stdout, stderr, status } = deploy();
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    output = stdout;
  }, 120_000);

  test('brings every stack to its end, but for those of which the stand-in makes nothing', () => {
    const statuses = Object.fromEntries(output.trim().split('\n').filter((line) => line.startsWith('dm-')).map((line) => line.split(': ') as [string, string]));
    const absent = ['catalog', 'consumption', 'governance'].map((name) => `dm-${name}`);
    expect(statuses).toEqual(Object.fromEntries(Object.values(names.stacks).map((name) => [name, absent.includes(name) ? 'absent' : 'CREATE_COMPLETE'])));
  });

  test('makes every resource of the templates whose type is not listed with a reason', async () => {
    const client = new CloudFormationClient(moto().config);
    for (const [stack, template] of Object.entries(synthesize(planOf(everyStack)))) {
      const wanted = Object.entries(template.Resources).filter(([, { Type }]) => !(Type in notInStandIn)).map(([id]) => id).sort();
      if (wanted.length === 0) continue;
      const { StackResourceSummaries = [] } = await client.send(new ListStackResourcesCommand({ StackName: stack }));
      expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(wanted);
    }
    client.destroy();
  });

  test('makes the buckets and the table as the adapters need them', async () => {
    const s3 = new S3Client({ ...moto().config, forcePathStyle: true });
    for (const bucket of Object.values(names.buckets)) await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    const dynamo = new DynamoDBClient(moto().config);
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: names.controlTable }));
    expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['dm-gsi-object-key', 'dm-gsi-schema-status', 'dm-gsi-table-checksum']);
    s3.destroy();
    dynamo.destroy();
  });

  test('updates a stack that is there, alone when it is named', () => {
    const { stdout, status } = deploy('--stack', 'control');
    expect([stdout.trim().split('\n').at(-1), status]).toEqual(['dm-control: UPDATE_COMPLETE', 0]);
  }, 60_000);

  test('refuses a stack that does not exist', () => {
    const { stderr, status } = deploy('--stack', 'wine');
    expect([stderr, status]).toEqual([expect.stringContaining('stack wine is not in this environment; expected one of dm-network'), 1]);
  }, 60_000);

  test('gives a function new code once', async () => {
    const client = new LambdaClient(moto().config);
    const code = mkdtempSync(join(folder, 'code-'));
    writeFileSync(join(code, 'handler.mjs'), 'export const handler = () => 1;\n');
    const name = names.functions.refinementPlanner;
    const before = (await client.send(new GetFunctionCommand({ FunctionName: name }))).Configuration?.CodeSha256;
    const bundle = { folder: code, contentHash: hashFolder(code) };
    expect(await deployFunctionCode(client, name, bundle)).toBe(true);
    expect(await deployFunctionCode(client, name, bundle)).toBe(false);
    const after = await client.send(new GetFunctionCommand({ FunctionName: name }));
    expect(after.Configuration?.CodeSha256).not.toBe(before);
    expect(after.Tags?.['dm-code']).toBe(bundle.contentHash);
    await expect(deployFunctionCode(client, 'dm-nobody', bundle)).rejects.toThrow('function dm-nobody does not exist; expected the stack of functions to be deployed');
    client.destroy();
  }, 60_000);

  test('puts the code that a template names where the template says', async () => {
    const [code, outdir] = [mkdtempSync(join(folder, 'code-')), mkdtempSync(join(folder, 'out-'))];
    writeFileSync(join(code, 'handler.mjs'), 'export const handler = () => 1;\n');
    createLakeApp(planOf(everyStack, { bundle: () => ({ folder: code, contentHash: 'x', layers: [] }), lacksLayer: () => false, imageTag: () => 'x' }), { outdir }).synth();
    const client = new S3Client({ ...moto().config, forcePathStyle: true });
    await uploadAssets(client, region, outdir, 'dm-functions');
    const template = JSON.parse(readFileSync(join(outdir, 'dm-functions.template.json'), 'utf8')) as { Resources: Record<string, { Type: string; Properties: { Code?: { S3Bucket: string; S3Key: string } } }> };
    const codes = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function').map(({ Properties }) => Properties.Code!);
    expect(codes).toHaveLength(4);
    for (const { S3Bucket, S3Key } of codes) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: S3Bucket, Key: S3Key }));
      expect(Buffer.from(await Body!.transformToByteArray()).equals(zipFolder(code))).toBe(true);
    }
    client.destroy();
  });

  test('publishes schemas once, and refuses another one under a number that is published', async () => {
    const client = new S3Client({ ...moto().config, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'schemas', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }));
    const schemas = join(import.meta.dirname, '../../../../schemas');
    for (const _time of ['first', 'second']) expect(await deploySchemas(client, 'schemas', schemas)).toBeGreaterThan(0);
    const published = (await client.send(new GetObjectCommand({ Bucket: 'schemas', Key: 'schemas/review_posted/1.json' }))).Body?.transformToString();
    const text = readFileSync(join(schemas, 'review_posted', '1.json'), 'utf8');
    expect(JSON.parse((await published)!)).toEqual(JSON.parse(text));
    const changed = mkdtempSync(join(folder, 'schemas-'));
    mkdirSync(join(changed, 'review_posted'));
    writeFileSync(join(changed, 'review_posted', '1.json'), text.replace('posted a review', 'wrote a review'));
    await expect(deploySchemas(client, 'schemas', changed)).rejects.toThrow('is not the one that was published');
    client.destroy();
  });

  test('puts a Spark package once', async () => {
    const client = new S3Client({ ...moto().config, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'packages', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }));
    const files = mkdtempSync(join(folder, 'spark-'));
    for (const name of ['main.py', 'jobs.json']) writeFileSync(join(files, name), name);
    expect(await deploySparkPackage(client, 'packages', files)).toBe(true);
    expect(await deploySparkPackage(client, 'packages', files)).toBe(false);
    writeFileSync(join(files, 'jobs.json'), 'changed');
    expect(await deploySparkPackage(client, 'packages', files)).toBe(true);
    expect(await (await client.send(new GetObjectCommand({ Bucket: 'packages', Key: 'spark/jobs.json' }))).Body?.transformToString()).toBe('changed');
    client.destroy();
  });
});

describe('a template for a stand-in', () => {
  const templates = synthesize(planOf({ ...everyStack, lakeFormation: { administrators: [`arn:aws:iam::${account}:role/admin`] } }));

  test('lacks listed types only, each of which some template has', () => {
    const types = new Set(listResources(templates).map(({ resource }) => resource.Type));
    expect(Object.keys(notInStandIn).filter((type) => !types.has(type))).toEqual([]);
  });

  test('refers to nothing that it lacks', () => {
    for (const template of Object.values(templates)) {
      const reduced = forStandIn(template);
      const referred = [...JSON.stringify(reduced).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([A-Za-z0-9]+)"/g)].map((match) => match[1]!);
      expect(referred.filter((id) => !(id in reduced.Resources))).toEqual([]);
    }
  });
});

test('an archive is the same for the same content, whenever it was written, and other tools read it', () => {
  const [one, two] = [mkdtempSync(join(folder, 'zip-')), mkdtempSync(join(folder, 'zip-'))];
  for (const each of [one, two]) writeFileSync(join(each, 'handler.mjs'), 'export const handler = () => 1;\n');
  expect(zipFolder(one).equals(zipFolder(two))).toBe(true);
  const archive = join(folder, 'archive.zip');
  writeFileSync(archive, zipFolder(one));
  const read = spawnSync('python3', ['-c', 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.read("handler.mjs").decode(), end="")', archive], { encoding: 'utf8' });
  expect([read.status, read.stdout]).toEqual([0, readFileSync(join(one, 'handler.mjs'), 'utf8')]);
});
