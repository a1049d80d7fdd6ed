import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alertOn, alertPeriod } from './alerts.ts';

/** The bundle of a function: a folder with `handler.mjs`, and the hash of what is in it. */
export interface Bundle {
  folder: string;
  contentHash: string;
}

/** The value of the tag `dm-code` of a function whose bundle was not there when the template was made. */
export const unbuilt = 'unbuilt';
/** The tag that says which code a function was deployed with. */
export const codeTag = 'dm-code';

export interface LakeFunctionProps {
  functionName: string;
  description: string;
  /** Without it the function is marked `unbuilt`, which deployment refuses. */
  bundle: Bundle | undefined;
  role: IRole;
  environment: Record<string, string>;
  memoryMb: number;
  timeoutSeconds: number;
  logDays: RetentionDays;
  topicArn: string;
  /** Where an event goes that the function was given asynchronously and failed on three times. */
  deadLetters?: IQueue;
}

/** A Lambda function on arm64 with tracing, JSON logs of limited age and an alert on errors. The role brings every permission. */
export class LakeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: LakeFunctionProps) {
    const { functionName, description, bundle, role, environment, memoryMb, timeoutSeconds, logDays, topicArn, deadLetters } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, { logGroupName: `/aws/lambda/${functionName}`, retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    super(scope, id, {
      functionName,
      description,
      code: bundle ? Code.fromAsset(bundle.folder) : Code.fromInline(`throw new Error('${functionName} was deployed without its code; expected a bundle; build it and deploy again');`),
      handler: bundle ? 'handler.handler' : 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role,
      environment,
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(deadLetters && { deadLetterQueue: deadLetters, retryAttempts: 2 }),
    });
    Tags.of(this).add(codeTag, bundle?.contentHash ?? unbuilt, { includeResourceTypes: ['AWS::Lambda::Function'] });
    alertOn(this, 'Alert', {
      alarmName: `${functionName}-errors`,
      description: `${functionName} failed; its log group says why`,
      metric: this.metricErrors({ period: alertPeriod }),
      topicArn,
    });
  }
}
