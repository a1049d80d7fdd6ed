import { describe, expect, it } from '@jest/globals';
import type { ChangeStream, ChangeStreamReader, ReceivedRecord, StreamRecord } from '@data-master/ports';
import { createManualClock, type ManualClock } from './environment.ts';
import type { ClockedSetup } from './events-contract.ts';
import { collect, perTest, type Setup } from './per-test.ts';

export interface ChangeStreamParts {
  stream: ChangeStream;
  /** The data of all records, partition after partition, each in its order. */
  readAll: () => Promise<Uint8Array[]>;
}

const record = (partitionKey: string, text: string): StreamRecord => ({ partitionKey, data: Buffer.from(text) });
const textsOf = (data: readonly Uint8Array[]): string[] => data.map((bytes) => Buffer.from(bytes).toString());

/** The contract of ChangeStream. */
export function describeChangeStream(name: string, setup: Setup<ChangeStreamParts>): void {
  describe(`${name} keeps the contract of a change stream`, () => {
    const parts = perTest(setup);
    const ofKey = async (key: string): Promise<string[]> => textsOf(await parts().readAll()).filter((text) => text.startsWith(`${key} `));

    it('keeps records whole, and those of a key in their order', async () => {
      const keys = ['a', 'b', 'cc', 'schema.table', 'é'.repeat(256)];
      for (let batch = 0; batch < 3; batch += 1) await parts().stream.append(keys.flatMap((key) => [0, 1].map((n) => record(key, `${key} ${2 * batch + n}`))));
      for (const key of keys) expect(await ofKey(key)).toEqual([0, 1, 2, 3, 4, 5].map((n) => `${key} ${n}`));
      expect(await parts().readAll()).toHaveLength(6 * keys.length);
    });

    it('takes thousands at once, and nothing at all', async () => {
      await parts().stream.append([]);
      await parts().stream.append(Array.from({ length: 2_500 }, (_, n) => record(`key${n % 7}`, `key${n % 7} ${n}`)));
      for (let key = 0; key < 7; key += 1) expect(await ofKey(`key${key}`)).toEqual(Array.from({ length: 2_500 }, (_, n) => n).filter((n) => n % 7 === key).map((n) => `key${key} ${n}`));
    });

    it('keeps any bytes', async () => {
      const data = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await parts().stream.append([{ partitionKey: 'a', data }, { partitionKey: 'a', data: new Uint8Array([0]) }]);
      expect((await parts().readAll()).map((bytes) => [...bytes])).toEqual([[...data], [0]]);
    });

    it('keeps each of many writers in its order', async () => {
      const writers = ['a', 'bb', 'ccc', 'dddd'];
      await Promise.all(writers.map(async (key) => {
        for (let n = 0; n < 5; n += 1) await parts().stream.append([record(key, `${key} ${n}`)]);
      }));
      for (const key of writers) expect(await ofKey(key)).toEqual([0, 1, 2, 3, 4].map((n) => `${key} ${n}`));
    });

    it('takes the longest record, and of a batch with a longer one or a wrong key nothing', async () => {
      const { stream, readAll } = parts();
      const longest = new Uint8Array(stream.maxRecordBytes - 3).fill(7);
      await stream.append([{ partitionKey: 'key', data: longest }]);
      for (const wrong of [{ partitionKey: 'key', data: new Uint8Array(stream.maxRecordBytes - 2) }, record('', 'x'), record('k'.repeat(257), 'x')]) {
        await expect(stream.append([record('key', 'before'), wrong])).rejects.toMatchObject({ name: 'TerminalError' });
      }
      const all = await readAll();
      expect(all.map(({ length }) => length)).toEqual([longest.length]);
      expect(Buffer.compare(Buffer.from(all[0]!), Buffer.from(longest))).toBe(0);
    });
  });
}

export interface ChangeStreamReaderParts {
  stream: ChangeStream;
  /** A reader of the same consumer, as another process would make it. */
  open: () => Promise<ChangeStreamReader>;
}

/** All records of a partition after a place, read in steps. */
export async function* readPartition(reader: ChangeStreamReader, partition: number, after = 0, maxBytes = 1 << 20): AsyncGenerator<ReceivedRecord> {
  for (let place = after; ;) {
    const batch = await reader.read(partition, place, maxBytes);
    if (batch.records.length === 0) return;
    yield* batch.records;
    ({ place } = batch);
  }
}

/** The data of all records of a stream, partition after partition. */
export async function readAllRecords(reader: ChangeStreamReader): Promise<Uint8Array[]> {
  const all = await Promise.all(Array.from({ length: reader.partitions }, (_, partition) => collect(readPartition(reader, partition))));
  return all.flat().map(({ data }) => data);
}

/** The contract of ChangeStreamReader. */
export function describeChangeStreamReader(name: string, setup: ClockedSetup<ChangeStreamReaderParts>): void {
  describe(`${name} keeps the contract of a reader of a change stream`, () => {
    const parts = perTest<{ clock: ManualClock } & ChangeStreamReaderParts>(async (onEnd) => {
      const clock = createManualClock();
      return { clock, ...(await setup(clock, onEnd)) };
    });
    const endsOf = async (reader: ChangeStreamReader): Promise<number[]> => Promise.all(Array.from({ length: reader.partitions }, async (_, partition) => {
      let place = 0;
      for (;;) {
        const next = await reader.read(partition, place, 1 << 20);
        if (next.records.length === 0) return place;
        ({ place } = next);
      }
    }));

    it('reads in steps of bounded size, and what is larger alone', async () => {
      const { stream, open } = parts();
      const reader = await open();
      for (let n = 0; n < 6; n += 1) await stream.append([{ partitionKey: 'key', data: new Uint8Array(n === 3 ? 5_000 : 1_000).fill(n) }]);
      const steps: number[][] = [];
      for (let partition = 0; partition < reader.partitions; partition += 1) {
        for (let place = 0; ;) {
          const batch = await reader.read(partition, place, 2_100);
          if (batch.records.length === 0) break;
          steps.push(batch.records.map(({ data }) => data[0]!));
          ({ place } = batch);
        }
      }
      expect(steps).toEqual([[0, 1], [2], [3], [4, 5]]);
    });

    it('gives every record an id of its own and the time it arrived', async () => {
      const { stream, open, clock } = parts();
      await stream.append([record('a', '1'), record('a', '2'), record('bb', '3')]);
      clock.advance(60_000);
      await stream.append([record('a', '4')]);
      const reader = await open();
      const all = (await Promise.all(Array.from({ length: reader.partitions }, (_, partition) => collect(readPartition(reader, partition))))).flat();
      expect(new Set(all.map(({ id }) => id)).size).toBe(4);
      expect(Object.fromEntries(all.map(({ data, arrivedAt }) => [Buffer.from(data).toString(), clock.now().getTime() - arrivedAt.getTime()]))).toEqual({ 1: 60_000, 2: 60_000, 3: 60_000, 4: 0 });
    });

    it('remembers what it has done with, and never less', async () => {
      const { stream, open } = parts();
      const reader = await open();
      expect(await reader.checkpoints()).toEqual(Array.from({ length: reader.partitions }, () => 0));
      await stream.append([record('a', '1'), record('bb', '2')]);
      const places = await endsOf(reader);
      await stream.append([record('a', '3')]);
      await reader.checkpoint(places);
      await reader.checkpoint(places.map(() => 0));
      const again = await open();
      expect(await again.checkpoints()).toEqual(places);
      const rest = await Promise.all(places.map((place, partition) => collect(readPartition(again, partition, place))));
      expect(textsOf(rest.flat().map(({ data }) => data))).toEqual(['3']);
    });

    it('knows how much there is to do, and for how long', async () => {
      const { stream, open, clock } = parts();
      const reader = await open();
      expect(await reader.backlog()).toEqual({ records: 0, bytes: 0 });
      const oldestAt = clock.now();
      await stream.append([record('a', '12345'), record('bb', '12')]);
      clock.advance(1_000);
      await stream.append([record('a', '1')]);
      expect(await reader.backlog()).toEqual({ records: 3, bytes: 12, oldestAt });
      await reader.checkpoint(await endsOf(reader));
      expect(await reader.backlog()).toEqual({ records: 0, bytes: 0 });
    });

    it('waits until there is more, and no longer than it is told to', async () => {
      const { stream, open } = parts();
      const reader = await open();
      const start = await reader.checkpoints();
      await reader.wait(start, 1);
      const stop = new AbortController();
      const stopped = reader.wait(start, 600_000, stop.signal);
      stop.abort();
      await stopped;
      const waiting = reader.wait(start, 600_000);
      await stream.append([record('a', '1')]);
      await waiting;
      await reader.wait(start, 600_000);
    });
  });
}
