import type { AwsCall } from '../calls/aws-call.ts';
import type { Deployment } from '../template/deployment.ts';
import { keyDemands } from './implied-demands.ts';
import { judgeCalls, type Unused, type Verdict } from './judge.ts';
import { keyAllows } from './key-policy.ts';
import { readRolePolicy } from './role-policy.ts';

/**
 * Holds what a role's functions asked for, and what that asks of the keys behind it, against the policies of the role and
 * of those keys.
 */
export function judgeRole(deployment: Deployment, roleName: string, calls: readonly AwsCall[], excused: readonly Unused[] = []): Verdict {
  const policy = readRolePolicy(deployment, roleName);
  const own = distinct(calls.filter(({ caller }) => caller === roleName));
  const implied = own.flatMap((call) => keyDemands(deployment, call).map((demand) => ({ ...demand, through: call.action.split(':')[0]! })));
  const verdict = judgeCalls(policy, [...own, ...implied], excused);
  const refused = implied.filter((demand) => !keyAllows(deployment, demand, policy.roleArn, demand.through)).map(({ action, resource }) => `${action} ${resource} (policy of the key)`);
  return { ...verdict, missing: [...new Set([...verdict.missing, ...refused])].sort() };
}

function distinct(calls: readonly AwsCall[]): AwsCall[] {
  return [...new Map(calls.map((call) => [`${call.action} ${call.resource} ${JSON.stringify(call.context)}`, call])).values()];
}
