/** What files of raw are made of, by the names of the S3 settings of DMS and, beyond these, in their manner. */
export const dataFormats = ['csv', 'json', 'parquet'] as const;
export type DataFormat = (typeof dataFormats)[number];

export const compressionTypes = ['none', 'gzip', 'snappy', 'zstd'] as const;
export type CompressionType = (typeof compressionTypes)[number];

/** Settings of a target of files. */
export interface FileSettings {
  /** When not given, changes are JSON lines and loaded rows CSV, each as it comes. */
  dataFormat?: DataFormat | undefined;
  /** When not given, `snappy` for Parquet, else `gzip`. */
  compressionType?: CompressionType | undefined;
}
