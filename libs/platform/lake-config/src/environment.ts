import { z } from 'zod';
import { databaseSize, functionSize, sparkSize, taskSize } from './compute-size.ts';

/** The account that stands for none: templates are made for it, deployment refuses it. */
export const exampleAccount = '000000000000';

/** Days that CloudWatch keeps logs for; it knows no others. */
const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

const identity = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/, 'the ARN of a role or user');
const zone = z.string().regex(/^[a-z]$/, 'the letter of an availability zone');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in UTC as HH:MM');
const expiry = (what: string) => z.int().min(1).max(36_500).optional().describe(`days that ${what} are kept; for ever when absent`);

const networkSchema = z.strictObject({
  cidr: z.string().regex(/^10\.\d{1,3}\.0\.0\/16$/, '10.N.0.0/16').default('10.0.0.0/16').describe('addresses of the VPC'),
  egress: z.enum(['endpoints', 'nat']).default('endpoints').describe('how tasks in private subnets reach AWS: `endpoints`, which leave no way to the internet, or `nat`, one gateway that costs less while idle and lets out everything'),
  endpointZones: z.int().min(1).max(2).default(2).describe('zones with interface endpoints; 1 halves their cost and stops tasks while that zone is down'),
});

const sizesSchema = z.strictObject({
  processingController: functionSize({ memoryMb: 512, timeoutSeconds: 60 }).describe('Lambda that registers raw objects'),
  bronzeIngestorLite: functionSize({ memoryMb: 1769, timeoutSeconds: 300 }).describe('Lambda for small raw objects'),
  refinementPlanner: functionSize({ memoryMb: 1024, timeoutSeconds: 120 }).describe('Lambda that plans and settles'),
  firehoseRouter: functionSize({ memoryMb: 512, timeoutSeconds: 60 }).describe('Lambda that routes change records'),
  eventValidator: functionSize({ memoryMb: 512, timeoutSeconds: 60 }).describe('Lambda that validates events'),
  eventWriter: functionSize({ memoryMb: 1024, timeoutSeconds: 120 }).describe('Lambda that writes valid events to raw'),
  breweryExtractor: functionSize({ memoryMb: 512, timeoutSeconds: 900 }).describe('Lambda that extracts Open Brewery DB'),
  bronze: taskSize({ cpu: 2048, memoryMb: 4096 }).describe('task for large raw objects'),
  silver: taskSize({ cpu: 2048, memoryMb: 8192 }).describe('task that refines silver with DuckDB'),
  gold: taskSize({ cpu: 2048, memoryMb: 8192 }).describe('task that refines gold with DuckDB'),
  replication: taskSize({ cpu: 1024, memoryMb: 2048 }).describe('task of the replication agent'),
  replicationInstance: z.string().regex(/^dms\.[a-z0-9]+\.[a-z0-9]+$/, 'a class of DMS such as "dms.t3.small"').default('dms.t3.small').describe('class of the replication instance of DMS'),
  database: databaseSize().describe('the operational database'),
  processingSpark: sparkSize().describe('EMR Serverless for silver'),
  analyticsSpark: sparkSize().describe('EMR Serverless for gold'),
});

const schedulesSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('`false` leaves silver and gold to be started by hand'),
  processing: timeOfDay.default('06:00').describe('when bronze enters silver, UTC'),
  analytics: timeOfDay.default('07:00').describe('when silver enters gold, UTC'),
  breweries: timeOfDay.optional().describe('when Open Brewery DB is extracted, UTC; when absent it is not, and there is no function for it'),
  sweepMinutes: z.int().min(2).max(60).default(5).describe('minutes between looks for abandoned records'),
});

const retentionSchema = z.strictObject({
  rawDays: expiry('raw objects'),
  bronzeDays: expiry('bronze objects'),
  quarantineDays: expiry('rejected rows and records'),
  noncurrentDays: z.int().min(1).max(3650).default(30).describe('days that replaced and deleted versions are kept'),
  abortedUploadDays: z.int().min(1).max(30).default(3).describe('days that parts of unfinished uploads are kept'),
  queryResultDays: z.int().min(1).max(3650).default(14).describe('days that query results of Athena are kept'),
  accessLogDays: z.int().min(1).max(3650).default(90).describe('days that it is kept who read which object'),
  logDays: z.literal(logRetentionDays).default(30).describe('days that CloudWatch keeps logs'),
});

const streamingSchema = z.strictObject({
  capture: z.enum(['dms', 'agent']).describe('who reads the log of the database: `dms`, tasks of AWS DMS on an instance of their own, or `agent`, the replication agent as a task of Fargate'),
  loadedAt: z.iso.datetime().optional().describe('commit time of rows that DMS loads, which it does not tell: an instant before its task is first started, and not changed afterwards; the agent needs none'),
}).superRefine(({ capture, loadedAt }, context) => {
  if (capture === 'dms' && loadedAt === undefined) context.addIssue({ code: 'custom', path: ['loadedAt'], message: 'an instant such as "2026-01-31T12:00:00Z", without which a loaded row could replace a later change' });
});

const readerSchema = z.strictObject({
  principal: identity.describe('who'),
  database: z.enum(['stage', 'bronze', 'silver', 'gold', 'costs']).describe('of which layer'),
  tables: z.array(z.string().min(1)).min(1).optional().describe('which tables; all when absent'),
  personalColumns: z.array(z.string().regex(/^[a-z0-9_]+\.[a-z0-9_]+$/, 'table.column')).default([]).describe('personal columns, as table.column, that are granted too; no other is'),
});

const lakeFormationSchema = z.strictObject({
  administrators: z.array(identity).default([]).describe('administrators of Lake Formation, whoever deploys dm-governance among them; when absent the list of the account is left as it is'),
  readers: z.array(readerSchema).default([]).describe('who may query what'),
});

/** One place that the lake is deployed to. */
export const environmentSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'an AWS account number, twelve digits as text').describe('AWS account, twelve digits as text'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as "eu-central-1"').describe('AWS region'),
  zones: z.array(zone).length(2).default(['a', 'b']).describe('letters of two availability zones of the region'),
  engine: z.enum(['auto', 'duckdb', 'spark']).optional().describe('engine of silver and gold in this environment; that of the lake when absent'),
  deployerArn: identity.optional().describe('who may push images and read the secret of the database; nobody is granted either when absent'),
  alertEmail: z.email().optional().describe('address that alerts are sent to'),
  database: z.boolean().default(false).describe('whether there is an operational database, dm-database'),
  streaming: streamingSchema.optional().describe('how changes of the operational database enter the lake; when absent they do not, and nothing of dm-streaming is there'),
  destroyData: z.boolean().default(false).describe('first of the two switches without which nothing that holds data is deleted; the second is `--destroy-data` on the command line'),
  network: networkSchema.prefault({}).describe('where tasks run'),
  sizes: sizesSchema.prefault({}).describe('how large everything is'),
  schedules: schedulesSchema.prefault({}).describe('when everything starts'),
  retention: retentionSchema.prefault({}).describe('how long everything is kept'),
  lakeFormation: lakeFormationSchema.prefault({}).describe('who may see what'),
}).superRefine((environment, context) => {
  const { account, zones, deployerArn, database, streaming, schedules, retention, lakeFormation } = environment;
  const expect = (holds: boolean, path: (string | number)[], message: string): void => {
    if (!holds) context.addIssue({ code: 'custom', path, message });
  };
  expect(zones[0] !== zones[1], ['zones'], 'two different zones');
  expect(!deployerArn || deployerArn.includes(`:${account}:`), ['deployerArn'], `an identity of account ${account}`);
  expect(!streaming || database, ['database'], 'true, since streaming captures its changes');
  expect(schedules.analytics > schedules.processing, ['schedules', 'analytics'], `a time after processing at ${schedules.processing}, since gold is computed from the silver of the day`);
  expect((retention.bronzeDays ?? Infinity) >= (retention.rawDays ?? 0), ['retention', 'bronzeDays'], `at least the ${retention.rawDays} days of raw, since silver is rebuilt from bronze`);
  for (const [index, { personalColumns, tables }] of lakeFormation.readers.entries()) {
    for (const [place, column] of personalColumns.entries()) {
      expect(!tables || tables.includes(column.split('.')[0]!), ['lakeFormation', 'readers', index, 'personalColumns', place], `a column of the tables that are granted, ${tables?.join(', ')}`);
    }
  }
});

export type LakeEnvironment = z.infer<typeof environmentSchema>;
