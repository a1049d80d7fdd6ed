import { pipeline } from 'node:stream/promises';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { formatEnvelope, formatRawRow, type ChangeEvent, type StreamEvent } from '@data-master/change-events';
import { contentUuid, formatAsideKey, formatRawKey } from '@data-master/medallion-paths';
import type { ChangeTarget, Clock, ObjectStore } from '@data-master/ports';

const compress = promisify(gzip);
const level = { level: constants.Z_BEST_SPEED };

export interface FileTargetOptions {
  store: ObjectStore;
  clock: Clock;
  /** Begins the names of objects. */
  prefix?: string;
}

/**
 * Brings changes into raw as files, as a delivery stream would: per batch and table one object of flat rows,
 * `raw/<table>/<prefix>-firehose-stream-1-…gz`; loaded rows as `…-batch-process-1-…gz`; control records as envelopes
 * under `control/`. An object that is written again after a crash keeps its name when its content is the same.
 */
export function createFileTarget({ store, clock, prefix = 'dm' }: FileTargetOptions): ChangeTarget {
  const writeRows = async (tableName: string, events: readonly ChangeEvent[]): Promise<void> => {
    const text = Buffer.from(events.map(formatLine).join(''));
    const key = formatRawKey({ table: tableName, way: 'stream', prefix, at: clock.now(), uuid: contentUuid(text) });
    await store.write(key, await compress(text, level));
  };
  const writeControl = async (events: readonly StreamEvent[]): Promise<void> => {
    const text = Buffer.from(events.map((event) => `${formatEnvelope(event)}\n`).join(''));
    await store.write(formatAsideKey('control', clock.now(), contentUuid(text)), text);
  };
  return {
    async write(events) {
      const byTable = new Map<string, ChangeEvent[]>();
      const control: StreamEvent[] = [];
      for (const event of events) {
        if (event.kind === 'control') {
          control.push(event);
          continue;
        }
        const rows = byTable.get(event.tableName);
        if (rows) rows.push(event);
        else byTable.set(event.tableName, [event]);
      }
      for (const [table, rows] of byTable) await writeRows(table, rows);
      if (control.length > 0) await writeControl(control);
    },
    async load({ tableName, partId, loadedAt, rows }) {
      const key = formatRawKey({ table: tableName, way: 'batch', prefix, at: loadedAt, uuid: contentUuid(partId) });
      const packed = new PassThrough();
      const packing = pipeline(Readable.from(rows, { objectMode: false }), createGzip(level), packed);
      await Promise.all([packing, store.write(key, packed)]);
    },
  };
}

const formatLine = (event: ChangeEvent): string => `${formatRawRow(event)}\n`;
