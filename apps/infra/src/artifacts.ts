import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unbuilt, type Bundle } from '@data-master/constructs';

/** What was built of the apps; undefined, or the tag `unbuilt`, where nothing was. */
export interface Artifacts {
  bundle: (app: string) => (Bundle & { layers: Bundle[] }) | undefined;
  /** Whether an app is bundled and lacks the layer that it needs beside it. */
  lacksLayer: (app: string) => boolean;
  imageTag: (app: string) => string;
}

/** Artifacts as a workspace has them under `dist`: `lambda/<app>/handler.mjs`, `layer/duckdb`, `images/<app>.json`. */
export function readArtifacts(dist: string): Artifacts {
  const layer = join(dist, 'layer', 'duckdb');
  const isBundled = (app: string): boolean => existsSync(join(dist, 'lambda', app, 'handler.mjs'));
  const lacksLayer = (app: string): boolean => isBundled(app) && usesNative(dist, app) && !existsSync(layer);
  return {
    lacksLayer,
    bundle: (app) => {
      const folder = join(dist, 'lambda', app);
      if (!isBundled(app) || lacksLayer(app)) return undefined;
      return { ...bundleOf(folder), layers: usesNative(dist, app) ? [bundleOf(layer)] : [] };
    },
    imageTag: (app) => {
      const file = join(dist, 'images', `${app}.json`);
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { tag: string }).tag : unbuilt;
    },
  };
}

/** No artifact at all: for templates that are only looked at. */
export const noArtifacts: Artifacts = { bundle: () => undefined, lacksLayer: () => false, imageTag: () => unbuilt };

function usesNative(dist: string, app: string): boolean {
  const file = join(dist, 'maps', `${app}.json`);
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { native: boolean }).native;
}

const bundleOf = (folder: string): Bundle => ({ folder, contentHash: hashFolder(folder) });

/** A digest of names and contents, the same wherever and whenever the folder was written. */
export function hashFolder(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/')).sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(folder, file))).update('\0');
  return hash.digest('hex').slice(0, 16);
}
