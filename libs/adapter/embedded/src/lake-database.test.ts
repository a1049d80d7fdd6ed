import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { controlRecordSchema } from '@data-master/control-records';
import { TerminalError } from '@data-master/ports';
import { collect, perTest, sampleControlRecord } from '@data-master/testing';
import { createSqliteControlStore, createSqliteOutbox, openLakeDatabase, type LakeDatabase } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const inserter = fileURLToPath(new URL('./testdata/record-inserter.ts', import.meta.url));

describe('the lake database', () => {
  const parts = perTest(async (onEnd) => {
    const path = join(await makeTemporaryFolder(onEnd), 'home', 'lake.sqlite');
    const opened: LakeDatabase[] = [];
    onEnd(() => opened.forEach((database) => database.close()));
    const open = async () => {
      const database = await openLakeDatabase(path);
      opened.push(database);
      return database;
    };
    return { path, open };
  });

  it('is opened by many at once, and decides each setting once', async () => {
    const databases = await Promise.all(Array.from({ length: 20 }, () => parts().open()));
    const ids = await Promise.all(databases.map((database, index) => database.meta.setIfAbsent('lake_id', `id ${index}`)));
    expect(new Set(ids).size).toBe(1);
    expect(await databases[7]?.meta.get('lake_id')).toBe(ids[0]);
    expect(await databases[7]?.meta.get('other')).toBeUndefined();
  });

  it('is made and shared by processes that write at the same time', async () => {
    const children = [1, 2, 3].map((id) => spawn(process.execPath, [inserter, parts().path, String(id), '40'], { stdio: 'inherit' }));
    const codes = await Promise.all(children.map(async (child) => ((await once(child, 'close')) as [number])[0]));
    expect(codes).toEqual([0, 0, 0]);
    const database = await parts().open();
    expect(await collect(createSqliteControlStore(database).query({}))).toHaveLength(120 + 1);
    expect(await createSqliteOutbox(database).pending(1000)).toHaveLength(120 + 1);
  });

  it('has a column for each field of the control record and the indexes of the table', async () => {
    await parts().open();
    const sqlite = new DatabaseSync(parts().path, { readOnly: true });
    const namesOf = (sql: string) => sqlite.prepare(sql).all().map((row) => row['name']);
    expect(namesOf("SELECT name FROM pragma_table_info('control_records')").sort()).toEqual(Object.keys(controlRecordSchema.shape).sort());
    expect(namesOf("SELECT name FROM sqlite_schema WHERE type = 'index'")).toEqual(
      expect.arrayContaining(['dm_gsi_object_key', 'dm_gsi_schema_status', 'dm_gsi_table_checksum']),
    );
    sqlite.close();
  });

  it('gains the columns of fields that a record did not have before, and keeps its records', async () => {
    const record = sampleControlRecord('c1');
    await createSqliteControlStore(await parts().open()).commit([{ insert: record }]);
    const sqlite = new DatabaseSync(parts().path);
    sqlite.exec('ALTER TABLE control_records DROP COLUMN affected_partitions');
    sqlite.close();
    expect(await createSqliteControlStore(await parts().open()).get('c1')).toEqual(record);
  });

  it('refuses a database of a newer release', async () => {
    (await parts().open()).close();
    const sqlite = new DatabaseSync(parts().path);
    sqlite.exec('PRAGMA user_version = 99');
    sqlite.close();
    await expect(parts().open()).rejects.toThrow('schema version 99');
  });

  it('refuses a file that is no database', async () => {
    const path = `${parts().path}-other`;
    await parts().open();
    await writeFile(path, 'x'.repeat(5000));
    await expect(openLakeDatabase(path)).rejects.toBeInstanceOf(TerminalError);
  });

  it('waits for a lock without holding up the process', async () => {
    const database = await parts().open();
    const other = new DatabaseSync(parts().path);
    other.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const ticking = setInterval(() => {
      if (++ticks === 5) other.exec('COMMIT');
    }, 1);
    await database.meta.setIfAbsent('lake_id', 'x');
    clearInterval(ticking);
    other.close();
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  it('lets timers and files come through while a caller loops on it', async () => {
    const database = await parts().open();
    let fired = false;
    setTimeout(() => (fired = true), 1);
    for (let n = 0; !fired; n++) {
      expect(n).toBeLessThan(100_000);
      await database.meta.get('lake_id');
    }
  });

  it('refuses a control record that does not fit its schema', async () => {
    const control = createSqliteControlStore(await parts().open());
    await expect(control.commit([{ insert: { ...sampleControlRecord('c1'), file_size: -1 } }])).rejects.toThrow('file_size');
    expect(await control.get('c1')).toBeUndefined();
  });
});
