import { describe, expect, it } from '@jest/globals';
import { judgeCalls } from './judge.ts';
import { readGrants, type RolePolicy } from './role-policy.ts';

const role = (...statements: { Effect?: string; Action: string | string[]; Resource: string | string[]; Condition?: Record<string, Record<string, string | string[]>> }[]): RolePolicy => ({
  roleName: 'r', roleArn: 'arn:aws:iam::123456789012:role/r', managedPolicyArns: [],
  grants: readGrants({ Statement: statements.map((each) => ({ Effect: 'Allow', ...each })) }),
});
const read = { action: 's3:GetObject', resource: 'arn:aws:s3:::lake/bronze/a.parquet' };
const write = { action: 's3:PutObject', resource: 'arn:aws:s3:::lake/bronze/a.parquet' };

describe('the judge of calls and policies', () => {
  it('finds nothing when each call is allowed and each permission used', () => {
    const policy = role({ Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::lake/bronze/*' });
    expect(judgeCalls(policy, [read, write])).toEqual({ missing: [], unused: [], idleReasons: [], conditions: [] });
  });

  it('shows a call that no statement allows, and one whose resource is another', () => {
    const policy = role({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/silver/*' });
    expect(judgeCalls(policy, [read, write]).missing).toEqual(['s3:GetObject arn:aws:s3:::lake/bronze/a.parquet', 's3:PutObject arn:aws:s3:::lake/bronze/a.parquet']);
  });

  it('shows a call that a statement denies although another allows it', () => {
    const policy = role({ Action: 's3:*', Resource: '*' }, { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' });
    expect(judgeCalls(policy, [read, write]).missing).toEqual(['s3:PutObject arn:aws:s3:::lake/bronze/a.parquet']);
  });

  it('shows each permission that no call uses, one resource at a time', () => {
    const policy = role({ Action: ['s3:GetObject', 's3:DeleteObject'], Resource: ['arn:aws:s3:::lake/bronze/*', 'arn:aws:s3:::lake/silver/*'] });
    expect(judgeCalls(policy, [read]).unused).toEqual(['s3:DeleteObject arn:aws:s3:::lake/bronze/*', 's3:DeleteObject arn:aws:s3:::lake/silver/*', 's3:GetObject arn:aws:s3:::lake/silver/*']);
  });

  it('excuses what has a reason, and shows a reason that excuses nothing', () => {
    const policy = role({ Action: ['s3:GetObject', 'xray:PutTraceSegments'], Resource: '*' });
    const reasons = [{ action: 'xray:PutTraceSegments', reason: 'tracing is AWS’s own' }, { action: 's3:GetObject', reason: 'never read' }];
    expect(judgeCalls(policy, [read], reasons)).toEqual({ missing: [], unused: [], idleReasons: ['s3:GetObject'], conditions: [] });
  });

  it('holds a listing to the prefixes that it may list, and a request without prefix to none of them', () => {
    const policy = role({ Action: 's3:ListBucket', Resource: '*', Condition: { StringLike: { 's3:prefix': ['raw/*'] } } });
    const list = { action: 's3:ListBucket', resource: 'arn:aws:s3:::lake' };
    expect(judgeCalls(policy, [{ ...list, context: { 's3:prefix': 'raw/beer/' } }]).missing).toEqual([]);
    expect(judgeCalls(policy, [{ ...list, context: { 's3:prefix': 'gold/' } }]).missing).toEqual(['s3:ListBucket arn:aws:s3:::lake']);
    expect(judgeCalls(policy, [list]).missing).toEqual(['s3:ListBucket arn:aws:s3:::lake']);
  });

  it('lists other conditions, which it does not evaluate', () => {
    const policy = role({ Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: { 'aws:SourceAccount': '1' } } });
    expect(judgeCalls(policy, [read]).conditions).toEqual(['StringEquals aws:SourceAccount']);
  });

  it('refuses statements that are turned round', () => {
    expect(() => readGrants({ Statement: [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }] })).toThrow('NotAction');
  });
});
