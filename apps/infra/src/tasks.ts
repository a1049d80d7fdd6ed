import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LakeTask } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { environmentOf } from './function-environment.ts';
import type { LakePlan } from './lake-plan.ts';

export interface LakeTasksProps {
  app: 'bronze-worker' | 'silver-worker' | 'gold-worker';
  size: 'bronze' | 'silver' | 'gold';
  cluster: string;
  family: string;
  taskRole: IRole;
  executionRole: IRole;
  logDays: RetentionDays;
}

/** A cluster, and the task of one worker that machines run on it. */
export function addTasks(scope: Construct, lake: LakePlan, { app, size, cluster: clusterName, family, taskRole, executionRole, logDays }: LakeTasksProps): { cluster: CfnCluster; task: LakeTask } {
  const cluster = new CfnCluster(scope, 'Cluster', { clusterName, clusterSettings: [{ name: 'containerInsights', value: 'enabled' }], capacityProviders: ['FARGATE'] });
  const { cpu, memoryMb, diskGb } = lake.environment.sizes[size];
  const task = new LakeTask(scope, 'Task', {
    family,
    containerName: 'worker',
    repository: Repository.fromRepositoryAttributes(scope, 'Repository', { repositoryName: lake.names.repositories[size], repositoryArn: lake.arns.arn('ecr', `repository/${lake.names.repositories[size]}`) }),
    imageTag: lake.artifacts.imageTag(app),
    taskRole,
    executionRole,
    environment: environmentOf(app, lake),
    cpu, memoryMb, diskGb, logDays,
  });
  return { cluster, task };
}
