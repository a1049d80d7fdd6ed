import { writeEventBatch } from '@data-master/events';
import { batchFailures, createLogger, lambdaHandler, readConfig, sqsEvent } from '@data-master/runtime';
import { eventWriterConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(eventWriterConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'event-writer' } });

/** Brings a batch of valid events to raw; answers with those that are to be delivered again. */
export const handler = lambdaHandler(sqsEvent, wire(config, logger), async ({ Records }, { openRepository, ...ports }) => {
  const events = Records.map(({ messageId, body, attributes }) => ({ messageId, body, sentAt: new Date(Number(attributes.SentTimestamp)) }));
  const { failedIds } = await writeEventBatch(events, { ...ports, repository: await openRepository() });
  return batchFailures(failedIds);
});
