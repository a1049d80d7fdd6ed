import { LeastPrivilegeRole, type Permission } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { functionsOf, rolesOf, workerApps, workersOf } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import { errorFolder, permissionsOf } from '../permissions.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

interface RoleDefinition {
  description: string;
  services: readonly string[];
  guardAgainstConfusedDeputy?: boolean;
  permissions: readonly (Permission | readonly Permission[])[];
}

/** Every role of the lake with all that it may do, so that who may do what is read in one place. */
export class RolesStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, security: SecurityStack) {
    super(scope, 'roles', lake, 'Roles of the lake');
    const roles = { ...this.ingestionRoles(security), ...this.refinementRoles(security), ...this.sourceRoles(security), ...this.eventRoles(security), ...this.consumptionRoles(security) };
    const present = rolesOf(lake);
    for (const [id, { name, role }] of Object.entries(roles)) {
      if (!present.includes(name)) continue;
      const { permissions, ...rest } = role;
      new LeastPrivilegeRole(this, id, { roleName: lake.names.roles[name], ...rest, permissions: permissions.flat() });
    }
  }

  private ingestionRoles({ rawKey, lakeKey, controlKey }: SecurityStack) {
    const may = permissionsOf(this.lake);
    const { names } = this.lake;
    const workers = workersOf(this.lake).map((app) => workerApps[app]);
    return {
      ProcessingControllerFunctionRole: this.define('controller', lambda('Registers raw objects', names.functions.processingController, [
        may.objects('stage', ['raw/', 'layouts/'], 'read'),
        may.absence('stage'),
        may.key(rawKey.keyArn, 'Decrypt'),
        may.controlRecords(),
        may.controlIndexes('schemaStatus', 'tableChecksum'),
        may.key(controlKey.keyArn, 'Decrypt', 'Encrypt', 'GenerateDataKey'),
        may.deadLetters('controller'),
      ], may)),
      ProcessingControllerEventRole: this.define('controllerEvent', {
        description: 'Lets EventBridge hand raw objects and the sweep to the processing controller',
        services: ['events.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [may.invoke('processingController')],
      }),
      PipeExecutionRole: this.define('pipe', {
        description: 'Lets the pipe read changes of control records and start the ingestion dispatcher',
        services: ['pipes.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          {
            actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
            resources: [this.lake.arns.table(names.controlTable, '/stream/*')],
            reason: 'the stream of one table, which DynamoDB names by the time it was made',
          },
          { actions: ['dynamodb:ListStreams'], resources: [this.lake.arns.table(names.controlTable, '/stream/*')], reason: 'the stream of one table, which DynamoDB names by the time it was made' },
          { actions: ['states:StartExecution'], resources: [this.lake.arns.machine(names.machines.ingestion)] },
          may.deadLetters('pipe'),
          may.key(controlKey.keyArn, 'Decrypt', 'GenerateDataKey'),
        ],
      }),
      WorkerRole: this.define('bronzeWorker', {
        ...lambda('Turns raw objects into bronze, small ones in Lambda and large ones in a task', names.functions.bronzeIngestorLite, [
          may.objects('stage', ['raw/', 'layouts/'], 'read'),
          may.objects('stage', ['quarantine/'], 'read', 'write'),
          may.objects('datalake', ['bronze/'], 'read', 'write'),
          may.absence('stage'),
          may.absence('datalake'),
          may.key(rawKey.keyArn, 'Decrypt', 'GenerateDataKey'),
          may.key(lakeKey.keyArn, 'Decrypt', 'GenerateDataKey'),
          may.secret(names.secrets.piiKey),
          may.controlRecords(),
          may.controlIndexes('objectKey'),
          may.key(controlKey.keyArn, 'Decrypt', 'Encrypt', 'GenerateDataKey'),
        ], may),
        services: ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com'],
      }),
      StepFunctionRole: this.define('ingestionMachine', machine('Runs the ingestion dispatcher', [
        may.invoke('bronzeIngestorLite'),
        may.runTask(names.clusters.ingestion, names.tasks.ingestion, [names.roles.bronzeWorker, names.roles.taskExecution]),
        may.alert(),
        may.key(controlKey.keyArn, 'Decrypt', 'GenerateDataKey'),
      ], may)),
      TaskExecutionRole: this.define('taskExecution', {
        description: 'Lets ECS pull the images of the workers and write their logs',
        services: ['ecs-tasks.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          { actions: ['ecr:GetAuthorizationToken'], resources: ['*'], reason: 'a token is for the whole registry' },
          {
            actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
            resources: workers.map(({ repository }) => this.lake.arns.arn('ecr', `repository/${names.repositories[repository]}`)),
          },
          workers.map(({ task }) => may.logs(`/ecs/${names.tasks[task]}`)),
        ],
      }),
    };
  }

  private refinementRoles({ lakeKey, controlKey }: SecurityStack) {
    const may = permissionsOf(this.lake);
    const { names } = this.lake;
    const tables = (layer: 'silver' | 'gold'): Permission[] => [
      may.objects('datalake', [`${layer}/`], 'read', 'write', 'remove'),
      may.catalog([layer], 'CreateTable', 'GetTable', 'UpdateTable'),
    ];
    const records = [may.controlRecords(), may.key(controlKey.keyArn, 'Decrypt', 'Encrypt', 'GenerateDataKey')];
    const keys = may.key(lakeKey.keyArn, 'Decrypt', 'GenerateDataKey');
    const worker = (layer: 'silver' | 'gold', reads: readonly string[]): RoleDefinition => ({
      description: `Refines ${layer} with DuckDB`,
      services: ['ecs-tasks.amazonaws.com'],
      guardAgainstConfusedDeputy: true,
      permissions: [may.objects('datalake', [...reads, 'plans/'], 'read'), may.absence('datalake'), tables(layer), ...(layer === 'gold' ? [may.catalog(['silver'], 'GetTable')] : []), keys, records],
    });
    const spark = (layer: 'silver' | 'gold', reads: readonly string[]): RoleDefinition => ({
      description: `Refines ${layer} with Spark`,
      services: ['emr-serverless.amazonaws.com'],
      guardAgainstConfusedDeputy: true,
      permissions: [
        may.objects('datalake', [...reads, 'plans/'], 'read'),
        may.listing('datalake', [...reads, `${layer}/`, 'plans/']),
        tables(layer),
        may.catalog(layer === 'gold' ? ['silver', 'gold'] : ['silver'], 'GetDatabase', 'GetTable'),
        may.objects('artifacts', ['spark/'], 'read'),
        may.listing('artifacts', ['spark/']),
        may.objects('observer', [`spark-logs/${layer}/`], 'write'),
        keys,
      ],
    });
    const dispatcher = (layer: 'silver' | 'gold', place: 'processing' | 'analytics'): RoleDefinition => machine(`Runs the dispatcher of ${layer}`, [
      may.invoke('refinementPlanner'),
      may.runTask(names.clusters[place], names.tasks[place], [layer === 'silver' ? names.roles.silverWorker : names.roles.goldWorker, names.roles.taskExecution]),
      may.watchSpark(names.roles[`${place}Spark`]),
      may.alert(),
      may.key(controlKey.keyArn, 'Decrypt', 'GenerateDataKey'),
    ], may);
    return {
      LambdaExecutionRole: this.define('planner', lambda('Plans and settles the refinement of silver and gold', names.functions.refinementPlanner, [
        may.objects('datalake', ['plans/'], 'read', 'write'),
        may.absence('datalake'),
        tables('silver'),
        tables('gold'),
        keys,
        records,
        may.controlIndexes('schemaStatus'),
      ], may)),
      SilverWorkerRole: this.define('silverWorker', worker('silver', ['bronze/'])),
      GoldWorkerRole: this.define('goldWorker', worker('gold', ['silver/'])),
      EmrServerlessExecutionRole: this.define('processingSpark', spark('silver', ['bronze/'])),
      AnalyticsEmrServerlessExecutionRole: this.define('analyticsSpark', spark('gold', ['silver/'])),
      ProcessingStepFunctionRole: this.define('processingMachine', dispatcher('silver', 'processing')),
      AnalyticsStepFunctionRole: this.define('analyticsMachine', dispatcher('gold', 'analytics')),
      ScheduleRole: this.define('schedule', {
        description: 'Lets EventBridge start what runs daily',
        services: ['events.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          { actions: ['states:StartExecution'], resources: [names.machines.processing, names.machines.analytics].map((name) => this.lake.arns.machine(name)) },
          ...(functionsOf(this.lake).includes('brewery-extractor-function') ? [may.invoke('breweryExtractor')] : []),
        ],
      }),
    };
  }

  /** Roles of what brings changes out of databases. */
  private sourceRoles({ rawKey, controlKey, lakeKey }: SecurityStack) {
    const may = permissionsOf(this.lake);
    const { names, arns, region } = this.lake;
    const stream = arns.stream(names.streams.kinesis);
    const credentials = [may.secret(names.secrets.database), may.key(controlKey.keyArn, 'Decrypt')];
    return {
      DMSVpcRole: this.define('dmsVpc', {
        description: 'Lets DMS place its replication instance in the VPC; DMS finds it by this very name',
        services: ['dms.amazonaws.com'],
        permissions: [
          { actions: ['ec2:DescribeAvailabilityZones', 'ec2:DescribeInternetGateways', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], resources: ['*'], reason: 'EC2 knows no narrower resource for these actions' },
          {
            actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute'],
            resources: ['network-interface/*', 'security-group/*', 'subnet/*'].map((each) => arns.arn('ec2', each)),
            reason: 'interfaces, which EC2 names, in subnets and groups that DMS chooses by its subnet group',
          },
        ],
      }),
      DMSLogsRole: this.define('dmsLogs', {
        description: 'Lets DMS write the logs of its tasks; DMS finds it by this very name',
        services: ['dms.amazonaws.com'],
        permissions: [
          { actions: ['logs:DescribeLogGroups'], resources: ['*'], reason: 'CloudWatch lists log groups of the whole account only' },
          { actions: ['logs:CreateLogGroup', 'logs:DescribeLogStreams'], resources: [arns.logGroup('dms-tasks-*')], reason: 'a group for each instance, which DMS names' },
          { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [arns.logGroup('dms-tasks-*:log-stream:dms-task-*')], reason: 'a stream for each task, which DMS names' },
        ],
      }),
      DMSSecretRole: this.define('dmsSecret', {
        description: 'Lets DMS read the credentials of the operational database',
        services: [`dms.${region}.amazonaws.com`],
        permissions: credentials,
      }),
      KinesisAccessRole: this.define('kinesis', {
        description: 'Lets DMS put changes on the stream',
        services: ['dms.amazonaws.com'],
        permissions: [{ actions: ['kinesis:DescribeStream', 'kinesis:PutRecord', 'kinesis:PutRecords'], resources: [stream] }, may.key(rawKey.keyArn, 'GenerateDataKey')],
      }),
      ReplicationRole: this.define('replication', {
        description: 'Captures the changes of the operational database onto the stream',
        services: ['ecs-tasks.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          ...credentials,
          { actions: ['kinesis:PutRecords'], resources: [stream] },
          may.objects('stage', ['raw/', 'control/', errorFolder, 'replication/'], 'read', 'write'),
          may.absence('stage'),
          may.key(rawKey.keyArn, 'Decrypt', 'GenerateDataKey'),
        ],
      }),
      FirehoseAccessRole: this.define('firehose', {
        description: 'Lets Firehose bring changes from the stream through the router into raw',
        services: ['firehose.amazonaws.com'],
        permissions: [
          { actions: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], resources: [stream] },
          may.invoke('firehoseRouter'),
          may.delivery(),
          may.key(rawKey.keyArn, 'Decrypt', 'GenerateDataKey'),
          may.catalog(['stage'], 'GetTable', 'GetTableVersion', 'GetTableVersions'),
          may.logs(names.deliveryLogs.firehose),
        ],
      }),
      FirehoseRouterFunctionRole: this.define('firehoseRouter', lambda('Routes change records to the prefix of their table', names.functions.firehoseRouter, [], may)),
      GlueServiceRole: this.define('glue', {
        description: 'Lets Glue jobs read what the lake holds and connect to the operational database',
        services: ['glue.amazonaws.com'],
        permissions: [
          may.objects('stage', ['raw/'], 'read'),
          may.objects('datalake', ['bronze/'], 'read'),
          may.listing('stage', ['raw/']),
          may.listing('datalake', ['bronze/']),
          may.catalog(['stage', 'bronze'], 'GetDatabase', 'GetPartitions', 'GetTable', 'GetTables'),
          may.key(rawKey.keyArn, 'Decrypt'),
          may.key(lakeKey.keyArn, 'Decrypt'),
          may.secret(names.secrets.database),
          may.key(controlKey.keyArn, 'Decrypt'),
          may.logs('/aws-glue/jobs/output'),
          may.logs('/aws-glue/jobs/error'),
        ],
      }),
    };
  }

  /** Roles of what takes events and extracts APIs. */
  private eventRoles({ rawKey, lakeKey }: SecurityStack) {
    const may = permissionsOf(this.lake);
    const { names, arns } = this.lake;
    const key = may.key(rawKey.keyArn, 'Decrypt', 'GenerateDataKey');
    return {
      EventValidatorRole: this.define('eventValidator', lambda('Validates events', names.functions.eventValidator, [
        may.consume('rawEvents'),
        may.schemas(),
        may.objects('stage', ['quarantine/events/'], 'read', 'write'),
        may.enqueue('validEvents'),
        may.deadLetters('rawEvents'),
        key,
      ], may)),
      EventWriterRole: this.define('eventWriter', lambda('Writes valid events to raw', names.functions.eventWriter, [
        may.consume('validEvents'),
        may.schemas(),
        may.objects('stage', ['raw/', 'quarantine/events/'], 'read', 'write'),
        may.deadLetters('rawEvents'),
        { actions: ['firehose:PutRecordBatch'], resources: [arns.deliveryStream(names.streams.events)] },
        key,
      ], may)),
      EventFirehoseRole: this.define('eventFirehose', {
        description: 'Lets Firehose bring events into raw',
        services: ['firehose.amazonaws.com'],
        permissions: [may.delivery(), key, may.logs(names.deliveryLogs.events)],
      }),
      BreweryExtractorRole: this.define('breweryExtractor', lambda('Extracts Open Brewery DB', names.functions.breweryExtractor, [
        may.objects('datalake', ['bronze/'], 'read', 'write', 'remove'),
        may.listing('datalake', ['bronze/']),
        may.key(lakeKey.keyArn, 'Decrypt', 'GenerateDataKey'),
      ], may)),
    };
  }

  private consumptionRoles({ lakeKey }: SecurityStack) {
    const may = permissionsOf(this.lake);
    const { names, arns, region, account } = this.lake;
    return {
      LakeFormationAccessRole: this.define('lakeFormation', {
        description: 'Gives Lake Formation the access to the data lake that it hands on to who was granted it',
        services: ['lakeformation.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          may.objects('datalake', ['bronze/', 'silver/', 'gold/'], 'read', 'write', 'remove'),
          may.listing('datalake', ['bronze/', 'silver/', 'gold/']),
          may.key(lakeKey.keyArn, 'Decrypt', 'GenerateDataKey'),
        ],
      }),
      GrafanaAccessRole: this.define('grafana', {
        description: 'Lets Grafana query gold and costs by Athena, and metrics and logs',
        services: ['grafana.amazonaws.com'],
        guardAgainstConfusedDeputy: true,
        permissions: [
          {
            actions: ['athena:GetQueryExecution', 'athena:GetQueryResults', 'athena:GetWorkGroup', 'athena:StartQueryExecution', 'athena:StopQueryExecution'],
            resources: [arns.arn('athena', `workgroup/${names.workgroup}`)],
          },
          { actions: ['athena:GetDataCatalog', 'athena:GetDatabase', 'athena:GetTableMetadata', 'athena:ListDatabases', 'athena:ListTableMetadata'], resources: [arns.arn('athena', 'datacatalog/AwsDataCatalog')] },
          may.catalog(['gold', 'costs'], 'GetDatabase', 'GetDatabases', 'GetPartitions', 'GetTable', 'GetTables'),
          { actions: ['lakeformation:GetDataAccess'], resources: ['*'], reason: 'Lake Formation knows no narrower resource for this action; its grants say which columns' },
          may.objects('observer', ['athena-results/'], 'read', 'write'),
          { actions: ['s3:GetBucketLocation'], resources: [arns.bucket(names.buckets.observer)] },
          may.objects('costs', [''], 'read'),
          may.key(lakeKey.keyArn, 'Decrypt', 'GenerateDataKey'),
          { actions: ['cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics', 'cloudwatch:ListMetrics'], resources: ['*'], reason: 'CloudWatch knows no narrower resource for reading metrics' },
          {
            actions: ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:StartQuery'],
            resources: [...Object.values(names.functions).map((name) => `/aws/lambda/${name}`), ...Object.values(names.machines).map((name) => `/aws/stepfunctions/${name}`)].map((name) => `arn:${this.partition}:logs:${region}:${account}:log-group:${name}:*`),
            reason: 'streams of the named log groups',
          },
        ],
      }),
    };
  }

  private define(name: keyof LakePlan['names']['roles'], role: RoleDefinition) {
    return { name, role };
  }
}

const lambda = (description: string, functionName: string, permissions: RoleDefinition['permissions'], may: ReturnType<typeof permissionsOf>): RoleDefinition => ({
  description, services: ['lambda.amazonaws.com'], permissions: [...permissions, may.logs(`/aws/lambda/${functionName}`), may.traces()],
});

const machine = (description: string, permissions: RoleDefinition['permissions'], may: ReturnType<typeof permissionsOf>): RoleDefinition => ({
  description, services: ['states.amazonaws.com'], guardAgainstConfusedDeputy: true, permissions: [...permissions, may.machineLogs(), may.machineTraces()],
});
