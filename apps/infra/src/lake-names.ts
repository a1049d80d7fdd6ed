import { Aws } from 'aws-cdk-lib';

/** Where a lake is, which is all that its names are made of. */
export interface LakePlace {
  prefix: string;
  account: string;
  region: string;
}

/** Where the schemas of events lie in the stage bucket. */
export const schemaFolder = 'schemas/';

export const layers = ['stage', 'bronze', 'silver', 'gold', 'costs'] as const;
export type DatabaseLayer = (typeof layers)[number];

/** The stacks in the order in which they build on each other. */
export const stackOrder = ['network', 'security', 'roles', 'storage', 'repositories', 'database', 'catalog', 'governance', 'consumption', 'control', 'functions', 'streaming', 'events', 'ingestion', 'processing', 'analytics'] as const;
export type StackKey = (typeof stackOrder)[number];

/**
 * The name of everything that has one. Names follow from prefix, account and region alone, so stacks refer to each other's
 * resources by name and can be deployed each by itself. Buckets carry account and region: their names are global.
 */
export function lakeNames({ prefix, account, region }: LakePlace) {
  const named = <const Key extends string>(keys: Record<Key, string>): Record<Key, string> =>
    Object.fromEntries(Object.entries<string>(keys).map(([key, name]) => [key, `${prefix}-${name}`])) as Record<Key, string>;
  const everywhere = <const Key extends string>(keys: readonly Key[]): Record<Key, string> =>
    Object.fromEntries(keys.map((key) => [key, `${prefix}-${key}-${account}-${region}`])) as Record<Key, string>;
  return {
    stacks: named(Object.fromEntries(stackOrder.map((key) => [key, key])) as Record<StackKey, string>),
    buckets: everywhere(['stage', 'datalake', 'artifacts', 'observer', 'costs']),
    databases: Object.fromEntries(layers.map((layer) => [layer, `${prefix}_${layer}`])) as Record<DatabaseLayer, string>,
    controlTable: `${prefix}-processing-control`,
    alerts: `${prefix}-alerts`,
    workgroup: `${prefix}-athena-workgroup`,
    secrets: named({ piiKey: 'pii-key', database: 'database-secret' }),
    keyAliases: { raw: `alias/${prefix}-raw-kms-key`, lake: `alias/${prefix}-lake-kms-key`, control: `alias/${prefix}-control-kms-key` },
    functions: named({ processingController: 'processing-controller', bronzeIngestorLite: 'bronze-ingestor-lite', refinementPlanner: 'refinement-planner', firehoseRouter: 'firehose-router', eventValidator: 'event-validator', eventWriter: 'event-writer', breweryExtractor: 'brewery-extractor' }),
    queues: named({ rawEvents: 'raw-events', validEvents: 'valid-events' }),
    deadLetters: named({ controller: 'processing-controller-dead-letters', pipe: 'ingestion-pipe-dead-letters', rawEvents: 'raw-events-dead-letters', validEvents: 'valid-events-dead-letters' }),
    repositories: named({ bronze: 'bronze-ingestor-mass', silver: 'silver-processor-mass', gold: 'gold-analytics-mass', replication: 'replication-task', benchmark: 'benchmark-go' }),
    clusters: named({ replication: 'replication-cluster', ingestion: 'ingestion-cluster', processing: 'processing-cluster', analytics: 'analytics-cluster' }),
    tasks: named({ replication: 'replication-task', ingestion: 'ingestion-task', processing: 'processing-task', analytics: 'analytics-task' }),
    ingestionService: `${prefix}-ingestion-service`,
    replicationService: `${prefix}-replication-service`,
    pipe: `${prefix}-ingestion-pipe`,
    machines: named({ ingestion: 'ingestion-dispatcher', processing: 'processing-dispatcher', analytics: 'analytics-dispatcher' }),
    sparkApplications: named({ processing: 'processing-app', analytics: 'analytics-app' }),
    rules: named({ rawObjects: 'raw-objects', sweep: 'processing-sweep', breweries: 'breweries-cron', processing: 'processing-cron', analytics: 'analytics-cron' }),
    roles: {
      dmsVpc: 'dms-vpc-role',
      dmsLogs: 'dms-cloudwatch-logs-role',
      ...named({
        pipe: 'pipe-role', dmsSecret: 'dms-secret-role', replication: 'replication-role', kinesis: 'kinesis-role', firehose: 'firehose-role', glue: 'glue-role', lakeFormation: 'lakeformation-role', grafana: 'grafana-access-role',
        planner: 'lambda-role', firehoseRouter: 'firehose-router-role', eventValidator: 'event-validator-role', eventWriter: 'event-writer-role', eventFirehose: 'event-firehose-role', breweryExtractor: 'brewery-extractor-role', controller: 'processing-controller-role', controllerEvent: 'processing-controller-event-role',
        bronzeWorker: 'worker-role', silverWorker: 'silver-worker-role', goldWorker: 'gold-worker-role', taskExecution: 'task-execution-role',
        ingestionMachine: 'step-function-role', processingMachine: 'processing-step-function-role', analyticsMachine: 'analytics-step-function-role', schedule: 'schedule-role',
        processingSpark: 'emr-serverless-role', analyticsSpark: 'analytics-emr-serverless-role',
      }),
    },
    streams: named({ kinesis: 'kinesis-stream', firehose: 'firehose-stream', events: 'event-stream' }),
    /** That of changes keeps the documents' name, which the stream itself does not have. */
    deliveryLogs: { firehose: `/aws/kinesisfirehose/${prefix}-cdc-stream`, events: `/aws/kinesisfirehose/${prefix}-event-stream` },
    database: named({ cluster: 'database-cluster', writer: 'database-instance-writer', subnets: 'database-subnets', parameters: 'database-parameters' }),
    dms: named({ instance: 'replication-instance', subnets: 'replication-subnets', source: 'database-source', target: 'kinesis-target', task: 'replication-task' }),
  };
}

export type LakeNames = ReturnType<typeof lakeNames>;

/** The ARNs of what has a name. */
export function lakeArns({ account, region }: LakePlace) {
  const arn = (service: string, resource: string): string => `arn:${Aws.PARTITION}:${service}:${region}:${account}:${resource}`;
  return {
    arn,
    bucket: (name: string, path = ''): string => `arn:${Aws.PARTITION}:s3:::${name}${path}`,
    role: (name: string): string => `arn:${Aws.PARTITION}:iam::${account}:role/${name}`,
    function: (name: string): string => arn('lambda', `function:${name}`),
    machine: (name: string): string => arn('states', `stateMachine:${name}`),
    table: (name: string, path = ''): string => arn('dynamodb', `table/${name}${path}`),
    queue: (name: string): string => arn('sqs', name),
    queueUrl: (name: string): string => `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    topic: (name: string): string => arn('sns', name),
    rule: (name: string): string => arn('events', `rule/${name}`),
    stream: (name: string): string => arn('kinesis', `stream/${name}`),
    deliveryStream: (name: string): string => arn('firehose', `deliverystream/${name}`),
    logGroup: (name: string): string => arn('logs', `log-group:${name}`),
  };
}

export type LakeArns = ReturnType<typeof lakeArns>;
