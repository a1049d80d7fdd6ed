import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { openKinesisClient } from '@data-master/aws/kinesis';
import { describeWithMoto } from '@data-master/aws/testing';
import { account, configurations, planOf, region } from '../testing/plans.ts';
import { rolesOf } from '../lake-parts.ts';
import type { CheckName } from './checks.ts';
import { formatFinding } from './finding.ts';
import { examine } from './refusal.ts';

const settings = ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
const kept = Object.fromEntries(settings.map((name) => [name, process.env[name]]));
const setEnvironment = (environment: Record<string, string | undefined>): void => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
};

/** What checks find in an account, as text. */
async function findings(environment: Parameters<typeof planOf>[0], ...names: CheckName[]): Promise<string[]> {
  return Object.values(await examine(planOf(environment), names)).flat().map(formatFinding);
}

await describeWithMoto('the doctor in an account', (moto) => {
  beforeAll(() => setEnvironment(moto().environment));
  afterAll(() => setEnvironment(kept));

  test('finds nothing against an empty account that is bootstrapped, but what was not built', async () => {
    const client = new CloudFormationClient(moto().config);
    await client.send(new CreateStackCommand({ StackName: 'CDKToolkit', TemplateBody: JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, Outputs: { BootstrapVersion: { Value: '29' } } }) }));
    client.destroy();
    const { artifacts, ...rest } = await examine(planOf({}), ['configuration', 'artifacts', 'credentials', 'bootstrap', 'stacks', 'names']);
    expect(Object.values(rest)).toEqual([[], [], [], [], []]);
    expect(artifacts?.map(formatFinding)).toEqual(expect.arrayContaining([
      'found no bundle of processing-controller; expected dist/lambda/processing-controller/handler.mjs; run npx nx run processing-controller:bundle',
      'found no image of silver-worker; expected dist/images/silver-worker.json; run npx nx run silver-worker:docker-build',
    ]));
  });

  test('finds an account that is not that of the configuration', async () => {
    const elsewhere = { account: '999999999999', region };
    expect(await findings(elsewhere, 'configuration', 'credentials')).toEqual([expect.stringMatching(/^found credentials of account 123456789012 .*; expected account 999999999999 of the configuration; choose the right AWS_PROFILE/)]);
    expect(await findings({ account: '000000000000' }, 'configuration', 'stacks')).toEqual(['found account 000000000000, which stands for none; expected your account; name it under environments of dm.config.ts']);
  });

  test('finds a region without bootstrap, and one whose bootstrap is old', async () => {
    expect(await findings({ region: 'eu-west-1' }, 'bootstrap')).toEqual([`found account ${account} without bootstrap in eu-west-1; expected the stack CDKToolkit; run npx cdk bootstrap aws://${account}/eu-west-1`]);
    const client = new CloudFormationClient({ ...moto().config, region: 'eu-west-2' });
    await client.send(new CreateStackCommand({ StackName: 'CDKToolkit', TemplateBody: JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, Outputs: { BootstrapVersion: { Value: '3' } } }) }));
    client.destroy();
    expect(await findings({ region: 'eu-west-2' }, 'bootstrap')).toEqual([expect.stringContaining('found bootstrap version 3; expected 6 or later')]);
  });

  test('finds a bucket and a secret that are there outside of their stacks', async () => {
    const place = { ...moto().config, region: 'eu-west-3' };
    const [s3, secrets] = [new S3Client({ ...place, forcePathStyle: true }), new SecretsManagerClient(place)];
    await s3.send(new CreateBucketCommand({ Bucket: `dm-stage-${account}-eu-west-3`, CreateBucketConfiguration: { LocationConstraint: 'eu-west-3' } }));
    await secrets.send(new CreateSecretCommand({ Name: 'dm-pii-key', SecretString: 'x' }));
    await secrets.send(new DeleteSecretCommand({ SecretId: 'dm-pii-key', RecoveryWindowInDays: 7 }));
    expect(await findings({ region: 'eu-west-3' }, 'names')).toEqual([
      expect.stringContaining(`found bucket dm-stage-${account}-eu-west-3 outside of its stack; expected a name that is free, or its own stack`),
      expect.stringContaining('found secret dm-pii-key, which is being deleted; expected a name that is free; run aws secretsmanager restore-secret --secret-id dm-pii-key'),
    ]);
    s3.destroy();
    secrets.destroy();
  });

  test('finds a change stream that an earlier deployment left, and a role of DMS that something else made', async () => {
    const place = { ...moto().config, region: 'eu-south-1' };
    const [kinesis, iam] = [openKinesisClient(place), new IAMClient(place)];
    await kinesis.send(new CreateStreamCommand({ StreamName: 'dm-kinesis-stream', ShardCount: 1 }));
    await iam.send(new CreateRoleCommand({ RoleName: 'dms-vpc-role', AssumeRolePolicyDocument: '{}' }));
    expect(await findings({ ...configurations.full, region: 'eu-south-1' }, 'names')).toEqual([
      expect.stringMatching(/^found stream dm-kinesis-stream outside of its stack; .* or choose another prefix/),
      'found role dms-vpc-role outside of its stack; expected none yet, since an account has one only, or its own stack; take it into the stack by npx cdk import, or delete it when no task of DMS needs it',
    ]);
    await iam.send(new DeleteRoleCommand({ RoleName: 'dms-vpc-role' }));
    kinesis.destroy();
    iam.destroy();
  });

  test('knows a bucket of its own stack', async () => {
    const place = { ...moto().config, region: 'eu-north-1' };
    const client = new CloudFormationClient(place);
    const name = `dm-stage-${account}-eu-north-1`;
    await client.send(new CreateStackCommand({ StackName: 'dm-storage', TemplateBody: JSON.stringify({ Resources: { Stage: { Type: 'AWS::S3::Bucket', Properties: { BucketName: name } } } }) }));
    client.destroy();
    expect(await findings({ region: 'eu-north-1' }, 'names')).toEqual([]);
  });

  test('ends the program with 1 and says each finding', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dm-doctor-'));
    const config = join(folder, 'dm.config.ts');
    writeFileSync(config, `export default { environments: { dev: { account: '999999999999', region: '${region}' } } };\n`);
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const { stdout, status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts'), '--config', config], { encoding: 'utf8', env: environment });
    rmSync(folder, { recursive: true });
    expect(stdout).toMatch(/^configuration: ok\n[^]*credentials: \n {2}- found credentials of account 123456789012[^]*stacks: not looked at\n/);
    expect(status).toBe(1);
  }, 60_000);
});

interface Asked {
  body: string;
  method: string;
  url: string;
}

/** Answers that moto never gives, quotas of Lambda among them; the SDK that reads them is the real one. */
describe('the doctor on what a stand-in does not do', () => {
  let server: Server;
  const answer = async (respond: (asked: Asked) => [status: number, text: string]): Promise<void> => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += String(chunk))).on('end', () => {
        const [status, text] = respond({ body, method: request.method ?? '', url: request.url ?? '' });
        response.writeHead(status).end(text);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    setEnvironment({ AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' });
  };
  const refuse = (code: string): [number, string] => [403, `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`];
  const stackIn = (name: string, status: string): [number, string] => [200, `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`];
  const noStack: [number, string] = [400, '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>'];
  const isControl = ({ body }: Asked): boolean => body.includes('StackName=dm-control');

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    setEnvironment(kept);
  });

  test.each([
    ['ExpiredToken', 'found expired credentials (ExpiredToken)', 'sign in again'],
    ['InvalidClientTokenId', 'found credentials that were refused (InvalidClientTokenId)', `that region ${region} is enabled`],
  ])('finds credentials that end in %s and looks no further', async (code, found, remedy) => {
    await answer(() => refuse(code));
    const report = await examine(planOf({}));
    expect(report.credentials?.map(formatFinding)).toEqual([expect.stringMatching(new RegExp(`^${found.replace(/[()]/g, '\\$&')}.*${remedy}`))]);
    expect(report.stacks).toBeUndefined();
  });

  test.each([
    ['ROLLBACK_COMPLETE', 'expected a stack that can be updated; look at its events for the cause, mend that, and run aws cloudformation delete-stack --stack-name dm-control'],
    ['UPDATE_ROLLBACK_FAILED', 'continue-update-rollback --stack-name dm-control'],
    ['UPDATE_IN_PROGRESS', 'expected no deployment under way; wait for its end'],
  ])('finds a stack in %s', async (status, remedy) => {
    await answer((asked) => (isControl(asked) ? stackIn('dm-control', status) : noStack));
    expect(await findings({}, 'stacks')).toEqual([expect.stringMatching(new RegExp(`^found stack dm-control in ${status}; .*${remedy}`))]);
  });

  test('lets a stack that is complete be updated', async () => {
    await answer((asked) => (isControl(asked) ? stackIn('dm-control', 'UPDATE_COMPLETE') : noStack));
    expect(await findings({}, 'stacks')).toEqual([]);
  });

  test('finds a bucket of another account', async () => {
    const nothing: [number, string] = [400, '{"__type":"ResourceNotFoundException","message":"no"}'];
    const noEntity: [number, string] = [404, '<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>'];
    await answer(({ body, method, url }) => (method === 'HEAD' ? [url.includes('dm-stage') ? 403 : 404, ''] : body.startsWith('{') ? nothing : noEntity));
    expect(await findings({}, 'names')).toEqual([`found bucket dm-stage-${account}-${region} in another account; expected a name that is free; choose another prefix in dm.config.ts`]);
  });

  test('finds quotas that are too small', async () => {
    const entry = (key: string, value: number): string => `<entry><key>${key}</key><value>${value}</value></entry>`;
    await answer(({ method }) => (method === 'GET' ? [200, '{"AccountLimit":{"ConcurrentExecutions":10}}']
      : [200, `<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>${entry('Roles', 990)}${entry('RolesQuota', 1000)}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`]));
    expect(await findings({}, 'quotas')).toEqual([
      'found 10 concurrent Lambda executions; expected at least 20; ask for more in the console of Service Quotas',
      `found room for 10 roles; expected at least ${rolesOf(planOf({})).length + 1}; delete roles, or ask for more in the console of Service Quotas`,
    ]);
  });
});
