import { createHash } from 'node:crypto';
import { formatEnvelope, type StreamEvent } from '@data-master/change-events';
import { recordBytes, type ChangeStream, type ChangeTarget, type StreamRecord } from '@data-master/ports';

export interface StreamTargetOptions {
  stream: ChangeStream;
  /** Takes loaded rows, which need no order, and events that are too long for the stream: their positions put them in order. */
  files?: ChangeTarget;
}

/** Brings events into a change stream as envelopes, those of a row under one key. */
export function createStreamTarget({ stream, files }: StreamTargetOptions): ChangeTarget {
  return {
    async write(events) {
      const records: StreamRecord[] = [];
      const long: StreamEvent[] = [];
      for (const event of events) {
        const record = { partitionKey: partitionKeyOf(event), data: Buffer.from(formatEnvelope(event)) };
        if (files && recordBytes(record) > stream.maxRecordBytes) long.push(event);
        else records.push(record);
      }
      await stream.append(records);
      if (long.length > 0) await files?.write(long);
    },
    ...(files?.load && { load: files.load }),
  };
}

/** Schema and table, and what spreads the rows of a busy table: a hash, as a key may be personal and of any length. */
function partitionKeyOf(event: StreamEvent): string {
  const table = `${event.schemaName}.${event.tableName}`.slice(0, 200);
  const spread = event.kind === 'control' ? undefined : event.operation === 'load' ? event.data : event.rowKey;
  return spread === undefined ? table : `${table}:${createHash('sha1').update(spread).digest('hex').slice(0, 8)}`;
}
