import { beerLake } from '@data-master/beer-lake';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { rawColumns } from '@data-master/table-contracts';
import { firehoseRouterConfig } from './config.ts';
import { firehoseEventSchema, routeRecords } from './route-records.ts';

const config = readConfig(firehoseRouterConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'firehose-router' } });
const columns = new Map(beerLake.tables.map((table) => [table.name, rawColumns(table).map(({ name }) => name)]));
const options = { mode: config.DM_CONTRACT_MODE, columnsOf: (table: string) => columns.get(table), ...(config.DM_LOADED_AT !== undefined && { loadedAt: config.DM_LOADED_AT }) };

/** Transforms the records of a Firehose stream for dynamic partitioning by table. */
export const handler = lambdaHandler(firehoseEventSchema, { logger }, async ({ records }, ports) => ({ records: routeRecords(records, options, ports.logger) }));
