import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand, type _Record } from '@aws-sdk/client-dynamodb-streams';
import type { LakeEvent, Outbox } from '@data-master/ports';
import { decodeControlRecord } from '../control-item.ts';
import { controlTable } from '../control-table.ts';
import type { ControlTable } from '../control-queries.ts';
import type { Moto } from './moto.ts';

type OnEnd = (clean: () => unknown) => void;

/** A client and a new control table. */
export async function makeControlTable({ config }: Moto, onEnd: OnEnd): Promise<ControlTable> {
  const client = new DynamoDBClient({ ...config });
  onEnd(() => client.destroy());
  const tableName = `control-${randomUUID()}`;
  const indexes = Object.values(controlTable.indexes);
  const attributes = new Set([controlTable.partitionKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])]);
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: controlTable.partitionKey, KeyType: 'HASH' }],
      GlobalSecondaryIndexes: indexes.map(({ name, partitionKey, sortKey, carried }) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        Projection: carried.length === 0 ? { ProjectionType: 'KEYS_ONLY' } : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...carried] },
      })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: controlTable.stream },
    }),
  );
  return { client, tableName };
}

/** What the table's stream holds, filtered as the pipe does: the new images that are pending. */
export function createStreamOutbox({ config }: Moto, tableName: string, onEnd: OnEnd): Outbox {
  const client = new DynamoDBStreamsClient({ ...config });
  onEnd(() => client.destroy());
  const eventOf = ({ eventName, dynamodb }: _Record): LakeEvent[] => {
    if (eventName === 'REMOVE' || !dynamodb?.NewImage) return [];
    const record = decodeControlRecord(dynamodb.NewImage);
    return record.status === 'pending' ? [{ type: 'control.pending', id: `${record.control_id}:${record.version}`, record }] : [];
  };
  return {
    async pending(limit) {
      const { Streams } = await client.send(new ListStreamsCommand({ TableName: tableName }));
      const StreamArn = Streams?.[0]?.StreamArn;
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
      const events: LakeEvent[] = [];
      for (const { ShardId } of StreamDescription?.Shards ?? []) {
        let { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
        while (ShardIterator !== undefined) {
          const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
          events.push(...Records.flatMap(eventOf));
          ShardIterator = Records.length > 0 ? NextShardIterator : undefined;
        }
      }
      return events.slice(0, limit);
    },
    append: () => Promise.reject(new Error('a stream holds the changes of its table; expected no other; commit to the table')),
    acknowledge: () => Promise.reject(new Error('a stream keeps its changes; expected none to be taken out; read on from the last')),
  };
}
