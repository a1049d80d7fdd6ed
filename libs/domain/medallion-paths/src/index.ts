export { formatAsideKey, type AsideFolder } from './aside-key.ts';
export { baseName, bronzeKeyOf, formatBronzeKey, parseBronzeKey, quarantineKeyOf, type BronzeKey } from './bronze-key.ts';
export { contentUuid } from './content-name.ts';
export { formatExtractionKey, parseExtractionKey, runPattern, type ExtractionKey } from './extraction-key.ts';
export { formatRawKey, layoutKeyOf, parseRawKey, type RawKey } from './raw-key.ts';
export { formatSnapshotKey, parseSnapshotKey, tableLocation } from './table-location.ts';
