import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeEvent, StreamEvent } from '@data-master/change-events';
import { collect } from '@data-master/testing';
import { describeKafka } from '../testing/describe-kafka.ts';
import { makeTestTask, type TestTask } from '../testing/test-task.ts';
import { createKafkaReplication } from './kafka-replication.ts';
import { parseKafkaUrl } from './kafka-url.ts';

const changes = (events: readonly StreamEvent[]): ChangeEvent[] => events.filter((event) => event.kind === 'data');
const briefly = (events: readonly StreamEvent[]): [string, unknown][] => changes(events).map(({ operation, data }) => [operation, JSON.parse(data)]);
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const contract = { mode: 'evolve' as const, columnsOf: () => undefined, keyOf: () => ['beer_id'] };

describeKafka('a Kafka that is replicated', (kafka) => {
  let topic: string;
  let count = 0;
  beforeEach(async () => {
    topic = `dm_${count += 1}.beer`;
    await kafka().createTopic(topic);
  });
  const source = (task: TestTask, topics = topic) => createKafkaReplication(parseKafkaUrl(`kafka://${kafka().broker}/${topics}`), task);
  const send = (messages: { key?: unknown; value?: unknown; partition?: number; timestamp?: bigint }[], compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' = 'none') => kafka().producer.send({
    compression,
    messages: messages.map(({ key, value, partition = 0, timestamp }) => ({ topic, partition, ...(key !== undefined && { key: bytes(key) }), ...(value !== undefined && { value: bytes(value) }), ...(timestamp !== undefined && { timestamp }) })),
  });
  const rejected = async (task: TestTask): Promise<{ origin: string; errorMessage: string; rawData: string }[]> => {
    const lines: { origin: string; errorMessage: string; rawData: string }[] = [];
    for await (const { key } of task.store.list('errors/')) {
      lines.push(...Buffer.concat(await collect(task.store.read(key))).toString().trim().split('\n').map((line) => JSON.parse(line) as (typeof lines)[number]));
    }
    return lines;
  };

  it('is read from its first record to its present end, and goes on after it', async () => {
    const task = makeTestTask({ contract });
    await send([{ key: '1', value: { beer_id: 1, beer_name: 'Alt' } }, { key: '2', value: { beer_id: 2, beer_name: 'Bock' }, partition: 2 }]);
    await source(task).load();
    expect(task.target.tableOf('beer', 'beer_id')).toEqual(new Map([['1', { beer_id: 1, beer_name: 'Alt' }], ['2', { beer_id: 2, beer_name: 'Bock' }]]));

    const end = new AbortController();
    const running = source(task).run(end.signal);
    await send([{ key: '1' }, { key: '2', value: { beer_id: 2, beer_name: 'Doppelbock' }, partition: 2 }]);
    await task.target.until(() => task.target.tableOf('beer', 'beer_id').get('2')?.['beer_name'] === 'Doppelbock' && !task.target.tableOf('beer', 'beer_id').has('1'));
    end.abort();
    await running;
    expect([...task.target.tableOf('beer', 'beer_id').values()]).toEqual([{ beer_id: 2, beer_name: 'Doppelbock' }]);
    await expect(kafka().admin.listConsumerGroupOffsets({ groups: ['dm_test'] })).resolves.toMatchObject([{ groupId: 'dm_test' }]);
  }, 60_000);

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('reads records compressed by %s', async (compression) => {
    const task = makeTestTask({ contract });
    const rows = Array.from({ length: 500 }, (_, index) => ({ beer_id: index, beer_name: `beer ${index % 7}` }));
    await send(rows.map((value) => ({ key: String(value.beer_id), value })), compression);
    await source(task).load();
    expect(changes(task.target.events).map(({ data }) => JSON.parse(data) as unknown)).toEqual(rows);
  });

  it('keeps every record that is no change under errors, with its place and reason, and goes on', async () => {
    const task = makeTestTask({ contract });
    const poison = ['no json', '[1]', '{"metadata":{"record-type":"data","operation":"drop","table-name":"beer"},"data":{}}', '{"op":"x","source":{"table":"beer"},"after":{}}', '{"beer_id":1,"beer_id":2}', Buffer.from([0x7b, 0xff, 0x7d])];
    await kafka().producer.send({ messages: [...poison.map((value) => ({ topic, partition: 0, value: typeof value === 'string' ? Buffer.from(value) : value })), { topic, partition: 0, key: Buffer.from('{}'), value: undefined }] });
    await send([{ value: { beer_id: 7 } }]);
    await source(task).load();
    expect(briefly(task.target.events)).toEqual([['insert', { beer_id: 7 }]]);
    const kept = await rejected(task);
    expect(kept.map(({ origin }) => origin)).toEqual(Array.from({ length: 7 }, (_, offset) => `${topic}:0:${offset}`));
    expect(kept.slice(0, 6).map(({ rawData }) => Buffer.from(rawData, 'base64'))).toEqual(poison.map((each) => Buffer.from(each)));
    expect(task.logger.entries.filter(({ event }) => event === 'source.records_rejected')).toHaveLength(1);
  });

  it('stops at such a record where the task settings say so', async () => {
    const task = makeTestTask({ contract, settings: { ErrorBehavior: { DataErrorPolicy: 'STOP_TASK' } } });
    await send([{ value: 'no json' }]);
    await expect(source(task).load()).rejects.toThrow(`the record ${topic}:0:0 cannot be read`);
    expect(await task.store.head('replication/test/state.json')).toBeUndefined();
  });

  it('lets commit times not go back within a partition, so that its later records win', async () => {
    const task = makeTestTask({ contract });
    await send([{ key: '1', value: { beer_id: 1, beer_name: 'first' }, timestamp: 2_000_000n }]);
    await source(task).load();
    await send([{ key: '1', value: { beer_id: 1, beer_name: 'second' }, timestamp: 1_000_000n }]);
    await source(task).load();
    expect([...task.target.tableOf('beer', 'beer_id').values()]).toEqual([{ beer_id: 1, beer_name: 'second' }]);
  });

  it('finds topics that match, and partitions that are added', async () => {
    const task = makeTestTask({ contract });
    const namespace = topic.split('.')[0]!;
    await send([{ value: { beer_id: 1 } }]);
    await source(task, `${namespace}.*`).load();
    await kafka().admin.createPartitions({ topics: [{ name: topic, count: 5, assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] }] });
    await send([{ value: { beer_id: 2 }, partition: 4 }]);
    await source(task, `${namespace}.*`).load();
    expect(briefly(task.target.events)).toEqual([['insert', { beer_id: 1 }], ['insert', { beer_id: 2 }]]);
  });

  it('says what is lost when a topic no longer holds what comes next', async () => {
    const task = makeTestTask({ contract });
    await send([{ value: { beer_id: 1 } }]);
    await source(task).load();
    await send([{ value: { beer_id: 2 } }, { value: { beer_id: 3 } }]);
    await kafka().admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 2n }] }] });
    await expect(source(task).load()).rejects.toThrow(`topic ${topic} partition 0 holds offsets 2 to 3; expected it to hold 1`);
  });

  it('says that a topic was made anew', async () => {
    const task = makeTestTask({ contract });
    await send([{ value: { beer_id: 1 } }]);
    await source(task).load();
    await kafka().admin.deleteTopics({ topics: [topic] });
    await expect(source(task).load()).rejects.toThrow(/which task test has read from, is not among those of the source|names no topic/);
    await kafka().createTopic(topic);
    await expect(source(task).load()).rejects.toThrow(`topic ${topic} is another one`);
  });

  it('comes back after the broker was killed', async () => {
    const task = makeTestTask({ contract });
    const end = new AbortController();
    const running = source(task).run(end.signal);
    await send([{ value: { beer_id: 1 } }]);
    await task.target.until((events) => events.length >= 1);
    await kafka().kill();
    await kafka().start();
    await send([{ value: { beer_id: 2 } }]);
    await task.target.until((events) => changes(events).some(({ data }) => data === '{"beer_id":2}'));
    end.abort();
    await running;
    expect(task.logger.entries.some(({ event }) => event === 'replication.retry')).toBe(true);
  }, 60_000);
});

describe('the URL of a Kafka', () => {
  it.each([
    ['kafka://h/a,b.*', { brokers: ['h:9092'], tls: false }],
    ['kafka+ssl://u%40x:p%2F@h1:1,h2:2/?mechanism=SCRAM-SHA-512', { brokers: ['h1:1', 'h2:2'], tls: true, sasl: { mechanism: 'SCRAM-SHA-512', username: 'u@x', password: 'p/' } }],
    ['kafka://u:p@h', { brokers: ['h:9092'], tls: false, sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } }],
  ])('%s is understood', (url, expected) => expect(parseKafkaUrl(url)).toMatchObject(expected));

  it.each(['kafka://', 'kafka://u:secret@h?mechanism=GSSAPI', 'kafka://u:secret@/x'])('%s is refused without its password', (url) => {
    expect(() => parseKafkaUrl(url)).toThrow(/expected kafka:\/\/user:password/);
    expect(() => parseKafkaUrl(url)).not.toThrow(/secret/);
  });

  it('takes topics by name, and those that do not begin with _ without names', () => {
    const { takesTopic } = parseKafkaUrl('kafka://h/shop.*,beer');
    expect(['shop.core.review', 'beer', 'beers', 'shop'].filter(takesTopic)).toEqual(['shop.core.review', 'beer']);
    expect(['a', '_b'].filter(parseKafkaUrl('kafka://h').takesTopic)).toEqual(['a']);
  });
});
