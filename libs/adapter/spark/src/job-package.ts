import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProperties, glueSettings, type GluePlace } from './settings.ts';

/** What the package's settings say where nobody says more; `warehouse` is to be set by whoever submits a job. */
const anywhere: GluePlace = { databasePrefix: 'dm_', warehouse: 's3://dm-datalake/' };

/** What EMR Serverless and Glue take: file name → content. `jobs` is what the driver reads as jobs.json. */
export async function jobPackage(jobs: unknown): Promise<Record<string, string>> {
  return {
    'main.py': await readFile(new URL('./main.py', import.meta.url), 'utf8'),
    'jobs.json': `${JSON.stringify(jobs, null, 2)}\n`,
    'spark.properties': formatProperties(glueSettings(anywhere)),
  };
}

/** Writes the package into `<out>/<hash of its content>`, so that an unchanged one keeps its name. Returns the folder. */
export async function writeJobPackage(jobs: unknown, out: string): Promise<string> {
  const files = await jobPackage(jobs);
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const folder = join(out, hash);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
