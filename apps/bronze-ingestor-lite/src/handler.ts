import { z } from 'zod';
import { ingestRecord } from '@data-master/ingestion';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { bronzeIngestorLiteConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(bronzeIngestorLiteConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'bronze-ingestor-lite' } });

/** Takes one registered raw object into bronze; a failure that may pass is thrown as TransientError. */
export const handler = lambdaHandler(z.object({ control_id: z.string().min(1) }), wire(config, logger), async ({ control_id: controlId }, { openMasker, nextWorker, ...ports }) => ({
  control_id: controlId,
  outcome: await ingestRecord({ controlId, worker: nextWorker() }, { ...ports, masker: await openMasker() }),
}));
