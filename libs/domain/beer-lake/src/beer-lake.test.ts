import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { bronzeColumns, lakeTables, rawColumns, rawMembers } from '@data-master/table-contracts';
import { beerLake } from './index.ts';

interface ColumnIds { [table: string]: { [column: string]: string } }

/** Layer, table and column with the permanent id and the type. */
function columnIds(): ColumnIds {
  const tables = [
    ...beerLake.tables.map((table) => ({ name: `raw.${table.name}`, columns: rawColumns(table) })),
    ...lakeTables(beerLake).map((table) => ({ name: `${table.layer}.${table.name}`, columns: table.columns })),
  ];
  return Object.fromEntries(tables.map(({ name, columns }) => [name, Object.fromEntries(columns.map((column) => [column.name, `${column.id} ${column.type}`]))]));
}

describe('the reference lake', () => {
  const golden = JSON.parse(readFileSync(new URL('../testdata/column-ids.json', import.meta.url), 'utf8')) as ColumnIds;

  test('a column that was ever published keeps its id and type, and no id is used again', () => {
    const present = columnIds();
    for (const [table, columns] of Object.entries(golden)) {
      for (const [column, published] of Object.entries(columns)) {
        expect(`${table}.${column} ${present[table]?.[column] ?? 'removed'}`).toBe(`${table}.${column} ${published}`);
      }
    }
  });

  test('every column is in the record of published columns, testdata/column-ids.json', () => {
    expect(golden).toEqual(columnIds());
  });

  test('no table of any layer has two columns of one id', () => {
    for (const { name, columns } of lakeTables(beerLake)) {
      expect([name, new Set(columns.map((column) => column.id)).size]).toEqual([name, columns.length]);
    }
  });

  test('e-mail addresses, telephone numbers and names of Open Brewery DB are hashed, addresses are taken out of web sites and free text, and a user name is kept for a reason', () => {
    const treatments = beerLake.tables.flatMap((table) => rawColumns(table).flatMap((column) => (column.pii ? [`${table.name}.${column.name} ${column.pii.treatment}`] : [])));
    expect(treatments).toEqual(['profile.profile_name keep', 'profile.email hash', 'openbrewery.name hash', 'openbrewery.phone hash', 'openbrewery.website_url redact', 'review_posted.serving redact']);
  });

  test('a record of an event has the members of the event, however many columns lie within one', () => {
    expect(rawMembers(beerLake)('review_posted')?.toSorted()).toEqual(['channel', 'event', 'event_id', 'occurred_at', 'review', 'version']);
    expect(rawMembers(beerLake)('wine')).toBeUndefined();
  });

  test('outside the key a bronze column is nullable, so that a delete may name its key only', () => {
    for (const table of beerLake.tables) {
      const required = bronzeColumns(table).filter((column) => column.required && column.id < 1000).map((column) => column.name);
      expect(required).toEqual([...table.primaryKey]);
    }
  });
});
