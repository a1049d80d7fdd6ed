import { describe, expect, it } from '@jest/globals';
import { createDeployment } from './deployment.ts';
import type { JsonObject } from './json.ts';

const place = { account: '123456789012', region: 'eu-central-1' };

const storage: JsonObject = {
  Parameters: { Suffix: { Type: 'String', Default: 'x' } },
  Resources: {
    Stage: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Join': ['-', ['stage', { Ref: 'AWS::AccountId' }, { Ref: 'Suffix' }]] } } },
    Control: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'control', TimeToLive: { Ref: 'AWS::NoValue' } } },
  },
  Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Stage', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:stage' } } } },
};

const functions: JsonObject = {
  Conditions: { InFrankfurt: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }, Elsewhere: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }] } },
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'reader', Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'storage:stage' }, '/*']] } } } }] } },
    Function: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'f', Role: { 'Fn::GetAtt': 'Role.Arn' }, Environment: { Variables: { BUCKET: { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Sub': ['${Where}/${!Name}', { Where: 'in' }] }] }] }, ZONE: { 'Fn::If': ['InFrankfurt', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'none'] } } } } },
    Abroad: { Type: 'AWS::Lambda::Function', Condition: 'Elsewhere', Properties: { FunctionName: 'abroad' } },
  },
};

const read = () => createDeployment(place, [{ stackName: 'storage', template: storage }, { stackName: 'functions', template: functions }]);

describe('templates as if they were deployed', () => {
  it('resolve references within a stack and between stacks', () => {
    const deployment = read();
    expect(deployment.list('AWS::S3::Bucket').map(({ ref }) => ref)).toEqual(['stage-123456789012-x']);
    expect(deployment.find('AWS::IAM::Role', 'reader').properties()).toMatchObject({ Policies: [{ PolicyDocument: { Statement: { Resource: 'arn:aws:s3:::stage-123456789012-x/*' } } }] });
  });

  it('know functions, conditions and pseudo parameters', () => {
    const [first, ...others] = read().list('AWS::Lambda::Function');
    expect(others).toEqual([]);
    expect(first!.properties()).toEqual({ FunctionName: 'f', Role: 'arn:aws:iam::123456789012:role/reader', Environment: { Variables: { BUCKET: '${Name}', ZONE: 'eu-central-1a' } } });
    expect(read().find('AWS::DynamoDB::Table', 'control').properties()).toEqual({ TableName: 'control' });
  });

  it('take what the account gave in place of what was invented', () => {
    const deployment = read();
    const table = deployment.find('AWS::DynamoDB::Table', 'control');
    expect(table.attributes['StreamArn']).toMatch(/^arn:aws:dynamodb:eu-central-1:123456789012:table\/control\/stream\//);
    deployment.learn(table, { attributes: { StreamArn: 'arn:given' } });
    expect(deployment.find('AWS::DynamoDB::Table', table.attributes['Arn']!)).toMatchObject({ ref: 'control', attributes: { StreamArn: 'arn:given', Arn: table.attributes['Arn'] } });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an import that nothing exports', { 'Fn::ImportValue': 'storage:lake' }, /imports storage:lake; expected a stack that exports it/],
    ['a reference to nothing', { Ref: 'Nobody' }, /refers to Nobody; expected a resource/],
    ['an attribute that is not known', { 'Fn::GetAtt': ['Role', 'Colour'] }, /attribute Colour of AWS::IAM::Role/],
    ['a function that is not known', { 'Fn::Transform': {} }, /function Fn::Transform/],
  ])('refuse %s', (_name, value, message) => {
    const broken = { Resources: { ...(functions['Resources'] as JsonObject), Bad: { Type: 'AWS::SQS::Queue', Properties: { QueueName: value } } } };
    expect(() => createDeployment(place, [{ stackName: 'broken', template: broken }]).list('AWS::SQS::Queue')[0]?.properties()).toThrow(message);
  });
});
