import type { LakeConfig, LakeEnvironment } from '@data-master/lake-config';
import type { LakeModel } from '@data-master/table-contracts';
import type { Artifacts } from './artifacts.ts';
import { lakeArns, lakeNames, type LakeArns, type LakeNames, type LakePlace } from './lake-names.ts';

/** Everything that the stacks are made from: configuration, contracts, and what was built. */
export interface LakePlan extends LakePlace {
  environment: LakeEnvironment;
  engine: LakeConfig['engine'];
  maintenance: LakeConfig['maintenance'];
  model: LakeModel;
  names: LakeNames;
  arns: LakeArns;
  artifacts: Artifacts;
}

/** The plan of one environment of a configuration; Error when the configuration has no such environment. */
export function planLake(config: LakeConfig, environmentName: string, model: LakeModel, artifacts: Artifacts): LakePlan {
  const environment = config.environments[environmentName];
  if (!environment) {
    const names = Object.keys(config.environments);
    throw new Error(`environment ${environmentName} is not in the configuration; expected ${names.length > 0 ? `one of ${names.join(', ')}` : 'at least one'}; name it under environments of dm.config.ts, or choose with -c environment=NAME`);
  }
  const place = { prefix: config.prefix, account: environment.account, region: environment.region };
  return { ...place, environment, engine: environment.engine ?? config.engine, maintenance: config.maintenance, model, names: lakeNames(place), arns: lakeArns(place), artifacts };
}
