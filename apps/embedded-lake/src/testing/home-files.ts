import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file under a folder, hidden ones included, as paths relative to it in ascending order. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** Size and modification time of the files of a home, but for the database and the log, which every opening touches. */
export async function listHome(home: string): Promise<Record<string, string>> {
  const paths = (await listFiles(home)).filter((path) => !/^(?:lake\.db|logs\/)/.test(path));
  const entries = await Promise.all(paths.map(async (path) => {
    const info = await stat(join(home, path));
    return [path, `${info.size} ${info.mtimeMs}`] as const;
  }));
  return Object.fromEntries(entries);
}

/** The data files of a table by the partition folder that they lie in, such as `review_year=2012/review_month=3`. */
export async function listPartitions(home: string, layer: 'silver' | 'gold', table: string): Promise<Record<string, string[]>> {
  const partitions: Record<string, string[]> = {};
  for (const path of await listFiles(join(home, 'dm-datalake', layer, table, 'data'))) {
    const partition = path.split('/').filter((part) => part.includes('=')).join('/');
    (partitions[partition] ??= []).push(path);
  }
  return partitions;
}

/** A line of quarantine. */
export interface QuarantinedRow {
  line: number;
  row: number;
  column?: string;
  reason: string;
  original: string;
}

/** The rows in quarantine whose object begins with `prefix`, such as `review/`. */
export async function readQuarantine(home: string, prefix = ''): Promise<QuarantinedRow[]> {
  const folder = join(home, 'dm-stage', 'quarantine');
  const paths = (await listFiles(folder)).filter((path) => path.startsWith(prefix));
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')));
  return texts.flatMap((text) => text.trimEnd().split('\n').map((line) => JSON.parse(line) as QuarantinedRow));
}
