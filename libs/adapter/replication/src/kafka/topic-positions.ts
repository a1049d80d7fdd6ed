import { z } from 'zod';
import { TerminalError } from '@data-master/ports';

/** How far a partition is read. */
export interface PartitionPosition {
  /** The next one to read. */
  offset: bigint;
  /** Latest commit time of its records, microseconds: within a partition time does not go back. */
  micros: bigint;
}

/** How far a topic is read, by number of partition. */
export interface TopicPosition {
  /** A topic that is removed and made anew has another. */
  id: string;
  partitions: PartitionPosition[];
}

export type TopicPositions = Map<string, TopicPosition>;

const digits = z.string().regex(/^\d+$/).transform(BigInt);
const schema = z.record(z.string(), z.object({ id: z.string(), partitions: z.array(z.tuple([digits, digits])) }));

/** All positions as one text. Inverse of `parseTopicPositions`. */
export function formatTopicPositions(positions: TopicPositions): string {
  return JSON.stringify(Object.fromEntries([...positions].map(([topic, { id, partitions }]) => [topic, { id, partitions: partitions.map(({ offset, micros }) => [String(offset), String(micros)]) }])));
}

export function parseTopicPositions(text: string): TopicPositions {
  const result = schema.safeParse(JSON.parse(text));
  if (!result.success) throw new TerminalError(`the positions in the state of the task cannot be read: ${z.prettifyError(result.error)}; expected what this version wrote; remove the state to begin anew`);
  return new Map(Object.entries(result.data).map(([topic, { id, partitions }]) => [topic, { id, partitions: partitions.map(([offset, micros]) => ({ offset, micros })) }]));
}

/** What the positions of a record's changes begin with; within a partition they compare as text in the order of its records. */
export function recordPositionHead(partition: number, offset: bigint): string {
  return `${String(partition).padStart(10, '0')}:${String(offset).padStart(20, '0')}:`;
}
