import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { RefinementStack } from './refinement-stack.ts';

/** Silver to gold, every day after silver. */
export class AnalyticsStack extends RefinementStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, security: SecurityStack) {
    super(scope, lake, network, security, { place: 'analytics', layer: 'gold', description: 'Silver to gold: Spark, task, state machine and schedule' });
  }
}
