import type { RoutedChange } from '@data-master/change-events';
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

/** The answer to a record: a line of JSON with the table as its partition key, or ProcessingFailed for what is no row. */
export function answerRecord({ recordId, data }: FirehoseRecord, change: RoutedChange): RoutedRecord {
  if (!('row' in change)) return { recordId, result: 'ProcessingFailed', data };
  return { recordId, result: 'Ok', data: Buffer.from(`${change.row}\n`).toString('base64'), metadata: { partitionKeys: { table: change.table } } };
}
