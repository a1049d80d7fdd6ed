export { extractPages, type ExtractCommand, type ExtractPorts, type Extraction } from './extract-pages.ts';
export type { ExtractedPage, ExtractionManifest } from './extraction-record.ts';
export type { RequestPorts } from './page-request.ts';
export { openBreweryDb } from './open-brewery-db.ts';
export { pagedApiSchema, parsePagedApi, type PagedApi } from './paged-api.ts';
