import { applyPlannedRun, handBackRun } from '@data-master/refinement';
import { createLogger, readConfig, runTask } from '@data-master/runtime';
import { silverWorkerConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(silverWorkerConfig, process.env);
const planKey = config.DM_PLAN_KEY;
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'silver-worker', plan_key: planKey } });
const ports = wire(config, logger);

/** Applies one plan of silver; what fails is noted in its records. */
await runTask(
  async () => {
    const outcome = await applyPlannedRun({ planKey }, ports);
    logger.log('info', 'task.done', { outcome });
  },
  { logger, finishWithinMs: config.DM_FINISH_SECONDS * 1_000, handBack: () => handBackRun({ planKey }, ports) },
);
