import { claim, controlIdOf, createControlRecord, fail, handBack, isClaimable, renewLease, succeed, type ControlRecord } from '@data-master/control-records';
import { bronzeKeyOf, parseRawKey, quarantineKeyOf } from '@data-master/medallion-paths';
import type { ConvertResult, ParquetEngine } from '@data-master/parquet-writer';
import { redactText, type PiiMasker } from '@data-master/pii-masking';
import { TerminalError, type Clock, type ControlStore, type Logger, type ObjectStore } from '@data-master/ports';
import type { LakeModel, SourceTable } from '@data-master/table-contracts';
import { readLayout } from './file-layout.ts';
import { registerRawObject } from './register-raw-object.ts';

/** How long a claim holds without a sign of life. */
export const ingestLeaseMs = 5 * 60_000;

export interface IngestPorts {
  model: LakeModel;
  store: ObjectStore;
  control: ControlStore;
  engine: ParquetEngine;
  masker: PiiMasker;
  clock: Clock;
  logger: Logger;
}

export interface IngestCommand {
  controlId: string;
  /** Who claims the record. */
  worker: string;
  /** Bytes of the raw object read so far. */
  onProgress?: (readBytes: number, totalBytes: number) => void;
}

export type IngestOutcome = 'success' | 'failed' | 'skipped';

/**
 * Turns one raw object into one bronze object. The record is claimed under a lease; its success and the pending
 * record of the next layer are one commit. Repeating it writes the same bronze object again and nothing twice. An
 * object whose content was replaced since is done with: its record names that of the new content as `duplicate_of`.
 */
export async function ingestRawObject(command: IngestCommand, ports: IngestPorts): Promise<IngestOutcome> {
  const { control, clock, logger } = ports;
  const record = await control.get(command.controlId);
  if (!record || record.schema_name !== 'dm_bronze' || !isClaimable(record, clock.now())) return 'skipped';
  let held = claim(record, command.worker, ingestLeaseMs, clock.now());
  if (!(await control.commit([{ previous: record, next: held }]))) return 'skipped';

  const keepLease = async (): Promise<void> => {
    if (Date.parse(held.lease_until ?? '') - clock.now().getTime() > ingestLeaseMs / 2) return;
    const renewed = renewLease(held, ingestLeaseMs, clock.now());
    if (await control.commit([{ previous: held, next: renewed }])) held = renewed;
  };
  const log = logger.child({ control_id: record.control_id, table: record.table_name, object_key: record.object_key });
  try {
    const replacement = await findReplacement(record, ports);
    if (replacement) {
      const done = { ...succeed(held, { recordCount: 0, rejectedCount: 0 }, clock.now()), duplicate_of: replacement.control_id };
      const kept = await control.commit([{ previous: held, next: done }]);
      log.log('info', 'bronze.replaced', { by: replacement.control_id });
      return kept ? 'success' : 'skipped';
    }
    const { bronzeKey, result } = await convert(record, command, ports, keepLease);
    const now = clock.now();
    const done = succeed(held, { recordCount: result.accepted, rejectedCount: result.rejected }, now);
    const next = result.bronze && silverRecord(record, bronzeKey, result, now);
    const kept = await control.commit([{ previous: held, next: done }, ...(next ? [{ insert: next }] : [])]);
    log.log(kept ? 'info' : 'warn', kept ? 'bronze.written' : 'bronze.lease_lost', { rows: result.accepted, rejected: result.rejected, bronze_key: bronzeKey, duration_ms: done.duration });
    return kept ? 'success' : 'skipped';
  } catch (error) {
    const message = redactText(error instanceof Error ? error.message : String(error));
    const failed = fail(held, { message, transient: !(error instanceof TerminalError) }, clock.now());
    await control.commit([{ previous: held, next: failed }]);
    log.log('error', 'bronze.failed', { error: message, status: failed.status, attempt: failed.attempt_count });
    return 'failed';
  }
}

/** Gives a claimed record back untried, for a worker that is told to stop. */
export async function handBackRecord(controlId: string, worker: string, { control, clock }: Pick<IngestPorts, 'control' | 'clock'>): Promise<void> {
  const record = await control.get(controlId);
  if (record?.status === 'running' && record.lease_owner === worker) await control.commit([{ previous: record, next: handBack(record, clock.now()) }]);
}

/** The record of the content that the object has now, when that is not the content of `record` and can be taken in. */
async function findReplacement(record: ControlRecord, ports: IngestPorts): Promise<ControlRecord | undefined> {
  const info = await ports.store.head(record.object_key);
  const isUntouched = info?.sizeBytes === record.file_size && info.modifiedAt.getTime() <= Date.parse(record.created_at);
  if (!info || isUntouched) return undefined;
  const current = (await registerRawObject(record.object_key, ports))?.record;
  return current && current.control_id !== record.control_id && current.status !== 'error' ? current : undefined;
}

async function convert(
  record: ControlRecord, command: IngestCommand, ports: IngestPorts, keepLease: () => Promise<void>,
): Promise<{ bronzeKey: string; result: ConvertResult }> {
  const { store, control, engine, masker } = ports;
  const table = requireTable(record, ports.model);
  const key = parseRawKey(record.object_key);
  const info = await store.head(record.object_key);
  if (!key || !info) throw new TerminalError(`raw object ${record.object_key} is gone; expected ${record.file_size} bytes under this key; put it back, then retry`);

  const arrivedAt = key.way === 'other' ? info.modifiedAt : key.at;
  const fileName = record.object_key.slice(record.object_key.lastIndexOf('/') + 1);
  const nameIsUnique = key.way !== 'other' && (await control.byObjectKey(record.object_key)).length === 1;
  const suffix = nameIsUnique ? '' : record.checksum.slice(0, 8);
  const bronzeKey = bronzeKeyOf(record.table_name, fileName, arrivedAt, suffix);
  const { layout } = await readLayout(record.object_key, ports);
  let renewal = Promise.resolve();
  const result = await engine.convert({
    table, rawKey: record.object_key, ...(layout && { layout }), bronzeKey, quarantineKey: quarantineKeyOf(record.table_name, fileName, suffix), arrivedAt, masker,
    onProgress: (readBytes) => {
      renewal = renewal.then(keepLease);
      command.onProgress?.(readBytes, record.file_size);
    },
  });
  await renewal;
  return { bronzeKey, result };
}

function requireTable(record: ControlRecord, model: LakeModel): SourceTable {
  const table = model.tables.find((each) => each.name === record.table_name);
  if (!table) throw new TerminalError(`table ${record.table_name} is in no contract; expected one of ${model.tables.map((each) => each.name).join(', ')}; add its contract, then retry`);
  return table;
}

function silverRecord(record: ControlRecord, bronzeKey: string, result: ConvertResult, now: Date): ControlRecord {
  return createControlRecord(
    {
      control_id: controlIdOf('dm_silver', record.table_name, bronzeKey, record.checksum),
      object_key: bronzeKey,
      schema_name: 'dm_silver',
      table_name: record.table_name,
      file_format: 'parquet',
      file_size: result.bronze?.sizeBytes ?? 0,
      checksum: record.checksum,
      record_count: result.accepted,
      compute_target: 'ecs',
    },
    now,
  );
}
