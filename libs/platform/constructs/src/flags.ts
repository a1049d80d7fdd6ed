/** Behaviours of CDK that the constructs count on, as the context of an app. */
export const lakeFlags: Record<string, boolean | string> = {
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-iam:minimizePolicies': false,
  '@aws-cdk/core:disableGitSource': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};
