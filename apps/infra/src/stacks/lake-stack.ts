import { Stack, Tags } from 'aws-cdk-lib';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StackKey } from '../lake-names.ts';
import type { LakePlan } from '../lake-plan.ts';

/** A stack of the lake: named, placed and tagged alike. */
export abstract class LakeStack extends Stack {
  protected readonly lake: LakePlan;

  constructor(scope: Construct, key: StackKey, lake: LakePlan, description: string) {
    super(scope, lake.names.stacks[key], {
      stackName: lake.names.stacks[key],
      description,
      env: { account: lake.account, region: lake.region },
    });
    this.lake = lake;
    Tags.of(this).add('dm-lake', lake.prefix);
    Tags.of(this).add('dm-stack', key);
  }

  protected get logDays(): RetentionDays {
    return this.lake.environment.retention.logDays;
  }

  protected get alertsTopicArn(): string {
    return this.lake.arns.topic(this.lake.names.alerts);
  }

  /** A role of dm-roles, which nothing here can widen. */
  protected role(name: keyof LakePlan['names']['roles']): IRole {
    return Role.fromRoleArn(this, `${name}Role`, this.lake.arns.role(this.lake.names.roles[name]), { mutable: false });
  }
}
