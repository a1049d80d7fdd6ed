import { asList, isObject, requireObject, requireText, toText, type Json, type JsonObject } from '../template/json.ts';
import type { StreamedRecord } from './stream-reader.ts';

/** How records pass a function: how many bytes at a time, and how often it is asked. */
export interface Transform {
  attempts: number;
  sizeBytes: number;
  /** The answer to some records, as the function gives it. */
  invoke: (records: JsonObject[]) => Promise<Json>;
}

/** What became of a record: data for the folder of its keys, or what Firehose writes of one that failed. */
export type Outcome = { data: Uint8Array; partitionKeys: Record<string, string> } | { failed: JsonObject };

/** Asks the function about all records, in their order; a record of which the answer says nothing, or something that Firehose does not know, has failed. */
export async function transformRecords(records: readonly StreamedRecord[], { attempts, sizeBytes, invoke }: Transform): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const batch of cut(records, sizeBytes)) {
    const answers = await ask(batch.map(asEventRecord), attempts, invoke);
    for (const [index, record] of batch.entries()) outcomes.push(outcomeOf(record, answers.get(idOf(record, index)), attempts));
  }
  return outcomes;
}

async function ask(records: JsonObject[], attempts: number, invoke: Transform['invoke']): Promise<Map<string, JsonObject>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return new Map(asList(await invoke(records)).map((each) => requireObject(each, 'answer')).map((answer) => [requireText(answer['recordId'], 'recordId'), answer]));
    } catch (error) {
      if (attempt === attempts) return new Map(records.map(({ recordId }) => [toText(recordId), { recordId: recordId!, result: 'ProcessingFailed', error: String(error) }]));
    }
  }
}

/** Unique in a call also when the same record comes twice. */
const idOf = ({ shardId, sequenceNumber }: StreamedRecord, index: number): string => `${shardId}:${sequenceNumber}:${index}`;

function asEventRecord(record: StreamedRecord, index: number): JsonObject {
  const { shardId, partitionKey, sequenceNumber, data, arrivedAt } = record;
  const arrivedMs = arrivedAt.getTime();
  return {
    recordId: idOf(record, index), approximateArrivalTimestamp: arrivedMs, data: Buffer.from(data).toString('base64'),
    kinesisRecordMetadata: { shardId, partitionKey, sequenceNumber, subsequenceNumber: '', approximateArrivalTimestamp: arrivedMs },
  };
}

function outcomeOf({ data, arrivedAt }: StreamedRecord, answer: JsonObject | undefined, attemptsMade: number): Outcome {
  if (answer?.['result'] === 'Ok') {
    const { partitionKeys } = requireObject(answer['metadata'], 'metadata');
    return { data: Buffer.from(requireText(answer['data'], 'data'), 'base64'), partitionKeys: Object.fromEntries(Object.entries(isObject(partitionKeys) ? partitionKeys : {}).map(([name, value]) => [name, requireText(value, name)])) };
  }
  const reason = answer ? toText(answer['error'] ?? answer['result']) : 'the function said nothing of it';
  return { failed: { attemptsMade, arrivalTimestamp: arrivedAt.getTime(), errorCode: 'Lambda.FunctionFailed', errorMessage: reason, rawData: Buffer.from(data).toString('base64') } };
}

function cut(records: readonly StreamedRecord[], sizeBytes: number): StreamedRecord[][] {
  const batches: StreamedRecord[][] = [[]];
  let bytes = 0;
  for (const record of records) {
    if (bytes > 0 && bytes + record.data.length > sizeBytes) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(record);
    bytes += record.data.length;
  }
  return batches;
}
