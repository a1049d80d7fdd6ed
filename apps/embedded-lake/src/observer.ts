import type { ControlRecord } from '@data-master/control-records';

export type LakeStage = 'bronze' | 'silver' | 'gold';

/** Told of each step of work while it happens; what a progress display needs. */
export interface LakeObserver {
  started(stage: LakeStage, table: string, objectKey?: string): void;
  progressed(stage: LakeStage, table: string, doneBytes: number, totalBytes: number): void;
  finished(stage: LakeStage, table: string, outcome: string, record?: ControlRecord): void;
}

export const silentObserver: LakeObserver = { started: () => {}, progressed: () => {}, finished: () => {} };
