import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** The environment with a folder for temporary files that no other process has, as a function's host or a task does. */
export function withOwnFolder(environment: Readonly<Record<string, string>>): Record<string, string> {
  return { ...environment, TMPDIR: mkdtempSync(join(environment['TMPDIR']!, 'process-')) };
}
