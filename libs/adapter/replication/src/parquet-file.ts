import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { CompressionType } from '@data-master/change-events';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { TypedColumn } from './typed-cells.ts';

const codecs = { none: 'UNCOMPRESSED', gzip: 'GZIP', snappy: 'SNAPPY', zstd: 'ZSTD' } as const satisfies Record<CompressionType, string>;
const compressors = { GZIP: (bytes: Uint8Array) => gzipSync(bytes), ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes) };

/** A Parquet file of one row group. */
export function formatParquet(columns: readonly TypedColumn[], compressionType: CompressionType = 'snappy'): Uint8Array {
  const rowGroupSize = Math.max(1, columns[0]?.values.length ?? 0);
  return new Uint8Array(parquetWriteBuffer({ columnData: columns.map(({ name, type, values }) => ({ name, type, data: values, nullable: true })), codec: codecs[compressionType], compressors, rowGroupSize }));
}
