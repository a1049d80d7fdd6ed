import { defineDerivedTable, defineGoldTable, defineLake, defineTable, notEmpty, type LakeModel } from '@data-master/table-contracts';
import { openEmbeddedLake } from '../index.ts';
import { readAllRows } from './lake-content.ts';
import { batchKey, gzipped } from './sample-input.ts';
import type { TemporaryHome } from './temporary-home.ts';

const count = { type: 'long', doc: 'number of taps' } as const;
const common = { doc: 'Taps', quality: [notEmpty()] };

/** A lake whose contracts are about to change. */
export const firstModel: LakeModel = defineLake({
  name: 'taps',
  tables: [defineTable({
    ...common, name: 'tap', schemaVersion: 1, primaryKey: ['tap_id'],
    columns: {
      tap_id: { id: 1, type: 'long', required: true, doc: 'tap' },
      label: { id: 2, type: 'string', doc: 'what is written on it' },
      pints: { id: 3, type: 'int', doc: 'pints drawn' },
      note: { id: 4, type: 'string', doc: 'remark' },
      weight: { id: 6, type: 'float', doc: 'weight of its keg' },
      price: { id: 7, type: 'decimal(4,2)', doc: 'price of a pint' },
    },
  })],
  derived: [defineDerivedTable({
    name: 'tap_flat', doc: 'Taps', schemaVersion: 1, base: 'tap', joins: [], partitionBy: [],
    columns: { tap_id: { id: 1, from: 'tap.tap_id' }, label: { id: 2, from: 'tap.label' }, pints: { id: 3, from: 'tap.pints' } },
  })],
  gold: [defineGoldTable({
    name: 'taps_by_label', doc: 'Taps by label', schemaVersion: 1, from: 'tap_flat', grain: ['label'], partitionBy: [], parameters: {}, orderBy: [],
    columns: { label: { id: 1, type: 'string', doc: 'label' }, taps: { id: 2, ...count } },
    select: 'SELECT label, count(*) AS taps FROM tap_flat GROUP BY label',
  })],
});

/** The same lake later: label is now name, volume is new and stands before pints, pints, weight and price are wider, note is gone. */
export const secondModel: LakeModel = defineLake({
  name: 'taps',
  tables: [defineTable({
    ...common, name: 'tap', schemaVersion: 2, primaryKey: ['tap_id'],
    columns: {
      tap_id: { id: 1, type: 'long', required: true, doc: 'identifier of the tap' },
      name: { id: 2, type: 'string', doc: 'what is written on it' },
      volume: { id: 5, type: 'decimal(5,2)', doc: 'litres of its keg' },
      pints: { id: 3, type: 'long', doc: 'pints drawn' },
      weight: { id: 6, type: 'double', doc: 'weight of its keg' },
      price: { id: 7, type: 'decimal(12,2)', doc: 'price of a pint' },
    },
  })],
  derived: [defineDerivedTable({
    name: 'tap_flat', doc: 'Taps', schemaVersion: 2, base: 'tap', joins: [], partitionBy: [],
    columns: { tap_id: { id: 1, from: 'tap.tap_id' }, name: { id: 2, from: 'tap.name' }, volume: { id: 4, from: 'tap.volume' }, pints: { id: 3, from: 'tap.pints' } },
  })],
  gold: [defineGoldTable({
    name: 'taps_by_label', doc: 'Taps by label', schemaVersion: 2, from: 'tap_flat', grain: ['name'], partitionBy: [], parameters: {}, orderBy: [],
    columns: { name: { id: 1, type: 'string', doc: 'name' }, taps: { id: 2, ...count }, pints: { id: 3, type: 'long', doc: 'pints drawn' } },
    select: 'SELECT name, count(*) AS taps, CAST(sum(pints) AS BIGINT) AS pints FROM tap_flat GROUP BY name',
  })],
});

/** Opens a lake by a model for the time of `work`. */
export async function withModel<Result>(model: LakeModel, environment: Record<string, string>, work: (lake: Awaited<ReturnType<typeof openEmbeddedLake>>) => Promise<Result>): Promise<Result> {
  const lake = await openEmbeddedLake(model, environment);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** Rows under the first contracts, of which tap 4 gets no further than bronze; then changes under the second. All rows of silver and gold. */
export async function evolveLake({ environment }: Pick<TemporaryHome, 'environment'>): Promise<Record<string, string[]>> {
  await withModel(firstModel, environment, async (lake) => {
    await lake.deliver(batchKey('tap', 1), gzipped('tap_id,label,pints,note,weight,price\n1,Amber,10,old,0.5,4.20\n2,Black,20,old,0.5,4.20\n'));
    await lake.drain();
    await lake.deliver(batchKey('tap', 2), gzipped('tap_id,label,pints,note,weight,price\n4,Dark,40,old,1.5,5.10\n'));
    await lake.process('gold');
  });
  return withModel(secondModel, environment, async (lake) => {
    await lake.deliver(batchKey('tap', 3), gzipped('tap_id,name,volume,pints,weight,price\n2,Black,30.50,5000000000,0.1,1234567890.12\n3,Amber,50.00,30,,\n'));
    await lake.drain();
    const failed = (await lake.failures()).map(({ table_name: table, error_message: message }) => `${table}: ${message}`);
    if (failed.length > 0) throw new Error(`expected no failures; found:\n${failed.join('\n')}`);
    return readAllRows(lake, secondModel);
  });
}
