import type { Demand } from '../calls/aws-call.ts';
import { asList, requireObject, toText } from '../template/json.ts';
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
  /** Operators and keys of the conditions that are not evaluated. */
  conditions: string[];
}

const lineOf = ({ action, resource }: { action: string; resource: string }): string => `${action} ${resource}`;
const covers = (grant: Grant, call: Demand): boolean =>
  matchesName(grant.action, call.action, { ignoreCase: true }) && matchesName(grant.resource, call.resource) && meetsConditions(grant, call);

/** The condition keys that the calls know of; all others are taken as met. */
const knownKeys = new Set(['s3:prefix']);
const knownOperators: Record<string, (wanted: string, value: string) => boolean> = { StringLike: (wanted, value) => matchesName(wanted, value), StringEquals: (wanted, value) => wanted === value };

/** A condition on a key that the request does not set is not met: whoever may list only a prefix is not told that an object is missing. */
function meetsConditions({ conditions = {} }: Grant, { context = {} }: Demand): boolean {
  return Object.entries(conditions).every(([operator, keys]) => Object.entries(requireObject(keys, operator)).filter(([key]) => knownKeys.has(key)).every(([key, wanted]) => {
    const meets = knownOperators[operator];
    if (!meets) throw new Error(`a policy sets ${operator} on ${key}; expected one of ${Object.keys(knownOperators).join(', ')}`);
    const value = context[key];
    return value !== undefined && asList(wanted).some((each) => meets(toText(each), value));
  }));
}

/** Holds the calls of a function against the policies of its role, in both directions. */
export function judgeCalls({ grants }: RolePolicy, calls: readonly Demand[], excused: readonly Unused[] = []): Verdict {
  const allows = grants.filter(({ effect }) => effect === 'Allow');
  const denies = grants.filter(({ effect }) => effect === 'Deny');
  const isAllowed = (call: Demand): boolean => allows.some((grant) => covers(grant, call)) && !denies.some((grant) => covers(grant, call));
  const unused = allows.filter((grant) => !calls.some((call) => covers(grant, call)));
  const excuses = ({ action, resource }: Grant, each: Unused): boolean => each.action === action && (each.resource === undefined || matchesName(each.resource, resource));
  return {
    missing: distinct(calls.filter((call) => !isAllowed(call)).map(lineOf)),
    unused: distinct(unused.filter((grant) => !excused.some((each) => excuses(grant, each))).map(lineOf)),
    idleReasons: excused.filter((each) => !unused.some((grant) => excuses(grant, each))).map(({ action }) => action),
    conditions: distinct(allows.flatMap(({ conditions }) => Object.entries(conditions ?? {}).flatMap(([operator, keys]) => Object.keys(keys as object).filter((key) => !knownKeys.has(key)).map((key) => `${operator} ${key}`)))),
  };
}

const distinct = (lines: string[]): string[] => [...new Set(lines)].sort();
