import type { AwsCall } from '../calls/aws-call.ts';
import { matchesName, type Grant, type RolePolicy } from './role-policy.ts';

/** A permission that no call of the scenario uses, and why the role has it all the same. */
export interface Unused {
  /** Action as the policy writes it. */
  action: string;
  /** Resource pattern; default any. */
  resource?: string;
  reason: string;
}

export interface Verdict {
  /** Calls that the policy does not allow, `action resource`. */
  missing: string[];
  /** Grants that no call used and no reason excuses, `action resource`. */
  unused: string[];
  /** Reasons that excuse nothing: the grant is gone, or was used. */
  idleReasons: string[];
  /** Operators and keys of conditions, which are not evaluated. */
  conditions: string[];
}

const lineOf = ({ action, resource }: { action: string; resource: string }): string => `${action} ${resource}`;
const covers = (grant: Grant, call: { action: string; resource: string }): boolean =>
  matchesName(grant.action, call.action, { ignoreCase: true }) && matchesName(grant.resource, call.resource);

/** Holds the calls of a function against the policies of its role, in both directions. */
export function judgeCalls({ grants }: RolePolicy, calls: readonly Pick<AwsCall, 'action' | 'resource'>[], excused: readonly Unused[] = []): Verdict {
  const allows = grants.filter(({ effect }) => effect === 'Allow');
  const denies = grants.filter(({ effect }) => effect === 'Deny');
  const isAllowed = (call: { action: string; resource: string }): boolean => allows.some((grant) => covers(grant, call)) && !denies.some((grant) => covers(grant, call));
  const unused = allows.filter((grant) => !calls.some((call) => covers(grant, call)));
  const excuses = ({ action, resource }: Grant, each: Unused): boolean => each.action === action && (each.resource === undefined || matchesName(each.resource, resource));
  return {
    missing: distinct(calls.filter((call) => !isAllowed(call)).map(lineOf)),
    unused: distinct(unused.filter((grant) => !excused.some((each) => excuses(grant, each))).map(lineOf)),
    idleReasons: excused.filter((each) => !unused.some((grant) => excuses(grant, each))).map(({ action }) => action),
    conditions: distinct(allows.flatMap(({ conditions }) => Object.entries(conditions ?? {}).flatMap(([operator, keys]) => Object.keys(keys as object).map((key) => `${operator} ${key}`)))),
  };
}

const distinct = (lines: string[]): string[] => [...new Set(lines)].sort();
