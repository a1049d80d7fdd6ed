import { expect, it } from '@jest/globals';
import { TransientError } from '@data-master/ports';
import { collect, perTest } from '@data-master/testing';
import { createFirehoseDelivery } from './firehose.ts';
import { createS3ObjectStore } from './s3.ts';
import { describeWithMoto, injectFaults } from './testing/index.ts';
import { makeFirehoseStream, refuseRecords } from './testing/ways-parts.ts';

await describeWithMoto('on moto', (moto) => {
  const parts = perTest(async (onEnd) => {
    const made = await makeFirehoseStream(moto(), onEnd);
    const store = createS3ObjectStore(made.s3);
    return { ...made, lines: async () => (await Promise.all((await collect(store.list('raw/'))).map(async ({ key }) => Buffer.concat(await collect(store.read(key))).toString()))).join('').split('\n').slice(0, -1) };
  });
  const noWait = async (): Promise<void> => undefined;
  const linesOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => Buffer.from(`${n}\n`));
  const sorted = (lines: string[]): number[] => lines.map(Number).sort((a, b) => a - b);

  it('hands over any number of records by calls of 500', async () => {
    const { client, streamName, lines } = parts();
    const { calls } = refuseRecords(client, () => false);
    await createFirehoseDelivery({ client, streamName }).put(linesOf(1_201));
    expect(calls()).toBe(3);
    expect(sorted(await lines())).toEqual(Array.from({ length: 1_201 }, (_, n) => n));
  });

  it('hands over again what was refused of a call, and that alone', async () => {
    const { client, streamName, lines } = parts();
    refuseRecords(client, (index, call) => call <= 2 && index % 2 === 0);
    await createFirehoseDelivery({ client, streamName, wait: noWait }).put(linesOf(9));
    expect(sorted(await lines())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('is transient while it is throttled, and terminal for a record that is too long or a stream that is missing', async () => {
    const { client, streamName, lines } = parts();
    const delivery = createFirehoseDelivery({ client, streamName, wait: noWait });
    await expect(delivery.put([...linesOf(1), new Uint8Array(delivery.maxRecordBytes + 1)])).rejects.toThrow(/has 1024001 bytes; expected at most 1024000; deliver it another way/);
    expect(await lines()).toEqual([]);
    injectFaults(client, 'PutRecordBatchCommand', ['throttled', 'throttled', 'throttled']);
    await expect(delivery.put(linesOf(1))).rejects.toBeInstanceOf(TransientError);
    await expect(createFirehoseDelivery({ client, streamName: 'missing' }).put(linesOf(1))).rejects.toThrow(/missing failed with ResourceNotFoundException.*deploy the stack/);
  });
});
