import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { alertOn, alertPeriod, removalOf } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { controlTable } from '@data-master/aws/control-table';
import type { LakePlan } from '../lake-plan.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** The table of control records with its stream, and the topic that alerts go to. */
export class ControlStack extends LakeStack {
  /** ARN of the stream of new images. */
  readonly streamArn: string;

  constructor(scope: Construct, lake: LakePlan, { controlKey }: SecurityStack) {
    super(scope, 'control', lake, 'Control records and alerts of the lake');
    const { environment, names } = lake;
    const alerts = new Topic(this, 'Alerts', { topicName: names.alerts, displayName: `${lake.prefix} alerts`, masterKey: controlKey, enforceSSL: true });
    alerts.addToResourcePolicy(new PolicyStatement({
      sid: 'Alarms', principals: [new ServicePrincipal('cloudwatch.amazonaws.com')], actions: ['sns:Publish'], resources: [alerts.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': lake.account } },
    }));
    if (environment.alertEmail) alerts.addSubscription(new EmailSubscription(environment.alertEmail));

    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const table = new Table(this, 'ProcessingControl', {
      tableName: names.controlTable,
      partitionKey: text(controlTable.partitionKey),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_IMAGE,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: controlKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !environment.destroyData,
      removalPolicy: removalOf(this, environment.destroyData),
    });
    for (const { name, partitionKey, sortKey, carried } of Object.values(controlTable.indexes)) {
      const projection = carried.length > 0 ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...carried] } : { projectionType: ProjectionType.KEYS_ONLY };
      table.addGlobalSecondaryIndex({ indexName: name, partitionKey: text(partitionKey), sortKey: text(sortKey), ...projection });
    }
    this.streamArn = table.tableStreamArn!;
    alertOn(table, 'ThrottleAlert', {
      alarmName: `${names.controlTable}-throttled`,
      description: `${names.controlTable} refused requests; what was refused is tried again, a lasting alert means one partition takes too much`,
      metric: table.metric('ThrottledRequests', { period: alertPeriod, statistic: 'Sum' }),
      topicArn: alerts.topicArn,
      from: 10,
    });
  }
}
