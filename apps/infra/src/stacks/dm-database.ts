import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { LogGroup, type CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { AuroraPostgresEngineVersion, CfnDBCluster, CfnDBClusterParameterGroup, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import { CfnSecretTargetAttachment } from 'aws-cdk-lib/aws-secretsmanager';
import { acknowledge, removalOf } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import type { NetworkStack } from './dm-network.ts';
import { postgresPort, type SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

const engine = 'aurora-postgresql';
/** The documents name 16.6, with which AWS makes no clusters any more. */
const { auroraPostgresFullVersion: engineVersion, auroraPostgresMajorVersion: majorVersion } = AuroraPostgresEngineVersion.VER_16_8;
/** The database of the model; its schema has the same name. */
export const databaseName = 'dm_core';
const backupDays = 7;

/** The operational database: Aurora PostgreSQL Serverless v2 with logical replication, in subnets without any way out. */
export class DatabaseStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, { rawKey, databaseSecurityGroupId, databaseSecretArn }: SecurityStack) {
    super(scope, 'database', lake, 'Operational database of the lake');
    const { names: { database: names }, environment: { destroyData, sizes } } = lake;
    const subnets = new CfnDBSubnetGroup(this, 'SubnetGroup', { dbSubnetGroupName: names.subnets, dbSubnetGroupDescription: 'Subnets without any way out', subnetIds: network.isolatedSubnetIds });
    const parameters = new CfnDBClusterParameterGroup(this, 'ParameterGroup', {
      dbClusterParameterGroupName: names.parameters,
      description: 'Logical replication, and TLS for everybody',
      family: `${engine}${majorVersion}`,
      parameters: { 'rds.logical_replication': '1', 'rds.force_ssl': '1' },
    });
    const logs = new LogGroup(this, 'Logs', { logGroupName: `/aws/rds/cluster/${names.cluster}/postgresql`, retention: this.logDays, removalPolicy: RemovalPolicy.DESTROY });
    const credential = (field: string): string => SecretValue.secretsManager(databaseSecretArn, { jsonField: field }).unsafeUnwrap();
    const cluster = new CfnDBCluster(this, 'Cluster', {
      dbClusterIdentifier: names.cluster,
      engine, engineVersion, databaseName,
      port: postgresPort,
      masterUsername: credential('username'),
      masterUserPassword: credential('password'),
      dbSubnetGroupName: subnets.ref,
      vpcSecurityGroupIds: [databaseSecurityGroupId],
      dbClusterParameterGroupName: parameters.ref,
      serverlessV2ScalingConfiguration: { minCapacity: sizes.database.minAcu, maxCapacity: sizes.database.maxAcu },
      storageEncrypted: true,
      kmsKeyId: rawKey.keyArn,
      enableHttpEndpoint: true,
      enableIamDatabaseAuthentication: true,
      enableCloudwatchLogsExports: ['postgresql'],
      backupRetentionPeriod: backupDays,
      copyTagsToSnapshot: true,
      deletionProtection: !destroyData,
    });
    cluster.addResourceDependency(logs.node.defaultChild as CfnLogGroup);
    cluster.applyRemovalPolicy(removalOf(this, destroyData) === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT);
    acknowledge(cluster, 'AwsSolutions-RDS11', 'another port hides nothing: only the replication is let in, from inside the VPC');
    new CfnSecretTargetAttachment(this, 'SecretAttachment', { secretId: databaseSecretArn, targetId: cluster.ref, targetType: 'AWS::RDS::DBCluster' });
    new CfnDBInstance(this, 'Writer', {
      dbInstanceIdentifier: names.writer,
      dbClusterIdentifier: cluster.ref,
      dbInstanceClass: 'db.serverless',
      engine,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightsKmsKeyId: rawKey.keyArn,
    });
  }
}
