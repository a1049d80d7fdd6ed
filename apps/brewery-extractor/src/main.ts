import { extractPages } from '@data-master/extraction';
import { createLogger, readConfig, runTask } from '@data-master/runtime';
import { extractorConfigSchema } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(extractorConfigSchema, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'brewery-extractor' } });

/** Pages are kept as they come, so a stop has nothing to hand back. */
await runTask(async () => {
  const { command, ports } = await wire(config, logger);
  const { outcome, manifest } = await extractPages(command, ports);
  logger.log('info', 'extraction.ended', { outcome, run: manifest.run, pages: manifest.pageCount, rows: manifest.rowCount });
}, { logger, handBack: async () => {}, finishWithinMs: 0 });
