import { extractPages } from '@data-master/extraction';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { z } from 'zod';
import { breweryExtractorFunctionConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(breweryExtractorFunctionConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'brewery-extractor-function' } });

/** A scheduled event of EventBridge, or the name of a run. */
const extractEvent = z.object({ run: z.string().min(1).optional(), time: z.iso.datetime({ offset: true }).optional() });

/** Extracts under the name of the event's run, else of its day in UTC, so that an event that is repeated, also late, goes on with one run. */
export const handler = lambdaHandler(extractEvent, wire(config, logger), async ({ run, time }, { api, ...ports }) => {
  const day = (time === undefined ? ports.clock.now() : new Date(time)).toISOString().slice(0, 10);
  const { outcome, manifest } = await extractPages({ api, run: run ?? day }, ports);
  return { outcome, run: manifest.run, pages: manifest.pageCount, rows: manifest.rowCount };
});
