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
  /** Bytes of the lines so far. */
  readonly sizeBytes: number;
  add: (records: readonly ReceivedRecord[]) => void;
  /** One object for each table, and those of what is no row. The same records make the same objects. */
  objects: () => AsyncGenerator<DeliveredObject>;
}

export function createDeliveryBatch(options: RouteOptions, logger: Logger): DeliveryBatch {
  const rows = new Map<string, Buffer[]>();
  const aside = new Map<AsideFolder, Buffer[]>();
  let sizeBytes = 0;
  let at = new Date(0);

  /** Lines become bytes at once, since texts made of pieces of others would keep these in memory. */
  const keep = <Name>(pieces: Map<Name, Buffer[]>, lines: ReadonlyMap<Name, string[]>): void => {
    for (const [name, own] of lines) {
      const piece = Buffer.from(`${own.join('\n')}\n`);
      sizeBytes += piece.length;
      append(pieces, name, piece);
    }
  };

  return {
    get sizeBytes() { return sizeBytes; },
    add(records) {
      const rowLines = new Map<string, string[]>();
      const asideLines = new Map<AsideFolder, string[]>();
      for (const [index, change] of routeRecords(records, options, logger).entries()) {
        const record = records[index]!;
        if (record.arrivedAt > at) at = record.arrivedAt;
        if ('failed' in change) append(asideLines, 'errors/processing-failed', formatFailedRecord(record, change.failed));
        else if ('control' in change) append(asideLines, 'control', formatEnvelope(change.control));
        else append(rowLines, change.table, change.row);
      }
      keep(rows, rowLines);
      keep(aside, asideLines);
    },
    async *objects() {
      for (const [table, pieces] of rows) {
        const text = Buffer.concat(pieces);
        yield { key: formatRawKey({ table, way: 'stream', prefix: 'dm', at, uuid: contentUuid(text) }), body: await compress(text, level), isRaw: true };
      }
      for (const [folder, pieces] of aside) {
        const text = Buffer.concat(pieces);
        yield { key: formatAsideKey(folder, at, contentUuid(text)), body: text, isRaw: false };
      }
    },
  };
}

function append<Name, Each>(groups: Map<Name, Each[]>, name: Name, each: Each): void {
  const known = groups.get(name);
  if (known) known.push(each);
  else groups.set(name, [each]);
}
