import { RemovalPolicy } from 'aws-cdk-lib';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { removalOf } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import { LakeStack } from './lake-stack.ts';

const ids = { bronze: 'BronzeIngestorMass', silver: 'SilverProcessorMass', gold: 'GoldAnalyticsMass', replication: 'ReplicationTask', benchmark: 'BenchmarkGo' } as const;
const keptImages = 10;

/** The repositories of the images: scanned on push, tags from the content and never moved, ten images kept. */
export class RepositoriesStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan) {
    super(scope, 'repositories', lake, 'Image repositories of the lake');
    const { deployerArn, destroyData } = lake.environment;
    const removalPolicy = removalOf(this, destroyData);
    for (const [key, id] of Object.entries(ids)) {
      const repository = new Repository(this, id, {
        repositoryName: lake.names.repositories[key as keyof typeof ids],
        imageTagMutability: TagMutability.IMMUTABLE,
        imageScanOnPush: true,
        lifecycleRules: [{ description: `keep ${keptImages} images`, maxImageCount: keptImages }],
        removalPolicy,
        emptyOnDelete: removalPolicy === RemovalPolicy.DESTROY,
      });
      if (!deployerArn) continue;
      repository.addToResourcePolicy(new PolicyStatement({
        sid: 'Push',
        principals: [new ArnPrincipal(deployerArn)],
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'],
      }));
    }
  }
}
