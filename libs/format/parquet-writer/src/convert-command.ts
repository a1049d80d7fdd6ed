import type { PiiMasker } from '@data-master/pii-masking';
import type { ObjectInfo } from '@data-master/ports';
import type { FileLayout, SourceTable } from '@data-master/table-contracts';

/** What is to become of one raw object. */
export interface ConvertCommand {
  table: SourceTable;
  /** Any kind of file that is read, compressed or not; told from the content, never from the name. */
  rawKey: string;
  /** What the content does not tell. */
  layout?: FileLayout;
  /** Parquet, written when at least one row is accepted. */
  bronzeKey: string;
  /** NDJSON of the rejected rows, written when there are some. */
  quarantineKey: string;
  /** `_commit_time` of the rows that do not say. */
  arrivedAt: Date;
  masker: PiiMasker;
  /** Bytes read of the raw object so far, before decompression. */
  onProgress?: (readBytes: number) => void;
}

export interface ConvertResult {
  accepted: number;
  rejected: number;
  bronze?: ObjectInfo;
  quarantine?: ObjectInfo;
}

/**
 * Converts raw objects to bronze. Input that cannot be read whole (corrupt, no data, a header that is not the table's)
 * is a TerminalError and writes nothing. A repetition writes the same objects again.
 */
export interface ParquetEngine {
  readonly name: 'duckdb' | 'portable';
  convert(command: ConvertCommand): Promise<ConvertResult>;
}
