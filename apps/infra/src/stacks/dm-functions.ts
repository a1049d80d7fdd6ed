import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, LayerVersion, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { DeadLetters, LakeFunction } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { environmentOf } from '../function-environment.ts';
import { functionApps, functionsOf, type FunctionApp } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** The Lambda functions, and the rules that give the processing controller its work. */
export class FunctionsStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, { controlKey }: SecurityStack) {
    super(scope, 'functions', lake, 'Lambda functions of the lake');
    const deadLetters = new DeadLetters(this, 'ControllerDeadLetters', {
      queueName: lake.names.deadLetters.controller, key: controlKey, topicArn: this.alertsTopicArn, content: 'events of raw objects that were not registered',
    });
    const controller = this.function('processing-controller', 'controller', 'Registers raw objects and sweeps up abandoned records', deadLetters);
    this.function('bronze-ingestor-lite', 'bronzeWorker', 'Turns small raw objects into bronze');
    this.function('refinement-planner', 'planner', 'Plans and settles the refinement of silver and gold');
    if (functionsOf(lake).includes('firehose-router')) this.function('firehose-router', 'firehoseRouter', 'Routes change records to the prefix of their table');

    this.rule('RawObjects', 'rawObjects', controller, deadLetters, {
      description: 'Raw objects that were created, for the processing controller',
      eventPattern: { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: [lake.names.buckets.stage] }, object: { key: [{ prefix: 'raw/' }] } } },
    });
    this.rule('Sweep', 'sweep', controller, deadLetters, {
      description: 'Time to look for records that were abandoned',
      scheduleExpression: `rate(${lake.environment.schedules.sweepMinutes} minutes)`,
    }, JSON.stringify({ action: 'sweep' }));
  }

  private function(app: FunctionApp, role: keyof LakePlan['names']['roles'], description: string, deadLetters?: DeadLetters): LakeFunction {
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

  private rule(id: string, name: 'rawObjects' | 'sweep', target: IFunction, deadLetters: DeadLetters, trigger: Pick<CfnRule, 'description'> & { eventPattern?: object; scheduleExpression?: string }, input?: string): void {
    const ruleName = this.lake.names.rules[name];
    const rule = new CfnRule(this, `${id}Rule`, {
      ...trigger,
      name: ruleName,
      state: 'ENABLED',
      targets: [{
        id: 'controller',
        arn: target.functionArn,
        roleArn: this.lake.arns.role(this.lake.names.roles.controllerEvent),
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        deadLetterConfig: { arn: deadLetters.queueArn },
        ...(input !== undefined && { input }),
      }],
    });
    target.addPermission(`${id}Permission`, { principal: new ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
    deadLetters.addToResourcePolicy(new PolicyStatement({
      sid: id, principals: [new ServicePrincipal('events.amazonaws.com')], actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn], conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
    }));
  }
}

