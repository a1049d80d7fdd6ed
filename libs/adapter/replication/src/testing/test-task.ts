import { parseTableMapping, parseTaskSettings } from '@data-master/change-events';
import type { ReplicationTask } from '@data-master/ports';
import { createMemoryLogger, createMemoryObjectStore, type MemoryLogger } from '@data-master/testing';
import { createRecordedTarget, type RecordedTarget } from './recorded-target.ts';

export const includeAll = { 'rule-type': 'selection', 'rule-id': 1, 'rule-name': 'all', 'rule-action': 'include', 'object-locator': { 'schema-name': '%', 'table-name': '%' } };

export interface TestTask extends ReplicationTask {
  target: RecordedTarget;
  logger: MemoryLogger;
}

/** A task that takes every table, retries at once and keeps everything in memory. */
export function makeTestTask({ rules = [includeAll], settings = {}, ...more }: { rules?: object[]; settings?: object } & Partial<Omit<ReplicationTask, 'settings' | 'target' | 'logger'>> = {}): TestTask {
  return {
    name: 'test', mapping: parseTableMapping(JSON.stringify({ rules })), store: createMemoryObjectStore(), clock: { now: () => new Date() },
    settings: parseTaskSettings(JSON.stringify({ ErrorBehavior: { RecoverableErrorInterval: 0.02, RecoverableErrorThrottlingMax: 0.2 }, ChangeProcessingTuning: { CommitTimeout: 0.01 }, ...settings })),
    ...more, target: createRecordedTarget(), logger: createMemoryLogger(),
  };
}
