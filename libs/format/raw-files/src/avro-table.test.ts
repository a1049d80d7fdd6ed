import { expect, it } from '@jest/globals';
import { writeAvroRecords, type AvroSchema } from '@data-master/avro';
import { openAvro } from './avro-table.ts';

const record = (name: string, fields: readonly object[], namespace?: string): AvroSchema => ({ type: 'record', name, ...(namespace !== undefined && { namespace }), fields: fields as never });
const place = record('place', [{ name: 'city', type: 'string' }], 'shared');

async function read(schema: AvroSchema, records: readonly unknown[]) {
  const chunks = [...writeAvroRecords(schema, records, { sync: Buffer.alloc(16, 1) })];
  const table = await openAvro((async function* () { yield* chunks; })(), 'raw/t/f.avro');
  const all = [];
  for await (const batch of table.rows([])) all.push(...batch);
  return { columns: table.columns, all };
}

it('finds the values of a record whose type is used again by its name', async () => {
  const schema = record('trip', [{ name: 'from', type: place }, { name: 'to', type: ['null', 'shared.place'] }]);
  expect(await read(schema, [{ from: { city: 'a' }, to: { city: 'b' } }, { from: { city: 'c' }, to: null }])).toEqual({ columns: ['from.city', 'to.city'], all: [['a', 'b'], ['c', null]] });
});

it('refuses a record within itself, whose values have no end of columns', async () => {
  const schema = record('node', [{ name: 'n', type: 'long' }, { name: 'left', type: ['null', 'node'] }, { name: 'right', type: ['null', 'node'] }]);
  await expect(read(schema, [{ n: 1, left: { n: 2 } }])).rejects.toThrow('raw/t/f.avro has 0 fields 65 deep; expected at most 10000, 64 deep; write it with a smaller schema, and no record within itself');
});
