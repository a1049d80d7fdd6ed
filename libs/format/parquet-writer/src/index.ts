export type { ConvertCommand, ConvertResult, ParquetEngine, UnknownKind } from './convert-command.ts';
export { createDuckDbParquetEngine, type DuckDbParquetOptions } from './duckdb-engine.ts';
export { maximumRecordBytes, type BlockOptions } from './block-reader.ts';
export { createPortableParquetEngine } from './portable-engine.ts';
