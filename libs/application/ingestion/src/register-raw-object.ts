import { asDuplicate, asRefused, controlIdOf, createControlRecord, type ControlRecord } from '@data-master/control-records';
import { parseRawKey } from '@data-master/medallion-paths';
import { TerminalError, type Clock, type ControlStore, type Logger, type ObjectStore } from '@data-master/ports';
import type { LakeModel } from '@data-master/table-contracts';
import { readLayout, type ObjectLayout } from './file-layout.ts';
import { inspectRawObject } from './raw-sample.ts';

/** Up to this many records a raw object is for the small worker. */
export const liteRecordLimit = 100_000;

export interface RegisterPorts {
  model: LakeModel;
  store: ObjectStore;
  control: ControlStore;
  clock: Clock;
  logger: Logger;
}

export interface Registration {
  record: ControlRecord;
  /** False when the object had its record already. */
  created: boolean;
}

/**
 * Writes the control record of a raw object: the same object delivered again meets its record, the same content under
 * another key is marked a duplicate, a key or table that nobody knows becomes a record in error. Undefined when the
 * object is gone.
 */
export async function registerRawObject(objectKey: string, ports: RegisterPorts): Promise<Registration | undefined> {
  const { store, control, clock, logger } = ports;
  const info = await store.head(objectKey);
  if (!info) {
    logger.log('warn', 'raw.gone', { object_key: objectKey });
    return undefined;
  }
  const table = parseRawKey(objectKey)?.table;
  const { checksum, recordCount, format } = await inspectRawObject(info, store, await readableLayout(objectKey, ports));
  const fresh = createControlRecord(
    {
      control_id: controlIdOf('dm_bronze', objectKey, checksum),
      object_key: objectKey,
      schema_name: 'dm_bronze',
      table_name: table ?? 'unknown',
      file_format: format,
      file_size: info.sizeBytes,
      checksum,
      record_count: recordCount,
      compute_target: recordCount > liteRecordLimit ? 'ecs' : 'lambda',
    },
    clock.now(),
  );
  const known = await control.get(fresh.control_id);
  if (known) return { record: known, created: false };

  const record = await settleAtOnce(fresh, table, ports);
  const committed = await control.commit([{ insert: record }]);
  const stored = (await control.get(record.control_id)) ?? record;
  logger.log(record.status === 'error' ? 'error' : 'info', 'raw.registered', {
    control_id: record.control_id, object_key: objectKey, table: record.table_name, status: record.status,
    ...(record.duplicate_of && { duplicate_of: record.duplicate_of }), ...(record.error_message && { error: record.error_message }),
  });
  return { record: stored, created: committed };
}

/** A layout that is at fault fails the ingest, which can be tried again. */
async function readableLayout(objectKey: string, ports: RegisterPorts): Promise<ObjectLayout> {
  return readLayout(objectKey, ports).catch((error: unknown) => {
    if (error instanceof TerminalError) return {};
    throw error;
  });
}

/** What is known to be done or hopeless is recorded as such and never dispatched. */
async function settleAtOnce(record: ControlRecord, table: string | undefined, { model, control }: RegisterPorts): Promise<ControlRecord> {
  if (!table) return asRefused(record, `object key ${record.object_key} has an unknown shape; expected raw/<table>/<file>; move the object under its table`);
  if (!model.tables.some((each) => each.name === table)) {
    return asRefused(record, `table ${table} is in no contract; expected one of ${model.tables.map((each) => each.name).join(', ')}; add its contract or move the object, then retry`);
  }
  const twins = await control.byChecksum(table, record.checksum);
  const original = twins.find((twin) => twin.schema_name === 'dm_bronze' && twin.object_key !== record.object_key && twin.status !== 'error' && !twin.duplicate_of);
  return original ? asDuplicate(record, original) : record;
}
