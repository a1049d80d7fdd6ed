import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LakeConfig } from './lake-config.ts';
import { LakeConfigError, parseLakeConfig } from './parse-lake-config.ts';

/** The file that is read where none is named. */
export const lakeConfigFile = 'dm.config.ts';

/**
 * The configuration of a file that is named, which must be there; else of `dm.config.ts` in `folder`, without which every
 * value is the default. The file is a module and is run. LakeConfigError when it cannot be used.
 */
export async function loadLakeConfig({ folder, file }: { folder: string; file?: string | undefined }): Promise<LakeConfig> {
  const path = resolve(folder, file ?? lakeConfigFile);
  if (!existsSync(path)) {
    if (file === undefined) return parseLakeConfig({}, path);
    throw new LakeConfigError(`${path} does not exist; expected a configuration; name another file, or none for ${lakeConfigFile} or the defaults`);
  }
  const module = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new LakeConfigError(`${path} does not run: ${String(cause)}; expected TypeScript with erasable types only; correct it`, { cause });
  }) as { default?: unknown };
  if (module.default === undefined) throw new LakeConfigError(`${path} has no default export; expected "export default defineConfig({ … })"; add it`);
  return parseLakeConfig(module.default, path);
}
