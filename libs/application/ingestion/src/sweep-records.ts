import { abandon, isClaimable, touch, type ControlRecord, type SchemaName } from '@data-master/control-records';
import type { Clock, ControlStore, Logger } from '@data-master/ports';

export interface SweepPorts {
  control: ControlStore;
  clock: Clock;
  logger: Logger;
}

export interface SweepCommand {
  /** A pending record that was due this long ago is announced again. */
  overdueMs: number;
  /** Layers whose pending records start work by being announced; all when not given. */
  announced?: readonly SchemaName[];
  /** Whether a worker is known to have ended, so that its lease need not be awaited. */
  isGone?: (owner: string) => boolean;
}

/**
 * Takes records from workers that are gone, and announces again what is pending for too long, should its event have been
 * lost. Each change is a compare-and-set: a worker that comes first keeps its record.
 */
export async function sweepRecords({ overdueMs, announced, isGone = () => false }: SweepCommand, { control, clock, logger }: SweepPorts): Promise<{ abandoned: number; announced: number }> {
  const swept = { abandoned: 0, announced: 0 };
  for await (const record of control.query({ status: 'running' })) {
    if (!isGone(record.lease_owner ?? '') && !isClaimable(record, clock.now())) continue;
    if (await control.commit([{ previous: record, next: abandon(record, clock.now()) }])) swept.abandoned += 1;
  }
  const dueBefore = new Date(clock.now().getTime() - overdueMs).toISOString();
  const isOverdue = (record: ControlRecord): boolean => record.available_at <= dueBefore && (overdueMs === 0 || record.updated_at <= dueBefore);
  for (const schemaName of announced ?? [undefined]) {
    for await (const record of control.query({ ...(schemaName && { schemaName }), status: 'pending' })) {
      if (isOverdue(record) && (await control.commit([{ previous: record, next: touch(record, clock.now()) }]))) swept.announced += 1;
    }
  }
  if (swept.abandoned + swept.announced > 0) logger.log('info', 'records.swept', { ...swept });
  return swept;
}
