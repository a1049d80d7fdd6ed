import { describe, expect, test } from '@jest/globals';
import { account, configurations, planOf, region, synthesize, type Resource } from './testing/plans.ts';

const templates = synthesize(planOf(configurations.full));
const place = `${account}-${region}`;

/** [stack, what the documents call it, its type, properties that it has]; text matches inside of text. */
const documented: [stack: string, what: string, type: string, properties: object][] = [
  ['dm-network', 'VPC 10.0.0.0/16 with DNS', 'AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16', EnableDnsHostnames: true, EnableDnsSupport: true }],
  ['dm-network', 'Internet Gateway', 'AWS::EC2::InternetGateway', {}],
  ['dm-network', 'first public subnet', 'AWS::EC2::Subnet', { CidrBlock: '10.0.1.0/24', MapPublicIpOnLaunch: true }],
  ['dm-network', 'second public subnet', 'AWS::EC2::Subnet', { CidrBlock: '10.0.2.0/24', MapPublicIpOnLaunch: true }],
  ['dm-network', 'first private subnet', 'AWS::EC2::Subnet', { CidrBlock: '10.0.11.0/24', MapPublicIpOnLaunch: false }],
  ['dm-network', 'second private subnet', 'AWS::EC2::Subnet', { CidrBlock: '10.0.12.0/24', MapPublicIpOnLaunch: false }],
  ['dm-network', 'default route of the public subnets', 'AWS::EC2::Route', { DestinationCidrBlock: '0.0.0.0/0', GatewayId: { Ref: 'InternetGateway' } }],
  ['dm-network', 'route tables of the subnets', 'AWS::EC2::SubnetRouteTableAssociation', {}],

  ['dm-security', 'DBAccessSecurityGroup', 'AWS::EC2::SecurityGroup', { GroupName: 'dm-db-access' }],
  ['dm-security', 'GlueSecurityGroup', 'AWS::EC2::SecurityGroup', { GroupName: 'dm-glue' }],
  ['dm-security', 'DMSVpcSecurityGroup', 'AWS::EC2::SecurityGroup', { GroupName: 'dm-dms' }],
  ['dm-security', 'ProcessingSecurityGroup', 'AWS::EC2::SecurityGroup', { GroupName: 'dm-processing' }],
  ['dm-security', 'ingress of DMS to PostgreSQL', 'AWS::EC2::SecurityGroupIngress', { FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: { 'Fn::GetAtt': ['DMSVpcSecurityGroup', 'GroupId'] } }],
  ['dm-security', 'ingress between Glue workers', 'AWS::EC2::SecurityGroupIngress', { GroupId: { 'Fn::GetAtt': ['GlueSecurityGroup', 'GroupId'] }, SourceSecurityGroupId: { 'Fn::GetAtt': ['GlueSecurityGroup', 'GroupId'] } }],
  ['dm-security', 'DBSecret', 'AWS::SecretsManager::Secret', { Name: 'dm-database-secret' }],
  ['dm-security', 'DBSecretResourcePolicy', 'AWS::SecretsManager::ResourcePolicy', { SecretId: { Ref: 'DBSecret' } }],
  ['dm-security', 'RawKmsKey', 'AWS::KMS::Key', { EnableKeyRotation: true, Description: 'Raw objects and what they come from' }],
  ['dm-security', 'RawKmsAlias', 'AWS::KMS::Alias', { AliasName: 'alias/dm-raw-kms-key' }],

  ...([
    ['DMSVpcRole', 'dms-vpc-role', 'dms'], ['PipeExecutionRole', 'dm-pipe-role', 'pipes'], ['KinesisAccessRole', 'dm-kinesis-role', 'dms'], ['FirehoseAccessRole', 'dm-firehose-role', 'firehose'],
    ['LambdaExecutionRole', 'dm-lambda-role', 'lambda'], ['GlueServiceRole', 'dm-glue-role', 'glue'], ['LakeFormationAccessRole', 'dm-lakeformation-role', 'lakeformation'],
    ['FirehoseRouterFunctionRole', 'dm-firehose-router-role', 'lambda'], ['ProcessingControllerFunctionRole', 'dm-processing-controller-role', 'lambda'],
    ['ProcessingControllerEventRole', 'dm-processing-controller-event-role', 'events'], ['WorkerRole', 'dm-worker-role', 'lambda'], ['WorkerRole for tasks', 'dm-worker-role', 'ecs-tasks'],
    ['StepFunctionRole', 'dm-step-function-role', 'states'], ['TaskExecutionRole', 'dm-task-execution-role', 'ecs-tasks'], ['EmrServerlessExecutionRole', 'dm-emr-serverless-role', 'emr-serverless'],
    ['GrafanaAccessRole', 'dm-grafana-access-role', 'grafana'],
  ] as const).map(([what, RoleName, service]): [string, string, string, object] => ['dm-roles', what, 'AWS::IAM::Role', { RoleName, AssumeRolePolicyDocument: `${service}.amazonaws.com` }]),

  ...['stage', 'datalake', 'artifacts', 'observer', 'costs'].map((name): [string, string, string, object] => ['dm-storage', `dm-${name}`, 'AWS::S3::Bucket', { BucketName: `dm-${name}-${place}` }]),
  ['dm-storage', 'SSE-KMS of dm-stage', 'AWS::S3::Bucket', { BucketName: `dm-stage-${place}`, BucketEncryption: 'aws:kms' }],
  ['dm-storage', 'versions of dm-datalake, closed to the public', 'AWS::S3::Bucket', { BucketName: `dm-datalake-${place}`, VersioningConfiguration: { Status: 'Enabled' }, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }],
  ['dm-storage', 'dm-s3-endpoint', 'AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway', ServiceName: `com.amazonaws.${region}.s3`, Tags: 'dm-s3-endpoint' }],

  ...['bronze-ingestor-mass', 'silver-processor-mass', 'gold-analytics-mass', 'replication-task', 'benchmark-go'].map((name): [string, string, string, object] => ['dm-repositories', `dm-${name}, pushed to by the deployer`, 'AWS::ECR::Repository', {
    RepositoryName: `dm-${name}`,
    RepositoryPolicyText: { Statement: [{ Principal: { AWS: `arn:aws:iam::${account}:role/deployer` }, Action: ['ecr:BatchCheckLayerAvailability', 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'] }] },
  }]),

  ['dm-database', 'dm-database-cluster, 0.5 to 1 ACU, with log exports, Data API and credentials of the secret', 'AWS::RDS::DBCluster', {
    DBClusterIdentifier: 'dm-database-cluster', Engine: 'aurora-postgresql', EngineVersion: '16.8', ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
    EnableCloudwatchLogsExports: ['postgresql'], EnableHttpEndpoint: true, MasterUserPassword: ':SecretString:password::}}',
  }],
  ['dm-database', 'dm-database-instance-writer, serverless with Performance Insights, and not public', 'AWS::RDS::DBInstance', { DBInstanceIdentifier: 'dm-database-instance-writer', DBInstanceClass: 'db.serverless', EnablePerformanceInsights: true, PubliclyAccessible: false }],
  ['dm-database', 'subnet group of subnets without a way out', 'AWS::RDS::DBSubnetGroup', { SubnetIds: 'IsolatedSubnet1' }],
  ['dm-database', 'parameter group with logical replication', 'AWS::RDS::DBClusterParameterGroup', { Parameters: { 'rds.logical_replication': '1' } }],
  ['dm-database', 'address of the cluster in the secret', 'AWS::SecretsManager::SecretTargetAttachment', { TargetType: 'AWS::RDS::DBCluster' }],

  ...['stage', 'bronze', 'silver', 'gold', 'costs'].map((layer): [string, string, string, object] => ['dm-catalog', `dm_${layer}`, 'AWS::Glue::Database', { DatabaseInput: { Name: `dm_${layer}` } }]),

  ['dm-governance', 'registration of dm-datalake', 'AWS::LakeFormation::Resource', { ResourceArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::dm-datalake-${place}`]] } }],
  ...['stage', 'bronze', 'silver', 'gold', 'costs'].map((layer): [string, string, string, object] => ['dm-governance', `grant on dm_${layer}`, 'AWS::LakeFormation::PrincipalPermissions', { Resource: { Database: { Name: `dm_${layer}` } } }]),

  ['dm-consumption', 'dm-athena-workgroup with engine 3 and results in dm-observer', 'AWS::Athena::WorkGroup', {
    Name: 'dm-athena-workgroup',
    WorkGroupConfiguration: { EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' }, ResultConfiguration: { OutputLocation: `s3://dm-observer-${place}/athena-results/` } },
  }],

  ['dm-control', 'dm-processing-control with its indexes and its stream', 'AWS::DynamoDB::Table', {
    TableName: 'dm-processing-control',
    KeySchema: [{ AttributeName: 'control_id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [{ IndexName: 'dm-gsi-object-key' }, { IndexName: 'dm-gsi-schema-status' }, { IndexName: 'dm-gsi-table-checksum' }],
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  }],

  ...['firehose-router', 'processing-controller', 'bronze-ingestor-lite'].map((name): [string, string, string, object] => ['dm-functions', `dm-${name}`, 'AWS::Lambda::Function', { FunctionName: `dm-${name}` }]),
  ['dm-functions', 'S3 events for dm-processing-controller', 'AWS::Events::Rule', { EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [`dm-stage-${place}`] } } } }],

  ['dm-streaming', 'dm-kinesis-stream on demand', 'AWS::Kinesis::Stream', { Name: 'dm-kinesis-stream', StreamModeDetails: { StreamMode: 'ON_DEMAND' }, StreamEncryption: { EncryptionType: 'KMS' } }],
  ['dm-streaming', 'dm-firehose-stream out of it, in gzip into folders by the router', 'AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamName: 'dm-firehose-stream', DeliveryStreamType: 'KinesisStreamAsSource',
    ExtendedS3DestinationConfiguration: { Prefix: 'raw/!{partitionKeyFromLambda:table}/', CompressionFormat: 'GZIP', DynamicPartitioningConfiguration: { Enabled: true }, ProcessingConfiguration: ':function:dm-firehose-router' },
  }],
  ['dm-streaming', 'log of the delivery', 'AWS::Logs::LogGroup', { LogGroupName: '/aws/kinesisfirehose/dm-cdc-stream' }],
  ['dm-streaming', 'the right of Firehose to invoke the router', 'AWS::Lambda::Permission', { FunctionName: ':function:dm-firehose-router', Principal: 'firehose.amazonaws.com' }],
  ['dm-streaming', 'source endpoint: Aurora by its secret', 'AWS::DMS::Endpoint', { EndpointType: 'source', EngineName: 'aurora-postgresql', SslMode: 'require', PostgreSqlSettings: { SecretsManagerSecretId: 'dm-database-secret' } }],
  ['dm-streaming', 'target endpoint: Kinesis in JSON, with all that an envelope may tell', 'AWS::DMS::Endpoint', {
    EndpointType: 'target', EngineName: 'kinesis', KinesisSettings: {
      MessageFormat: 'json', IncludeTransactionDetails: true, IncludePartitionValue: true, PartitionIncludeSchemaTable: true, IncludeTableAlterOperations: true, IncludeControlDetails: true, IncludeNullAndEmpty: true,
    },
  }],
  ['dm-streaming', 'replication instance dms.t3.small, not public', 'AWS::DMS::ReplicationInstance', { ReplicationInstanceClass: 'dms.t3.small', PubliclyAccessible: false }],
  ['dm-streaming', 'private subnets of the replication', 'AWS::DMS::ReplicationSubnetGroup', { SubnetIds: 'PrivateSubnet1' }],
  ['dm-streaming', 'task full-load-and-cdc of dm_core', 'AWS::DMS::ReplicationTask', { MigrationType: 'full-load-and-cdc', TableMappings: '"schema-name":"dm_core"', ReplicationTaskSettings: '"BatchApplyEnabled":true' }],

  ['dm-events', 'queue of raw events, with its dead letters', 'AWS::SQS::Queue', { QueueName: 'dm-raw-events', RedrivePolicy: 'RawDeadLetters' }],
  ['dm-events', 'queue of valid events, with its dead letters', 'AWS::SQS::Queue', { QueueName: 'dm-valid-events', RedrivePolicy: 'ValidDeadLetters' }],
  ['dm-events', 'validator', 'AWS::Lambda::Function', { FunctionName: 'dm-event-validator' }],
  ['dm-events', 'events of the raw queue, for the validator', 'AWS::Lambda::EventSourceMapping', { EventSourceArn: 'RawEvents', FunctionName: 'eventValidator', FunctionResponseTypes: ['ReportBatchItemFailures'] }],
  ['dm-events', 'small batches for the writer', 'AWS::Lambda::EventSourceMapping', { EventSourceArn: 'ValidEvents', FunctionName: 'eventWriter', MaximumBatchingWindowInSeconds: 60 }],
  ['dm-events', 'Firehose for events in JSON', 'AWS::KinesisFirehose::DeliveryStream', { DeliveryStreamName: 'dm-event-stream', ExtendedS3DestinationConfiguration: { Prefix: 'raw/!{partitionKeyFromQuery:event}/' } }],
  ['dm-functions', 'extraction of breweries, every day', 'AWS::Events::Rule', { Name: 'dm-breweries-cron', ScheduleExpression: 'cron(30 5 * * ? *)' }],

  ['dm-ingestion', 'dm-ingestion-pipe on the stream', 'AWS::Pipes::Pipe', { Name: 'dm-ingestion-pipe', SourceParameters: 'dm_bronze' }],
  ['dm-ingestion', 'dm-ingestion-dispatcher with a Map and a Choice', 'AWS::StepFunctions::StateMachine', { StateMachineName: 'dm-ingestion-dispatcher', DefinitionString: '"Type": "Choice"' }],
  ['dm-ingestion', 'dm-ingestion-task, 2 vCPU and 4 GB', 'AWS::ECS::TaskDefinition', { Family: 'dm-ingestion-task', Cpu: '2048', Memory: '4096' }],
  ['dm-ingestion', 'dm-ingestion-cluster', 'AWS::ECS::Cluster', { ClusterName: 'dm-ingestion-cluster' }],
  ['dm-ingestion', 'dm-ingestion-service without running tasks', 'AWS::ECS::Service', { ServiceName: 'dm-ingestion-service', DesiredCount: 0 }],
  ['dm-ingestion', 'log of the machine', 'AWS::Logs::LogGroup', { LogGroupName: '/aws/stepfunctions/dm-ingestion-dispatcher' }],
  ['dm-ingestion', 'log of the task', 'AWS::Logs::LogGroup', { LogGroupName: '/ecs/dm-ingestion-task' }],

  ...([['processing', '6'], ['analytics', '7']] as const).flatMap(([name, hour]): [string, string, string, object][] => [
    [`dm-${name}`, `dm-${name}-app: Spark on ARM64, 8 vCPU and 32 GB, starts and stops by itself`, 'AWS::EMRServerless::Application', {
      Name: `dm-${name}-app`, Type: 'SPARK', Architecture: 'ARM64', MaximumCapacity: { Cpu: '8 vCPU', Memory: '32 GB' }, AutoStartConfiguration: { Enabled: true }, AutoStopConfiguration: { Enabled: true },
    }],
    [`dm-${name}`, `dm-${name}-dispatcher, Standard`, 'AWS::StepFunctions::StateMachine', { StateMachineName: `dm-${name}-dispatcher`, StateMachineType: 'STANDARD' }],
    [`dm-${name}`, `dm-${name}-cron at ${hour} UTC`, 'AWS::Events::Rule', { Name: `dm-${name}-cron`, ScheduleExpression: `cron(0 ${hour} * * ? *)` }],
    [`dm-${name}`, 'log of the machine', 'AWS::Logs::LogGroup', { LogGroupName: `/aws/stepfunctions/dm-${name}-dispatcher` }],
  ]),
];

/** Whether a value has all that is wanted of it; wanted text lies somewhere in it. */
function has(value: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'string') return value === wanted || (typeof value === 'object' || wanted.includes('"') ? (typeof value === 'string' ? value : JSON.stringify(value)).includes(wanted) : false);
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([key, each]) => has((value as Record<string, unknown>)[key], each));
}

describe('what the documents list', () => {
  test.each(documented)('%s has %s', (stack, _what, type, properties) => {
    const candidates = Object.values(templates[stack]!.Resources).filter((resource: Resource) => resource.Type === type);
    expect(candidates.filter((resource) => has(resource.Properties, properties)).length).toBeGreaterThan(0);
  });

  test('is in sixteen stacks', () => {
    expect(Object.keys(templates).sort()).toEqual([...new Set(documented.map(([stack]) => stack))].sort());
    expect(Object.keys(templates)).toHaveLength(16);
  });
});
