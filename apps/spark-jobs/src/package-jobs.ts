import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emitSparkJobs } from '@data-master/refinement';
import type { LakeModel } from '@data-master/table-contracts';
import { formatProperties, glueSettings } from './settings.ts';

/** Files of the package by name. */
export async function packageFiles(model: LakeModel): Promise<Record<string, string>> {
  return {
    'main.py': await readFile(new URL('./main.py', import.meta.url), 'utf8'),
    'jobs.json': `${JSON.stringify(emitSparkJobs(model), null, 2)}\n`,
    'spark.properties': formatProperties(glueSettings),
  };
}

/** Writes the package into `<out>/<hash of its content>`, so that an unchanged one has the same name. Returns the folder. */
export async function packageJobs(model: LakeModel, out: string): Promise<string> {
  const files = await packageFiles(model);
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const folder = join(out, hash);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
