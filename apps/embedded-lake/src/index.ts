import type { LakeModel } from '@data-master/table-contracts';
import { readConfig } from '@data-master/runtime';
import { embeddedConfigSchema } from './config.ts';
import { createEmbeddedLake, type EmbeddedLake } from './embedded-lake.ts';
import { wire } from './wire.ts';

export { type EmbeddedLake } from './embedded-lake.ts';
export { type LakeState, type TableState } from './lake-state.ts';
export { type LakeObserver, type LakeStage } from './observer.ts';

/** Opens the lake of a folder, making it when it is not there, and takes up what a killed process left. */
export async function openEmbeddedLake(model: LakeModel, environment: Record<string, string | undefined>): Promise<EmbeddedLake> {
  return createEmbeddedLake(await wire(readConfig(embeddedConfigSchema, environment), model));
}
