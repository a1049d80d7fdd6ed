import { hasWork, type LakeDatabase } from '@data-master/embedded';
import type { Clock } from '@data-master/ports';
import { createStages, type LakeQueues, type StagePorts } from './stages.ts';
import type { LakeObserver } from './observer.ts';

export interface KeepUpPorts {
  stages: StagePorts;
  database: LakeDatabase;
  clock: Clock;
  relay: () => Promise<void>;
  /** Judges events that wait, or brings a batch to raw; false when there are none. */
  moveEvents: () => Promise<boolean>;
  wait: (timeoutMs: number, signal: AbortSignal) => Promise<void>;
  /** Does what the schedules say is due. */
  runDue: () => Promise<void>;
}

const intake: readonly (keyof LakeQueues)[] = ['objects', 'bronze'];
const refinement: readonly (keyof LakeQueues)[] = ['silver', 'derived', 'gold'];
/** Events may come from other processes, which cannot wake this one. */
const lookAgainMs = 100;
const dueEveryMs = 10_000;
/** Valid events of this time become one batch, unless they are too many. */
const eventBatchMs = 1_000;

/**
 * Does what there is to do until `signal` ends it: raw objects go to bronze in one loop, silver and gold are refined in
 * another and events come to raw in a third, so that what arrives is never kept waiting by a long run. What fails one of
 * them ends all.
 */
export async function keepUp({ stages: ports, database, clock, relay, moveEvents, wait, runDue }: KeepUpPorts, observer: LakeObserver, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const end = AbortSignal.any([signal, failed.signal]);
  const stages = createStages(ports, observer, end);
  const loop = async (queues: readonly string[], run: () => Promise<boolean>): Promise<void> => {
    while (!end.aborted) {
      await relay();
      if (await run()) continue;
      for (let waitedMs = 0; waitedMs < dueEveryMs && !end.aborted && !(await hasWork(database, clock, queues)); waitedMs += lookAgainMs) await wait(lookAgainMs, end);
    }
  };
  const eventLoop = async (): Promise<void> => {
    while (!end.aborted) {
      while (!end.aborted && (await moveEvents())) continue;
      await wait(eventBatchMs, end);
    }
  };
  const results = await Promise.allSettled([
    eventLoop(),
    loop(intake, () => stages.runIntake()),
    loop(refinement, async () => {
      await runDue();
      return stages.runRefinement();
    }),
  ].map((running) => running.catch((error: unknown) => {
    failed.abort();
    throw error;
  })));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
