import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { RefinementStack } from './refinement-stack.ts';

/** Bronze to silver, every day. */
export class ProcessingStack extends RefinementStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, security: SecurityStack) {
    super(scope, lake, network, security, { place: 'processing', layer: 'silver', description: 'Bronze to silver: Spark, task, state machine and schedule' });
  }
}
