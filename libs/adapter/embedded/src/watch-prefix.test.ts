import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { ObjectInfo } from '@data-master/ports';
import { perTest } from '@data-master/testing';
import { watchPrefix, type WatchOptions } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const parts = perTest(async (onEnd) => {
  const root = await makeTemporaryFolder(onEnd);
  await mkdir(join(root, 'raw', 'beer'), { recursive: true });
  const reported: ObjectInfo[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  async function watch(options: WatchOptions = {}, refuse: (info: ObjectInfo) => boolean = () => false): Promise<void> {
    const onObject = async (info: ObjectInfo) => {
      if (refuse(info)) throw new Error('not now');
      reported.push(info);
      for (const { count, resolve } of waiting) if (reported.length >= count) resolve();
    };
    const watching = await watchPrefix(root, 'raw', onObject, { settleMs: 40, rescanMs: 60_000, ...options });
    onEnd(() => watching.close());
  }

  /** Resolves with the reported keys and sizes as soon as there are `count`. */
  async function reports(count: number): Promise<string[]> {
    if (reported.length < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }));
    return reported.map(({ key, sizeBytes }) => `${key} ${sizeBytes}`);
  }

  return { root, watch, reports };
});

it('reports what is there at the start and what appears, also in new folders', async () => {
  const { root, watch, reports } = parts();
  await writeFile(join(root, 'raw/beer/old.csv'), 'x');
  await watch();
  expect(await reports(1)).toEqual(['raw/beer/old.csv 1']);
  await writeFile(join(root, 'raw/beer/new.csv'), 'xy');
  expect(await reports(2)).toContain('raw/beer/new.csv 2');
  await mkdir(join(root, 'raw/review/deep'), { recursive: true });
  await writeFile(join(root, 'raw/review/deep/a.csv'), 'xyz');
  expect(await reports(3)).toContain('raw/review/deep/a.csv 3');
});

it('reports a file that is being written once, when it is complete', async () => {
  const { root, watch, reports } = parts();
  await watch({ settleMs: 200 });
  for (let part = 0; part < 12; part++) {
    await appendFile(join(root, 'raw/beer/slow.csv'), 'x'.repeat(10));
    await wait(30);
  }
  expect(await reports(1)).toEqual(['raw/beer/slow.csv 120']);
});

it('reports a replaced file again, and a hidden one only when it gets its name', async () => {
  const { root, watch, reports } = parts();
  await watch();
  await writeFile(join(root, 'raw/beer/.a.csv.part'), 'first');
  await rename(join(root, 'raw/beer/.a.csv.part'), join(root, 'raw/beer/a.csv'));
  expect(await reports(1)).toEqual(['raw/beer/a.csv 5']);
  await writeFile(join(root, 'raw/beer/a.csv'), 'second');
  expect(await reports(2)).toEqual(['raw/beer/a.csv 5', 'raw/beer/a.csv 6']);
});

it('reports again what could not be taken, and goes on with the others', async () => {
  const { root, watch, reports } = parts();
  const errors: unknown[] = [];
  let refusals = 2;
  await writeFile(join(root, 'raw/beer/a.csv'), 'x');
  await writeFile(join(root, 'raw/beer/b.csv'), 'y');
  await watch({ rescanMs: 50, onError: (error) => errors.push(error) }, ({ key }) => key.endsWith('a.csv') && refusals-- > 0);
  expect((await reports(2)).sort()).toEqual(['raw/beer/a.csv 1', 'raw/beer/b.csv 1']);
  expect(errors).toHaveLength(2);
});
