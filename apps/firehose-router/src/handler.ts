import { beerLake } from '@data-master/beer-lake';
import { routeRecords } from '@data-master/delivery';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { rawMembers } from '@data-master/table-contracts';
import { firehoseRouterConfig } from './config.ts';
import { answerRecord, firehoseEventSchema } from './firehose-event.ts';

const config = readConfig(firehoseRouterConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'firehose-router' } });
const options = { mode: config.DM_CONTRACT_MODE, columnsOf: rawMembers(beerLake), ...(config.DM_LOADED_AT !== undefined && { loadedAt: config.DM_LOADED_AT }) };

/** Transforms the records of a Firehose stream for dynamic partitioning by table: one answer for each, in order and none dropped. */
export const handler = lambdaHandler(firehoseEventSchema, { logger }, async ({ records }, ports) => {
  const routed = routeRecords(records.map(({ recordId, data }) => ({ id: recordId, data: Buffer.from(data, 'base64') })), options, ports.logger);
  return { records: records.map((record, index) => answerRecord(record, routed[index]!)) };
});
