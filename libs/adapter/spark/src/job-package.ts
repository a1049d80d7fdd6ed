import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProperties, glueSettings } from './settings.ts';

/** What EMR Serverless and Glue take: file name → content. `jobs` is what the driver reads as jobs.json. */
export async function jobPackage(jobs: unknown): Promise<Record<string, string>> {
  return {
    'main.py': await readFile(new URL('./main.py', import.meta.url), 'utf8'),
    'jobs.json': `${JSON.stringify(jobs, null, 2)}\n`,
    'spark.properties': formatProperties(glueSettings),
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
