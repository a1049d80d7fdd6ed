import { createDeployment, type Deployment } from '../template/deployment.ts';
import type { JsonObject } from '../template/json.ts';

const role = (name: string, actions: string[], resource: JsonObject | string): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName: name, Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: actions, Resource: resource } } }] },
});
const get = (logicalId: string, attribute = 'Arn'): JsonObject => ({ 'Fn::GetAtt': [logicalId, attribute] });
const functionOf = (name: string, roleId: string, variables: JsonObject): JsonObject => ({
  Type: 'AWS::Lambda::Function', Properties: { FunctionName: `mini-${name}`, Handler: 'handler.handler', Role: get(roleId), Timeout: 30, Environment: { Variables: variables } },
});

const definition = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map', End: true,
      ItemProcessor: {
        StartAt: 'Count',
        States: {
          Count: {
            Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: '${Count}', Payload: { 'id.$': '$.id' } }, End: true, TimeoutSeconds: 30,
            Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2 }],
          },
        },
      },
    },
  },
};

/** A lake in small: an object is registered by a rule's function, its letters are counted by a machine behind a pipe. */
export const miniTemplate: JsonObject = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'mini-stage', NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { TableName: 'mini-control', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], StreamSpecification: { StreamViewType: 'NEW_IMAGE' } },
    },
    RegisterRole: role('mini-register-role', ['dynamodb:PutItem'], get('Table')),
    CountRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'mini-count-role',
        Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: get('Table') }, { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Sub': '${Bucket.Arn}/raw/*' } }] } }],
      },
    },
    MachineRole: role('mini-machine-role', ['lambda:InvokeFunction'], get('Count')),
    PipeRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'mini-pipe-role',
        Policies: [{
          PolicyDocument: {
            Statement: [
              { Effect: 'Allow', Action: ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords'], Resource: get('Table', 'StreamArn') },
              { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: 'Machine' } },
            ],
          },
        }],
      },
    },
    Register: functionOf('register', 'RegisterRole', { TABLE: { Ref: 'Table' } }),
    Count: functionOf('count', 'CountRole', { TABLE: { Ref: 'Table' }, BUCKET: { Ref: 'Bucket' } }),
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'mini-rule', EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [{ Ref: 'Bucket' }] }, object: { key: [{ prefix: 'raw/' }] } } }, Targets: [{ Id: 't', Arn: get('Register') }] },
    },
    Permission: { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: get('Register'), Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn: get('Rule') } },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'mini-machine', RoleArn: get('MachineRole'), DefinitionString: JSON.stringify(definition), DefinitionSubstitutions: { Count: get('Count') } },
    },
    Pipe: {
      Type: 'AWS::Pipes::Pipe',
      Properties: {
        Name: 'mini-pipe', RoleArn: get('PipeRole'), Source: get('Table', 'StreamArn'), Target: { Ref: 'Machine' },
        SourceParameters: {
          DynamoDBStreamParameters: { StartingPosition: 'TRIM_HORIZON', BatchSize: 10 },
          FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { status: { S: ['pending'] } } } }) }] },
        },
        TargetParameters: { InputTemplate: '{"id": <$.dynamodb.NewImage.id.S>}' },
      },
    },
  },
};

/** The lake in small with a part of its template replaced: `path` leads to it from Resources. */
export function deployMini(path: readonly string[] = [], value?: JsonObject[string]): Deployment {
  const template = structuredClone(miniTemplate);
  let at = template['Resources'] as JsonObject;
  for (const name of path.slice(0, -1)) at = at[name] as JsonObject;
  if (value !== undefined) at[path.at(-1)!] = value;
  return createDeployment({ account: '123456789012', region: 'eu-central-1' }, [{ stackName: 'mini', template }]);
}
