import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { formatEnvelope, type RouteOptions } from '@data-master/change-events';
import { contentUuid, formatAsideKey, formatRawKey, type AsideFolder } from '@data-master/medallion-paths';
import type { Logger, ReceivedRecord } from '@data-master/ports';
import { formatFailedRecord } from './failed-record.ts';
import { routeRecords } from './route-records.ts';

const compress = promisify(gzip);
const level = { level: constants.Z_BEST_SPEED };

/** An object that a batch becomes. */
export interface DeliveredObject {
  key: string;
  body: Uint8Array;
  /** Whether it lies under `raw/`, where it starts bronze. */
  isRaw: boolean;
}

/** Records that go to objects together. */
export interface DeliveryBatch {
  /** Characters of the lines so far. */
  readonly size: number;
  add: (records: readonly ReceivedRecord[]) => void;
  /** One object for each table, and those of what is no row. The same records make the same objects. */
  objects: () => AsyncGenerator<DeliveredObject>;
}

export function createDeliveryBatch(options: RouteOptions, logger: Logger): DeliveryBatch {
  const rows = new Map<string, string[]>();
  const aside = new Map<AsideFolder, string[]>();
  let size = 0;
  let at = new Date(0);

  const push = <Name>(lines: Map<Name, string[]>, name: Name, line: string): void => {
    size += line.length;
    const known = lines.get(name);
    if (known) known.push(line);
    else lines.set(name, [line]);
  };

  return {
    get size() { return size; },
    add(records) {
      for (const [index, change] of routeRecords(records, options, logger).entries()) {
        const record = records[index]!;
        if (record.arrivedAt > at) at = record.arrivedAt;
        if ('failed' in change) push(aside, 'errors/processing-failed', formatFailedRecord(record, change.failed));
        else if ('control' in change) push(aside, 'control', formatEnvelope(change.control));
        else push(rows, change.table, change.row);
      }
    },
    async *objects() {
      for (const [table, lines] of rows) {
        const text = textOf(lines);
        yield { key: formatRawKey({ table, way: 'stream', prefix: 'dm', at, uuid: contentUuid(text) }), body: await compress(text, level), isRaw: true };
      }
      for (const [folder, lines] of aside) {
        const text = textOf(lines);
        yield { key: formatAsideKey(folder, at, contentUuid(text)), body: text, isRaw: false };
      }
    },
  };
}

const textOf = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
