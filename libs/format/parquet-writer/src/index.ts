export type { ConvertCommand, ConvertResult, ParquetEngine } from './convert-command.ts';
export { createDuckDbParquetEngine } from './duckdb-engine.ts';
export { maximumRecordBytes } from './block-reader.ts';
export { createPortableParquetEngine } from './portable-engine.ts';
