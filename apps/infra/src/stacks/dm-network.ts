import { CfnEIP, CfnInternetGateway, CfnNatGateway, CfnRoute, CfnRouteTable, CfnSecurityGroup, CfnSubnet, CfnSubnetRouteTableAssociation, CfnVPC, CfnVPCEndpoint, CfnVPCGatewayAttachment, CfnFlowLog } from 'aws-cdk-lib/aws-ec2';
import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LeastPrivilegeRole } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import { LakeStack } from './lake-stack.ts';

/** AWS services that tasks and Spark jobs call, apart from S3 and DynamoDB, whose gateway endpoints are free. */
const endpointServices = {
  EcrApi: 'ecr.api',
  EcrDkr: 'ecr.dkr',
  Logs: 'logs',
  Glue: 'glue',
  SecretsManager: 'secretsmanager',
} as const;
/** What captures changes puts them on the stream. */
const streamingServices = { Kinesis: 'kinesis-streams' } as const;

/** VPC with two public and two private subnets in two zones, two more without any route for a database, the routes out of each, and the ways to AWS. */
export class NetworkStack extends LakeStack {
  readonly vpcId: string;
  readonly privateSubnetIds: string[];
  readonly publicSubnetIds: string[];
  /** None without a database. */
  readonly isolatedSubnetIds: string[];
  readonly routeTableIds: string[];

  constructor(scope: Construct, lake: LakePlan) {
    super(scope, 'network', lake, 'VPC, subnets, routes and endpoints of the lake');
    const { network, zones, region } = { ...lake.environment, region: lake.region };
    const base = network.cidr.split('.').slice(0, 2).join('.');
    const name = (resource: CfnVPC | CfnSubnet | CfnInternetGateway | CfnRouteTable, text: string): void => Tags.of(resource).add('Name', `${lake.prefix}-${text}`);

    const vpc = new CfnVPC(this, 'Vpc', { cidrBlock: network.cidr, enableDnsHostnames: true, enableDnsSupport: true });
    name(vpc, 'vpc');
    this.vpcId = vpc.ref;
    const gateway = new CfnInternetGateway(this, 'InternetGateway');
    name(gateway, 'internet-gateway');
    const attachment = new CfnVPCGatewayAttachment(this, 'InternetGatewayAttachment', { vpcId: vpc.ref, internetGatewayId: gateway.ref });

    const subnets = (kind: 'Public' | 'Private' | 'Isolated', first: number): CfnSubnet[] => zones.map((zone, index) => {
      const subnet = new CfnSubnet(this, `${kind}Subnet${index + 1}`, { vpcId: vpc.ref, cidrBlock: `${base}.${first + index}.0/24`, availabilityZone: `${region}${zone}`, mapPublicIpOnLaunch: kind === 'Public' });
      name(subnet, `${kind.toLowerCase()}-${zone}`);
      return subnet;
    });
    const routeTable = (kind: 'Public' | 'Private' | 'Isolated', members: CfnSubnet[]): CfnRouteTable => {
      const table = new CfnRouteTable(this, `${kind}RouteTable`, { vpcId: vpc.ref });
      name(table, `${kind.toLowerCase()}-routes`);
      for (const [index, subnet] of members.entries()) new CfnSubnetRouteTableAssociation(this, `${kind}Subnet${index + 1}Routes`, { routeTableId: table.ref, subnetId: subnet.ref });
      return table;
    };
    const publicSubnets = subnets('Public', 1);
    const privateSubnets = subnets('Private', 11);
    const publicRoutes = routeTable('Public', publicSubnets);
    const privateRoutes = routeTable('Private', privateSubnets);
    const isolatedSubnets = lake.environment.database ? subnets('Isolated', 21) : [];
    if (isolatedSubnets.length > 0) routeTable('Isolated', isolatedSubnets);
    new CfnRoute(this, 'PublicDefaultRoute', { routeTableId: publicRoutes.ref, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.ref }).addResourceDependency(attachment);
    this.publicSubnetIds = publicSubnets.map(({ ref }) => ref);
    this.privateSubnetIds = privateSubnets.map(({ ref }) => ref);
    this.isolatedSubnetIds = isolatedSubnets.map(({ ref }) => ref);
    this.routeTableIds = [publicRoutes.ref, privateRoutes.ref];

    new CfnVPCEndpoint(this, 'DynamoDbEndpoint', { vpcId: vpc.ref, serviceName: `com.amazonaws.${region}.dynamodb`, vpcEndpointType: 'Gateway', routeTableIds: this.routeTableIds });
    if (network.egress === 'nat') this.addNat(publicSubnets[0]!, privateRoutes);
    else this.addEndpoints(vpc, privateSubnets.slice(0, network.endpointZones));
    this.addFlowLog(vpc);
  }

  private addNat(subnet: CfnSubnet, routes: CfnRouteTable): void {
    const address = new CfnEIP(this, 'NatAddress', { domain: 'vpc' });
    const nat = new CfnNatGateway(this, 'NatGateway', { subnetId: subnet.ref, allocationId: address.attrAllocationId });
    new CfnRoute(this, 'PrivateDefaultRoute', { routeTableId: routes.ref, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.ref });
  }

  private addEndpoints(vpc: CfnVPC, subnets: CfnSubnet[]): void {
    const group = new CfnSecurityGroup(this, 'EndpointSecurityGroup', {
      vpcId: vpc.ref,
      groupDescription: 'Interface endpoints: HTTPS from inside the VPC',
      securityGroupIngress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: this.lake.environment.network.cidr, description: 'HTTPS from the VPC' }],
      securityGroupEgress: [{ ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'nothing goes out' }],
    });
    for (const [id, service] of Object.entries({ ...endpointServices, ...(this.lake.environment.streaming && streamingServices) })) {
      new CfnVPCEndpoint(this, `${id}Endpoint`, {
        vpcId: vpc.ref,
        serviceName: `com.amazonaws.${this.lake.region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: subnets.map(({ ref }) => ref),
        securityGroupIds: [group.ref],
      });
    }
  }

  private addFlowLog(vpc: CfnVPC): void {
    const logGroupName = `/aws/vpc/${this.lake.prefix}-flow-log`;
    const logGroup = new LogGroup(this, 'FlowLogGroup', { logGroupName, retention: this.logDays, removalPolicy: RemovalPolicy.DESTROY });
    const group = this.lake.arns.logGroup(logGroupName);
    const role = new LeastPrivilegeRole(this, 'FlowLogRole', {
      roleName: `${this.lake.prefix}-flow-log-role`,
      description: 'Writes the flow log of the VPC',
      services: ['vpc-flow-logs.amazonaws.com'],
      guardAgainstConfusedDeputy: true,
      permissions: [{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], resources: [group, `${group}:*`], reason: 'streams of one log group, which the service names' }],
    });
    new CfnFlowLog(this, 'FlowLog', { resourceId: vpc.ref, resourceType: 'VPC', trafficType: 'ALL', logGroupName: logGroup.logGroupName, deliverLogsPermissionArn: role.roleArn });
  }
}
