import { registerRawObject, sweepRecords } from '@data-master/ingestion';
import { TerminalError } from '@data-master/ports';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { processingControllerConfig } from './config.ts';
import { controllerEvent } from './controller-event.ts';
import { wire } from './wire.ts';

/** A record that is due for so long lost the event that was to start its work. */
const overdueMs = 15 * 60_000;

const config = readConfig(processingControllerConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'processing-controller' } });

/** Registers a created object, or sweeps the records; answers with what was done. */
export const handler = lambdaHandler(controllerEvent, wire(config, logger), async (event, ports) => {
  if ('action' in event) return sweepRecords({ overdueMs, announced: ['dm_bronze'] }, ports);
  const { bucket, object } = event.detail;
  if (bucket.name !== config.DM_STAGE_BUCKET) throw new TerminalError(`event of bucket ${bucket.name}; expected ${config.DM_STAGE_BUCKET}; correct the rule that sends it`);
  const { record, created } = (await registerRawObject(object.key, ports)) ?? {};
  return { control_id: record?.control_id ?? null, status: record?.status ?? null, created: created ?? false };
});
