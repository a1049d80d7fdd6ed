import { setTimeout as delay } from 'node:timers/promises';
import { Admin, Consumer } from '@platformatic/kafka';
import type { Clock } from '@data-master/ports';
import type { OpenLog } from '../change-stream.ts';
import { committedRecords, type FetchedPartition, type TopicRecord } from './committed-records.ts';
import type { KafkaConnection } from './kafka-url.ts';
import type { PartitionPosition, TopicPositions } from './topic-positions.ts';

/** A connection to a Kafka. The consumer joins no group: the state of the task says where it goes on. */
export interface KafkaClient {
  admin: Admin;
  consumer: Consumer;
  close: () => Promise<void>;
}

export function connectKafka({ brokers, tls, sasl }: KafkaConnection, group: string): KafkaClient {
  const options = { clientId: group, bootstrapBrokers: brokers, retries: 0, connectTimeout: 10_000, timeout: 30_000, metadataMaxAge: 0, ...(tls && { tls: {} }), ...(sasl && { sasl }) };
  const admin = new Admin(options);
  const consumer = new Consumer({ ...options, groupId: group });
  return { admin, consumer, close: async () => void (await Promise.allSettled([admin.close(), consumer.close(true)])) };
}

export interface TopicLogOptions {
  client: KafkaClient;
  /** Where to begin; moved as records come. */
  positions: TopicPositions;
  clock: Clock;
  /** Records of a partition in their order. */
  onRecords: (topic: string, partition: number, position: PartitionPosition, records: readonly TopicRecord[]) => void;
  /** Positions were moved. */
  onMoved: () => void;
  /** Looks for new topics and partitions and adds them to the positions. */
  refresh: () => Promise<void>;
  /** Offsets at which each partition ends, for a log that is read to its present end only. */
  ends?: ReadonlyMap<string, readonly bigint[]>;
}

const refreshEveryMs = 15_000;
const maximumWaitMs = 250;
const fetchBytes = 4 * 2 ** 20;
const partitionBytes = 2 ** 20;
const unreadEpoch = -1;

/** Reads all partitions from their positions on, as one fetch at a time from each broker. */
export function openTopicLog({ client, positions, clock, onRecords, onMoved, refresh, ends }: TopicLogOptions): OpenLog {
  const closing = new AbortController();
  let gate: PromiseWithResolvers<void> | undefined;

  const take = (topic: string, response: FetchedPartition): void => {
    const position = positions.get(topic)!.partitions[response.partitionIndex]!;
    const { records, nextOffset } = committedRecords(response, position.offset);
    if (records.length > 0) onRecords(topic, response.partitionIndex, position, records);
    if (nextOffset === undefined || nextOffset <= position.offset) return;
    position.offset = nextOffset;
    onMoved();
  };

  const fetchAll = async (): Promise<void> => {
    const { topics } = await client.admin.metadata({ topics: [...positions.keys()] });
    const names = new Map([...topics].map(([name, { id }]) => [id, name]));
    const byLeader = new Map<number, { topicId: string; partitions: { partition: number; fetchOffset: bigint; partitionMaxBytes: number; currentLeaderEpoch: number; lastFetchedEpoch: number }[] }[]>();
    for (const [name, { partitions }] of positions) {
      for (const [partition, { offset: fetchOffset }] of partitions.entries()) {
        const { id: topicId, partitions: present } = topics.get(name)!;
        const leader = present[partition]!.leader;
        const requests = byLeader.get(leader) ?? [];
        byLeader.set(leader, requests);
        requests.push({ topicId, partitions: [{ partition, fetchOffset, partitionMaxBytes: partitionBytes, currentLeaderEpoch: unreadEpoch, lastFetchedEpoch: unreadEpoch }] });
      }
    }
    const responses = await Promise.all([...byLeader].map(([node, requests]) => client.consumer.fetch({ node, topics: requests, minBytes: 1, maxBytes: fetchBytes, maxWaitTime: maximumWaitMs, isolationLevel: 1 })));
    for (const { topicId, partitions } of responses.flatMap(({ responses: each }) => each)) {
      for (const partition of partitions) take(names.get(topicId)!, partition);
    }
  };

  const isAtEnd = (): boolean => ends !== undefined && [...ends].every(([topic, offsets]) => offsets.every((end, partition) => (positions.get(topic)?.partitions[partition]?.offset ?? 0n) >= end));

  const read = async (): Promise<void> => {
    let refreshedAt = clock.now().getTime();
    while (!closing.signal.aborted && !isAtEnd()) {
      await gate?.promise;
      if (clock.now().getTime() - refreshedAt >= refreshEveryMs) {
        await refresh();
        refreshedAt = clock.now().getTime();
      }
      if (positions.size > 0) await fetchAll();
      else await delay(maximumWaitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    pause: () => void (gate ??= Promise.withResolvers()),
    resume() {
      gate?.resolve();
      gate = undefined;
    },
    ended,
    async close() {
      closing.abort();
      gate?.resolve();
      await client.close();
      await ended.catch(() => undefined);
    },
  };
}
