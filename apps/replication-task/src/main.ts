import { beerLake } from '@data-master/beer-lake';
import { readTask } from '@data-master/replication';
import { createLogger, readConfig, runTask } from '@data-master/runtime';
import { replicationTaskConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(replicationTaskConfig, process.env);
const task = readTask(beerLake, config.DM_TASK, config.DM_CONTRACT_MODE, { mapping: config.DM_TABLE_MAPPING, settings: config.DM_TASK_SETTINGS });
const logger = createLogger({ level: config.DM_LOG_LEVEL ?? task.settings.logLevel, fields: { app: 'replication-task', task: task.name } });
const end = new AbortController();
let replicating: Promise<void> | undefined;

/** Replicates until it is stopped, when what came is written before the end: there is no work to be finished first. */
await runTask(
  () => (replicating = wire(config, beerLake, task, logger).then((replication) => replication.run(end.signal))),
  {
    logger, finishWithinMs: 0,
    handBack: async () => {
      end.abort();
      await replicating;
    },
  },
);
