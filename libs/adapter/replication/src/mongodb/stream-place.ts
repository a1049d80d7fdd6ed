import { BSON, Timestamp } from 'mongodb';
import { z } from 'zod';
import { TerminalError } from '@data-master/ports';

/** Where a change stream goes on: after an event, or at a time of the cluster. */
export type StreamPlace = { resumeAfter: unknown } | { startAtOperationTime: Timestamp };

/** Inverse of `parsePlace`. */
export const formatPlace = (place: StreamPlace): string => BSON.EJSON.stringify(place, { relaxed: false });

export function parsePlace(text: string): StreamPlace {
  const result = z.union([z.object({ resumeAfter: z.unknown().refine((token) => token !== undefined) }), z.object({ startAtOperationTime: z.instanceof(Timestamp) })]).safeParse(BSON.EJSON.parse(text, { relaxed: false }));
  if (!result.success) throw new TerminalError('the position in the state of the task cannot be read; expected a resume token or a time of the cluster; remove the state to begin anew');
  return result.data;
}

/** What the positions of changes at a time of the cluster begin with; they compare as text in the order of the stream. */
export function clusterTimeHead({ t, i }: Timestamp): string {
  return `${String(t).padStart(10, '0')}.${String(i).padStart(10, '0')}.`;
}

/** Microseconds since 1970. */
export const microsOf = ({ t }: Timestamp): bigint => BigInt(t) * 1_000_000n;
