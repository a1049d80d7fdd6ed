import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** The Athena workgroup: version 3 of the engine, results encrypted and where the lake keeps them. */
export class ConsumptionStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, { lakeKey }: SecurityStack) {
    super(scope, 'consumption', lake, 'Athena workgroup of the lake');
    new CfnWorkGroup(this, 'AthenaWorkGroup', {
      name: lake.names.workgroup,
      description: 'Queries over the lake',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${lake.names.buckets.observer}/athena-results/`,
          expectedBucketOwner: lake.account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: lakeKey.keyArn },
        },
      },
    });
  }
}
