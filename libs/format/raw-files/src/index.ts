export { usualExpansion, type ExpansionLimit } from './decompress.ts';
export { openRawFiles, type OpenTableOptions, type RawFile, type RawFilesOptions } from './raw-file.ts';
export type { Cell, TableReader } from './table-reader.ts';
