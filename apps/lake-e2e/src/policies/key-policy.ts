import type { Deployment } from '../template/deployment.ts';
import { asList, isObject, requireObject, toText, type JsonObject } from '../template/json.ts';
import type { Demand } from '../calls/aws-call.ts';
import { matchesName } from './role-policy.ts';

/** The operators by which key policies name who may use them. */
const matchers: Record<string, (wanted: string, value: string) => boolean> = {
  ArnEquals: matchesName, ArnLike: matchesName, StringLike: matchesName, StringEquals: (wanted, value) => wanted === value,
};

/**
 * Whether the policy of a key lets a role of the account do what it asks: a statement for the role itself, or for the
 * account or anybody under conditions that the role meets. The role's own policy has to allow it besides.
 */
export function keyAllows(deployment: Deployment, { action, resource, context: asked = {} }: Demand, roleArn: string): boolean {
  const { account } = deployment.place;
  const context: Record<string, string> = { 'aws:PrincipalArn': roleArn, 'kms:CallerAccount': account, 'aws:PrincipalAccount': account, ...asked };
  const document = requireObject(deployment.find('AWS::KMS::Key', resource).properties()['KeyPolicy'], 'KeyPolicy');
  return asList(document['Statement']).map((each) => requireObject(each, 'statement')).some((statement) =>
    statement['Effect'] === 'Allow' && asList(statement['Action']).some((each) => matchesName(toText(each), action, { ignoreCase: true })) &&
    isPrincipal(statement, [roleArn, `arn:aws:iam::${account}:root`, '*']) && meets(statement, context));
}

function isPrincipal({ Principal: principal }: JsonObject, names: readonly string[]): boolean {
  return asList(isObject(principal) ? principal['AWS'] : principal).some((each) => names.includes(toText(each)));
}

function meets({ Condition: conditions }: JsonObject, context: Record<string, string>): boolean {
  if (!isObject(conditions)) return true;
  return Object.entries(conditions).every(([operator, keys]) => Object.entries(requireObject(keys, operator)).every(([key, wanted]) => {
    const matches = matchers[operator];
    const value = context[key];
    return matches !== undefined && value !== undefined && asList(wanted).some((each) => matches(toText(each), value));
  }));
}
