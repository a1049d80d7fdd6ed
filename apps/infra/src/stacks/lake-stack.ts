import { Stack, Tags } from 'aws-cdk-lib';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LakeFunction, type DeadLetters } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { environmentOf } from '../function-environment.ts';
import type { StackKey } from '../lake-names.ts';
import { functionApps, type FunctionApp } from '../lake-parts.ts';
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

  /** The function of an app, as it was bundled, with the environment that its own configuration asks for. */
  protected function(app: FunctionApp, role: keyof LakePlan['names']['roles'], description: string, deadLetters?: DeadLetters): LakeFunction {
    const { key } = functionApps[app];
    const bundle = this.lake.artifacts.bundle(app);
    const made = new LakeFunction(this, key, {
      functionName: this.lake.names.functions[key],
      description,
      bundle,
      role: this.role(role),
      environment: environmentOf(app, this.lake),
      ...this.lake.environment.sizes[key],
      logDays: this.logDays,
      topicArn: this.alertsTopicArn,
      ...(deadLetters && { deadLetters }),
    });
    for (const layer of bundle?.layers ?? []) made.addLayers(this.layer(layer.folder));
    return made;
  }

  private layer(folder: string): LayerVersion {
    return this.node.tryFindChild('DuckDbLayer') as LayerVersion | undefined ?? new LayerVersion(this, 'DuckDbLayer', {
      layerVersionName: `${this.lake.prefix}-duckdb`, description: 'DuckDB for Linux on arm64', code: Code.fromAsset(folder), compatibleArchitectures: [Architecture.ARM_64],
    });
  }

  /** A role of dm-roles, which nothing here can widen. */
  protected role(name: keyof LakePlan['names']['roles']): IRole {
    return Role.fromRoleArn(this, `${name}Role`, this.lake.arns.role(this.lake.names.roles[name]), { mutable: false });
  }
}
