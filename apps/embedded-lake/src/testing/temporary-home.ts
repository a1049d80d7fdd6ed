import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake, type EmbeddedLake } from '../index.ts';

/** A folder for one lake, its keys beside it, and the environment that names both. */
export interface TemporaryHome {
  home: string;
  keys: string;
  environment: Record<string, string>;
  remove(): Promise<void>;
}

/** Makes the folder under the system's temporary one, or under `parent`. */
export async function makeTemporaryHome(parent = tmpdir()): Promise<TemporaryHome> {
  const root = await mkdtemp(join(parent, 'dm-lake-'));
  const home = join(root, 'home');
  const keys = join(root, 'keys');
  return {
    home,
    keys,
    environment: { DM_HOME: home, DM_KEYS: keys, DM_THREADS: '2', DM_MEMORY_MB: '256', DM_INGEST_MEMORY_MB: '128' },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Opens the reference lake of a home for the time of `work`. */
export async function withLake<Result>({ environment }: Pick<TemporaryHome, 'environment'>, work: (lake: EmbeddedLake) => Promise<Result>): Promise<Result> {
  const lake = await openEmbeddedLake(beerLake, environment);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** Makes a home, runs `work` on it and removes it. */
export async function inTemporaryHome<Result>(work: (home: TemporaryHome) => Promise<Result>): Promise<Result> {
  const home = await makeTemporaryHome();
  try {
    return await work(home);
  } finally {
    await home.remove();
  }
}
