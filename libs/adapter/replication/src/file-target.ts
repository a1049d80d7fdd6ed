import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { formatEnvelope, formatRawRow, type ChangeEvent, type StreamEvent } from '@data-master/change-events';
import { formatRawKey } from '@data-master/medallion-paths';
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
 * under `control/<table>/`. An object that is written again after a crash keeps its name when its content is the same.
 */
export function createFileTarget({ store, clock, prefix = 'dm' }: FileTargetOptions): ChangeTarget {
  const writeRows = async (tableName: string, events: readonly ChangeEvent[]): Promise<void> => {
    const text = Buffer.from(events.map(formatLine).join(''));
    const key = formatRawKey({ table: tableName, way: 'stream', prefix, at: clock.now(), uuid: uuidOf(text) });
    await store.write(key, await compress(text, level));
  };
  const writeControl = async (events: readonly StreamEvent[]): Promise<void> => {
    const text = Buffer.from(events.map((event) => `${formatEnvelope(event)}\n`).join(''));
    await store.write(`control/${clock.now().toISOString().slice(0, 19).replace(/[T:]/g, '-')}-${uuidOf(text)}.ndjson`, text);
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
      const key = formatRawKey({ table: tableName, way: 'batch', prefix, at: loadedAt, uuid: uuidOf(partId) });
      const packed = new PassThrough();
      const packing = pipeline(Readable.from(rows, { objectMode: false }), createGzip(level), packed);
      await Promise.all([packing, store.write(key, packed)]);
    },
  };
}

const formatLine = (event: ChangeEvent): string => `${formatRawRow(event)}\n`;

/** A name that is the same for the same content, in the shape of a UUID. */
function uuidOf(content: string | Uint8Array): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
