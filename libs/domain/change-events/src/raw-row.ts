import type { ChangeEvent } from './change-event.ts';

/** The names by which a flat row tells of its change; a column of the source may not have them. */
export const rawChangeColumns = ['operation', '_commit_time', '_position'] as const;

/** A change as one line of JSON of a raw object: what happened, when, where in the log, then the row. */
export function formatRawRow({ operation, commitTimestamp, timestamp, streamPosition, data }: Omit<ChangeEvent, 'kind'>): string {
  const position = streamPosition === undefined ? '' : `,"_position":${JSON.stringify(streamPosition)}`;
  const rest = data.length > 2 && !/^\{\s*\}$/.test(data) ? `,${data.slice(1)}` : '}';
  return `{"operation":"${operation}","_commit_time":"${commitTimestamp ?? timestamp}"${position}${rest}`;
}
