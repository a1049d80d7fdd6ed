import { Aws, Stack, Validations } from 'aws-cdk-lib';
import { CfnRolePolicy, CompositePrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Permissions that belong together. */
export interface Permission {
  actions: readonly string[];
  resources: readonly string[];
  /** Why a resource ends in `*`; without it none may. */
  reason?: string;
  conditions?: Record<string, Record<string, unknown>>;
}

export interface LeastPrivilegeRoleProps {
  roleName: string;
  description: string;
  /** Services that take the role on, such as `lambda.amazonaws.com`. */
  services: readonly string[];
  /** Services that may use the role in this account only. Set for services that send `aws:SourceAccount`. */
  guardAgainstConfusedDeputy?: boolean;
  permissions: readonly Permission[];
}

/**
 * A role that may do what its permissions say and nothing else: actions are named in full, and a resource with a wildcard
 * gives its reason, which is recorded as the acknowledgement of that very finding. Constructs that get the role from
 * another stack cannot widen it.
 */
export class LeastPrivilegeRole extends Role {
  constructor(scope: Construct, id: string, props: LeastPrivilegeRoleProps) {
    const { roleName, description, services, permissions, guardAgainstConfusedDeputy = false } = props;
    for (const permission of permissions) requireNarrow(roleName, permission);
    const principal = new CompositePrincipal(...services.map((service) => new ServicePrincipal(service)));
    const assumedBy: IPrincipal = guardAgainstConfusedDeputy ? principal.withConditions({ StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } }) : principal;
    super(scope, id, { roleName, description, assumedBy, ...(permissions.length > 0 && { inlinePolicies: { [roleName]: documentOf(permissions) } }) });
    for (const { resources, reason } of permissions) {
      for (const resource of resources.filter((each) => each.includes('*'))) acknowledge(this, `AwsSolutions-IAM5[Resource::${findingOf(resource)}]`, reason!);
    }
  }
}

/** Permissions that a role gets from another stack, for a resource whose name is known only there; as narrow as the role's own. */
export class AddedPermissions extends CfnRolePolicy {
  constructor(scope: Construct, id: string, { roleName, policyName, permissions }: { roleName: string; policyName: string; permissions: readonly Permission[] }) {
    for (const permission of permissions) requireNarrow(roleName, permission);
    super(scope, id, { roleName, policyName, policyDocument: documentOf(permissions) });
  }
}

function documentOf(permissions: readonly Permission[]): PolicyDocument {
  return new PolicyDocument({ statements: permissions.map(({ actions, resources, conditions }) => new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) })) });
}

/** Records why a finding of cdk-nag stands, next to the resource that has it. */
export function acknowledge(scope: Construct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

function requireNarrow(roleName: string, { actions, resources, reason }: Permission): void {
  const wide = actions.find((action) => action.includes('*'));
  if (wide) throw new Error(`role ${roleName} allows ${wide}; expected actions named in full`);
  const open = resources.find((resource) => resource.includes('*'));
  if (open && !reason) throw new Error(`role ${roleName} allows ${actions.join(', ')} on ${open} without a reason; expected a resource named in full, or the reason why it is not`);
}

/** A resource as cdk-nag writes it. */
function findingOf(resource: string): string {
  return resource.replaceAll(Aws.PARTITION, '<AWS::Partition>');
}
