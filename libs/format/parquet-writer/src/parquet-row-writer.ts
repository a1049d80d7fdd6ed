import type { ObjectInfo } from '@data-master/ports';
import type { Column } from '@data-master/table-contracts';
import { ParquetEnvelopeWriter, ParquetWriter } from '@dsnp/parquetjs/dist/lib/writer.js';
import type { PhysicalValue } from './bronze-row.ts';
import type { ObjectSink } from './object-sink.ts';
import { decodeFooter, encodeFooter } from './parquet-footer.ts';
import { annotateSchema, physicalSchema } from './parquet-schema.ts';

/** Rows per row group: the writer holds that many in memory. */
const rowGroupRows = 20_000;
const pageRows = 10_000;

/** Writes rows to a Parquet object in row groups. */
export interface ParquetRowWriter {
  append(row: Record<string, PhysicalValue>): Promise<void>;
  /** The object; without rows there is none. */
  close(): Promise<ObjectInfo | undefined>;
}

/** A writer of pages of version 1, compressed with Snappy, by parquetjs. */
export async function createParquetRowWriter(columns: readonly Column[], sink: ObjectSink): Promise<ParquetRowWriter> {
  const schema = physicalSchema(columns);
  // parquetjs writes the footer last and in one piece; it is held back to be completed.
  let held: Uint8Array | undefined;
  const stream = {
    write: (piece: Uint8Array, done: (error?: unknown) => void): void => {
      const previous = held;
      held = piece;
      if (previous) sink.push(previous).then(() => done(), done);
      else done();
    },
    end: (done: (error?: unknown) => void): void => done(),
  };
  const options = { rowGroupSize: rowGroupRows, pageSize: pageRows, useDataPageV2: false, pageIndex: false };
  const envelope = await ParquetEnvelopeWriter.openStream(schema, stream as unknown as Parameters<typeof ParquetEnvelopeWriter.openStream>[1], options);
  const writer = new ParquetWriter(schema, envelope, options);
  let rows = 0;
  return {
    append: (row) => {
      rows += 1;
      return writer.appendRow(row);
    },
    close: async () => {
      if (rows === 0) return undefined;
      await writer.close();
      const footer = decodeFooter(held as Uint8Array);
      annotateSchema(footer, columns);
      await sink.push(encodeFooter(footer));
      return sink.close();
    },
  };
}
