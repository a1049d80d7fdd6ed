import { CfnApplication } from 'aws-cdk-lib/aws-emrserverless';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { AddedPermissions, LakeMachine } from '@data-master/constructs';
import { glueSettings } from '@data-master/spark';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import { readMachine, substitutionsOf } from '../machine-file.ts';
import { permissionsOf } from '../permissions.ts';
import { addTasks } from '../tasks.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

interface Refinement {
  place: 'processing' | 'analytics';
  layer: 'silver' | 'gold';
  description: string;
}

/** Its Spark is 3.5 and it brings Iceberg. */
const emrRelease = 'emr-7.9.0';
const icebergJar = '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar';

/** What brings a layer up to date every day: EMR Serverless for large plans, a DuckDB task for all others, and the machine that runs them. */
export abstract class RefinementStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, security: SecurityStack, { place, layer, description }: Refinement) {
    super(scope, place, lake, description);
    const { names, arns, environment } = lake;
    const subnets = network.privateSubnetIds;
    const securityGroup = security.processingSecurityGroup.securityGroupId;
    const size = environment.sizes[`${place}Spark`];
    const application = new CfnApplication(this, 'SparkApplication', {
      name: names.sparkApplications[place],
      type: 'SPARK',
      releaseLabel: emrRelease,
      architecture: 'ARM64',
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: size.idleMinutes },
      maximumCapacity: { cpu: `${size.vcpu} vCPU`, memory: `${size.memoryGb} GB` },
      networkConfiguration: { subnetIds: subnets, securityGroupIds: [securityGroup] },
      monitoringConfiguration: { managedPersistenceMonitoringConfiguration: { enabled: false } },
    });
    const { cluster } = addTasks(this, lake, { app: `${layer}-worker`, taskRole: this.role(`${layer}Worker`), executionRole: this.role('taskExecution'), logDays: this.logDays });
    const sparkJobs = new AddedPermissions(this, 'SparkJobs', {
      roleName: names.roles[`${place}Machine`], policyName: `${names.sparkApplications[place]}-jobs`, permissions: permissionsOf(lake).sparkJobs(application.attrArn),
    });
    const machineName = `dm-${place}-dispatcher` as const;
    const machine = new LakeMachine(this, 'Dispatcher', {
      stateMachineName: names.machines[place],
      definition: readMachine(machineName),
      substitutions: substitutionsOf(machineName, {
        AlertsTopicArn: this.alertsTopicArn,
        ClusterArn: cluster.attrArn,
        TaskDefinitionArn: names.tasks[place],
        TaskSecurityGroupId: securityGroup,
        TaskSubnetIds: subnets.join(','),
        RefinementPlannerFunctionArn: arns.function(names.functions.refinementPlanner),
        SparkApplicationId: application.attrApplicationId,
        SparkEntryPointUri: `s3://${names.buckets.artifacts}/spark/main.py`,
        SparkExecutionRoleArn: arns.role(names.roles[`${place}Spark`]),
        SparkJobsUri: `s3://${names.buckets.artifacts}/spark/jobs.json`,
        SparkLogsUri: `s3://${names.buckets.observer}/spark-logs/${layer}/`,
        SparkSubmitParameters: sparkSubmitParameters(lake),
      }),
      role: this.role(`${place}Machine`),
      logDays: this.logDays,
      topicArn: this.alertsTopicArn,
    });
    machine.node.addDependency(sparkJobs);
    const [hour, minute] = environment.schedules[place].split(':').map(Number);
    new CfnRule(this, 'Cron', {
      name: names.rules[place],
      description: `Every day at ${environment.schedules[place]} UTC`,
      scheduleExpression: `cron(${minute} ${hour} * * ? *)`,
      state: environment.schedules.enabled ? 'ENABLED' : 'DISABLED',
      targets: [{ id: 'dispatcher', arn: machine.stateMachineArn, roleArn: arns.role(names.roles.schedule), input: '{}' }],
    });
  }
}

function sparkSubmitParameters({ prefix, names }: LakePlan): string {
  const settings = { ...glueSettings({ databasePrefix: `${prefix}_`, warehouse: `s3://${names.buckets.datalake}/` }), 'spark.jars': icebergJar };
  return Object.entries(settings).map(([name, value]) => `--conf ${name}=${value}`).join(' ');
}
