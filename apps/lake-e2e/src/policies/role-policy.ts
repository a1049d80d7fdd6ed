import type { Deployment, Resource } from '../template/deployment.ts';
import { asList, isObject, requireObject, toText, type Json, type JsonObject } from '../template/json.ts';

/** What one statement of a role's policies says, one action and one resource at a time. */
export interface Grant {
  effect: 'Allow' | 'Deny';
  /** As written, wildcards included. */
  action: string;
  resource: string;
  /** Conditions are not evaluated. */
  conditions: JsonObject | undefined;
}

/** A role with everything that the templates let it do. */
export interface RolePolicy {
  roleName: string;
  roleArn: string;
  grants: Grant[];
  /** Policies whose text is AWS's own. */
  managedPolicyArns: string[];
}

/** Collects the inline policies of a role, and those that name it from elsewhere. */
export function readRolePolicy(deployment: Deployment, roleRefOrArn: string): RolePolicy {
  const role = deployment.find('AWS::IAM::Role', roleRefOrArn);
  const inline = asList(role.properties()['Policies']).map((policy) => requireObject(policy, 'policy')['PolicyDocument']!);
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => deployment.list(type))
    .map((policy: Resource) => policy.properties())
    .filter(({ Roles: roles }) => asList(roles).includes(role.ref))
    .map(({ PolicyDocument: document }) => document!);
  const own = deployment.list('AWS::IAM::ManagedPolicy').map(({ ref }) => ref);
  return {
    roleName: role.ref,
    roleArn: role.attributes['Arn']!,
    grants: [...inline, ...attached].flatMap((document) => readGrants(document)),
    managedPolicyArns: asList(role.properties()['ManagedPolicyArns']).map(toText).filter((arn) => !own.includes(arn)),
  };
}

/** The grants of a policy document; forms that turn a statement round are refused. */
export function readGrants(document: Json): Grant[] {
  return asList(requireObject(document, 'policy document')['Statement']).flatMap((each) => {
    const statement = requireObject(each, 'statement');
    const turned = ['NotAction', 'NotResource'].find((name) => name in statement);
    if (turned) throw new Error(`a policy uses ${turned}; expected Action and Resource, which can be held against what was used`);
    const conditions = isObject(statement['Condition']) ? statement['Condition'] : undefined;
    return asList(statement['Action']).flatMap((action) => asList(statement['Resource']).map((resource): Grant => ({
      effect: statement['Effect'] === 'Deny' ? 'Deny' : 'Allow', action: toText(action), resource: toText(resource), conditions,
    })));
  });
}

/** Whether IAM takes `value` for what `pattern` names: `*` is any text, `?` any character; actions regardless of case. */
export function matchesName(pattern: string, value: string, { ignoreCase = false } = {}): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'is' : 's').test(value);
}
