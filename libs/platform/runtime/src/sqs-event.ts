import { z } from 'zod';

/** What a function on a queue reads of its event; everything else is passed over. */
export const sqsEvent = z.object({
  Records: z.array(z.object({
    messageId: z.string().regex(/^[\w-]+$/, 'letters, digits, _ and -'),
    body: z.string(),
    /** In milliseconds. */
    attributes: z.object({ SentTimestamp: z.string().regex(/^\d{1,15}$/, 'an instant in milliseconds') }),
  })),
});

export type SqsEvent = z.output<typeof sqsEvent>;

/** What the queue is told to deliver again, by an event source that reports partial failures; the rest of the batch is done. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The answer of a function on a queue that could not do with some messages. */
export const batchFailures = (messageIds: readonly string[]): SqsBatchResponse => ({ batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })) });
