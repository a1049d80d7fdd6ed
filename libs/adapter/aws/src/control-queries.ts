import { setTimeout } from 'node:timers/promises';
import { BatchGetItemCommand, paginateQuery, type AttributeValue as SdkValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { controlStatuses, schemaNames, type ControlRecord } from '@data-master/control-records';
import { TransientError, type ControlQuery } from '@data-master/ports';
import { decodeControlRecord, joinedKeys } from './control-item.ts';
import { controlTable, type ControlIndex } from './control-table.ts';
import { mergeOrdered } from './merge-ordered.ts';

const batchKeys = 100;
const batchTries = 8;
const firstDelayMs = 25;

export interface ControlTable {
  client: DynamoDBClient;
  tableName: string;
}

interface RecordKey {
  control_id: string;
  created_at: string;
}

/** Records of a query as they are now, in order; the indexes say which, and may lag behind by a moment. */
export async function* queryRecords(table: ControlTable, query: ControlQuery): AsyncGenerator<ControlRecord> {
  const schemas = query.schemaName === undefined ? schemaNames : [query.schemaName];
  const statuses = query.status === undefined ? controlStatuses : [query.status];
  const partitions = schemas.flatMap((schema_name) => statuses.map((status) => joinedKeys.schema_status({ schema_name, status })));
  const streams = partitions.map((partition) => indexedKeys(table, controlTable.indexes.schemaStatus, partition, query.tableName));
  for await (const keys of batches(mergeOrdered(streams, compareKeys))) {
    for (const record of await readRecords(table, keys)) {
      if ((query.status ?? record.status) === record.status) yield record;
    }
  }
}

/** Records as they are now whose partition of an index is `partition`, in order. */
export async function recordsOf(table: ControlTable, index: ControlIndex, partition: string): Promise<ControlRecord[]> {
  const records: ControlRecord[] = [];
  for await (const keys of batches(indexedKeys(table, index, partition))) records.push(...(await readRecords(table, keys)));
  return records;
}

/** The records of at most 100 different keys, those that exist, in the order of the keys; read consistently. */
export async function readRecords({ client, tableName }: ControlTable, keys: Pick<RecordKey, 'control_id'>[]): Promise<ControlRecord[]> {
  const found = new Map<string, ControlRecord>();
  let wanted: Record<string, SdkValue>[] = keys.map(({ control_id }) => ({ control_id: { S: control_id } }));
  for (let tried = 0; wanted.length > 0; tried++) {
    if (tried === batchTries) throw new TransientError(`${wanted.length} control records came not with ${batchTries} reads of table ${tableName}; expected all; repeat it later`);
    if (tried > 0) await setTimeout(firstDelayMs * 2 ** tried * Math.random());
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }));
    for (const item of Responses?.[tableName] ?? []) {
      const record = decodeControlRecord(item);
      found.set(record.control_id, record);
    }
    wanted = UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  return keys.flatMap(({ control_id }) => found.get(control_id) ?? []);
}

/** Keys of one partition of an index in order; DynamoDB orders by created_at only. */
async function* indexedKeys({ client, tableName }: ControlTable, index: ControlIndex, partition: string, wantedTable?: string): AsyncGenerator<RecordKey> {
  let tied: RecordKey[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      IndexName: index.name,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': index.partitionKey },
      ExpressionAttributeValues: { ':partition': { S: partition }, ...(wantedTable !== undefined && { ':table': { S: wantedTable } }) },
      ...(wantedTable !== undefined && { FilterExpression: 'table_name = :table' }),
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { control_id, created_at } of Items) {
      const key = { control_id: control_id?.S ?? '', created_at: created_at?.S ?? '' };
      if (tied[0] && tied[0].created_at !== key.created_at) {
        yield* tied.sort(compareKeys);
        tied = [];
      }
      tied.push(key);
    }
  }
  yield* tied.sort(compareKeys);
}

/** Batches of keys; a key that follows itself, because its record changed during the query, is left out. */
async function* batches(keys: AsyncIterable<RecordKey>): AsyncGenerator<RecordKey[]> {
  let batch: RecordKey[] = [];
  let last: string | undefined;
  for await (const key of keys) {
    if (key.control_id === last) continue;
    last = key.control_id;
    if (batch.push(key) < batchKeys) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function compareKeys(a: RecordKey, b: RecordKey): number {
  return compareText(a.created_at, b.created_at) || compareText(a.control_id, b.control_id);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
