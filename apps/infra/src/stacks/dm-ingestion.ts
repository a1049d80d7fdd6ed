import { CfnService } from 'aws-cdk-lib/aws-ecs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { schemaNames } from '@data-master/control-records';
import { DeadLetters, LakeMachine } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import { readMachine, substitutionsOf } from '../machine-file.ts';
import { addTasks } from '../tasks.ts';
import type { ControlStack } from './dm-control.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** From a pending control record to bronze: pipe, machine, and the task for large objects. */
export class IngestionStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, security: SecurityStack, control: ControlStack) {
    super(scope, 'ingestion', lake, 'Raw to bronze: pipe, state machine and task');
    const { names, arns } = lake;
    const { cluster, task } = addTasks(this, lake, { app: 'bronze-worker', taskRole: this.role('bronzeWorker'), executionRole: this.role('taskExecution'), logDays: this.logDays });
    new CfnService(this, 'Service', {
      serviceName: names.ingestionService,
      cluster: cluster.ref,
      taskDefinition: task.taskDefinitionArn,
      desiredCount: 0,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: network.privateSubnetIds, securityGroups: [security.processingSecurityGroup.securityGroupId], assignPublicIp: 'DISABLED' } },
    });
    const machine = new LakeMachine(this, 'Dispatcher', {
      stateMachineName: names.machines.ingestion,
      definition: readMachine('dm-ingestion-dispatcher'),
      substitutions: substitutionsOf('dm-ingestion-dispatcher', {
        AlertsTopicArn: this.alertsTopicArn,
        BronzeIngestorLiteFunctionArn: arns.function(names.functions.bronzeIngestorLite),
        ClusterArn: cluster.attrArn,
        TaskDefinitionArn: names.tasks.ingestion,
        TaskSecurityGroupId: security.processingSecurityGroup.securityGroupId,
        TaskSubnetIds: network.privateSubnetIds.join(','),
      }),
      role: this.role('ingestionMachine'),
      logDays: this.logDays,
      topicArn: this.alertsTopicArn,
    });
    this.addPipe(control.streamArn, machine.stateMachineArn, new DeadLetters(this, 'PipeDeadLetters', {
      queueName: names.deadLetters.pipe, key: security.controlKey, topicArn: this.alertsTopicArn, content: 'changes of control records that started no execution',
    }));
  }

  /** Every record that becomes pending for bronze: new ones, those tried again, those taken up again. */
  private addPipe(source: string, target: string, deadLetters: DeadLetters): void {
    new CfnPipe(this, 'Pipe', {
      name: this.lake.names.pipe,
      description: 'Pending records of bronze, to the ingestion dispatcher',
      roleArn: this.lake.arns.role(this.lake.names.roles.pipe),
      source,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: JSON.stringify({ eventName: ['INSERT', 'MODIFY'], dynamodb: { NewImage: { schema_name: { S: [schemaNames[0]] }, status: { S: ['pending'] } } } }) }] },
        dynamoDbStreamParameters: {
          startingPosition: 'TRIM_HORIZON', batchSize: 10, maximumBatchingWindowInSeconds: 5, maximumRetryAttempts: 10, onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      },
      target,
      targetParameters: {
        inputTemplate: '{"control_id": <$.dynamodb.NewImage.control_id.S>, "compute_target": <$.dynamodb.NewImage.compute_target.S>}',
        stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' },
      },
    });
  }
}
