import type { StreamEvent } from '@data-master/change-events';
import type { ChangeTarget, Logger } from '@data-master/ports';

/** Changes of one table in one write. */
interface WrittenChanges {
  load: number;
  insert: number;
  update: number;
  delete: number;
  /** When the latest was committed. */
  committed_at: string;
}

/** A target that tells the log, by table, which changes it made durable: what a display of an agent needs. */
export function logWrites(target: ChangeTarget, logger: Logger): ChangeTarget {
  return {
    ...target,
    async write(events) {
      await target.write(events);
      for (const [table, changes] of countChanges(events)) logger.log('info', 'changes.written', { table, ...changes });
    },
  };
}

function countChanges(events: readonly StreamEvent[]): Map<string, WrittenChanges> {
  const tables = new Map<string, WrittenChanges>();
  for (const event of events) {
    if (event.kind !== 'data') continue;
    const { tableName, operation, commitTimestamp, timestamp } = event;
    const changes = tables.get(tableName) ?? { load: 0, insert: 0, update: 0, delete: 0, committed_at: '' };
    changes[operation] += 1;
    changes.committed_at = commitTimestamp ?? timestamp;
    tables.set(tableName, changes);
  }
  return tables;
}
