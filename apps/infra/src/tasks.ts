import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LakeTask } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { environmentOf } from './function-environment.ts';
import { workerApps, type WorkerApp } from './lake-parts.ts';
import type { LakePlan } from './lake-plan.ts';

export interface LakeTasksProps {
  app: WorkerApp;
  taskRole: IRole;
  executionRole: IRole;
  logDays: RetentionDays;
}

/** A cluster, and the task of one worker that machines or a service run on it. */
export function addTasks(scope: Construct, lake: LakePlan, { app, taskRole, executionRole, logDays }: LakeTasksProps): { cluster: CfnCluster; task: LakeTask } {
  const { repository, task: name } = workerApps[app];
  const repositoryName = lake.names.repositories[repository];
  const cluster = new CfnCluster(scope, 'Cluster', { clusterName: lake.names.clusters[name], clusterSettings: [{ name: 'containerInsights', value: 'enabled' }], capacityProviders: ['FARGATE'] });
  const { cpu, memoryMb, diskGb } = lake.environment.sizes[repository];
  const task = new LakeTask(scope, 'Task', {
    family: lake.names.tasks[name],
    containerName: 'worker',
    repository: Repository.fromRepositoryAttributes(scope, 'Repository', { repositoryName, repositoryArn: lake.arns.arn('ecr', `repository/${repositoryName}`) }),
    imageTag: lake.artifacts.imageTag(app),
    taskRole,
    executionRole,
    environment: environmentOf(app, lake),
    cpu, memoryMb, diskGb, logDays,
  });
  return { cluster, task };
}
