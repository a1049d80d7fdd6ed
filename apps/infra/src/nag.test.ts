import { describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { App } from 'aws-cdk-lib';
import { createLakeApp } from './lake-app.ts';
import { configurationNames, configurations, planOf } from './testing/plans.ts';

function findings(app: App): string[] {
  return new AwsSolutionsChecks().validateScope(app).violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`));
}

describe('AwsSolutions of cdk-nag', () => {
  test.each(configurationNames)('finds nothing in the %s configuration that is not acknowledged with its reason', (name) => {
    expect(findings(createLakeApp(planOf(configurations[name])))).toEqual([]);
  });

  test('would find a bucket without defaults', () => {
    const app = createLakeApp(planOf({}));
    new Bucket(Stack.of(app.node.findChild('dm-storage')), 'Careless');
    expect(findings(app)).toEqual(['AwsSolutions-S1 dm-storage/Careless/Resource', 'AwsSolutions-S10 dm-storage/Careless/Resource']);
  });
});
