import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { openKinesisClient } from '@data-master/aws/kinesis';

/** The clients that the doctor looks with; it changes nothing. */
export function createDoctorClients(region: string) {
  const settings = { region, maxAttempts: 3 };
  return {
    sts: new STSClient(settings),
    cloudFormation: new CloudFormationClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined }),
    dynamoDb: new DynamoDBClient(settings),
    secretsManager: new SecretsManagerClient(settings),
    ecr: new ECRClient(settings),
    iam: new IAMClient(settings),
    kinesis: openKinesisClient(settings),
    lambda: new LambdaClient(settings),
  };
}

export type DoctorClients = ReturnType<typeof createDoctorClients>;

/** The name of an error of the SDK. */
export const errorName = (error: unknown): string => (error instanceof Error ? error.name : String(error));
