import { crc32 } from 'node:zlib';
import { setTimeout as delay } from 'node:timers/promises';
import { checkStreamRecords, type ChangeStream, type ChangeStreamReader, type Clock, type StreamRecord } from '@data-master/ports';
import type { StreamDatabase } from './stream-database.ts';
import { cutBlocks, packBlock, unpackBlock } from './stream-block.ts';

const partitions = 4;
const maxRecordBytes = 16 << 20;
const lookAgainMs = 25;

/** Appends to the stream of a home; any number of processes may. */
export function createSqliteChangeStream(database: StreamDatabase, clock: Clock): ChangeStream {
  return {
    maxRecordBytes,
    async append(records) {
      checkStreamRecords(records, maxRecordBytes);
      if (records.length === 0) return;
      const cut = [...byPartition(records)].flatMap(([partition, own]) => cutBlocks(own).map((block) => ({ partition, block })));
      const packed = await Promise.all(cut.map(async ({ partition, block }) => ({ partition, ...(await packBlock(block)) })));
      const arrivedAtMs = clock.now().getTime();
      await database.write((sql) => {
        const insert = sql('INSERT INTO blocks (partition, records, bytes, arrived_at_ms, body) VALUES (?, ?, ?, ?, ?)');
        for (const { partition, records: count, bytes, body } of packed) insert.run(partition, count, bytes, arrivedAtMs, body);
      });
    },
  };
}

function byPartition(records: readonly StreamRecord[]): Map<number, StreamRecord[]> {
  const groups = new Map<number, StreamRecord[]>();
  for (const record of records) {
    const partition = crc32(record.partitionKey) % partitions;
    const group = groups.get(partition);
    if (group) group.push(record);
    else groups.set(partition, [record]);
  }
  return groups;
}

/** Reads the stream of a home as `consumer`, for which the stream keeps everything from the first time on that it is named. */
export async function openSqliteStreamReader(database: StreamDatabase, consumer: string): Promise<ChangeStreamReader> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  await database.write((sql) => {
    for (const partition of all) sql('INSERT INTO consumers (consumer, partition, place) VALUES (?, ?, 0) ON CONFLICT DO NOTHING').run(consumer, partition);
  });
  const hasMore = (places: readonly number[]): Promise<boolean> => database.read((sql) =>
    places.some((place, partition) => sql('SELECT place FROM blocks WHERE partition = ? AND place > ? LIMIT 1').get(partition, place) !== undefined));

  return {
    partitions,
    async read(partition, after, maxBytes) {
      const blocks = await database.read((sql) => {
        const taken: { place: number; arrivedAt: Date; body: Uint8Array }[] = [];
        let room = maxBytes;
        for (const row of sql('SELECT place, bytes, arrived_at_ms, body FROM blocks WHERE partition = ? AND place > ? ORDER BY place').iterate(partition, after)) {
          room -= Number(row['bytes']);
          if (room < 0 && taken.length > 0) break;
          taken.push({ place: Number(row['place']), arrivedAt: new Date(Number(row['arrived_at_ms'])), body: row['body'] as Uint8Array });
        }
        return taken;
      });
      const records = await Promise.all(blocks.map(async ({ place, arrivedAt, body }) => (await unpackBlock(body)).map((data, index) => ({ id: `${place}-${index}`, data, arrivedAt }))));
      return { records: records.flat(), place: blocks.at(-1)?.place ?? after };
    },
    checkpoints: () => database.read((sql) => sql('SELECT place FROM consumers WHERE consumer = ? ORDER BY partition').all(consumer).map((row) => Number(row['place']))),
    checkpoint: (places) => database.write((sql) => {
      for (const [partition, place] of places.entries()) {
        sql('UPDATE consumers SET place = max(place, ?) WHERE consumer = ? AND partition = ?').run(place, consumer, partition);
        sql('DELETE FROM blocks WHERE partition = ? AND place <= (SELECT min(place) FROM consumers WHERE partition = ?)').run(partition, partition);
      }
    }),
    async wait(places, timeoutMs, signal) {
      const end = performance.now() + timeoutMs;
      while (!signal?.aborted && !(await hasMore(places)) && performance.now() < end) {
        await delay(Math.min(lookAgainMs, end - performance.now()), undefined, signal && { signal }).catch(() => undefined);
      }
    },
    backlog: () => database.read((sql) => {
      const row = sql(`SELECT sum(records) AS records, sum(bytes) AS bytes, min(arrived_at_ms) AS oldest FROM blocks AS b
        JOIN consumers AS c ON c.consumer = ? AND c.partition = b.partition AND b.place > c.place`).get(consumer);
      const oldest = row?.['oldest'];
      return { records: Number(row?.['records'] ?? 0), bytes: Number(row?.['bytes'] ?? 0), ...(typeof oldest === 'number' && { oldestAt: new Date(oldest) }) };
    }),
  };
}
