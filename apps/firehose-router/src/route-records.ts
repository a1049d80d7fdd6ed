import { routeChange, type RouteOptions } from '@data-master/change-events';
import type { Logger } from '@data-master/ports';
import { z } from 'zod';

/** What the router reads of the event that Firehose gives to its transformation. */
export const firehoseEventSchema = z.object({
  records: z.array(z.object({ recordId: z.string().min(1), /** In base64. */ data: z.string() })),
});

export type FirehoseRecord = z.output<typeof firehoseEventSchema>['records'][number];

/** `data` is in base64; what failed keeps the data that came, which Firehose puts under its prefix of errors. */
export type RoutedRecord =
  | { recordId: string; result: 'Ok'; data: string; metadata: { partitionKeys: { table: string } } }
  | { recordId: string; result: 'ProcessingFailed'; data: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * One answer for each record, in order and none dropped: a line of JSON with the table as its partition key, or
 * ProcessingFailed for what is no change of a table of the lake. The log says why, and which columns were left out.
 */
export function routeRecords(records: readonly FirehoseRecord[], options: RouteOptions, logger: Logger): RoutedRecord[] {
  const discarded = new Map<string, Set<string>>();
  const routed = records.map(({ recordId, data }): RoutedRecord => {
    const change = routeText(data, options);
    if ('row' in change) {
      if (change.discarded) discarded.set(change.table, new Set([...(discarded.get(change.table) ?? []), ...change.discarded]));
      return { recordId, result: 'Ok', data: Buffer.from(`${change.row}\n`).toString('base64'), metadata: { partitionKeys: { table: change.table } } };
    }
    if ('control' in change) logger.log('info', 'record.control', { record_id: recordId, operation: change.control.operation, schema: change.control.schemaName, table: change.control.tableName });
    else logger.log('warn', 'record.failed', { record_id: recordId, reason: change.failed });
    return { recordId, result: 'ProcessingFailed', data };
  });
  for (const [table, columns] of discarded) logger.log('warn', 'columns.discarded', { table, columns: [...columns] });
  return routed;
}

function routeText(data: string, options: RouteOptions): ReturnType<typeof routeChange> {
  let text: string;
  try {
    text = utf8.decode(Buffer.from(data, 'base64'));
  } catch {
    return { failed: 'the record is no text; expected an envelope as JSON in UTF-8' };
  }
  return routeChange(text, options);
}
