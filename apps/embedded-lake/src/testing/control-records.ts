import { join } from 'node:path';
import type { ControlRecord } from '@data-master/control-records';
import { createSqliteControlStore, openLakeDatabase } from '@data-master/embedded';
import type { ControlQuery } from '@data-master/ports';

/** The control records of a home, read beside the lake. */
export async function readControlRecords(home: string, query: ControlQuery = {}): Promise<ControlRecord[]> {
  const database = await openLakeDatabase(join(home, 'lake.db'));
  const records: ControlRecord[] = [];
  for await (const record of createSqliteControlStore(database).query(query)) records.push(record);
  database.close();
  return records;
}
