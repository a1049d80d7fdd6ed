import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand, type AttributeValue as SdkValue, type CancellationReason, type Put } from '@aws-sdk/client-dynamodb';
import type { ControlRecord } from '@data-master/control-records';
import { checkControlChanges, TerminalError, TransientError, type ControlChange, type ControlStore } from '@data-master/ports';
import { asLakeError, attemptsOf, errorName, isUnknownOutcome, withLakeErrors } from './aws-errors.ts';
import { decodeControlRecord, encodeControlRecord, joinedKeys } from './control-item.ts';
import { queryRecords, readRecords, recordsOf, type ControlTable } from './control-queries.ts';
import { controlTable } from './control-table.ts';

const maxItemBytes = 390_000;
const maxCommitBytes = 4_000_000;
const tries = 10;
const firstDelayMs = 10;

/**
 * Control records in a DynamoDB table of the shape `controlTable`; its stream carries the events. A commit of one change is
 * a conditional put, one of several a transaction in which each record may appear once. A commit whose answer was lost is
 * resolved by reading back; TransientError when that cannot tell. Queries read records as they are now, but find them by
 * indexes that may lag behind by a moment.
 */
export function createDynamoControlStore(table: ControlTable): ControlStore {
  const action = (what: string) => `${what} of table ${table.tableName}`;
  return {
    get: (controlId) =>
      withLakeErrors(action(`reading control record ${controlId}`), async () => {
        const { Item } = await table.client.send(new GetItemCommand({ TableName: table.tableName, Key: { control_id: { S: controlId } }, ConsistentRead: true }));
        return Item && decodeControlRecord(Item);
      }),
    commit: (changes) =>
      withLakeErrors(action(`a commit of ${changes.length} control records`), async () => {
        checkControlChanges(changes);
        return commit(table, distinct(changes));
      }),
    async *query(query) {
      try {
        yield* queryRecords(table, query);
      } catch (error) {
        throw asLakeError(error, action('a query'));
      }
    },
    byObjectKey: (objectKey) => withLakeErrors(action('a query'), () => recordsOf(table, controlTable.indexes.objectKey, objectKey)),
    byChecksum: (table_name, checksum) =>
      withLakeErrors(action('a query'), () => recordsOf(table, controlTable.indexes.tableChecksum, joinedKeys.table_checksum({ table_name, checksum }))),
  };
}

async function commit(table: ControlTable, changes: ControlChange[]): Promise<boolean> {
  const puts = new Map(changes.map((change) => [change, putOf(table.tableName, change)]));
  let open = changes;
  for (let tried = 0; open.length > 0; tried++) {
    if (tried === tries) throw new TransientError(`a commit of ${changes.length} control records was refused ${tries} times because of others at work on them; expected an end of it; repeat it later`);
    if (tried > 0) await setTimeout(firstDelayMs * 2 ** tried * Math.random());
    try {
      await write(table, open.flatMap((change) => puts.get(change) ?? []));
      return true;
    } catch (error) {
      if (isUnknownOutcome(error)) return readBack(table, changes, error);
      const reasons = reasonsOf(error);
      const refused = open.map((change, index) => ({ change, ...reasons[index] })).filter(({ Code }) => Code === 'ConditionalCheckFailed');
      for (const { change, Item } of refused) {
        if ('insert' in change) continue;
        if (attemptsOf(error) > 1) return readBack(table, changes, error);
        if (!Item || decodeControlRecord(Item).version !== change.previous.version) return false;
      }
      open = open.filter((change) => !refused.some((one) => one.change === change));
    }
  }
  return true;
}

function write({ client }: ControlTable, puts: Put[]): Promise<unknown> {
  const [put] = puts;
  if (put && puts.length === 1) return client.send(new PutItemCommand(put));
  return client.send(new TransactWriteItemsCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
}

/** Why each put was refused; rethrows errors that a repetition cannot mend. */
function reasonsOf(error: unknown): CancellationReason[] {
  if (errorName(error) === 'ConditionalCheckFailedException') return [{ Code: 'ConditionalCheckFailed', Item: (error as CancellationReason).Item }];
  if (errorName(error) !== 'TransactionCanceledException') throw error;
  const reasons = (error as { CancellationReasons?: CancellationReason[] }).CancellationReasons ?? [];
  const codes = new Set(reasons.flatMap(({ Code }) => (Code === undefined || Code === 'None' ? [] : [Code])));
  const mendable = ['ConditionalCheckFailed', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];
  if (codes.size === 0 || [...codes].some((code) => !mendable.includes(code))) throw error;
  return reasons;
}

/** Whether the commit was made, told from what is stored. */
async function readBack(table: ControlTable, changes: ControlChange[], cause: unknown): Promise<boolean> {
  const stored = new Map((await readRecords(table, changes.map(recordOf))).map((record) => [record.control_id, record]));
  const outcomes = changes.map((change) => outcomeOf(change, stored.get(recordOf(change).control_id)));
  if (outcomes.every((outcome) => outcome === 'made')) return true;
  if (outcomes.includes('lost')) return false;
  const names = changes.map((change) => recordOf(change).control_id).join(', ');
  throw new TransientError(`a commit of control records ${names.slice(0, 300)} may have been made or not; expected to learn it by reading back; read them and decide anew`, { cause });
}

function outcomeOf(change: ControlChange, stored: ControlRecord | undefined): 'made' | 'lost' | 'unknown' {
  if ('insert' in change) return stored ? 'made' : 'unknown';
  if (isDeepStrictEqual(stored, change.next)) return 'made';
  return stored?.version === change.next.version ? 'lost' : 'unknown';
}

function recordOf(change: ControlChange): ControlRecord {
  return 'insert' in change ? change.insert : change.next;
}

/** Without insertions of records that the commit holds before; another second change of a record is refused. */
function distinct(changes: ControlChange[]): ControlChange[] {
  const seen = new Set<string>();
  const kept = changes.filter((change) => {
    const { control_id } = recordOf(change);
    const known = seen.has(control_id);
    if (known && !('insert' in change)) throw new TerminalError(`commit changes control record ${control_id} twice; expected one change of each record; make two commits`);
    seen.add(control_id);
    return !known;
  });
  const sizeBytes = kept.reduce((sum, change) => sum + sizeOf(recordOf(change)), 0);
  if (sizeBytes > maxCommitBytes) throw new TerminalError(`commit of ${sizeBytes} bytes of control records; expected at most ${maxCommitBytes}; split it`);
  return kept;
}

function sizeOf(record: ControlRecord): number {
  const sizeBytes = Buffer.byteLength(JSON.stringify(encodeControlRecord(record)));
  if (sizeBytes <= maxItemBytes) return sizeBytes;
  throw new TerminalError(`control record ${record.control_id} has ${sizeBytes} bytes; expected at most ${maxItemBytes}; shorten its error_message or affected_partitions`);
}

function putOf(tableName: string, change: ControlChange): Put {
  return {
    TableName: tableName,
    Item: encodeControlRecord(recordOf(change)) as Record<string, SdkValue>,
    ...('insert' in change
      ? { ConditionExpression: 'attribute_not_exists(control_id)' }
      : { ConditionExpression: 'version = :version', ExpressionAttributeValues: { ':version': { N: String(change.previous.version) } } }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}
