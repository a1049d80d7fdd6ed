import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { openBreweryDb, parsePagedApi, type ExtractPorts, type PagedApi } from '@data-master/extraction';
import type { Logger } from '@data-master/ports';
import { createHttpClient, createSystemClock } from '@data-master/runtime';
import type { BreweryExtractorFunctionConfig } from './config.ts';

/** Extracts into the data lake. */
export function wire(config: BreweryExtractorFunctionConfig, logger: Logger): ExtractPorts & { api: PagedApi } {
  return {
    api: config.DM_API === undefined ? openBreweryDb : parsePagedApi(config.DM_API, 'DM_API'),
    store: createS3ObjectStore({ client: new S3Client({}), bucket: config.DM_DATALAKE_BUCKET }),
    http: createHttpClient(),
    clock: createSystemClock(),
    logger,
    wait: (ms) => delay(ms),
  };
}
