import type { AwsCall } from '../calls/aws-call.ts';
import type { Deployment } from '../template/deployment.ts';
import { judgeCalls, type Unused, type Verdict } from './judge.ts';
import { keyAllows } from './key-policy.ts';
import { readRolePolicy } from './role-policy.ts';

/** Holds what was asked for in a role's name against its policies, and what was asked of keys against theirs as well. */
export function judgeRole(deployment: Deployment, roleName: string, calls: readonly AwsCall[], excused: readonly Unused[] = []): Verdict {
  const policy = readRolePolicy(deployment, roleName);
  const own = distinct(calls.filter(({ caller }) => caller === roleName));
  const verdict = judgeCalls(policy, own, excused);
  const refused = own.filter((call) => call.action.startsWith('kms:') && !keyAllows(deployment, call, policy.roleArn)).map(({ action, resource }) => `${action} ${resource} (policy of the key)`);
  return { ...verdict, missing: [...new Set([...verdict.missing, ...refused])].sort() };
}

function distinct(calls: readonly AwsCall[]): AwsCall[] {
  return [...new Map(calls.map((call) => [`${call.action} ${call.resource} ${JSON.stringify(call.context)}`, call])).values()];
}
