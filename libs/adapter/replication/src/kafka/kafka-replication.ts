import { setTimeout as delay } from 'node:timers/promises';
import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { createChangeEmitter } from '../change-emitter.ts';
import { streamChanges, type ChangeSink, type OpenLog } from '../change-stream.ts';
import { createDocumentRows } from '../documents/document-rows.ts';
import { replicateBySessions, startingStatus } from '../sessions.ts';
import { createTaskStateStore, type TaskState } from '../task-state.ts';
import { asLakeError, lostRecords } from './kafka-errors.ts';
import type { KafkaConnection } from './kafka-url.ts';
import { createRecordReader } from './record-reader.ts';
import { connectKafka, openTopicLog, type KafkaClient } from './topic-log.ts';
import { formatTopicPositions, parseTopicPositions, type TopicPositions } from './topic-positions.ts';

/**
 * Brings the changes that topics of a Kafka hold. A topic is its own load: it is read from the first record that it holds.
 * Where it goes on is in the state of the task, and offsets are committed for the group `dm_<task>` after the target wrote,
 * for others to see.
 */
export function createKafkaReplication(connection: KafkaConnection, task: ReplicationTask): Replication {
  const { logger } = task;
  const group = `dm_${task.name}`;
  const states = createTaskStateStore(task.store, task.name);
  const status = startingStatus();

  const session = async (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void): Promise<void> => {
    status.phase = 'connecting';
    const client = connectKafka(connection, group);
    try {
      const source = `kafka ${(await client.admin.metadata({})).id}`;
      const known = await states.read();
      if (known && known.source !== source) throw new TerminalError(`the source is ${source}; expected ${known.source}, from which the task has read; connect to that one, or give the task another name`);
      const state: TaskState = known ?? { source, position: '{}', commitMicros: 0n, tables: {} };
      const positions = parseTopicPositions(state.position);
      const refresh = (): Promise<void> => findPartitions(client, connection, positions, task);
      await refresh();
      if (positions.size === 0 && task.settings.failWithoutTables) throw new TerminalError('the URL names no topic of the source; expected at least one; see that the names match, with case');
      const ends = thenStream ? undefined : await client.consumer.listOffsets({ topics: [...positions.keys()], timestamp: latest, isolationLevel: 1 });
      delete status.error;
      await streamChanges({
        task, state, states, status, onProgress, signal,
        open: async (sink) => open(client, positions, refresh, sink, ends),
      });
    } finally {
      await client.close();
    }
  };

  const open = (client: KafkaClient, positions: TopicPositions, refresh: () => Promise<void>, sink: ChangeSink, ends?: ReadonlyMap<string, bigint[]>): OpenLog => {
    const read = createRecordReader(task, createDocumentRows(task), (earliestMicros, onMicros) => createChangeEmitter({ ...sink, earliestMicros, onCommit: (_end, micros) => onMicros(micros) }), sink.onRejected);
    const log = openTopicLog({
      client, positions, clock: task.clock, refresh, onRecords: read, ...(ends && { ends }),
      onMoved: () => sink.onCommit(formatTopicPositions(positions), latestMicros(positions)),
    });
    let durable: string | undefined;
    let committing: Promise<void> | undefined;
    const commit = async (): Promise<void> => {
      for (let position = durable; position !== undefined; position = durable) {
        durable = undefined;
        const topics = [...parseTopicPositions(position)].map(([name, { partitions }]) => ({ name, partitionOffsets: partitions.map(({ offset }, partition) => ({ partition, offset })) }));
        await client.admin.alterConsumerGroupOffsets({ groupId: group, topics }).catch((error: unknown) => logger.log('warn', 'source.offsets_not_committed', { group, error: asLakeError(error).message }));
      }
      committing = undefined;
    };
    return {
      ...log,
      confirm(position) {
        durable = position;
        committing ??= commit();
      },
      async close() {
        await committing;
        await log.close();
      },
    };
  };

  return replicateBySessions(task, { status, session, toLakeError: asLakeError });
}

/** A broker that was just started knows for a moment only what it had when it last said so. */
const recoveryAttempts = 20;
const recoveryWaitMs = 500;
const earliest = -2n;
const latest = -1n;

/** Adds topics and partitions that are not read yet, from their first record on, and sees that those which are hold what comes next. */
async function findPartitions(client: KafkaClient, connection: KafkaConnection, positions: TopicPositions, { name: task, logger }: Pick<ReplicationTask, 'name' | 'logger'>, attempt = 1): Promise<void> {
  const { admin, consumer } = client;
  const present = (await admin.listTopics({ includeInternals: false })).filter(connection.takesTopic);
  const gone = [...positions.keys()].find((topic) => !present.includes(topic));
  if (gone !== undefined) throw new TerminalError(`topic ${gone}, which task ${task} has read from, is not among those of the source (${present.join(', ')}); expected it; correct the URL, or give the task another name`);
  if (present.length === 0) return;
  const { topics } = await admin.metadata({ topics: present, forceUpdate: true });
  const [first, last] = await Promise.all([earliest, latest].map((timestamp) => consumer.listOffsets({ topics: present, timestamp })));
  for (const [topic, { id, partitionsCount }] of topics) {
    const known = positions.get(topic);
    if (known && known.id !== id) throw new TerminalError(`topic ${topic} is another one (${id}); expected the one that task ${task} has read from (${known.id}); it was removed and made anew: give the task another name`);
    const position = known ?? { id, partitions: [] };
    for (let partition = 0; partition < partitionsCount; partition += 1) {
      const held = { earliest: first!.get(topic)![partition]!, latest: last!.get(topic)![partition]! };
      const own = position.partitions[partition];
      if (own && own.offset > held.latest && attempt < recoveryAttempts) {
        await delay(recoveryWaitMs);
        return findPartitions(client, connection, positions, { name: task, logger }, attempt + 1);
      }
      if (own && (own.offset < held.earliest || own.offset > held.latest)) throw lostRecords(topic, partition, own.offset, held, task);
      if (own) continue;
      position.partitions[partition] = { offset: held.earliest, micros: 0n };
      logger.log('info', 'replication.planned', { topic, partition, offset: Number(held.earliest) });
    }
    positions.set(topic, position);
  }
}

function latestMicros(positions: TopicPositions): bigint {
  let micros = 0n;
  for (const { partitions } of positions.values()) for (const each of partitions) if (each.micros > micros) micros = each.micros;
  return micros;
}
