import { readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { ObjectExistsError, ObjectMissingError, type LocalFiles, type ObjectStore } from '@data-master/ports';
import { collect, perTest, type Setup } from './per-test.ts';

export interface LocalFilesParts {
  store: ObjectStore;
  /** A new instance over `store`. */
  open(): LocalFiles;
}

/** The contract of LocalFiles. */
export function describeLocalFiles(name: string, setup: Setup<LocalFilesParts>): void {
  describe(`${name} keeps the contract of local files`, () => {
    const parts = perTest(setup);
    const textOf = async (key: string) => Buffer.concat(await collect(parts().store.read(key))).toString();

    async function withFiles(work: (files: LocalFiles) => Promise<void>): Promise<void> {
      const files = parts().open();
      try {
        await work(files);
      } finally {
        await files.dispose();
      }
    }

    it('gives the path of an object', () =>
      withFiles(async (files) => {
        await parts().store.write('raw/beer.csv', Buffer.from('hops'));
        expect(await readFile(await files.path('raw/beer.csv'), 'utf8')).toBe('hops');
      }));

    it('says that an object is missing', () =>
      withFiles(async (files) => {
        await expect(files.path('raw/nothing.csv')).rejects.toBeInstanceOf(ObjectMissingError);
      }));

    it('publishes a scratch file as an object', () =>
      withFiles(async (files) => {
        const path = await files.scratchPath('out.parquet');
        await writeFile(path, 'rows');
        expect(await files.publish(path, 'bronze/beer/out.parquet')).toMatchObject({ key: 'bronze/beer/out.parquet', sizeBytes: 4 });
        expect(await textOf('bronze/beer/out.parquet')).toBe('rows');
        await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
      }));

    it('replaces an object unless asked to publish only if absent', () =>
      withFiles(async (files) => {
        for (const text of ['first', 'second']) {
          const path = await files.scratchPath(`${text}.csv`);
          await writeFile(path, text);
          await files.publish(path, 'a.csv');
        }
        const third = await files.scratchPath('third.csv');
        await writeFile(third, 'third');
        await expect(files.publish(third, 'a.csv', { ifAbsent: true })).rejects.toBeInstanceOf(ObjectExistsError);
        expect(await textOf('a.csv')).toBe('second');
      }));

    it('streams bytes to a scratch file', () =>
      withFiles(async (files) => {
        await parts().store.write('raw/beer.csv', Buffer.from('hops'));
        const path = await files.writeScratch('copy.csv', parts().store.read('raw/beer.csv'));
        expect(await readFile(path, 'utf8')).toBe('hops');
      }));

    it('keeps the scratch of instances apart, out of the store, and gone after dispose', async () => {
      const [first, second] = [parts().open(), parts().open()];
      const [firstPath, secondPath] = [await first.scratchPath('x'), await second.scratchPath('x')];
      expect(firstPath).not.toBe(secondPath);
      await writeFile(firstPath, '1');
      await writeFile(secondPath, '2');
      expect(await collect(parts().store.list(''))).toEqual([]);
      await first.dispose();
      await expect(stat(firstPath)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await readFile(secondPath, 'utf8')).toBe('2');
      await second.dispose();
      await second.dispose();
    });
  });
}
