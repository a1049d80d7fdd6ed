export { extractPages, type ExtractCommand, type ExtractPorts, type Extraction } from './extract-pages.ts';
export type { ExtractedPage, ExtractionManifest } from './extraction-record.ts';
export type { RequestPorts } from './page-request.ts';
export { pagedApiSchema, type PagedApi } from './paged-api.ts';
