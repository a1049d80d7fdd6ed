import { handBackRecord, ingestRecord } from '@data-master/ingestion';
import { createLogger, createRandomIds, readConfig, runTask } from '@data-master/runtime';
import { bronzeWorkerConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(bronzeWorkerConfig, process.env);
const controlId = config.DM_CONTROL_ID;
const worker = `bronze-worker:${createRandomIds().next()}`;
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'bronze-worker', control_id: controlId, worker } });
const ports = wire(config, logger);

/** Takes one registered raw object into bronze, whatever its size. */
await runTask(
  async () => {
    const outcome = await ingestRecord({ controlId, worker }, await ports);
    logger.log('info', 'task.done', { outcome });
  },
  { logger, finishWithinMs: config.DM_FINISH_SECONDS * 1_000, handBack: async () => handBackRecord(controlId, worker, await ports) },
);
