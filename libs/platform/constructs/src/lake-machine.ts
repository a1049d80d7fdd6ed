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
  substitutions: Record<string, string>;
  role: IRole;
  logDays: RetentionDays;
  topicArn: string;
}

/** A Standard state machine from an ASL file, which stays the one source, with tracing, full logs and an alert on executions that fail, time out or are aborted. */
export class LakeMachine extends StateMachine {
  constructor(scope: Construct, id: string, { stateMachineName, definition, substitutions, role, logDays, topicArn }: LakeMachineProps) {
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
