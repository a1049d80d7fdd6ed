import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createFirehoseDelivery } from '@data-master/aws/firehose';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { createSqsQueue, memberForm } from '@data-master/aws/sqs';
import { openSchemaRepository, readSchemas, type BatchPorts, type DeadEvent, type SchemaRepository } from '@data-master/events';
import type { Logger } from '@data-master/ports';
import { createSystemClock, keepFresh } from '@data-master/runtime';
import type { EventWriterConfig } from './config.ts';

/** Writes to raw in the stage, or to Firehose, which ends the lines and finds the folder of each event. */
export function wire(config: EventWriterConfig, logger: Logger): Omit<BatchPorts, 'repository'> & { openRepository: () => Promise<SchemaRepository> } {
  const stage = createS3ObjectStore({ client: new S3Client({}), bucket: config.DM_STAGE_BUCKET });
  const delivery = createFirehoseDelivery({ client: new FirehoseClient({}), streamName: config.DM_EVENT_STREAM });
  const clock = createSystemClock();
  return {
    openRepository: keepFresh('schemas', async () => openSchemaRepository(await readSchemas(stage, config.DM_SCHEMA_PREFIX)), { clock, logger }),
    raw: stage,
    json: { maxEventBytes: delivery.maxRecordBytes, deliver: ({ lines }) => delivery.put(lines.map((line) => Buffer.from(line))) },
    prefix: 'dm',
    quarantine: stage,
    dead: createSqsQueue({ client: new SQSClient({}), queueUrl: config.DM_DEAD_QUEUE_URL, form: memberForm<DeadEvent>('body') }),
    clock,
    logger,
  };
}
