import { RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { alertOn, alertPeriod } from './alerts.ts';

export interface LakeMachineProps {
  stateMachineName: string;
  /** The ASL, as text with `${Placeholders}`. */
  definition: string;
  /** Value of each placeholder: no more and no fewer than the definition has. */
  substitutions: Record<string, string>;
  role: IRole;
  logDays: RetentionDays;
  topicArn: string;
}

/** A Standard state machine from an ASL file, which stays the one source, with tracing, full logs and an alert on executions that fail, time out or are aborted. */
export class LakeMachine extends StateMachine {
  constructor(scope: Construct, id: string, { stateMachineName, definition, substitutions, role, logDays, topicArn }: LakeMachineProps) {
    requireSamePlaceholders(stateMachineName, definition, substitutions);
    const logGroup = new LogGroup(scope, `${id}Logs`, { logGroupName: `/aws/stepfunctions/${stateMachineName}`, retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    super(scope, id, {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: substitutions,
      role,
      tracingEnabled: true,
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    for (const [name, metric] of Object.entries({ Failed: this.metricFailed(alertMetric), TimedOut: this.metricTimedOut(alertMetric), Aborted: this.metricAborted(alertMetric) })) {
      alertOn(this, `${name}Alert`, {
        alarmName: `${stateMachineName}-${name}`,
        description: `An execution of ${stateMachineName} ended as ${name}; its history says at which state`,
        metric,
        topicArn,
      });
    }
  }
}

const alertMetric = { period: alertPeriod, statistic: 'Sum' } as const;

/** Names of the placeholders of an ASL text. */
export function placeholdersOf(definition: string): string[] {
  return [...new Set([...definition.matchAll(/\$\{([A-Za-z0-9_.]+)\}/g)].map((match) => match[1]!))].sort();
}

function requireSamePlaceholders(name: string, definition: string, substitutions: Record<string, string>): void {
  const wanted = placeholdersOf(definition);
  const given = Object.keys(substitutions).sort();
  const missing = wanted.filter((each) => !given.includes(each));
  const surplus = given.filter((each) => !wanted.includes(each));
  if (missing.length > 0 || surplus.length > 0) throw new Error(`${name}: found no value for [${missing.join(', ')}] and no use for [${surplus.join(', ')}]; expected one value for each placeholder: ${wanted.join(', ')}`);
}
