import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { openKinesisClient } from '@data-master/aws/kinesis';
import type { AccountAccess } from '../template/account.ts';

/** A record of a stream, as its consumer gets it. */
export interface StreamedRecord {
  sequenceNumber: string;
  partitionKey: string;
  shardId: string;
  data: Uint8Array;
  arrivedAt: Date;
}

export interface StreamReader {
  /** What came since the last time. */
  read: () => Promise<StreamedRecord[]>;
  close: () => void;
}

/** Reads a Kinesis stream from its beginning by the calls that Firehose makes, with the credentials of its role. */
export function createStreamReader(streamArn: string, access: AccountAccess): StreamReader {
  const client = openKinesisClient(access);
  const positions = new Map<string, string>();
  let isDescribed = false;
  return {
    async read() {
      if (!isDescribed) await client.send(new DescribeStreamCommand({ StreamARN: streamArn }));
      isDescribed = true;
      const found: StreamedRecord[] = [];
      const { Shards: shards = [] } = await client.send(new ListShardsCommand({ StreamARN: streamArn }));
      for (const { ShardId: shardId = '' } of shards) {
        const position = positions.get(shardId);
        const from = position === undefined ? { ShardIteratorType: 'TRIM_HORIZON' as const } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: position };
        let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({ StreamARN: streamArn, ShardId: shardId, ...from }));
        while (iterator) {
          const { Records: records = [], NextShardIterator: next } = await client.send(new GetRecordsCommand({ StreamARN: streamArn, ShardIterator: iterator }));
          found.push(...records.map(({ SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp }) => ({ sequenceNumber: SequenceNumber!, partitionKey: PartitionKey!, shardId, data: Data!, arrivedAt: ApproximateArrivalTimestamp ?? new Date() })));
          const last = records.at(-1)?.SequenceNumber;
          if (last) positions.set(shardId, last);
          iterator = last ? next : undefined;
        }
      }
      return found;
    },
    close: () => client.destroy(),
  };
}
