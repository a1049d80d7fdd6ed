import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage, CpuArchitecture, FargateTaskDefinition, LogDrivers, OperatingSystemFamily } from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './least-privilege-role.ts';

export interface LakeTaskProps {
  family: string;
  containerName: string;
  repository: IRepository;
  /** Tag of the image, made from its content. */
  imageTag: string;
  taskRole: IRole;
  executionRole: IRole;
  /** Settings without secrets; a secret is named here and read by the task. */
  environment: Record<string, string>;
  cpu: number;
  memoryMb: number;
  diskGb: number;
  logDays: RetentionDays;
}

/** A Fargate task on arm64 that runs one container to its end: no root, no writing to the image, two minutes to finish when told to stop. */
export class LakeTask extends FargateTaskDefinition {
  constructor(scope: Construct, id: string, props: LakeTaskProps) {
    const { family, containerName, repository, imageTag, taskRole, executionRole, environment, cpu, memoryMb, diskGb, logDays } = props;
    super(scope, id, {
      family, taskRole, executionRole, cpu, memoryLimitMiB: memoryMb, ephemeralStorageGiB: diskGb,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: 'scratch' }],
    });
    const logGroup = new LogGroup(scope, `${id}Logs`, { logGroupName: `/ecs/${family}`, retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    const container = this.addContainer(containerName, {
      containerName,
      image: ContainerImage.fromEcrRepository(repository, imageTag),
      environment,
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: family }),
      readonlyRootFilesystem: true,
      stopTimeout: Duration.minutes(2),
      user: '1000',
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false });
    acknowledge(this, 'AwsSolutions-ECS2', 'the variables are names of resources and sizes; the one secret is read from Secrets Manager by its name');
  }
}
