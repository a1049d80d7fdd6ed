import { CfnDataLakeSettings, CfnPrincipalPermissions, CfnResource as LakeFormationResource } from 'aws-cdk-lib/aws-lakeformation';
import { emitColumnGrants } from '@data-master/table-contracts';
import type { Construct } from 'constructs';
import { layers, type DatabaseLayer } from '../lake-names.ts';
import type { LakePlan } from '../lake-plan.ts';
import { readerGrants, type ReaderGrant } from '../reader-grants.ts';
import { LakeStack } from './lake-stack.ts';

/** The context key that names tables, as `silver.beer`, which are not there yet: their grants wait for the next deployment. */
export const absentTablesContext = 'absentTables';

/** Lake Formation: the data lake as a governed location, and who may see which columns of it. */
export class GovernanceStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan) {
    super(scope, 'governance', lake, 'Lake Formation: locations and grants of the lake');
    const { administrators, readers } = lake.environment.lakeFormation;
    const { roles, buckets } = lake.names;
    const location = new LakeFormationResource(this, 'DatalakeLocation', {
      resourceArn: lake.arns.bucket(buckets.datalake),
      roleArn: lake.arns.role(roles.lakeFormation),
      useServiceLinkedRole: false,
      hybridAccessEnabled: false,
    });
    if (administrators.length > 0) {
      location.addResourceDependency(new CfnDataLakeSettings(this, 'Administrators', {
        admins: administrators.map((principal) => ({ dataLakePrincipalIdentifier: principal })),
        mutationType: 'APPEND',
      }));
    }
    for (const [role, databases] of Object.entries(writers)) this.grantWriter(role as keyof typeof writers, databases, location);
    for (const layer of layers) this.grantDatabase(`LakeFormationRole${layer}`, lake.arns.role(roles.lakeFormation), layer);
    for (const layer of ['gold', 'costs'] as const) this.grantDatabase(`Grafana${layer}`, lake.arns.role(roles.grafana), layer);
    const absent = String(this.node.tryGetContext(absentTablesContext) ?? '').split(',');
    const everyReader = [...readers, { principal: lake.arns.role(roles.grafana), database: 'gold' as const, personalColumns: [] }];
    for (const grant of readerGrants(emitColumnGrants(lake.model), everyReader)) {
      if (!absent.includes(`${grant.layer}.${grant.table}`)) this.grantColumns(grant);
    }
    for (const [index, { principal, database }] of readers.entries()) this.grantDatabase(`Reader${index}${database}`, principal, database);
  }

  private grantDatabase(id: string, principal: string, layer: DatabaseLayer): void {
    this.grant(`${id}Database`, principal, { database: { catalogId: this.lake.account, name: this.lake.names.databases[layer] } }, ['DESCRIBE']);
  }

  /** What writes a layer makes and changes its tables, whichever they are; what reads one looks them up. */
  private grantWriter(role: keyof typeof writers, { writes, reads }: { writes: readonly DatabaseLayer[]; reads: readonly DatabaseLayer[] }, location: LakeFormationResource): void {
    const { account, names, arns } = this.lake;
    const principal = arns.role(names.roles[role]);
    for (const layer of [...writes, ...reads]) {
      const isWriter = writes.includes(layer);
      this.grant(`${role}${layer}Database`, principal, { database: { catalogId: account, name: names.databases[layer] } }, isWriter ? ['CREATE_TABLE', 'DESCRIBE'] : ['DESCRIBE']);
      this.grant(`${role}${layer}Tables`, principal, { table: { catalogId: account, databaseName: names.databases[layer], tableWildcard: {} } }, isWriter ? ['ALTER', 'DESCRIBE', 'SELECT', 'INSERT', 'DELETE'] : ['DESCRIBE', 'SELECT']);
    }
    this.grant(`${role}Location`, principal, { dataLocation: { catalogId: account, resourceArn: arns.bucket(names.buckets.datalake) } }, ['DATA_LOCATION_ACCESS']).addResourceDependency(location);
  }

  private grantColumns({ principal, layer, table, columns, index }: ReaderGrant): void {
    const { account, names } = this.lake;
    this.grant(`Reader${index}${layer}${table}`, principal, { tableWithColumns: { catalogId: account, databaseName: names.databases[layer], name: table, columnNames: columns } }, ['SELECT']);
  }

  private grant(id: string, principal: string, resource: CfnPrincipalPermissions.ResourceProperty, permissions: string[]): CfnPrincipalPermissions {
    return new CfnPrincipalPermissions(this, id, { principal: { dataLakePrincipalIdentifier: principal }, resource, permissions, permissionsWithGrantOption: [] });
  }
}

const writers = {
  planner: { writes: ['silver', 'gold'], reads: [] },
  silverWorker: { writes: ['silver'], reads: [] },
  processingSpark: { writes: ['silver'], reads: [] },
  goldWorker: { writes: ['gold'], reads: ['silver'] },
  analyticsSpark: { writes: ['gold'], reads: ['silver'] },
} as const satisfies Partial<Record<keyof LakePlan['names']['roles'], { writes: readonly DatabaseLayer[]; reads: readonly DatabaseLayer[] }>>;
