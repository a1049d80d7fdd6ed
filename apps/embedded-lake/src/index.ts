import { existsSync } from 'node:fs';
import { TerminalError } from '@data-master/ports';
import type { LakeModel } from '@data-master/table-contracts';
import { lakeLayout, readEmbeddedConfig } from './config.ts';
import { createEmbeddedLake, type EmbeddedLake } from './embedded-lake.ts';
import { wire } from './wire.ts';

export type { MachineRun } from '@data-master/embedded';
export { type EmbeddedLake } from './embedded-lake.ts';
export { type EventCounts, type EventFlow } from './event-flow.ts';
export { type LakeState, type TableState } from './lake-state.ts';
export { type LakeObserver, type LakeStage } from './observer.ts';

export interface OpenOptions {
  /** Make the lake when there is none; default true. */
  create?: boolean;
}

/** Opens the lake of a folder and takes up what a killed process left; settings come from the environment (`DM_HOME`, …) and from dm.config.ts. */
export async function openEmbeddedLake(model: LakeModel, environment: Record<string, string | undefined>, { create = true }: OpenOptions = {}): Promise<EmbeddedLake> {
  const config = await readEmbeddedConfig(environment);
  if (!create && !existsSync(lakeLayout(config).database)) {
    throw new TerminalError(`there is no lake in ${config.DM_HOME}; expected one; make it with dm demo or dm ingest, or name another folder with --home`);
  }
  return createEmbeddedLake(await wire(config, model));
}
