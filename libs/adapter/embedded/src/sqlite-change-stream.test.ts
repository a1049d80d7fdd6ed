import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { createManualClock, perTest, readAllRecords } from '@data-master/testing';
import fc from 'fast-check';
import { createSqliteChangeStream, openSqliteStreamReader, openStreamDatabase } from './index.ts';
import { cutBlocks, packBlock, unpackBlock } from './stream-block.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const appender = fileURLToPath(new URL('./testdata/stream-appender.ts', import.meta.url));

describe('the stream of a home', () => {
  const parts = perTest(async (onEnd) => {
    const path = join(await makeTemporaryFolder(onEnd), 'stream.db');
    const open = async () => {
      const database = await openStreamDatabase(path);
      onEnd(() => database.close());
      return database;
    };
    return { path, open };
  });

  it('keeps what it acknowledged, and no part of an append, when its writers are killed while others go on', async () => {
    const batch = 50;
    const runs = await Promise.all([1, 2, 3].map(async (writer) => {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', appender, parts().path, String(writer), String(batch)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let acknowledged = 0;
      const ended = once(child, 'close');
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged === writer * 4) child.kill('SIGKILL');
      }
      await ended;
      return { writer, acknowledged };
    }));
    const texts = (await readAllRecords(await openSqliteStreamReader(await parts().open(), 'test'))).map((data) => Buffer.from(data).toString());
    for (const { writer, acknowledged } of runs) {
      const own = texts.filter((text) => text.startsWith(`${writer} `));
      expect(own.length % batch).toBe(0);
      expect(own.length / batch).toBeGreaterThanOrEqual(acknowledged);
      expect(own).toEqual(own.map((_, n) => `${writer} ${n}`));
    }
  });

  it('forgets what all its consumers have done with, and uses the room again', async () => {
    const database = await parts().open();
    const stream = createSqliteChangeStream(database, createManualClock());
    const [fast, slow] = [await openSqliteStreamReader(database, 'fast'), await openSqliteStreamReader(database, 'slow')];
    const recordBytes = 60_000;
    const roundBytes = 20 * recordBytes;
    const round = async (): Promise<number[]> => {
      for (let n = 0; n < 20; n += 1) await stream.append([{ partitionKey: 'key', data: crypto.getRandomValues(new Uint8Array(recordBytes)) }]);
      return Promise.all([0, 1, 2, 3].map(async (partition) => (await fast.read(partition, 0, 1 << 30)).place));
    };
    let places = await round();
    await fast.checkpoint(places);
    expect(await readAllRecords(slow)).toHaveLength(20);
    expect({ fast: (await fast.backlog()).records, slow: (await slow.backlog()).records }).toEqual({ fast: 0, slow: 20 });
    await slow.checkpoint(places);
    expect(await readAllRecords(slow)).toHaveLength(0);
    for (let again = 0; again < 5; again += 1) {
      places = await round();
      for (const reader of [fast, slow]) await reader.checkpoint(places);
    }
    expect((await stat(parts().path)).size).toBeLessThan(2 * roundBytes);
  });
});

describe('blocks of a stream', () => {
  it('hold any records in their order, in bounded pieces', async () => {
    const data = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 700_000 }).map((length) => new Uint8Array(length).fill(length % 251)));
    await fc.assert(fc.asyncProperty(fc.array(data, { minLength: 1, maxLength: 12 }), async (all) => {
      const cut = cutBlocks(all.map((each) => ({ partitionKey: 'k', data: each })));
      const blocks = await Promise.all(cut.map(packBlock));
      const unpacked = (await Promise.all(blocks.map(({ body }) => unpackBlock(body)))).flat();
      expect(unpacked.map((each) => Buffer.from(each).toString('base64'))).toEqual(all.map((each) => Buffer.from(each).toString('base64')));
      for (const { records, bytes } of blocks) expect(bytes <= 1 << 20 || records === 1).toBe(true);
    }), { numRuns: 30 });
  });
});
