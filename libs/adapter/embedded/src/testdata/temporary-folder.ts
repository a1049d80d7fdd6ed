import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test. */
export async function makeTemporaryFolder(onEnd: (clean: () => unknown) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
