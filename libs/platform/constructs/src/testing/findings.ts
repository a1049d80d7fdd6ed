import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { lakeFlags } from '../flags.ts';

/** Makes a stack of what `add` adds and gives its template and the findings of cdk-nag that are not acknowledged. */
export function inspect(add: (stack: Stack) => void, context: Record<string, unknown> = {}) {
  const app = new App({ context: { ...lakeFlags, ...context } });
  const stack = new Stack(app, 'stack', { env: { account: '123456789012', region: 'eu-central-1' } });
  add(stack);
  const template = Template.fromStack(stack);
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return { template, findings: violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`)) };
}
