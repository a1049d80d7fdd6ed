import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEndpoint, CfnReplicationInstance, CfnReplicationSubnetGroup, CfnReplicationTask } from 'aws-cdk-lib/aws-dms';
import { CfnService } from 'aws-cdk-lib/aws-ecs';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { acknowledge, alertOn, alertPeriod, LakeDelivery, removalOf } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { sourceSchema, tableMapping, taskSettings } from '../capture.ts';
import type { LakePlan } from '../lake-plan.ts';
import { errorFolder } from '../permissions.ts';
import { addTasks } from '../tasks.ts';
import { databaseName } from './dm-database.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** An answer of the router holds 6 MB in base64 and is larger than what it answers. */
const routerBuffer = { BufferSizeInMBs: '2', BufferIntervalInSeconds: '10', NumberOfRetries: '3' };
const lateSeconds = 300;
const busyPercent = 95;
/** The log that a stopped reader may hold back at the source before somebody should look. */
const heldLogBytes = 20 * 2 ** 30;

/** From the log of the operational database to raw: what captures changes, the stream, and its delivery through the router. */
export class StreamingStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, security: SecurityStack) {
    super(scope, 'streaming', lake, 'Change data capture of the lake');
    const { names } = lake;
    const stream = new Stream(this, 'Stream', { streamName: names.streams.kinesis, streamMode: StreamMode.ON_DEMAND, encryption: StreamEncryption.KMS, encryptionKey: security.rawKey, removalPolicy: removalOf(this, lake.environment.destroyData) });
    acknowledge(stream, 'AwsSolutions-KDS3', 'changes hold personal data: the key of raw says who reads them, as the key of AWS does not');
    this.addDelivery(stream.streamArn);
    this.watchHeldLog();
    if (lake.environment.streaming?.capture === 'dms') this.addDms(stream.streamArn, network, security);
    else this.addAgent(network, security);
  }

  private addDelivery(streamArn: string): void {
    const { names, arns, account } = this.lake;
    const router = arns.function(names.functions.firehoseRouter);
    const role = this.role('firehose');
    new LakeDelivery(this, 'Delivery', {
      streamName: names.streams.firehose,
      source: { streamArn },
      bucketArn: arns.bucket(names.buckets.stage),
      prefix: 'raw/!{partitionKeyFromLambda:table}/',
      errorPrefix: `${errorFolder}!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
      processors: [{ type: 'Lambda', parameters: { LambdaArn: router, RoleArn: role.roleArn, ...routerBuffer } }],
      role,
      logGroupName: names.deliveryLogs.firehose,
      logDays: this.logDays,
      topicArn: this.alertsTopicArn,
    });
    new CfnPermission(this, 'RouterPermission', { functionName: router, action: 'lambda:InvokeFunction', principal: 'firehose.amazonaws.com', sourceAccount: account, sourceArn: arns.deliveryStream(names.streams.firehose) });
  }

  private watchHeldLog(): void {
    const { writer } = this.lake.names.database;
    alertOn(this, 'HeldLogAlert', {
      alarmName: `${writer}-held-log`,
      description: `${writer} keeps log that a replication slot has not read; start what captures changes, or drop its slot`,
      metric: new Metric({ namespace: 'AWS/RDS', metricName: 'ReplicationSlotDiskUsage', dimensionsMap: { DBInstanceIdentifier: writer }, period: alertPeriod, statistic: 'Maximum' }),
      topicArn: this.alertsTopicArn,
      from: heldLogBytes,
    });
  }

  private addDms(streamArn: string, { privateSubnetIds }: NetworkStack, { rawKey, replicationSecurityGroupId }: SecurityStack): void {
    const { names: { dms: names, secrets }, environment: { sizes }, model } = this.lake;
    const subnets = new CfnReplicationSubnetGroup(this, 'SubnetGroup', { replicationSubnetGroupIdentifier: names.subnets, replicationSubnetGroupDescription: 'Private subnets', subnetIds: privateSubnetIds });
    const instance = new CfnReplicationInstance(this, 'Instance', {
      replicationInstanceIdentifier: names.instance,
      replicationInstanceClass: sizes.replicationInstance,
      replicationSubnetGroupIdentifier: subnets.ref,
      vpcSecurityGroupIds: [replicationSecurityGroupId],
      publiclyAccessible: false,
      multiAz: false,
      autoMinorVersionUpgrade: true,
      kmsKeyId: rawKey.keyArn,
    });
    const source = new CfnEndpoint(this, 'Source', {
      endpointIdentifier: names.source,
      endpointType: 'source',
      engineName: 'aurora-postgresql',
      databaseName,
      sslMode: 'require',
      kmsKeyId: rawKey.keyArn,
      postgreSqlSettings: {
        secretsManagerSecretId: secrets.database, secretsManagerAccessRoleArn: this.role('dmsSecret').roleArn,
        pluginName: 'test_decoding', captureDdls: true, ddlArtifactsSchema: sourceSchema, heartbeatEnable: true, heartbeatSchema: sourceSchema, heartbeatFrequency: 5,
      },
    });
    const target = new CfnEndpoint(this, 'Target', {
      endpointIdentifier: names.target,
      endpointType: 'target',
      engineName: 'kinesis',
      kinesisSettings: {
        streamArn, serviceAccessRoleArn: this.role('kinesis').roleArn, messageFormat: 'json',
        includeTransactionDetails: true, includePartitionValue: true, partitionIncludeSchemaTable: true, includeTableAlterOperations: true, includeControlDetails: true, includeNullAndEmpty: true,
      },
    });
    const task = new CfnReplicationTask(this, 'Task', {
      replicationTaskIdentifier: names.task,
      resourceIdentifier: names.task,
      migrationType: 'full-load-and-cdc',
      replicationInstanceArn: instance.ref,
      sourceEndpointArn: source.ref,
      targetEndpointArn: target.ref,
      tableMappings: tableMapping(model),
      replicationTaskSettings: taskSettings,
    });
    alertOn(task, 'Alert', {
      alarmName: `${names.task}-late`,
      description: `${names.task} is late by more than ${lateSeconds} seconds, or does not run; its log group and docs/aws.md say why and how to start it`,
      metric: new Metric({ namespace: 'AWS/DMS', metricName: 'CDCLatencyTarget', dimensionsMap: { ReplicationInstanceIdentifier: names.instance, ReplicationTaskIdentifier: names.task }, period: alertPeriod, statistic: 'Maximum' }),
      topicArn: this.alertsTopicArn,
      from: lateSeconds,
      silence: true,
    });
  }

  /** One agent at a time: a slot has one reader, so the old one goes before the new one comes. */
  private addAgent({ privateSubnetIds }: NetworkStack, { replicationSecurityGroupId }: SecurityStack): void {
    const { names } = this.lake;
    const { cluster, task } = addTasks(this, this.lake, { app: 'replication-task', taskRole: this.role('replication'), executionRole: this.role('taskExecution'), logDays: this.logDays });
    const service = new CfnService(this, 'Service', {
      serviceName: names.replicationService,
      cluster: cluster.ref,
      taskDefinition: task.taskDefinitionArn,
      desiredCount: 1,
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: privateSubnetIds, securityGroups: [replicationSecurityGroupId], assignPublicIp: 'DISABLED' } },
    });
    alertOn(service, 'Alert', {
      alarmName: `${names.replicationService}-stopped`,
      description: `${names.replicationService} does not run, or has no processor to spare; the log group /ecs/${names.tasks.replication} says why`,
      metric: new Metric({ namespace: 'AWS/ECS', metricName: 'CPUUtilization', dimensionsMap: { ClusterName: names.clusters.replication, ServiceName: names.replicationService }, period: alertPeriod, statistic: 'Average' }),
      topicArn: this.alertsTopicArn,
      from: busyPercent,
      silence: true,
    });
  }
}
