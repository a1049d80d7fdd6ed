import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { beerLake } from '@data-master/beer-lake';
import type { RegisterPorts } from '@data-master/ingestion';
import type { Logger } from '@data-master/ports';
import { createSystemClock } from '@data-master/runtime';
import type { ProcessingControllerConfig } from './config.ts';

/** Registers objects of the stage in the control table. */
export function wire(config: ProcessingControllerConfig, logger: Logger): RegisterPorts {
  return {
    model: beerLake,
    store: createS3ObjectStore({ client: new S3Client({}), bucket: config.DM_STAGE_BUCKET }),
    control: createDynamoControlStore({ client: new DynamoDBClient({}), tableName: config.DM_CONTROL_TABLE }),
    clock: createSystemClock(),
    logger,
  };
}
