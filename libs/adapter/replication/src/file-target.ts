import { pipeline } from 'node:stream/promises';
import { PassThrough, Readable } from 'node:stream';
import { formatEnvelope, formatRawRow, type ChangeEvent, type DataFormat, type FileSettings, type StreamEvent } from '@data-master/change-events';
import { contentUuid, formatAsideKey, formatRawKey, type RawKey } from '@data-master/medallion-paths';
import type { ChangeTarget, Clock, LoadPart, ObjectStore } from '@data-master/ports';
import { formatParquet } from './parquet-file.ts';
import { cellsOf, formatCsv, readCells, type CellRows } from './row-cells.ts';
import { textCompressionOf } from './text-compression.ts';
import { formatJsonLines, typeColumns, type ColumnTypes } from './typed-cells.ts';

export interface FileTargetOptions {
  store: ObjectStore;
  clock: Clock;
  /** What files are made of. */
  settings?: FileSettings;
  /** Types of the values in JSON and Parquet; of a table that it does not know all are texts. */
  typesOf?: ColumnTypes;
  /** Begins the names of objects. */
  prefix?: string;
}

/** Text of loaded rows that becomes one object of JSON or Parquet. */
const blockBytes = 16 * 2 ** 20;

/**
 * Brings changes into raw as files, as a delivery stream would: per batch and table one object of flat rows,
 * `raw/<table>/<prefix>-firehose-stream-1-…`; loaded rows as `…-batch-process-1-…`; control records as envelopes
 * under `control/`. An object that is written again after a crash keeps its name when its content is the same.
 */
export function createFileTarget({ store, clock, settings = {}, typesOf = () => undefined, prefix = 'dm' }: FileTargetOptions): ChangeTarget {
  const { dataFormat, compressionType } = settings;
  const compression = dataFormat === 'parquet' ? undefined : textCompressionOf(settings);
  const encode = async (rows: CellRows, table: string): Promise<Uint8Array> => {
    if (!compression) return formatParquet(typeColumns(rows, typesOf(table)), compressionType);
    return compression.whole(Buffer.from(dataFormat === 'csv' ? formatCsv(rows) : formatJsonLines(rows, typesOf(table))));
  };
  /** Files in gzip are named as those of Firehose, whatever they hold. */
  const keyOf = (name: Omit<Extract<RawKey, { uuid: string }>, 'prefix'>, format: DataFormat): string =>
    formatRawKey({ ...name, prefix }).replace(/\.gz$/, compression?.extension === '.gz' ? '.gz' : `.${format}${compression?.extension ?? ''}`);

  const writeRows = async (table: string, events: readonly ChangeEvent[]): Promise<void> => {
    const format = dataFormat ?? 'json';
    const lines = Buffer.from(events.map(formatLine).join(''));
    const file = format === 'json' && compression ? await compression.whole(lines) : await encode(cellsOf(events), table);
    await store.write(keyOf({ table, way: 'stream', at: clock.now(), uuid: contentUuid(lines) }, format), file);
  };
  /** One object, as the rows come from the source. */
  const passLoad = async ({ tableName: table, partId, loadedAt: at, rows }: LoadPart): Promise<void> => {
    const packed = new PassThrough();
    const packing = pipeline([Readable.from(rows, { objectMode: false }), ...(compression?.stream ? [compression.stream()] : []), packed]);
    await Promise.all([packing, store.write(keyOf({ table, way: 'batch', at, uuid: contentUuid(partId) }, 'csv'), packed)]);
  };
  /** Objects of which each is in memory. */
  const encodeLoad = async ({ tableName: table, partId, loadedAt: at, rows }: LoadPart, format: DataFormat): Promise<void> => {
    let block = 0;
    for await (const cells of readCells(rows, blockBytes)) {
      await store.write(keyOf({ table, way: 'batch', at, uuid: contentUuid(`${partId} ${block}`) }, format), await encode(cells, table));
      block += 1;
    }
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
    load: (part) => (dataFormat === undefined || dataFormat === 'csv' ? passLoad(part) : encodeLoad(part, dataFormat)),
  };
}

const formatLine = (event: ChangeEvent): string => `${formatRawRow(event)}\n`;
