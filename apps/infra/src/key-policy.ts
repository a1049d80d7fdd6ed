import { AccountRootPrincipal, AnyPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { rolesOf } from './lake-parts.ts';
import type { LakePlan } from './lake-plan.ts';

export interface KeyUsers {
  /** Roles of dm-roles; those that the environment lacks are left out. */
  roles: readonly (keyof LakePlan['names']['roles'])[];
  /** ARNs of identities of people and programs outside the lake. */
  principals: readonly string[];
  /** AWS services that use the key of their own accord, for this account only. */
  services?: readonly string[];
  /** AWS services through which an identity of the account may use the key when their own policy lets it. */
  through?: readonly string[];
}

const administration = [
  'kms:CancelKeyDeletion', 'kms:CreateAlias', 'kms:DeleteAlias', 'kms:DescribeKey', 'kms:DisableKey', 'kms:EnableKey', 'kms:EnableKeyRotation', 'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus', 'kms:ListAliases', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:ListResourceTags', 'kms:PutKeyPolicy', 'kms:RevokeGrant',
  'kms:RotateKeyOnDemand', 'kms:ScheduleKeyDeletion', 'kms:TagResource', 'kms:UntagResource', 'kms:UpdateAlias', 'kms:UpdateKeyDescription',
];
const use = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];

/**
 * Who may do what with a key: the account administers it without reading a byte, the named roles and principals use it, as
 * far as their own policies let them. Roles are named by condition, so that a key may be older than the role that uses it.
 */
export function keyPolicy(lake: LakePlan, { roles, principals, services = [], through = [] }: KeyUsers): PolicyDocument {
  const { arns, names, account, region } = lake;
  const present = rolesOf(lake).filter((role) => roles.includes(role));
  const statements = [
    new PolicyStatement({ sid: 'Administration', principals: [new AccountRootPrincipal()], actions: administration, resources: ['*'] }),
    new PolicyStatement({
      sid: 'Use', principals: [new AccountRootPrincipal()], actions: use, resources: ['*'],
      conditions: { ArnEquals: { 'aws:PrincipalArn': [...present.map((role) => arns.role(names.roles[role])), ...principals] } },
    }),
  ];
  if (services.length > 0) {
    statements.push(new PolicyStatement({
      sid: 'Services', principals: services.map((service) => new ServicePrincipal(service)), actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }));
  }
  if (through.length > 0) {
    statements.push(new PolicyStatement({
      sid: 'Through', principals: [new AnyPrincipal()], actions: [...use, 'kms:CreateGrant'], resources: ['*'],
      conditions: { StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': through.map((service) => `${service}.${region}.amazonaws.com`) } },
    }));
  }
  return new PolicyDocument({ statements });
}
