import { describe, expect, test } from '@jest/globals';
import { account, configurationNames, configurations, listResources, planOf, region, synthesize, type Resource } from './testing/plans.ts';

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

const list = <Value>(value: Value | Value[]): Value[] => (Array.isArray(value) ? value : [value]);

/** Statements of a role; of no other resource, whose `*` means that resource itself. */
function statementsOf({ Type, Properties }: Resource): Statement[] {
  const documents = Type === 'AWS::IAM::Role' ? ((Properties['Policies'] ?? []) as { PolicyDocument: unknown }[]).map((policy) => policy.PolicyDocument)
    : ['AWS::IAM::RolePolicy', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type) ? [Properties['PolicyDocument']] : [];
  return documents.flatMap((document) => (document as { Statement: Statement[] }).Statement);
}

/** Actions that AWS lets nobody narrow down to a resource. */
const unnarrowable: Record<string, string[]> = {
  'X-Ray, which has no resources': ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
  'log delivery, which has no resources': ['logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery'],
  'a token for the whole registry': ['ecr:GetAuthorizationToken'],
  'descriptions of EC2, which have no resources': ['ec2:DescribeAvailabilityZones', 'ec2:DescribeInternetGateways', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
  'metrics, which have no resources': ['cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics', 'cloudwatch:ListMetrics'],
  'access by Lake Formation, whose grants say to what': ['lakeformation:GetDataAccess'],
};

describe.each(configurationNames)('policies of the %s configuration', (name) => {
  const resources = listResources(synthesize(planOf(configurations[name])));
  const statements = resources.flatMap(({ id, resource }) => statementsOf(resource).map((statement) => ({ id, ...statement })));

  test('name every action in full', () => {
    expect(statements.length).toBeGreaterThan(100);
    expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('allow what has no narrower resource, and nothing else, on *', () => {
    const open = statements.filter(({ Resource }) => list(Resource).includes('*')).flatMap(({ Action }) => list(Action));
    expect(open.filter((action) => !Object.values(unnarrowable).flat().includes(action))).toEqual([]);
  });

  test('attach no policy that AWS manages', () => {
    expect(resources.filter(({ resource }) => resource.Properties['ManagedPolicyArns'] !== undefined).map(({ id }) => id)).toEqual([]);
  });

  test('let a key be administered without being used, and rotate it', () => {
    const keys = resources.filter(({ resource }) => resource.Type === 'AWS::KMS::Key');
    expect(keys.map(({ id }) => id.replace(/KmsKey.*/, ''))).toEqual(['Raw', 'Lake', 'Control']);
    for (const { resource } of keys) {
      expect(resource.Properties['EnableKeyRotation']).toBe(true);
      const { Statement } = resource.Properties['KeyPolicy'] as { Statement: Statement[] };
      const administration = Statement.find(({ Sid }) => Sid === 'Administration')!;
      expect(list(administration.Action).filter((action) => /Encrypt|Decrypt|DataKey|CreateGrant|\*/.test(action))).toEqual([]);
      expect(Statement.filter(({ Effect, Sid, ...rest }) => Effect === 'Allow' && Sid !== 'Administration' && !('Condition' in rest))).toEqual([]);
    }
  });
});

test('an account and a region appear where the configuration puts them, and nowhere else', () => {
  const elsewhere = { account: '999999999999', region: 'ap-southeast-2' };
  const text = JSON.stringify(synthesize(planOf({ ...elsewhere })));
  expect(text).toContain(elsewhere.account);
  expect(text).toContain(`${elsewhere.region}a`);
  expect(text).not.toContain(account);
  expect(text).not.toContain(region);
  expect(text).not.toContain('us-east-1');
});
