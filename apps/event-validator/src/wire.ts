import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { createSqsQueue, memberForm, textForm } from '@data-master/aws/sqs';
import { openSchemaRepository, readSchemas, type AcceptPorts, type DeadEvent, type SchemaRepository } from '@data-master/events';
import type { Logger } from '@data-master/ports';
import { createSystemClock, keepFresh } from '@data-master/runtime';
import type { EventValidatorConfig } from './config.ts';

/** Validates by the schemas of the stage, which the first request reads. */
export function wire(config: EventValidatorConfig, logger: Logger): Omit<AcceptPorts, 'repository'> & { openRepository: () => Promise<SchemaRepository> } {
  const client = new SQSClient({});
  const stage = createS3ObjectStore({ client: new S3Client({}), bucket: config.DM_STAGE_BUCKET });
  const clock = createSystemClock();
  return {
    openRepository: keepFresh('schemas', async () => openSchemaRepository(await readSchemas(stage, config.DM_SCHEMA_PREFIX)), { clock, logger }),
    valid: createSqsQueue({ client, queueUrl: config.DM_VALID_QUEUE_URL, form: textForm }),
    dead: createSqsQueue({ client, queueUrl: config.DM_DEAD_QUEUE_URL, form: memberForm<DeadEvent>('body') }),
    quarantine: stage,
    clock,
    logger,
  };
}
