import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DeadLetters } from '@data-master/constructs';
import type { Construct } from 'constructs';
import { functionsOf } from '../lake-parts.ts';
import type { LakePlan } from '../lake-plan.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** The Lambda functions but for those of events, and the rules that give some of them their work. */
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
    const { breweries } = lake.environment.schedules;
    if (breweries !== undefined) this.addExtraction(breweries);
  }

  private addExtraction(timeOfDay: string): void {
    const { names, arns } = this.lake;
    const extractor = this.function('brewery-extractor-function', 'breweryExtractor', 'Extracts Open Brewery DB to bronze');
    const [hour, minute] = timeOfDay.split(':').map(Number);
    const rule = new CfnRule(this, 'BreweriesRule', {
      name: names.rules.breweries,
      description: `Every day at ${timeOfDay} UTC`,
      scheduleExpression: `cron(${minute} ${hour} * * ? *)`,
      state: 'ENABLED',
      targets: [{ id: 'extractor', arn: extractor.functionArn, roleArn: arns.role(names.roles.schedule) }],
    });
    extractor.addPermission('BreweriesPermission', { principal: new ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
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

