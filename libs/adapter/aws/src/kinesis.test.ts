import { expect, it } from '@jest/globals';
import { describeChangeStream, perTest } from '@data-master/testing';
import { TransientError } from '@data-master/ports';
import fc from 'fast-check';
import { createKinesisStream } from './kinesis.ts';
import { describeWithMoto, injectFaults } from './testing/index.ts';
import { makeKinesisStream, refuseRecords } from './testing/ways-parts.ts';

await describeWithMoto('on moto', (moto) => {
  describeChangeStream('the Kinesis stream', async (onEnd) => {
    const made = await makeKinesisStream(moto(), onEnd);
    return { stream: createKinesisStream(made), readAll: made.readAll };
  });

  const parts = perTest((onEnd) => makeKinesisStream(moto(), onEnd));
  const noWait = async (): Promise<void> => undefined;
  const recordsOf = (keys: readonly string[]) => keys.map((partitionKey, n) => ({ partitionKey, data: Buffer.from(`${partitionKey} ${n}`) }));

  /** What is left of texts when only the last of the same ones counts. */
  const lastOnly = (texts: readonly string[]): string[] => texts.filter((text, index) => texts.lastIndexOf(text) === index);

  it('keeps the order of each key, the last appearances counting, whichever records are refused', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }), fc.array(fc.array(fc.boolean(), { maxLength: 12 }), { maxLength: 4 }), async (keys, refusals) => {
      const cleaning: (() => unknown)[] = [];
      const { client, streamName, readAll } = await makeKinesisStream(moto(), (clean) => cleaning.push(clean));
      refuseRecords(client, (index, call) => refusals[call - 1]?.[index] ?? false);
      await createKinesisStream({ client, streamName, wait: noWait }).append(recordsOf(keys));
      const texts = (await readAll()).map((data) => Buffer.from(data).toString());
      for (const key of keys) expect(lastOnly(texts.filter((text) => text.startsWith(key)))).toEqual(recordsOf(keys).map(({ data }) => data.toString()).filter((text) => text.startsWith(key)));
      for (const clean of cleaning) clean();
    }), { numRuns: 30 });
  });

  it('puts only what was refused and what follows it under its key again, after waits that grow', async () => {
    const { client, streamName, readAll } = parts();
    const waits: number[] = [];
    const { calls } = refuseRecords(client, (index, call) => call <= 3 && index === 0);
    await createKinesisStream({ client, streamName, wait: async (ms) => void waits.push(ms) }).append(recordsOf(['a', 'b', 'a', 'b']));
    expect(calls()).toBe(4);
    expect(waits).toEqual([100, 200, 400]);
    const texts = (await readAll()).map((data) => Buffer.from(data).toString());
    expect(texts.filter((text) => text.startsWith('b'))).toEqual(['b 1', 'b 3']);
    expect(lastOnly(texts.filter((text) => text.startsWith('a')))).toEqual(['a 0', 'a 2']);
  });

  it('gives up on a shard that takes nothing, saying why', async () => {
    const { client, streamName } = parts();
    const { calls } = refuseRecords(client, () => true);
    await expect(createKinesisStream({ client, streamName, wait: noWait }).append(recordsOf(['a', 'b']))).rejects.toMatchObject({
      name: 'TransientError', message: expect.stringMatching(/2 of 2 records were refused 8 times in a row \(Provisioned.*Rate exceeded.*raise the capacity/) as unknown,
    });
    expect(calls()).toBe(8);
  });

  it('cuts calls by size, as a call takes 5 MiB', async () => {
    const { client, streamName, readAll } = parts();
    const { calls } = refuseRecords(client, () => false);
    await createKinesisStream({ client, streamName }).append(Array.from({ length: 12 }, (_, n) => ({ partitionKey: `key ${n}`, data: new Uint8Array(1_000_000).fill(n) })));
    expect(calls()).toBe(3);
    expect(await readAll()).toHaveLength(12);
  });

  it('says that throttling and lost connections are transient, and which stream is missing', async () => {
    const { client, streamName } = parts();
    for (const fault of ['throttled', 'lost-before'] as const) {
      injectFaults(client, 'PutRecordsCommand', [fault, fault, fault]);
      await expect(createKinesisStream({ client, streamName }).append(recordsOf(['a']))).rejects.toBeInstanceOf(TransientError);
    }
    await expect(createKinesisStream({ client, streamName: 'missing' }).append(recordsOf(['a']))).rejects.toThrow(/writing to Kinesis stream missing failed with ResourceNotFoundException.*deploy the stack/);
  });
});
