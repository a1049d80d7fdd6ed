import { z } from 'zod';
import { acceptEvents, openSchemaRepository, readSchemas, type AcceptPorts } from '@data-master/events';
import type { ObjectStore } from '@data-master/ports';
import { lambdaHandler, type RequestContext } from '@data-master/runtime';

/** The part of a queue's event that is read; everything else is passed over. */
const sqsEvent = z.object({
  Records: z.array(z.object({ messageId: z.string().regex(/^[\w-]+$/), body: z.string() })),
});

/** What the queue is told to deliver again; everything else of the batch is done. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

export interface EventHandlerPorts extends Omit<AcceptPorts, 'repository'> {
  /** Holds `schemas/<event>/<version>.json`. */
  schemas: Pick<ObjectStore, 'list' | 'read'>;
}

/**
 * The handler of a queue of raw events, for an event source that reports partial failures (`ReportBatchItemFailures`).
 * Reads all schemas first, so that a repository that cannot be used ends the start and not a batch.
 */
export async function createEventHandler({ schemas, ...ports }: EventHandlerPorts): Promise<(event: unknown, context: RequestContext) => Promise<SqsBatchResponse>> {
  const repository = openSchemaRepository(await readSchemas(schemas));
  return lambdaHandler(sqsEvent, { ...ports, repository }, async ({ Records }, batchPorts) => {
    const { failedIds } = await acceptEvents(Records, batchPorts);
    return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
