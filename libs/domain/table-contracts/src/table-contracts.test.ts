import { describe, expect, test } from '@jest/globals';
import {
  bronzeColumns, decimalOf, defineDerivedTable, defineGoldTable, defineLake, defineTable, derivedColumns, dialectsOf, emitDataDictionary, emitDuckDbScan, emitPostgresSchema,
  emitGlueColumns, emitIcebergFields, emitRowSchema, goldSelect, rawColumns, recordPath, silverColumns, type LogicalType, type RowOf,
} from './index.ts';

const person = defineTable({
  name: 'person',
  doc: 'People',
  schemaVersion: 1,
  primaryKey: ['person_id'],
  columns: {
    person_id: { id: 1, type: 'long', required: true, doc: 'identifier' },
    email: { id: 2, type: 'string', required: true, doc: 'address', pii: { kind: 'email', treatment: 'hash' } },
    note: { id: 3, type: 'string', doc: 'free text', pii: { kind: 'other', treatment: 'drop' } },
    height: { id: 4, type: 'decimal(4,2)', doc: 'metres', path: 'body.height' },
    born_at: { id: 5, type: 'long', range: [-1_000n, 1_000n], doc: 'seconds' },
  },
  derived: { born_year: { id: 6, type: 'int', derive: { part: 'year', ofEpochSeconds: 'born_at' }, doc: 'year' } },
  partitionBy: ['born_year'],
  quality: [],
});

describe('defining a table', () => {
  const base = { name: 't', doc: 'T', schemaVersion: 1, quality: [] } as const;
  const id = { id: 1, type: 'long', required: true, doc: 'key' } as const;

  test('what must not compile does not: a personal column without treatment, keep without reason, columns that do not exist', () => {
    // @ts-expect-error: a personal column names its treatment
    const untreated = () => defineTable({ ...base, primaryKey: ['a'], columns: { a: id, b: { id: 2, type: 'string', doc: 'b', pii: { kind: 'email' } } } });
    // @ts-expect-error: keep needs a reason
    const unreasoned = () => defineTable({ ...base, primaryKey: ['a'], columns: { a: id, b: { id: 2, type: 'string', doc: 'b', pii: { kind: 'email', treatment: 'keep' } } } });
    // @ts-expect-error: a number cannot be hashed into its own type
    const hashedNumber = () => defineTable({ ...base, primaryKey: ['a'], columns: { a: id, b: { id: 2, type: 'int', doc: 'b', pii: { kind: 'phone', treatment: 'hash' } } } });
    // @ts-expect-error: the partition column does not exist
    const partition = () => defineTable({ ...base, primaryKey: ['a'], columns: { a: id }, partitionBy: ['year'] });
    // @ts-expect-error: the key column does not exist
    const key = () => defineTable({ ...base, primaryKey: ['b'], columns: { a: id } });
    expect([untreated, unreasoned, hashedNumber, partition, key]).toHaveLength(5);
  });

  test.each([
    ['a shared id', { a: id, b: { id: 1, type: 'int', doc: 'b' } as const }, 'share id 1'],
    ['an id that is reserved', { a: id, b: { id: 1_000, type: 'int', doc: 'b' } as const }, 'expected 1 to 999'],
    ['a name that is not snake_case', { a: id, bC: { id: 2, type: 'int', doc: 'b' } as const }, 'expected lower snake_case'],
    ['a decimal beyond 64 bits', { a: id, b: { id: 2, type: 'decimal(19,2)', doc: 'b' } as const }, 'expected 1 ≤ precision ≤ 18'],
    ['a path of nothing', { a: id, b: { id: 2, type: 'int', doc: 'b', path: 'c..d' } as const }, 'column t.b has path c..d; expected names of fields joined by dots'],
    ['a path that is taken', { a: id, b: { id: 2, type: 'int', doc: 'b', path: 'a' } as const }, 'column t.b has path a, which is that of a or lies inside it'],
    ['a path inside the value of another column', { a: id, b: { id: 2, type: 'int', doc: 'b', path: 'a.b' } as const }, 'column t.b has path a.b, which is that of a'],
    ['a nullable key', { a: { ...id, required: false } as const }, 'expected required: true'],
    ['a masked key', { a: { id: 1, type: 'string', required: true, doc: 'a', pii: { kind: 'email', treatment: 'mask' } } as const }, 'keeps keys apart'],
  ])('%s is refused', (_name, columns, message) => {
    expect(() => defineTable({ ...base, primaryKey: ['a'], columns })).toThrow(message);
  });

  test('row types follow from the columns', () => {
    const row: RowOf<typeof person.columns> = { person_id: 1n, email: 'a', note: null, height: '1.80', born_at: null };
    expect(emitRowSchema(rawColumns(person)).parse(row)).toEqual(row);
  });
});

describe('layers of a table', () => {
  test('bronze has the treated columns, without those that are dropped, and says where each row came from', () => {
    expect(bronzeColumns(person).map((column) => column.name)).toEqual([
      'person_id', 'email', 'height', 'born_at', 'operation', '_commit_time', '_position', '_source_key', '_row',
    ]);
  });

  test('silver adds what is derived and the life of the row', () => {
    expect(silverColumns(person).map((column) => `${column.name}${column.required ? '!' : ''}`)).toEqual([
      'person_id!', 'email', 'height', 'born_at', 'born_year', 'created_at!', 'updated_at', 'deleted_at', '_position', '_deleted_position',
    ]);
  });

  test('a path is of records only: it says where they have the value, and no layer has it', () => {
    expect(rawColumns(person).map(recordPath)).toEqual([['person_id'], ['email'], ['note'], ['body', 'height'], ['born_at']]);
    expect([...bronzeColumns(person), ...silverColumns(person)].filter((column) => 'path' in column)).toEqual([]);
  });

  test('Iceberg fields and DuckDB scans find columns by the ids of the contract', () => {
    expect(emitIcebergFields(silverColumns(person))[2]).toEqual({ id: 4, name: 'height', required: false, type: 'decimal(4, 2)', doc: 'metres' });
    expect(emitGlueColumns(bronzeColumns(person)).slice(0, 4)).toEqual([
      { name: 'person_id', type: 'bigint', comment: 'identifier' },
      { name: 'email', type: 'string', comment: 'address' },
      { name: 'height', type: 'decimal(4,2)', comment: 'metres' },
      { name: 'born_at', type: 'bigint', comment: 'seconds' },
    ]);
    expect(emitDuckDbScan(rawColumns(person).slice(0, 1), ["it's.parquet"])).toBe(
      "read_parquet(['it''s.parquet'], schema = MAP {1: {name: 'person_id', type: 'BIGINT', default_value: NULL}})");
  });
});

describe('row schema', () => {
  const values: [LogicalType, unknown[], unknown[]][] = [
    ['boolean', [true], ['true', 1]],
    ['int', [-2_147_483_648], [2_147_483_648, 1.5, '1']],
    ['long', [9_223_372_036_854_775_807n], [9_223_372_036_854_775_808n, 1]],
    ['double', [1.5, Number.NaN, Infinity], ['1.5']],
    ['decimal(4,2)', ['-12.50', '0.00'], ['1.5', '123.45', 1.5]],
    ['date', ['2024-02-29'], ['2023-02-29', '2024-2-1']],
    ['timestamp', ['2024-02-29T00:00:00.000001Z'], ['2024-02-29T00:00:00Z', '2024-02-29 00:00:00.000001']],
    ['string', ['', 'ü'], [null, 1]],
  ];
  test.each(values)('%s takes its own values only', (type, good, bad) => {
    const schema = emitRowSchema([{ id: 1, name: 'v', type, required: true, doc: 'v' }]);
    for (const v of good) expect(schema.safeParse({ v }).success).toBe(true);
    for (const v of bad) expect([v, schema.safeParse({ v }).success]).toEqual([v, false]);
  });

  test('a value out of the range of its column is refused', () => {
    const row = { person_id: 1n, email: 'a', note: null, height: null, born_at: 1_001n };
    expect(emitRowSchema(rawColumns(person)).safeParse(row).error?.issues[0]?.message).toContain('expected -1000 to 1000');
  });
});

describe('a lake', () => {
  const team = defineDerivedTable({
    name: 'team', doc: 'Teams', schemaVersion: 1, base: 'person', joins: [],
    columns: { person_id: { id: 1, from: 'person.person_id' }, year: { id: 2, from: 'person.born_year' } }, partitionBy: ['year'],
  });
  const perYear = defineGoldTable({
    name: 'per_year', doc: 'People by year', schemaVersion: 1, from: 'team', grain: ['year'], partitionBy: ['year'], parameters: { at_least: 2 },
    columns: { year: { id: 1, type: 'int', doc: 'year' }, people: { id: 2, type: 'long', doc: 'number' } },
    select: 'SELECT year, count(*) AS people FROM team GROUP BY year HAVING count(*) >= :at_least', orderBy: [],
  });

  test('a derived column has the type of the column that it comes from', () => {
    expect(derivedColumns(team, [person]).map((column) => `${column.id} ${column.name} ${column.type}`)).toEqual([
      '1 person_id long', '2 year int', '1011 created_at timestamp', '1012 updated_at timestamp',
    ]);
  });

  test('parameters are filled in and may be overridden, with numbers only', () => {
    expect(goldSelect(perYear)).toContain('>= 2');
    expect(() => goldSelect({ ...perYear, parameters: { at_least: Number.NaN } })).toThrow('expected a finite number');
  });

  test.each([
    ['a table that is defined twice', { tables: [person, person], derived: [], gold: [] }, 'defined twice'],
    ['a derived column of nowhere', { tables: [person], derived: [{ ...team, columns: { x: { id: 1, from: 'person.nothing' } } }], gold: [] }, 'does not exist'],
    ['a gold table that reads no silver table', { tables: [person], derived: [], gold: [perYear] }, 'which is no silver table'],
    ['a gold partition that its source does not have', { tables: [person], derived: [{ ...team, partitionBy: [] }], gold: [perYear] }, 'is partitioned by year'],
  ])('%s is refused', (_name, parts, message) => {
    expect(() => defineLake({ name: 'lake', ...parts })).toThrow(message);
  });

  test('the data dictionary names every column of every layer and how personal ones are treated', () => {
    const pages = emitDataDictionary(defineLake({ name: 'lake', tables: [person], derived: [team], gold: [perYear] }));
    expect(Object.keys(pages)).toEqual(['bronze.md', 'silver.md', 'gold.md']);
    expect(pages['bronze.md']).toContain('| 2 | `email` | string |  | email: hash | address |');
    expect(pages['bronze.md']).toContain('| metres; `body.height` of the record |');
    expect(pages['gold.md']).toContain('Parameters: at_least = 2');
  });
});

describe('the operational schema', () => {
  const team = defineTable({ name: 'team', doc: "The team's name", schemaVersion: 1, primaryKey: ['team_id'], columns: { team_id: { id: 1, type: 'long', required: true, doc: 'identifier' } }, quality: [] });
  const player = defineTable({
    name: 'player', doc: 'Players', schemaVersion: 1, primaryKey: ['player_id'], references: { team_id: 'team' }, quality: [],
    columns: { player_id: { id: 1, type: 'int', required: true, doc: 'identifier' }, team_id: { id: 2, type: 'long', required: true, doc: 'team' }, goals: { id: 3, type: 'decimal(5,1)', doc: 'goals a game' } },
  });
  const model = { name: 'lake', tables: [player, team], derived: [], gold: [], operational: { schema: 'app', tables: ['team', 'player'] } };

  test('is made in PostgreSQL from the contracts, where it is not there, in an order in which references hold', () => {
    expect(emitPostgresSchema(defineLake(model))).toEqual([
      'CREATE SCHEMA IF NOT EXISTS "app"',
      'CREATE TABLE IF NOT EXISTS "app"."team" ("team_id" BIGINT NOT NULL, PRIMARY KEY ("team_id"))',
      `COMMENT ON TABLE "app"."team" IS 'The team''s name'`,
      'CREATE TABLE IF NOT EXISTS "app"."player" ("player_id" INTEGER NOT NULL, "team_id" BIGINT NOT NULL REFERENCES "app"."team", "goals" NUMERIC, PRIMARY KEY ("player_id"))',
      'ALTER TABLE "app"."player" ADD COLUMN IF NOT EXISTS "goals" NUMERIC',
      `COMMENT ON TABLE "app"."player" IS 'Players'`,
    ]);
    expect(emitPostgresSchema({ name: 'lake', tables: [team], derived: [], gold: [] })).toEqual([]);
  });

  test.each([
    ['a table of no contract', ['team', 'coach'], 'has coach, which is no source table'],
    ['a table before what it refers to', ['player', 'team'], 'player refers to team; expected it before'],
  ])('%s is refused', (_name, tables, message) => {
    expect(() => defineLake({ ...model, operational: { schema: 'app', tables } })).toThrow(message);
  });
});

test('every decimal says its precision and scale, no other type does', () => {
  expect(decimalOf('decimal(5,2)')).toEqual({ precision: 5, scale: 2 });
  expect(decimalOf('long')).toBeUndefined();
  expect(dialectsOf('decimal(18,0)').parquet).toEqual({ physical: 'INT64', logical: 'DECIMAL', precision: 18, scale: 0 });
});
