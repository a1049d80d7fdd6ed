import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, type GetObjectCommandOutput, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { checkObjectKey, isObjectKey, ObjectExistsError, ObjectMissingError, TerminalError, TransientError, type ObjectBody, type ObjectInfo, type ObjectStore } from '@data-master/ports';
import { asLakeError, attemptsOf, errorName, isUnknownOutcome, withLakeErrors } from './aws-errors.ts';

const partBytes = 8 << 20;
const concurrentParts = 3;
const writeIdName = 'write-id';

export interface S3StoreOptions {
  client: S3Client;
  bucket: string;
}

/**
 * Objects of an S3 bucket. Bodies above 8 MiB go as multipart uploads, of which a failure leaves nothing visible; every
 * part carries a checksum. Each write marks its object with an id of its own, so that a write whose answer was lost is
 * resolved by reading back. Besides the objects' own rights `s3:ListBucket` is needed, or a missing object is an
 * AccessDenied.
 */
export function createS3ObjectStore({ client, bucket }: S3StoreOptions): ObjectStore {
  const headObject = async (key: string): Promise<HeadObjectCommandOutput | undefined> => {
    try {
      return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (errorName(error) === 'NotFound') return undefined;
      throw error;
    }
  };

  const getObject = async (key: string, range?: string): Promise<GetObjectCommandOutput> => {
    try {
      return await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }));
    } catch (error) {
      if (errorName(error) === 'NoSuchKey') throw new ObjectMissingError(key);
      throw error;
    }
  };

  const upload = async (key: string, body: ObjectBody, ifAbsent: boolean): Promise<HeadObjectCommandOutput> => {
    const writeId = randomUUID();
    let failure: unknown;
    try {
      const params = {
        Bucket: bucket,
        Key: key,
        Body: body instanceof Uint8Array ? body : Readable.from(body),
        Metadata: { [writeIdName]: writeId },
        ...(ifAbsent && { IfNoneMatch: '*' }),
      };
      await new Upload({ client, params, partSize: partBytes, queueSize: concurrentParts }).done();
    } catch (error) {
      if (!mayBeWritten(error)) throw error;
      failure = error;
    }
    const stored = await headObject(key);
    if (failure === undefined ? stored : stored?.Metadata?.[writeIdName] === writeId) return stored as HeadObjectCommandOutput;
    if (failure === undefined) throw new ObjectMissingError(key);
    if (stored && isRefusal(failure)) throw new ObjectExistsError(key);
    throw isRefusal(failure) ? new TransientError(`writing object ${key} met another write of it that left none; expected an end of the other; repeat it`, { cause: failure }) : failure;
  };

  return {
    head: (key) =>
      withLakeErrors(`reading object ${key} of bucket ${bucket}`, async () => {
        const head = await headObject(key);
        return head && infoOf(key, head);
      }),
    async *read(key) {
      try {
        const { Body } = await getObject(key);
        for await (const chunk of Body as Readable) yield chunk as Uint8Array;
      } catch (error) {
        throw asLakeError(error, `reading object ${key} of bucket ${bucket}`);
      }
    },
    readRange: (key, start, end) =>
      withLakeErrors(`reading object ${key} of bucket ${bucket}`, async () => {
        if (!(Number.isSafeInteger(start) && start >= 0 && end >= start)) {
          throw new TerminalError(`range ${start} to ${end} of object ${key}; expected 0 ≤ start ≤ end; correct the range`);
        }
        if (start === end) {
          if (await headObject(key)) return new Uint8Array();
          throw new ObjectMissingError(key);
        }
        try {
          const { Body } = await getObject(key, `bytes=${start}-${end - 1}`);
          return (await Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (error) {
          if (errorName(error) === 'InvalidRange') return new Uint8Array();
          throw error;
        }
      }),
    write: (key, body, { ifAbsent = false } = {}) =>
      withLakeErrors(`writing object ${key} to bucket ${bucket}`, async () => {
        checkObjectKey(key);
        return infoOf(key, await upload(key, body, ifAbsent));
      }),
    async *list(prefix) {
      try {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
          for (const { Key: key, Size: sizeBytes, LastModified: modifiedAt } of Contents) {
            if (key !== undefined && sizeBytes !== undefined && modifiedAt && isObjectKey(key)) yield { key, sizeBytes, modifiedAt };
          }
        }
      } catch (error) {
        throw asLakeError(error, `listing ${prefix} of bucket ${bucket}`);
      }
    },
    remove: (key) =>
      withLakeErrors(`removing object ${key} from bucket ${bucket}`, async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      }),
  };
}

/** Whether S3 refused the write because of another object or another write under the key. */
function isRefusal(error: unknown): boolean {
  return ['PreconditionFailed', 'ConditionalRequestConflict'].includes(errorName(error) ?? '');
}

/** Whether the object may be there all the same: a repetition by the SDK is refused when what it repeats had succeeded. */
function mayBeWritten(error: unknown): boolean {
  return isRefusal(error) || isUnknownOutcome(error) || (errorName(error) === 'NoSuchUpload' && attemptsOf(error) > 1);
}

function infoOf(key: string, { ContentLength: sizeBytes, LastModified: modifiedAt }: HeadObjectCommandOutput): ObjectInfo {
  if (sizeBytes === undefined || !modifiedAt) throw new TerminalError(`object ${key} came without size or time; expected both of S3; look at what answers as S3`);
  return { key, sizeBytes, modifiedAt };
}
