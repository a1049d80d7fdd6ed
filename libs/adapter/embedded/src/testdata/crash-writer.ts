import { join } from 'node:path';
import { createControlRecord } from '@data-master/control-records';
import { createFileLocalFiles, createFileObjectStore, createSqliteControlStore, openLakeDatabase } from '../index.ts';

/**
 * Writes without end until it is killed, and prints a line for each acknowledged write: objects of one repeated byte,
 * of which `page` is replaced again and again, and pairs of control records, each pair in one commit.
 */
const [, , folder = '', run = ''] = process.argv;
const store = createFileObjectStore({ root: join(folder, 'objects') });
const database = await openLakeDatabase(join(folder, 'lake.sqlite'));
const control = createSqliteControlStore(database);
const files = createFileLocalFiles({ root: join(folder, 'objects'), scratch: join(folder, 'scratch') });

async function* body(byte: number) {
  for (let part = 0; part < 8; part++) yield new Uint8Array(50_000).fill(byte);
}

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

async function acknowledge(line: string): Promise<void> {
  await new Promise((resolve) => process.stdout.write(`${line}\n`, resolve));
}

async function writeObjects(): Promise<never> {
  for (let n = 0; ; n++) {
    await store.write(`new/${run}-${n}`, body(n % 251), { ifAbsent: true });
    await acknowledge(`object new/${run}-${n}`);
    await store.write('page', body(n % 251));
    const path = await files.writeScratch(`${n}`, body(n % 251));
    await files.publish(path, `published/${run}-${n}`);
    await acknowledge(`object published/${run}-${n}`);
  }
}

async function commitRecords(): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${run}-${n}`;
    if (await control.commit([{ insert: record(`${id}-a`) }, { insert: record(`${id}-b`) }])) await acknowledge(`record ${id}`);
  }
}

await Promise.all([writeObjects(), commitRecords()]);
