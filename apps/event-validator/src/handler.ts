import { acceptEvents } from '@data-master/events';
import { batchFailures, createLogger, lambdaHandler, readConfig, sqsEvent } from '@data-master/runtime';
import { eventValidatorConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(eventValidatorConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'event-validator' } });

/** Validates a batch of raw events; answers with those that are to be delivered again. */
export const handler = lambdaHandler(sqsEvent, wire(config, logger), async ({ Records }, { openRepository, ...ports }) => {
  const { failedIds } = await acceptEvents(Records, { ...ports, repository: await openRepository() });
  return batchFailures(failedIds);
});
