/** An object of an API's extraction; `run` names the extraction, pages count from 1 in the order they were read. */
export type ExtractionKey =
  /** An answer as it came: `bronze/<api>/extraction=<run>/page-00001.json`. */
  | { part: 'page'; api: string; run: string; page: number }
  /** What is known of a page before the extraction is published: `bronze/<api>/progress/<run>/page-00001.json`. */
  | { part: 'progress'; api: string; run: string; page: number }
  /** What publishes an extraction: `bronze/<api>/manifests/<run>.json`. */
  | { part: 'manifest'; api: string; run: string };

/** The name of a run: letters, digits, dots, underscores and hyphens, none leading but letters and digits. */
export const runPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

const run = runPattern.source.slice(1, -1);
const pattern = new RegExp(
  `^bronze/(?<api>[a-z][a-z0-9_]*)/(?:(?<part>extraction=|progress/)(?<pageRun>${run})/page-(?<page>\\d{5})|manifests/(?<run>${run}))\\.json$`,
);

/** Reads a key of an extraction; undefined when it has another shape. Inverse of `formatExtractionKey`. */
export function parseExtractionKey(key: string): ExtractionKey | undefined {
  const match = pattern.exec(key)?.groups;
  if (!match) return undefined;
  const api = match['api']!;
  if (match['run'] !== undefined) return { part: 'manifest', api, run: match['run'] };
  return { part: match['part'] === 'progress/' ? 'progress' : 'page', api, run: match['pageRun']!, page: Number(match['page']) };
}

/** Writes a key of an extraction. Inverse of `parseExtractionKey`. */
export function formatExtractionKey(key: ExtractionKey): string {
  if (key.part === 'manifest') return `bronze/${key.api}/manifests/${key.run}.json`;
  return `bronze/${key.api}/${key.part === 'page' ? 'extraction=' : 'progress/'}${key.run}/page-${String(key.page).padStart(5, '0')}.json`;
}
