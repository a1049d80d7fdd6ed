import { isUtf8 } from 'node:buffer';
import { routeChange, type RoutedChange, type RouteOptions } from '@data-master/change-events';
import type { Logger } from '@data-master/ports';

/** A record of a stream that is to be routed. */
export interface RoutableRecord {
  id: string;
  data: Uint8Array;
}

/**
 * What becomes of each record, in order and none dropped: a row of a table, a control record, or the reason why it is no
 * change of a table of the lake. The log tells each reason once, with the first record that has it, and which columns were left out.
 */
export function routeRecords(records: readonly RoutableRecord[], options: RouteOptions, logger: Logger): RoutedChange[] {
  const failures = new Map<string, { first: string; count: number }>();
  const discarded = new Map<string, Set<string>>();
  const routed = records.map(({ id, data }) => {
    const change = routeBytes(data, options);
    if ('failed' in change) {
      const known = failures.get(change.failed);
      if (known) known.count += 1;
      else failures.set(change.failed, { first: id, count: 1 });
    } else if ('control' in change) {
      logger.log('info', 'record.control', { record_id: id, operation: change.control.operation, schema: change.control.schemaName, table: change.control.tableName });
    } else if (change.discarded) {
      const known = discarded.get(change.table) ?? new Set<string>();
      discarded.set(change.table, known);
      for (const column of change.discarded) known.add(column);
    }
    return change;
  });
  for (const [reason, { first, count }] of failures) logger.log('warn', 'records.failed', { reason, records: count, first_record_id: first });
  for (const [table, columns] of discarded) logger.log('warn', 'columns.discarded', { table, columns: [...columns] });
  return routed;
}

function routeBytes(data: Uint8Array, options: RouteOptions): RoutedChange {
  if (!isUtf8(data)) return { failed: 'the record is no text; expected an envelope as JSON in UTF-8' };
  return routeChange(Buffer.from(data.buffer, data.byteOffset, data.length).toString(), options);
}
