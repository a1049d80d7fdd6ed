import type { ChangeEvent, StreamEvent } from '@data-master/change-events';
import type { ChangeTarget } from '@data-master/ports';

/** A target that keeps what it gets, as events, and tells when something came. */
export interface RecordedTarget extends ChangeTarget {
  readonly events: StreamEvent[];
  /** Resolves once `isThere` holds of the events. */
  until: (isThere: (events: readonly StreamEvent[]) => boolean) => Promise<void>;
  /** The rows of a table as its events leave them, by the text of their key. */
  tableOf: (table: string, key: string) => Map<string, Record<string, unknown>>;
}

export function createRecordedTarget(): RecordedTarget {
  const events: StreamEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    async write(batch) {
      events.push(...batch);
      for (const check of waiting) check();
    },
    async until(isThere) {
      if (isThere(events)) return;
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (!isThere(events)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      });
    },
    tableOf(table, key) {
      const rows = new Map<string, { at: string; deleted: boolean; row: Record<string, unknown> }>();
      for (const event of events) {
        if (event.kind !== 'data' || event.tableName !== table) continue;
        const row = JSON.parse(event.data) as Record<string, unknown>;
        const at = orderOf(event);
        const known = rows.get(String(row[key]));
        if (!known || at >= known.at) rows.set(String(row[key]), { at, deleted: event.operation === 'delete', row });
      }
      return new Map([...rows].filter(([, { deleted }]) => !deleted).map(([id, { row }]) => [id, row]));
    },
  };
}

/** What silver orders changes by. */
const orderOf = ({ commitTimestamp, timestamp, streamPosition }: ChangeEvent): string => `${commitTimestamp ?? timestamp} ${streamPosition}`;
