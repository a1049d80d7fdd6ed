import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IAlarmAction, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface AlertProps {
  alarmName: string;
  /** What happened and what to do, for whoever reads the alert. */
  description: string;
  metric: IMetric;
  /** ARN of the topic that is told. */
  topicArn: string;
  /** Least value that is an alert. */
  from?: number;
  /** Whether it is an alert too when there is no value: for metrics of what always runs. */
  silence?: boolean;
}

/** How long a metric is summed up before it is looked at. */
export const alertPeriod = Duration.minutes(5);

/** Tells the topic when a metric reaches a value within five minutes, and when it is below it again. */
export function alertOn(scope: Construct, id: string, { alarmName, description, metric, topicArn, from = 1, silence = false }: AlertProps): Alarm {
  const alarm = new Alarm(scope, id, {
    alarmName,
    alarmDescription: description,
    metric,
    threshold: from,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  const tell: IAlarmAction = { bind: () => ({ alarmActionArn: topicArn }) };
  alarm.addAlarmAction(tell);
  alarm.addOkAction(tell);
  return alarm;
}
