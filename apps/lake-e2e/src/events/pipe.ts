import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { Resource } from '../template/deployment.ts';
import { asList, isObject, requireObject, requireText, type Json, type JsonObject } from '../template/json.ts';
import { matchesPattern } from './event-pattern.ts';
import { applyInputTemplate } from './input-template.ts';

/** An execution that the pipe asks for. */
export interface PipeStart {
  machineArn: string;
  roleArn: string;
  input: Json;
}

export interface Pipe {
  /** Reads what came to the stream since the last time; `rearrange` stands for repeated and reordered delivery of what passed the filter. */
  poll: (rearrange?: (records: Json[]) => Json[]) => Promise<PipeStart[]>;
  close: () => void;
}

/** Runs a pipe from a DynamoDB stream to a state machine as its template describes it; `access` holds its role's credentials. */
export function createPipe(pipe: Resource, access: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }): Pipe {
  const client = new DynamoDBStreamsClient(access);
  /** The last record read of each shard. An iterator is asked for anew each time: those of moto lose their stream when a transaction fails. */
  const positions = new Map<string, string>();

  const readNew = async (streamArn: string): Promise<JsonObject[]> => {
    const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    const found: JsonObject[] = [];
    for (const { ShardId: shardId } of stream?.Shards ?? []) {
      const position = positions.get(shardId!);
      const from = position === undefined ? { ShardIteratorType: 'TRIM_HORIZON' as const } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: position };
      let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...from }));
      while (iterator) {
        const { Records: records = [], NextShardIterator: next } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
        found.push(...records.map((record) => ({ ...(JSON.parse(JSON.stringify(record)) as JsonObject), eventSource: 'aws:dynamodb', eventSourceARN: streamArn })));
        const last = records.at(-1)?.dynamodb?.SequenceNumber;
        if (last) positions.set(shardId!, last);
        iterator = last ? next : undefined;
      }
    }
    return found;
  };

  return {
    async poll(rearrange = (records) => records) {
      const properties = pipe.properties();
      const source = isObject(properties['SourceParameters']) ? properties['SourceParameters'] : {};
      const patterns = filtersOf(source);
      const { BatchSize: batchSize = 100 } = requireObject(source['DynamoDBStreamParameters'], 'DynamoDBStreamParameters');
      const target = requireObject(properties['TargetParameters'] ?? {}, 'TargetParameters');
      const template = target['InputTemplate'];
      const records = await readNew(requireText(properties['Source'], 'Source'));
      const passed = records.filter((record) => patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, record)));
      const inputs = rearrange(passed).map((record) => (typeof template === 'string' ? applyInputTemplate(template, record) : record));
      const start = (input: Json): PipeStart => ({ machineArn: requireText(properties['Target'], 'Target'), roleArn: requireText(properties['RoleArn'], 'RoleArn'), input });
      return inputs.length === 0 ? [] : batchesOf(inputs, Number(batchSize)).map(start);
    },
    close: () => client.destroy(),
  };
}

function filtersOf(source: JsonObject): JsonObject[] {
  const criteria = isObject(source['FilterCriteria']) ? source['FilterCriteria'] : {};
  return asList(criteria['Filters']).map((filter) => requireObject(JSON.parse(requireText(requireObject(filter, 'filter')['Pattern'], 'Pattern')) as Json, 'pattern of a filter'));
}

function batchesOf(items: Json[], size: number): Json[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_none, index) => items.slice(index * size, (index + 1) * size));
}
