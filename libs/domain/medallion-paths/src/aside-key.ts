import { formatInstant } from './raw-key.ts';

/** Folders beside raw for records that are no rows: what says something of a table, and what cannot be read, as Firehose names it. */
export type AsideFolder = 'control' | 'errors/processing-failed';

/** Where records that are no rows are kept, as lines of JSON; time in UTC, to the second. */
export function formatAsideKey(folder: AsideFolder, at: Date, uuid: string): string {
  return `${folder}/${formatInstant(at)}-${uuid}.ndjson`;
}
