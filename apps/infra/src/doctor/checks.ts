import { DescribeStackResourcesCommand, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { GetAccountSummaryCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { unbuilt } from '@data-master/constructs';
import { exampleAccount } from '@data-master/lake-config';
import type { StackKey } from '../lake-names.ts';
import { functionsOf, rolesOf, stacksOf, workersOf } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import { errorName, type DoctorClients } from './clients.ts';
import type { Finding } from './finding.ts';

/** Looks for one kind of obstacle; gives all that it finds. */
type Check = (lake: LakePlan, clients: DoctorClients) => Promise<Finding[]>;

/** The checks in order; those after the credentials count on these. */
export const checks = {
  configuration: async ({ account }) => (account === exampleAccount ? [{ found: `account ${account}, which stands for none`, expected: 'your account', remedy: 'name it under environments of dm.config.ts' }] : []),
  artifacts: async ({ artifacts, ...lake }) => [
    ...functionsOf(lake).filter((app) => !artifacts.bundle(app)).map((app) => (artifacts.lacksLayer(app) ? missing(`no layer of DuckDB for ${app}`, 'dist/layer/duckdb', `${app}:layer`) : missing(`no bundle of ${app}`, `dist/lambda/${app}/handler.mjs`, `${app}:bundle`))),
    ...workersOf(lake).filter((app) => artifacts.imageTag(app) === unbuilt).map((app) => missing(`no image of ${app}`, `dist/images/${app}.json`, `${app}:docker-build`)),
  ],
  credentials: async ({ account, region }, { sts }) => {
    try {
      const identity = await sts.send(new GetCallerIdentityCommand({}));
      return identity.Account === account ? [] : [{ found: `credentials of account ${identity.Account} (${identity.Arn})`, expected: `account ${account} of the configuration`, remedy: 'choose the right AWS_PROFILE, or correct dm.config.ts' }];
    } catch (error) {
      return [refusedCredentials(errorName(error), region)];
    }
  },
  bootstrap: async ({ account, region }, { cloudFormation }) => {
    const stack = await findStack(cloudFormation, 'CDKToolkit');
    const version = Number(stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue ?? 0);
    const remedy = `run npx cdk bootstrap aws://${account}/${region}`;
    if (!stack) return [{ found: `account ${account} without bootstrap in ${region}`, expected: 'the stack CDKToolkit', remedy }];
    return version >= bootstrapVersion ? [] : [{ found: `bootstrap version ${version}`, expected: `${bootstrapVersion} or later`, remedy }];
  },
  stacks: async (lake, { cloudFormation }) => {
    const stacks = await Promise.all(stacksOf(lake).map((key) => findStack(cloudFormation, lake.names.stacks[key])));
    return stacks.flatMap((stack) => (stack ? stuck(stack) : []));
  },
  names: async (lake, clients) => (await Promise.all([takenBuckets(lake, clients), takenRest(lake, clients)])).flat(),
  quotas: async (lake, { lambda, iam }) => {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const { SummaryMap = {} } = await iam.send(new GetAccountSummaryCommand({}));
    const concurrency = AccountLimit?.ConcurrentExecutions ?? Infinity;
    const neededRoles = rolesOf(lake).length + flowLogRoles;
    const freeRoles = (SummaryMap.RolesQuota ?? Infinity) - (SummaryMap.Roles ?? 0);
    return [
      ...(concurrency >= neededConcurrency ? [] : [{ found: `${concurrency} concurrent Lambda executions`, expected: `at least ${neededConcurrency}`, remedy: 'ask for more in the console of Service Quotas' }]),
      ...(freeRoles >= neededRoles ? [] : [{ found: `room for ${freeRoles} roles`, expected: `at least ${neededRoles}`, remedy: 'delete roles, or ask for more in the console of Service Quotas' }]),
    ];
  },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

const bootstrapVersion = 6;
/** One batch of the pipe, and the functions beside it. */
const neededConcurrency = 20;
const flowLogRoles = 1;

const missing = (found: string, expected: string, target: string): Finding => ({ found, expected, remedy: `run npx nx run ${target}` });

function refusedCredentials(name: string, region: string): Finding {
  const expected = 'credentials that AWS takes';
  if (/Expired/.test(name)) return { found: `expired credentials (${name})`, expected, remedy: 'sign in again, for instance by aws sso login' };
  if (/CredentialsProvider/.test(name)) return { found: `no credentials (${name})`, expected, remedy: 'set AWS_PROFILE or sign in, for instance by aws sso login' };
  return { found: `credentials that were refused (${name})`, expected, remedy: `check AWS_PROFILE, and that region ${region} is enabled in the account` };
}

async function findStack(client: DoctorClients['cloudFormation'], name: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

function stuck({ StackName, StackStatus }: Stack): Finding[] {
  const status = String(StackStatus);
  const found = `stack ${StackName} in ${status}`;
  if (/_IN_PROGRESS$/.test(status) && status !== 'REVIEW_IN_PROGRESS') return [{ found, expected: 'no deployment under way', remedy: 'wait for its end' }];
  if (status === 'UPDATE_ROLLBACK_FAILED') return [{ found, expected: 'a stack that can be updated', remedy: `run aws cloudformation continue-update-rollback --stack-name ${StackName}` }];
  if (/^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED)$/.test(status)) {
    return [{ found, expected: 'a stack that can be updated', remedy: `look at its events for the cause, mend that, and run aws cloudformation delete-stack --stack-name ${StackName}` }];
  }
  return [];
}

async function isOwn(clients: DoctorClients, stack: string, physicalId: string): Promise<boolean> {
  try {
    const { StackResources = [] } = await clients.cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
    return StackResources.some(({ PhysicalResourceId = '' }) => PhysicalResourceId === physicalId || PhysicalResourceId.includes(`:secret:${physicalId}-`));
  } catch {
    return false;
  }
}

/** Roles that DMS finds by names of its own: one of each for the whole account. */
const accountWide = ['dmsVpc', 'dmsLogs'] as const;

const shared = (what: string): Finding => ({ found: `${what} outside of its stack`, expected: 'none yet, since an account has one only, or its own stack', remedy: 'take it into the stack by npx cdk import, or delete it when no task of DMS needs it' });

const left = (what: string): Finding => ({ found: `${what} outside of its stack`, expected: 'a name that is free, or its own stack', remedy: 'delete it when its data is not needed, take it into the stack by npx cdk import, or choose another prefix in dm.config.ts' });

async function takenBuckets({ names, account }: LakePlan, clients: DoctorClients): Promise<Finding[]> {
  return (await Promise.all(Object.values(names.buckets).map(async (bucket): Promise<Finding[]> => {
    try {
      await clients.s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }));
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 404) return [];
      if (status === 403) return [{ found: `bucket ${bucket} in another account`, expected: 'a name that is free', remedy: 'choose another prefix in dm.config.ts' }];
      throw error;
    }
    return (await isOwn(clients, names.stacks.storage, bucket)) ? [] : [left(`bucket ${bucket}`)];
  }))).flat();
}

/** Names of tables, streams, secrets, repositories and roles that an earlier deployment left, or somebody else took. */
async function takenRest({ names, environment }: LakePlan, clients: DoctorClients): Promise<Finding[]> {
  const looked: [what: string, stack: StackKey, id: string, look: () => Promise<{ deletedAt?: Date | undefined } | object>][] = [
    [`table ${names.controlTable}`, 'control', names.controlTable, () => clients.dynamoDb.send(new DescribeTableCommand({ TableName: names.controlTable }))],
    ...(environment.streaming ? [names.streams.kinesis] : []).map((name): (typeof looked)[number] => [`stream ${name}`, 'streaming', name, () => clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }))]),
    ...Object.values(names.secrets).map((name): (typeof looked)[number] => [`secret ${name}`, 'security', name, async () => ({ deletedAt: (await clients.secretsManager.send(new DescribeSecretCommand({ SecretId: name }))).DeletedDate })]),
    ...Object.values(names.repositories).map((name): (typeof looked)[number] => [`repository ${name}`, 'repositories', name, () => clients.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))]),
    ...rolesOf({ names, environment }).map((role) => names.roles[role]).map((name): (typeof looked)[number] => [`role ${name}`, 'roles', name, () => clients.iam.send(new GetRoleCommand({ RoleName: name }))]),
  ];
  return (await Promise.all(looked.map(async ([what, stack, id, look]): Promise<Finding[]> => {
    try {
      const seen = await look();
      if ('deletedAt' in seen && seen.deletedAt) return [{ found: `${what}, which is being deleted`, expected: 'a name that is free', remedy: `run aws secretsmanager restore-secret --secret-id ${id}, or delete it with --force-delete-without-recovery` }];
    } catch (error) {
      if (/NotFound|NoSuchEntity/.test(errorName(error))) return [];
      throw error;
    }
    const isShared = accountWide.some((role) => names.roles[role] === id);
    return (await isOwn(clients, names.stacks[stack], id)) ? [] : [isShared ? shared(what) : left(what)];
  }))).flat();
}
