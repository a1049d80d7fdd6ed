import { describe, expect, test } from '@jest/globals';
import { parseLakeConfig } from './index.ts';

const account = '123456789012';
const place = { account, region: 'eu-central-1' };
const parse = (environment: object) => parseLakeConfig({ environments: { dev: { ...place, ...environment } } }, 'dm.config.ts').environments['dev']!;

describe('an environment', () => {
  test('needs an account and a region, everything else has a default', () => {
    expect(parse({})).toMatchObject({ ...place, zones: ['a', 'b'], destroyData: false, network: { egress: 'endpoints' }, sizes: { bronze: { cpu: 2048, memoryMb: 4096 } } });
  });

  test.each<[string, object, string]>([
    ['one zone twice', { zones: ['a', 'a'] }, 'zones is ["a","a"]; expected two different zones; correct it'],
    ['a deployer of another account', { deployerArn: 'arn:aws:iam::999999999999:role/deployer' }, `expected an identity of account ${account}`],
    ['gold before silver', { schedules: { analytics: '05:00' } }, 'schedules.analytics is "05:00"; expected a time after processing at 06:00'],
    ['bronze that goes before raw', { retention: { rawDays: 30, bronzeDays: 7 } }, 'retention.bronzeDays is 7; expected at least the 30 days of raw'],
    ['CPU units that Fargate lacks', { sizes: { bronze: { cpu: 3000 } } }, 'sizes.bronze.cpu is 3000; expected one of 1024, 2048'],
    ['memory that Fargate does not pair with them', { sizes: { silver: { cpu: 4096, memoryMb: 4096 } } }, 'sizes.silver.memoryMb is 4096; expected 8192 to 30720 in steps of 1024'],
    ['memory that EMR Serverless does not pair with its vCPUs', { sizes: { analyticsSpark: { vcpu: 4, memoryGb: 64 } } }, 'expected 8 to 32'],
    ['a database that shrinks below its least', { sizes: { database: { minAcu: 4, maxAcu: 2 } } }, 'sizes.database.maxAcu is 2; expected at least minAcu, 4'],
    ['a class of instance that DMS lacks', { sizes: { replicationInstance: 'db.t3.small' } }, 'expected a class of DMS such as "dms.t3.small"'],
    ['changes of no database', { streaming: { capture: 'agent' } }, 'database is not set; expected true, since streaming captures its changes'],
    ['DMS and no commit time for what it loads', { database: true, streaming: { capture: 'dms' } }, 'streaming.loadedAt is not set; expected an instant such as'],
    ['days that CloudWatch does not know', { retention: { logDays: 10 } }, 'retention.logDays is 10'],
    ['a personal column outside the tables', { lakeFormation: { readers: [{ principal: `arn:aws:iam::${account}:role/r`, database: 'silver', tables: ['beer'], personalColumns: ['profile.email'] }] } }, 'is "profile.email"; expected a column of the tables that are granted, beer'],
    ['a time of day that is none', { schedules: { processing: '24:00' } }, 'expected a time of day in UTC as HH:MM'],
  ])('with %s is refused', (_title, environment, message) => {
    expect(() => parse(environment)).toThrow(message);
  });
});
