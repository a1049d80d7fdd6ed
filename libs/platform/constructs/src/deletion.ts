import { RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The context key that is the second of the two switches. */
export const destroyDataContext = 'destroyData';

/**
 * What becomes of something that holds data when it leaves its stack: it stays, unless the configuration says
 * `destroyData` and the command that deploys or destroys says so as well.
 */
export function removalOf(scope: IConstruct, destroyData: boolean): RemovalPolicy {
  return destroyData && scope.node.tryGetContext(destroyDataContext) === 'yes' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}
