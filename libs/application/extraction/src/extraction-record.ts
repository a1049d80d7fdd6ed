import { formatExtractionKey } from '@data-master/medallion-paths';
import { TerminalError, type ObjectInfo, type ObjectStore } from '@data-master/ports';
import { z } from 'zod';

const pageSchema = z.strictObject({
  page: z.number(),
  key: z.string(),
  url: z.string(),
  rows: z.number(),
  sizeBytes: z.number(),
  sha256: z.string(),
  etag: z.string().optional(),
  /** The number of all rows, where the answer said it. */
  total: z.number().optional(),
  fetchedAt: z.iso.datetime(),
});

const manifestSchema = z.strictObject({
  api: z.string(),
  run: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  pageCount: z.number(),
  rowCount: z.number(),
  sizeBytes: z.number(),
  pages: z.array(pageSchema),
});

/** What is known of a page that is in the store. */
export type ExtractedPage = z.output<typeof pageSchema>;

/** A whole extraction; its existence is what publishes the pages. */
export type ExtractionManifest = z.output<typeof manifestSchema>;

/** The manifest of a run; undefined when the run is not published. */
export async function readManifest(store: ObjectStore, api: string, run: string): Promise<ExtractionManifest | undefined> {
  const key = formatExtractionKey({ part: 'manifest', api, run });
  return (await store.head(key)) && readJson(store, key, manifestSchema);
}

/** The manifest that was published last; undefined when there is none. */
export async function readLatestManifest(store: ObjectStore, api: string): Promise<ExtractionManifest | undefined> {
  let latest: ObjectInfo | undefined;
  for await (const info of store.list(`bronze/${api}/manifests/`)) {
    if (!latest || info.modifiedAt >= latest.modifiedAt) latest = info;
  }
  return latest && readJson(store, latest.key, manifestSchema);
}

/** Publishes; throws ObjectExistsError when the run is published. */
export async function publishManifest(store: ObjectStore, manifest: ExtractionManifest): Promise<void> {
  const key = formatExtractionKey({ part: 'manifest', api: manifest.api, run: manifest.run });
  await store.write(key, Buffer.from(JSON.stringify(manifest)), { ifAbsent: true });
}

/** The pages of a run that are in the store, from the first to the one before a gap. */
export async function readProgress(store: ObjectStore, api: string, run: string): Promise<ExtractedPage[]> {
  const pages: ExtractedPage[] = [];
  for await (const { key } of store.list(progressPrefix(api, run))) {
    const page = await readJson(store, key, pageSchema);
    if (page.page !== pages.length + 1) break;
    pages.push(page);
  }
  return pages;
}

/** Keeps a page and then what is known of it, so that the second proves the first. */
export async function keepPage(store: ObjectStore, api: string, run: string, page: ExtractedPage, bytes: Uint8Array): Promise<void> {
  await store.write(page.key, bytes);
  await store.write(formatExtractionKey({ part: 'progress', api, run, page: page.page }), Buffer.from(JSON.stringify(page)));
}

/** Forgets what is known of the pages of a run; the manifest has it. */
export async function removeProgress(store: ObjectStore, api: string, run: string): Promise<void> {
  for (const key of await keysOf(store, progressPrefix(api, run))) await store.remove(key);
}

/** Removes an unpublished run, so that it begins anew. */
export async function discardRun(store: ObjectStore, api: string, run: string): Promise<void> {
  await removeProgress(store, api, run);
  for (const key of await keysOf(store, `bronze/${api}/extraction=${run}/`)) await store.remove(key);
}

/** All bytes of an object. */
export async function readObject(store: ObjectStore, key: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const progressPrefix = (api: string, run: string): string => `bronze/${api}/progress/${run}/`;

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

async function readJson<Schema extends z.ZodType>(store: ObjectStore, key: string, schema: Schema): Promise<z.output<Schema>> {
  const text = Buffer.from(await readObject(store, key)).toString('utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new TerminalError(`object ${key} is not understood; expected what an extraction wrote; restore it, or remove it and choose another run`);
  }
}
