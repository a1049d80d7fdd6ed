import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';

/** The file catalog of this package and the Hadoop catalog of Spark are one. */
export function describeCatalogLayout(lake: () => ForeignLake): void {
  const spark = (sql: string) => lake().spark(sql);
  const metadataFiles = async (name: string) => (await readdir(`${lake().location(name)}/metadata`)).filter((file) => file.endsWith('metadata.json') || file === 'version-hint.text').sort();

  describe('the catalog', () => {
    test('counts versions with Spark in turns', async () => {
      const table = await lake().create('turns', { id: 'long' });
      await table.append('SELECT 1 AS id');
      await spark('INSERT INTO lake.db.turns VALUES (2)');
      await table.refresh();
      await table.append('SELECT 3 AS id');
      await spark('INSERT INTO lake.db.turns VALUES (4)');
      expect(await metadataFiles('turns')).toEqual(['v1.gz.metadata.json', 'v2.gz.metadata.json', 'v3.gz.metadata.json', 'v4.gz.metadata.json', 'v5.gz.metadata.json', 'version-hint.text']);
      expect(await readFile(`${lake().location('turns')}/metadata/version-hint.text`, 'utf8')).toBe('5');
      expect(await differenceToSpark(lake(), 'turns')).toEqual(noDifference);
      expect(await spark('SELECT count(*) AS n FROM lake.db.turns')).toEqual([{ n: '4' }]);
      expect((await spark('SHOW TABLES IN lake.db')).map(({ tableName }) => tableName)).toContain('turns');
    });

    test('commits on top of what Spark committed although the handle is old', async () => {
      const table = await lake().create('raced', { id: 'long' });
      await spark('INSERT INTO lake.db.raced VALUES (1)');
      await table.append('SELECT 2 AS id');
      expect(await differenceToSpark(lake(), 'raced')).toEqual(noDifference);
      expect(table.snapshots.map((snapshot) => snapshot['sequence-number'])).toEqual([1n, 2n]);
    });

    test.each([['stale', '1'], ['missing', undefined]])('is read by both with a version hint that is %s', async (state, hint) => {
      const name = `hint_${state}`;
      const table = await lake().create(name, { id: 'long' });
      await table.append('SELECT 1 AS id');
      await spark(`INSERT INTO lake.db.${name} VALUES (2)`);
      const file = `${lake().location(name)}/metadata/version-hint.text`;
      await rm(`${lake().location(name)}/metadata/.version-hint.text.crc`, { force: true });
      if (hint === undefined) await rm(file);
      else await writeFile(file, hint);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`INSERT INTO lake.db.${name} VALUES (3)`);
      await table.refresh();
      expect(table.currentSnapshot?.summary['total-records']).toBe('3');
    });

    test('follows Spark to compressed metadata and back', async () => {
      const table = await lake().create('zipped', { id: 'long' }, [], { 'write.metadata.delete-after-commit.enabled': 'false', 'write.metadata.compression-codec': 'none' });
      await table.append('SELECT 1 AS id');
      await spark("ALTER TABLE lake.db.zipped SET TBLPROPERTIES ('write.metadata.compression-codec' = 'gzip')");
      await spark('INSERT INTO lake.db.zipped VALUES (2)');
      await table.append('SELECT 3 AS id');
      await spark('INSERT INTO lake.db.zipped VALUES (4)');
      await (await lake().load('zipped')).append('SELECT 5 AS id');
      expect(await metadataFiles('zipped')).toEqual(['v1.metadata.json', 'v2.metadata.json', 'v3.gz.metadata.json', 'v4.gz.metadata.json', 'v5.gz.metadata.json', 'v6.gz.metadata.json', 'v7.gz.metadata.json', 'version-hint.text']);
      await spark("ALTER TABLE lake.db.zipped SET TBLPROPERTIES ('write.metadata.compression-codec' = 'none')");
      await table.refresh();
      await table.append('SELECT 6 AS id');
      expect((await metadataFiles('zipped')).slice(-3)).toEqual(['v8.metadata.json', 'v9.metadata.json', 'version-hint.text']);
      expect((await spark('SELECT id FROM lake.db.zipped ORDER BY id')).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6']);
      expect(await differenceToSpark(lake(), 'zipped')).toEqual(noDifference);
    });
  });
}
