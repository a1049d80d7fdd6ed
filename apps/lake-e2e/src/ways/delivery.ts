import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FunctionPool } from '../processes/function-pool.ts';
import type { AccountAccess } from '../template/account.ts';
import type { Deployment, Resource } from '../template/deployment.ts';
import { asList, requireObject, requireText, type Json, type JsonObject } from '../template/json.ts';
import { createBuffers } from './buffers.ts';
import { deliveredName, evaluatePrefix } from './object-prefix.ts';
import { createStreamReader, type StreamedRecord } from './stream-reader.ts';
import { transformRecords, type Transform } from './transform-records.ts';

export interface DeliveryPorts {
  deployment: Deployment;
  /** Credentials of the delivery's role. */
  access: AccountAccess;
  functionPool: (arn: string) => FunctionPool;
  /** Notes a call that goes by no HTTP here. */
  record: (action: string, resource: string) => void;
}

export interface Delivery {
  /** Takes what came to the stream, and puts all of it; gives how many records it took. `rearrange` stands for repeated and reordered delivery. */
  deliver: (rearrange?: (records: StreamedRecord[]) => StreamedRecord[]) => Promise<number>;
  close: () => void;
}

const putAttempts = 5;

/** Does what Firehose does for a stream of the templates: reads, transforms by its function, folds by the keys that come back, buffers, and puts objects; what failed goes, whole, under the prefix of errors. */
export function createDelivery(stream: Resource, { deployment, access, functionPool, record }: DeliveryPorts): Delivery {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const properties = stream.properties();
  const { KinesisStreamARN: streamArn } = requireObject(properties['KinesisStreamSourceConfiguration'], 'KinesisStreamSourceConfiguration');
  const destination = requireObject(properties['ExtendedS3DestinationConfiguration'], 'ExtendedS3DestinationConfiguration');
  const text = (name: string): string => requireText(destination[name], name);
  const bucket = deployment.find('AWS::S3::Bucket', text('BucketARN')).ref;
  const reader = createStreamReader(requireText(streamArn, 'KinesisStreamARN'), access);
  const isGzip = destination['CompressionFormat'] === 'GZIP';
  const sizeBytes = Number(requireObject(destination['BufferingHints'], 'BufferingHints')['SizeInMBs']) * 2 ** 20;

  /** An attempt whose answer is lost is made again, and so may leave the object twice, as a delivery at least once does. */
  const put = async (prefix: string, lines: readonly Uint8Array[]): Promise<void> => {
    const body = Buffer.concat(lines);
    for (let attempt = 1; ; attempt += 1) {
      const key = `${prefix}${deliveredName(stream.ref, new Date(), randomUUID(), text('FileExtension'))}`;
      try {
        return void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: isGzip ? gzipSync(body) : body })));
      } catch (error) {
        if (attempt === putAttempts) throw error;
      }
    }
  };

  const readTransform = (): Transform => {
    const processors = asList(requireObject(destination['ProcessingConfiguration'], 'ProcessingConfiguration')['Processors']).map((each) => requireObject(each, 'processor'));
    const parameters = Object.fromEntries(asList(processors[0]?.['Parameters']).map((each) => requireObject(each, 'parameter')).map(({ ParameterName: name, ParameterValue: value }) => [requireText(name, 'ParameterName'), requireText(value, 'ParameterValue')]));
    if (processors.length !== 1 || processors[0]!['Type'] !== 'Lambda') throw new Error(`${stream.ref} has the processors ${JSON.stringify(processors.map(({ Type: type }) => type))}; expected one function`);
    const functionArn = parameters['LambdaArn']!;
    requireInvocation(deployment, functionArn, stream.attributes['Arn']!);
    return {
      attempts: Number(parameters['NumberOfRetries'] ?? 3) + 1,
      sizeBytes: Number(parameters['BufferSizeInMBs'] ?? 1) * 2 ** 20,
      invoke: async (records) => {
        record('lambda:InvokeFunction', functionArn);
        const { account, region } = deployment.place;
        const event: JsonObject = { invocationId: randomUUID(), deliveryStreamArn: stream.attributes['Arn']!, sourceKinesisStreamArn: streamArn as Json, region, records };
        return requireObject((await functionPool(functionArn).invoke(event)) as Json, `answer of ${functionArn} in ${account}`)['records']!;
      },
    };
  };

  return {
    async deliver(rearrange = (records) => records) {
      const records = rearrange(await reader.read());
      if (records.length === 0) return 0;
      const buffers = createBuffers(sizeBytes, put);
      for (const outcome of await transformRecords(records, readTransform())) {
        const at = new Date();
        if ('failed' in outcome) await buffers.add(evaluatePrefix(text('ErrorOutputPrefix'), { at, errorOutputType: 'processing-failed' }), Buffer.from(`${JSON.stringify(outcome.failed)}\n`));
        else await buffers.add(evaluatePrefix(text('Prefix'), { at, partitionKeys: outcome.partitionKeys }), outcome.data);
      }
      await buffers.flush();
      return records.length;
    },
    close() {
      reader.close();
      s3.destroy();
    },
  };
}

/** A function lets Firehose in by its own policy as well. */
function requireInvocation(deployment: Deployment, functionArn: string, streamArn: string): void {
  const isAllowed = deployment.list('AWS::Lambda::Permission').map((permission) => permission.properties()).some(({ FunctionName: name, Principal: principal, SourceArn: source, SourceAccount: account }) =>
    name === functionArn && principal === 'firehose.amazonaws.com' && source === streamArn && account === deployment.place.account);
  if (!isAllowed) throw new Error(`${streamArn} may not invoke ${functionArn}; expected an AWS::Lambda::Permission for firehose.amazonaws.com, this stream and its account`);
}
