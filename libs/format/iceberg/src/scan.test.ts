import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import type { Predicate } from './predicates.ts';
import { createTable, type Scan, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { PartitionSpec } from './partitions.ts';
import type { Field, PrimitiveType } from './types.ts';

let workspace: Workspace;
let tables = 0;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

function create(columns: Record<string, PrimitiveType | Field['type']>, partitioning: PartitionSpec = [], properties: Record<string, string> = {}): Promise<Table> {
  const fields = Object.entries(columns).map(([name, type], index) => ({ id: index + 1, name, required: false, type }));
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t${tables++}` });
  return createTable({ catalog, ports: workspace.ports, schema: { fields }, partitioning, properties });
}

async function count({ sql }: Scan): Promise<number> {
  const [row] = await workspace.engine.rows(`SELECT count(*)::INTEGER AS n FROM (${sql})`);
  return Number(row?.['n']);
}

describe('pruning', () => {
  const perDay = `SELECT i AS key, DATE '2020-01-01' + i::INTEGER AS day, TIMESTAMPTZ '2020-01-01 12:00:00+00' + INTERVAL (i) DAY AS at FROM range(366) r(i)`;
  const cases: [string, PartitionSpec, Predicate[], number, number][] = [
    ['a month by equality', [{ source: 'day', transform: 'month' }], [{ column: 'day', op: '=', value: '2020-02-29' }], 1, 1],
    ['months by range', [{ source: 'day', transform: 'month' }], [{ column: 'day', op: '>=', value: '2020-11-30' }], 2, 32],
    ['months by an exclusive bound inside the month', [{ source: 'day', transform: 'month' }], [{ column: 'day', op: '<', value: '2020-02-02' }], 2, 32],
    ['a year', [{ source: 'day', transform: 'year' }], [{ column: 'day', op: '>', value: '2020-12-31' }], 0, 0],
    ['days by a list', [{ source: 'day', transform: 'day' }], [{ column: 'day', op: 'in', value: ['2020-03-01', '2020-05-01', '2031-01-01'] }], 2, 2],
    ['days of a timestamp by text in UTC', [{ source: 'at', transform: 'day' }], [{ column: 'at', op: '<=', value: '2020-01-02T12:00:00Z' }], 2, 2],
    ['an identity partition', [{ source: 'key', transform: 'identity' }], [{ column: 'key', op: '<', value: 3 }], 3, 3],
    ['several conditions', [{ source: 'day', transform: 'month' }], [{ column: 'day', op: '>', value: '2020-03-15' }, { column: 'key', op: '<=', value: 100 }], 2, 26],
    ['an empty list', [{ source: 'day', transform: 'month' }], [{ column: 'day', op: 'in', value: [] }], 0, 0],
  ];

  test.each(cases)('of %s reads only the files that can match', async (_name, partitioning, filter, files, rows) => {
    const table = await create({ key: 'long', day: 'date', at: 'timestamptz' }, partitioning);
    await table.append(perDay);
    const scan = await table.scan({ filter });
    expect(scan.files).toHaveLength(files);
    expect(await count(scan)).toBe(rows);
  });

  test('by column bounds needs no partitions', async () => {
    const table = await create({ key: 'long', name: 'string' });
    for (const start of [0, 100, 200]) await table.append(`SELECT i AS key, 'name ' || lpad(i::VARCHAR, 3, '0') AS name FROM range(${start}, ${start + 100}) r(i)`);
    expect((await table.scan({ filter: [{ column: 'key', op: '=', value: 150n }] })).files).toHaveLength(1);
    expect((await table.scan({ filter: [{ column: 'name', op: '>=', value: 'name 200' }] })).files).toHaveLength(1);
    expect((await table.scan({ filter: [{ column: 'key', op: '>', value: 299 }] })).files).toHaveLength(0);
  });

  test('skips whole manifests by their partition summaries', async () => {
    const read: string[] = [];
    const { io } = workspace.ports;
    workspace.ports.io = { ...io, read: (uri) => (read.push(uri), io.read(uri)) };
    const table = await create({ key: 'long' }, [{ source: 'key', transform: 'identity' }]);
    for (const key of [1, 2, 3]) await table.append(`SELECT ${key} AS key`);
    read.length = 0;
    await table.scan({ filter: [{ column: 'key', op: '=', value: 2 }] });
    expect(read.filter((uri) => /-m\d+\.avro$/.test(uri))).toHaveLength(1);
  });

  test('of a merge reads only files in the range of its keys, its partitions and what the caller knows', async () => {
    const table = await create({ key: 'long', day: 'date' }, [{ source: 'day', transform: 'month' }]);
    await table.append(`SELECT i AS key, DATE '2020-01-01' + i::INTEGER AS day FROM range(366) r(i)`);
    const source = `SELECT * FROM (VALUES (5, DATE '2020-01-06'), (200, DATE '2020-07-19')) v(key, day)`;
    const clauses = { matched: [{ when: 'false', delete: true as const }] };
    expect(await table.merge({ source, on: ['key'], ...clauses })).toMatchObject({ candidateFiles: 7, rewrittenFiles: 0, snapshot: undefined });
    expect(await table.merge({ source, on: ['key', 'day'], ...clauses })).toMatchObject({ candidateFiles: 2 });
    const prune: Predicate[] = [{ column: 'day', op: '<', value: '2020-02-01' }];
    expect(await table.merge({ source, on: ['key'], prune, ...clauses })).toMatchObject({ candidateFiles: 1 });
  });

  const literal = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(-1000, 1000));
  const predicate = fc.oneof(
    fc.record({ column: fc.constantFrom('n', 'x', 'd'), op: fc.constantFrom('=', '<', '<=', '>', '>='), value: literal }),
    fc.record({ column: fc.constantFrom('n', 'x', 'd'), op: fc.constant('in'), value: fc.array(literal, { maxLength: 3 }) }),
  ) as fc.Arbitrary<Predicate>;

  test('never loses a row that a filter wants', async () => {
    const table = await create({ n: 'int', x: 'double', d: 'date' }, [{ source: 'd', transform: 'year' }, { source: 'n', transform: 'identity' }]);
    await workspace.engine.run(
      `CREATE TABLE rows AS SELECT CASE WHEN i % 7 < 6 THEN (i % 7 - 3)::INTEGER END AS n,
       CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE ELSE (i % 9 - 4)::DOUBLE END AS x,
       CASE WHEN i % 11 > 0 THEN DATE '1970-01-01' + (i % 9 - 4)::INTEGER END AS d FROM range(120) r(i)`,
    );
    await table.append('FROM rows WHERE n < 0 OR n IS NULL');
    await table.append('FROM rows WHERE n >= 0');
    const asSql = ({ column, op, value }: Predicate) => {
      const typed = (one: unknown) => (column === 'd' ? `(DATE '1970-01-01' + ${String(one)})` : String(one));
      return op === 'in' ? (value.length === 0 ? 'false' : `${column} IN (${value.map(typed).join(', ')})`) : `${column} ${op} ${typed(value)}`;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(predicate, { minLength: 1, maxLength: 3 }), async (filter) => {
        const [expected] = await workspace.engine.rows(`SELECT count(*)::INTEGER AS n FROM rows WHERE ${filter.map(asSql).join(' AND ')}`);
        expect(await count(await table.scan({ filter }))).toBe(expected?.['n']);
      }),
      { numRuns: 150 },
    );
  });
});

test('an empty table scans as typed columns without rows', async () => {
  const table = await create({ key: 'long', amount: 'decimal(9, 2)', at: 'timestamptz', tags: { type: 'list', 'element-id': 9, element: 'string', 'element-required': false } });
  const { sql, files, rows, sizeBytes } = await table.scan();
  expect({ files, rows, sizeBytes }).toEqual({ files: [], rows: 0, sizeBytes: 0 });
  const columns = await workspace.engine.rows(`DESCRIBE ${sql}`);
  expect(columns.map((column) => column['column_type'])).toEqual(['BIGINT', 'DECIMAL(9,2)', 'TIMESTAMP WITH TIME ZONE', 'VARCHAR[]']);
  expect(await count(await table.scan())).toBe(0);
});

test('columns come in the order asked for, and a filter may use others', async () => {
  const table = await create({ a: 'int', b: 'int', c: 'int' });
  await table.append('SELECT i AS c, i * 10 AS a, i * 100 AS b FROM range(3) r(i)');
  const { sql } = await table.scan({ columns: ['c', 'a'], filter: [{ column: 'b', op: '=', value: 200 }] });
  expect(await workspace.engine.rows(sql)).toEqual([{ c: 2, a: 20 }]);
});

test('nested columns are written and read', async () => {
  const table = await create({
    point: { type: 'struct', fields: [{ id: 11, name: 'x', required: false, type: 'int' }, { id: 12, name: 'name', required: false, type: 'string' }] },
    tags: { type: 'list', 'element-id': 13, element: 'string', 'element-required': false },
    counts: { type: 'map', 'key-id': 14, key: 'string', 'value-id': 15, value: 'long', 'value-required': false },
  });
  await table.append(`SELECT {'x': 1, 'name': 'a'} AS point, ['t', NULL] AS tags, MAP {'k': 5} AS counts`);
  const rows = await workspace.engine.rows(`SELECT point.x AS x, tags[1] AS tag, counts['k'] AS k FROM (${(await table.scan()).sql})`);
  expect(rows).toEqual([{ x: 1, tag: 't', k: 5n }]);
});

describe('partition values', () => {
  const texts = ['', 'a/b=c %20[x]*?', 'Zürich €', '__HIVE_DEFAULT_PARTITION__', `x'y"z`, '_', '__', 'plain', '..', 'new\nline'];

  test('of any text keep their rows apart and come back as they were', async () => {
    const table = await create({ region: 'string', n: 'int' }, [{ source: 'region', transform: 'identity' }]);
    const values = texts.map((text, index) => `('${text.replaceAll("'", "''")}', ${index})`);
    await table.append(`SELECT * FROM (VALUES ${values.join(', ')}, (NULL, 99)) v(region, n)`);
    const { files } = await table.scan();
    expect(files.map((file) => file.partition['region'])).toHaveLength(texts.length + 1);
    expect(files.map((file) => file.partition['region'])).toEqual(expect.arrayContaining([...texts, null]));
    for (const [index, text] of texts.entries()) {
      const { sql } = await table.scan({ filter: [{ column: 'region', op: '=', value: text }] });
      expect(await workspace.engine.rows(sql)).toEqual([{ region: text, n: index }]);
    }
    await table.overwritePartitions({ partitions: [{ region: null }, { region: '_' }], select: `SELECT NULL AS region, 7 AS n` });
    expect(await count(await table.scan())).toBe(texts.length);
  });

  const kinds: [PrimitiveType, string, PartitionSpec[number]['transform'], unknown][] = [
    ['boolean', 'true', 'identity', true],
    ['long', '-9223372036854775807', 'identity', -9223372036854775807n],
    ['date', `DATE '1969-12-31'`, 'identity', '1969-12-31'],
    ['date', `DATE '1969-12-31'`, 'day', '1969-12-31'],
    ['date', `DATE '1969-12-31'`, 'month', -1],
    ['date', `DATE '1969-12-31'`, 'year', -1],
    ['timestamp', `TIMESTAMP '1969-12-31 23:59:59.999999'`, 'identity', -1n],
    ['timestamp', `TIMESTAMP '1969-12-31 23:59:59.999999'`, 'day', '1969-12-31'],
    ['timestamptz', `TIMESTAMPTZ '2020-01-01 01:00:00+02'`, 'year', 49],
    ['timestamptz', `TIMESTAMPTZ '2020-01-01 01:00:00+02'`, 'identity', 1577833200000000n],
    ['uuid', `UUID '38242908-784f-4343-bf9e-5151a3a9d84f'`, 'identity', '38242908-784f-4343-bf9e-5151a3a9d84f'],
    ['decimal(9, 2)', '-0.05', 'identity', '-0.05'],
    ['decimal(38, 4)', '-1234567890.0001', 'identity', '-1234567890.0001'],
  ];

  test.each(kinds)('of %s %s by %s are exact and can be named to overwrite', async (type, value, transform, expected) => {
    await workspace.engine.run(`SET TimeZone = 'Asia/Tokyo'`);
    const table = await create({ v: type }, [{ source: 'v', transform }]);
    const result = await table.append(`SELECT ${value} AS v`);
    expect(Object.values(result.affectedPartitions[0] ?? {})).toEqual([expected]);
    const overwritten = await table.overwritePartitions({ partitions: result.affectedPartitions, select: `SELECT ${value} AS v` });
    expect(overwritten).toMatchObject({ rows: 1, removedRows: 1 });
    const merged = await table.merge({ source: `SELECT ${value} AS v`, on: ['v'], matched: [{ delete: true }] });
    expect(merged).toMatchObject({ deletedRows: 1, candidateFiles: 1 });
  });
});

describe('file sizes', () => {
  test.each([
    ['without partitions', []],
    ['with partitions', [{ source: 'part', transform: 'identity' }] as const],
  ])('keep near the target %s', async (_name, partitioning) => {
    const targetBytes = 200_000;
    const table = await create({ key: 'long', text: 'string', part: 'int' }, partitioning, { 'write.target-file-size-bytes': String(targetBytes) });
    const result = await table.append(`SELECT i AS key, md5(i::VARCHAR) AS text, (i // 60000)::INTEGER AS part FROM range(63000) r(i)`);
    const { files } = await table.scan();
    expect(files.length).toBe(result.files);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) expect(file.sizeBytes).toBeLessThan(2 * targetBytes);
    expect(await count(await table.scan())).toBe(63000);
    expect((await workspace.ports.io.list(`${table.metadata.location}/data/`)).length).toBe(files.length);
  });
});
