import { expect, it } from '@jest/globals';
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ObjectExistsError, ObjectMissingError, TerminalError, TransientError } from '@data-master/ports';
import { collect } from '@data-master/testing';
import { createS3ObjectStore } from './s3.ts';
import { describeWithMoto, injectFaults, type Fault } from './testing/index.ts';
import { makeBucket } from './testing/parts.ts';

const small = Buffer.from('small');
const large = new Uint8Array(9 << 20).fill(7);

await describeWithMoto('the S3 object store, when requests fail,', (moto) => {
  async function withStore(work: (parts: Awaited<ReturnType<typeof makeBucket>> & { store: ReturnType<typeof createS3ObjectStore> }) => Promise<void>): Promise<void> {
    const cleaners: (() => unknown)[] = [];
    const parts = await makeBucket(moto(), (clean) => cleaners.push(clean));
    try {
      await work({ ...parts, store: createS3ObjectStore(parts) });
    } finally {
      for (const clean of cleaners) await clean();
    }
  }

  it.each<{ title: string; command: string; body: Uint8Array; faults: Fault[] }>([
    { title: 'one answer is lost', command: 'PutObjectCommand', body: small, faults: ['lost-after'] },
    { title: 'every answer is lost', command: 'PutObjectCommand', body: small, faults: ['lost-after', 'lost-after', 'lost-after'] },
    { title: 'requests, then an answer are lost', command: 'PutObjectCommand', body: small, faults: ['lost-before', 'lost-before', 'lost-after'] },
    { title: 'it is throttled', command: 'PutObjectCommand', body: small, faults: ['throttled', 'throttled'] },
    { title: 'one answer to the end of a multipart upload is lost', command: 'CompleteMultipartUploadCommand', body: large, faults: ['lost-after'] },
    { title: 'every answer to the end of a multipart upload is lost', command: 'CompleteMultipartUploadCommand', body: large, faults: ['lost-after', 'lost-after', 'lost-after'] },
  ])('knows its own exclusive write when $title', ({ command, body, faults }) =>
    withStore(async ({ client, store }) => {
      injectFaults(client, command, faults);
      expect(await store.write('commit', body, { ifAbsent: true })).toMatchObject({ sizeBytes: body.length });
      expect(faults).toEqual([]);
      await expect(store.write('commit', small, { ifAbsent: true })).rejects.toBeInstanceOf(ObjectExistsError);
      expect(Buffer.concat(await collect(store.read('commit'))).equals(body)).toBe(true);
    }));

  it.each<{ title: string; faults: Fault[]; error: typeof TransientError }>([
    { title: 'every request is lost', faults: ['lost-before', 'lost-before', 'lost-before'], error: TransientError },
    { title: 'every request is throttled', faults: ['throttled', 'throttled', 'throttled'], error: TransientError },
    { title: 'it is not allowed', faults: ['denied'], error: TerminalError },
  ])('leaves nothing and says so when $title', ({ faults, error }) =>
    withStore(async ({ client, store }) => {
      injectFaults(client, 'PutObjectCommand', faults);
      await expect(store.write('commit', small, { ifAbsent: true })).rejects.toBeInstanceOf(error);
      expect(await store.head('commit')).toBeUndefined();
    }));

  it('leaves no part of a multipart upload whose body fails', () =>
    withStore(async ({ client, bucket, store }) => {
      const failing = async function* () {
        yield large;
        throw new Error('connection lost');
      };
      await expect(store.write('large', failing())).rejects.toThrow('connection lost');
      expect((await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
    }));

  it('says which bucket is missing, and the remedy', () =>
    withStore(async ({ client }) => {
      const store = createS3ObjectStore({ client, bucket: 'nobody-has-it' });
      await expect(store.write('a', small)).rejects.toThrow(/nobody-has-it.*NoSuchBucket.*deploy the stack/);
      await expect(collect(store.list(''))).rejects.toBeInstanceOf(TerminalError);
      await expect(collect(store.read('a'))).rejects.not.toBeInstanceOf(ObjectMissingError);
    }));

  it('lists more objects than a page holds, without the folder markers that others made', () =>
    withStore(async ({ client, bucket, store }) => {
      client.middlewareStack.add((next, { commandName }) => (args) => next(commandName === 'ListObjectsV2Command' ? { ...args, input: { ...args.input, MaxKeys: 3 } } : args), { step: 'initialize' });
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'many/', Body: '' }));
      const keys = Array.from({ length: 10 }, (_, index) => `many/${index}`);
      await Promise.all(keys.map((key) => store.write(key, small)));
      expect((await collect(store.list('many/'))).map(({ key }) => key)).toEqual(keys);
    }));
});
