import { DefaultStackSynthesizer } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupEgress, CfnSecurityGroupIngress, SecurityGroup, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { acknowledge, removalOf } from '@data-master/constructs';
import { keySizeBytes } from '@data-master/pii-masking';
import type { Construct } from 'constructs';
import { keyPolicy } from '../key-policy.ts';
import { rolesOf } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import type { NetworkStack } from './dm-network.ts';
import { LakeStack } from './lake-stack.ts';

export const postgresPort = 5432;
/** What is excluded from small letters and digits leaves hexadecimal text. */
const notHexadecimal = 'ghijklmnopqrstuvwxyz';

/** Security groups, the keys of the data with who may use them, and the secrets. */
export class SecurityStack extends LakeStack {
  readonly rawKey: Key;
  readonly lakeKey: Key;
  readonly controlKey: Key;
  readonly processingSecurityGroup: ISecurityGroup;
  readonly databaseSecurityGroupId: string;
  readonly replicationSecurityGroupId: string;
  /** ARN of the secret with the credentials of the operational database. */
  readonly databaseSecretArn: string;

  constructor(scope: Construct, lake: LakePlan, network: NetworkStack) {
    super(scope, 'security', lake, 'Security groups, keys and secrets of the lake');
    const { environment } = lake;
    const readers = environment.lakeFormation.readers.map(({ principal }) => principal);
    const deployer = environment.deployerArn ? [environment.deployerArn] : [];

    this.rawKey = this.key('Raw', lake.names.keyAliases.raw, 'Raw objects and what they come from', keyPolicy(lake, {
      roles: ['controller', 'bronzeWorker', 'kinesis', 'replication', 'firehose', 'eventValidator', 'eventWriter', 'eventFirehose', 'glue'],
      principals: deployer,
      through: ['firehose', ...(environment.database ? ['rds'] : []), ...(environment.streaming?.capture === 'dms' ? ['dms'] : [])],
    }));
    this.lakeKey = this.key('Lake', lake.names.keyAliases.lake, 'Bronze, silver and gold, and what queries give', keyPolicy(lake, {
      roles: ['bronzeWorker', 'breweryExtractor', 'silverWorker', 'goldWorker', 'planner', 'processingSpark', 'analyticsSpark', 'lakeFormation', 'grafana', 'glue'],
      principals: [...new Set([...readers, ...deployer])],
    }));
    this.controlKey = this.key('Control', lake.names.keyAliases.control, 'Control records, alerts, dead letters and secrets', keyPolicy(lake, {
      roles: ['controller', 'controllerEvent', 'bronzeWorker', 'silverWorker', 'goldWorker', 'planner', 'pipe', 'ingestionMachine', 'processingMachine', 'analyticsMachine', 'schedule', 'dmsSecret', 'replication', 'glue'],
      principals: deployer,
      services: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'],
      through: ['dynamodb', 'secretsmanager'],
    }));

    const { database, replication, processing } = this.addSecurityGroups(network.vpcId);
    this.databaseSecurityGroupId = database.attrGroupId;
    this.replicationSecurityGroupId = replication.attrGroupId;
    this.processingSecurityGroup = SecurityGroup.fromSecurityGroupId(this, 'Processing', processing.attrGroupId);
    this.databaseSecretArn = this.addSecrets().ref;
  }

  private key(id: string, alias: string, description: string, policy: PolicyDocument): Key {
    const key = new Key(this, `${id}KmsKey`, { description, enableKeyRotation: true, policy, removalPolicy: removalOf(this, this.lake.environment.destroyData) });
    new Alias(this, `${id}KmsAlias`, { aliasName: alias, targetKey: key });
    return key;
  }

  private addSecurityGroups(vpcId: string): Record<'database' | 'replication' | 'processing', CfnSecurityGroup> {
    const { prefix, environment } = this.lake;
    const https = { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'HTTPS to AWS' };
    const nothing = { ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'nothing goes out' };
    const postgres = { ipProtocol: 'tcp', fromPort: postgresPort, toPort: postgresPort, cidrIp: environment.network.cidr, description: 'PostgreSQL in the VPC' };
    const group = (id: string, name: string, groupDescription: string, securityGroupEgress: CfnSecurityGroup.EgressProperty[]): CfnSecurityGroup =>
      new CfnSecurityGroup(this, id, { groupName: `${prefix}-${name}`, groupDescription, vpcId, securityGroupEgress });

    const database = group('DBAccessSecurityGroup', 'db-access', 'PostgreSQL: who may connect', [nothing]);
    const glue = group('GlueSecurityGroup', 'glue', 'Glue jobs', [https, postgres]);
    const replication = group('DMSVpcSecurityGroup', 'dms', 'Replication: the instance of DMS, or the agent', [https, postgres]);
    const processing = group('ProcessingSecurityGroup', 'processing', 'Tasks and Spark jobs of the lake', [https]);
    const ingress = (id: string, to: CfnSecurityGroup, from: CfnSecurityGroup, fromPort: number, toPort: number, description: string): CfnSecurityGroupIngress =>
      new CfnSecurityGroupIngress(this, id, { groupId: to.attrGroupId, sourceSecurityGroupId: from.attrGroupId, ipProtocol: 'tcp', fromPort, toPort, description });
    ingress('DMSToDatabaseIngress', database, replication, postgresPort, postgresPort, 'PostgreSQL from the replication');
    ingress('GlueInternalIngress', glue, glue, 0, 65_535, 'between workers of a Glue job');
    ingress('ProcessingInternalIngress', processing, processing, 0, 65_535, 'between workers of a Spark job');
    for (const [id, member] of Object.entries({ GlueInternalEgress: glue, ProcessingInternalEgress: processing })) {
      new CfnSecurityGroupEgress(this, id, { groupId: member.attrGroupId, destinationSecurityGroupId: member.attrGroupId, ipProtocol: 'tcp', fromPort: 0, toPort: 65_535, description: 'between workers of one job' });
    }
    return { database, replication, processing };
  }

  /** Gives the secret of the database. */
  private addSecrets(): CfnSecret {
    const { names, environment, arns } = this.lake;
    const secret = (id: string, name: string, description: string, generateSecretString: CfnSecret.GenerateSecretStringProperty): CfnSecret => {
      const made = new CfnSecret(this, id, { name, description, kmsKeyId: this.controlKey.keyArn, generateSecretString });
      made.applyRemovalPolicy(removalOf(this, environment.destroyData));
      return made;
    };
    const piiKey = secret('PiiKeySecret', names.secrets.piiKey, 'Key that personal columns are hashed with', { passwordLength: keySizeBytes * 2, excludeUppercase: true, excludePunctuation: true, excludeCharacters: notHexadecimal, requireEachIncludedType: false });
    acknowledge(piiKey, 'AwsSolutions-SMG4', 'with another key the same person would hash to another value, and silver would no longer join');
    const database = secret('DBSecret', names.secrets.database, 'Credentials of the operational database', { secretStringTemplate: '{"username":"dm_admin"}', generateStringKey: 'password', passwordLength: 32, excludePunctuation: true });
    acknowledge(database, 'AwsSolutions-SMG4', 'the hosted rotation would put a function of the Serverless Application Repository into the VPC; docs/aws.md says how to change the password');

    const present = rolesOf(this.lake).filter((role) => role === 'glue' || role === 'dmsSecret' || role === 'replication');
    const allowed = [...present.map((role) => arns.role(names.roles[role])), ...(environment.database ? [cloudFormationRole(this.lake)] : []), ...(environment.deployerArn ? [environment.deployerArn] : [])];
    new CfnResourcePolicy(this, 'DBSecretResourcePolicy', {
      secretId: database.ref,
      blockPublicPolicy: true,
      resourcePolicy: new PolicyDocument({ statements: [new PolicyStatement({
        sid: 'NobodyElse', effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['secretsmanager:GetSecretValue'], resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': allowed } },
      })] }),
    });
    return database;
  }
}

/** The role of the bootstrap in whose name CloudFormation gives the database its password. */
const cloudFormationRole = ({ account, region, arns }: LakePlan): string => arns.role(`cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-cfn-exec-role-${account}-${region}`);
