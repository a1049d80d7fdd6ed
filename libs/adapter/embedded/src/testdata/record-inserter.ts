import { createControlRecord } from '@data-master/control-records';
import { createSqliteControlStore, openLakeDatabase } from '../index.ts';

/** Inserts `count` records of its own and, with each, one that all processes insert. */
const [, , path = '', id = '', count = ''] = process.argv;
const database = await openLakeDatabase(path);
const control = createSqliteControlStore(database);

function record(controlId: string) {
  return createControlRecord(
    {
      control_id: controlId,
      object_key: controlId,
      schema_name: 'dm_bronze',
      table_name: 'beer',
      file_format: 'csv',
      file_size: 1,
      checksum: controlId,
      compute_target: 'lambda',
    },
    new Date(),
  );
}

for (let n = 0; n < Number(count); n++) await control.commit([{ insert: record(`${id}-${n}`) }, { insert: record('shared') }]);
database.close();
