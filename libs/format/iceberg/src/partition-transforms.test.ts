import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { DeleteFilesError, InvalidArgumentError, PartitionMismatchError, UnsupportedFeatureError } from './errors.ts';
import type { PartitionSpec } from './partitions.ts';
import type { Predicate } from './predicates.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { commitDeletes } from './testing/foreign-deletes.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { IcebergSchema, IcebergType } from './types.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const columns: Record<string, IcebergType> = { id: 'long', small: 'int', price: 'decimal(6, 2)', at: 'timestamptz', seen: 'timestamp', noon: 'time', text: 'string', code: 'uuid', raw: 'binary' };
const schema: IcebergSchema = { fields: Object.entries(columns).map(([name, type], index) => ({ id: index + 1, name, required: false, type })) };
const location = () => `${workspace.folder}/t`;
const catalog = () => createFileCatalog({ io: workspace.ports.io, location: location() });
const create = (partitioning: PartitionSpec) => createTable({ catalog: catalog(), ports: workspace.ports, schema, partitioning, properties: { 'write.metadata.compression-codec': 'none' } });
const load = () => loadTable({ catalog: catalog(), ports: workspace.ports });

const values: Record<string, string[]> = {
  id: ['-9223372036854775808', '-9223372036854775801', '-1', '0', '7', '11', '2147483645', '2147483647', '9223372036854775807'],
  small: ['-2147483648', '-2147483640', '-11', '-1', '0', '9', '10', '2147483646', '2147483647'],
  price: ["'-9999.80'", "'-0.01'", "'0'", "'0.49'", "'0.50'", "'9999.99'"],
  at: ["'1969-12-31 23:59:59.999999+00'", "'1970-01-01 00:00:00+00'", "'2020-02-29 23:30:00+00'", "'2020-03-01 00:30:00+00'"],
  seen: ["'1969-12-31 23:00:00'", "'1970-01-01 00:59:59.999999'", "'2020-02-29 23:30:00'"],
  noon: ["'00:00:00'", "'12:00:00.000001'", "'23:59:59.999999'"],
  text: ["''", "'_'", "'__HIVE_DEFAULT_PARTITION__'", "'a/b=c'", "'abc'", "'abcdef'", "'🙂🙂🙂🙂'", "'漢字%'"],
  code: ["'00000000-0000-0000-0000-000000000000'", "'f79c3e09-677c-4bbd-a479-3f349cb785e7'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
  raw: ["''::BLOB", "'\\x00\\xFF'::BLOB", "'abcdef'::BLOB"],
};

/** Every value of one column, NULL among them; the others are NULL. */
function rowsOf(name: string): string {
  const engineTypes: Record<string, string> = { id: 'BIGINT', small: 'INTEGER', price: 'DECIMAL(6,2)', at: 'TIMESTAMPTZ', seen: 'TIMESTAMP', noon: 'TIME', text: 'VARCHAR', code: 'UUID', raw: 'BLOB' };
  const list = [...(values[name] ?? []), 'NULL'].map((value) => `(${value})`).join(', ');
  return `SELECT ${Object.keys(columns).map((column) => `${column === name ? 'v' : 'NULL'}::${engineTypes[column]} AS "${column}"`).join(', ')} FROM (VALUES ${list}) x(v)`;
}

const cases: [string, PartitionSpec[number]['transform']][] = [
  ['id', 'bucket[4]'], ['id', 'truncate[10]'], ['small', 'bucket[4]'], ['small', 'truncate[7]'], ['price', 'bucket[4]'], ['price', 'truncate[20]'], ['at', 'bucket[4]'], ['at', 'hour'], ['seen', 'hour'],
  ['seen', 'bucket[4]'], ['noon', 'bucket[4]'], ['noon', 'identity'], ['text', 'bucket[4]'], ['text', 'truncate[3]'], ['code', 'bucket[4]'], ['code', 'identity'], ['raw', 'bucket[4]'], ['raw', 'truncate[1]'], ['raw', 'identity'], ['id', 'void'],
];

test.each(cases)('partitions of %s by %s are written, pruned to exactly the rows of a filter, read back and replaced', async (name, transform) => {
  const table = await create([{ source: name, transform }]);
  await table.append(rowsOf(name));
  await table.append(rowsOf(name));
  const reloaded = await load();
  const count = async (sql: string) => Number((await workspace.engine.rows(`SELECT count(*) AS n FROM (${sql})`))[0]?.['n']);
  const all = (await reloaded.scan()).sql;
  expect(await count(all)).toBe(2 * ((values[name]?.length ?? 0) + 1));
  const stored = await workspace.engine.rows(`SELECT DISTINCT "${name}" AS v, "${name}"::VARCHAR AS text FROM (${all}) WHERE v IS NOT NULL`);
  for (const { v, text } of stored) {
    const isTime = name === 'noon' || name === 'at' || name === 'seen';
    const [micros] = isTime ? await workspace.engine.rows(`SELECT epoch_us("${name}") AS m FROM (${all}) WHERE "${name}"::VARCHAR = '${String(text)}'`) : [];
    const value = (isTime ? micros?.['m'] : name === 'price' || name === 'code' ? text : v) as string;
    for (const op of ['=', '<', '<=', '>', '>='] as const) {
      const filter: Predicate[] = [{ column: name, op, value }];
        const { sql, files } = await reloaded.scan({ filter });
      const literal = (await reloaded.scan({ filter, columns: [name] })).sql.split(' WHERE ').at(-1) ?? 'false';
      expect([op, text, await count(sql)]).toEqual([op, text, await count(`SELECT * FROM (${all}) WHERE ${literal}`)]);
      if (op === '=' && transform !== 'void') expect(new Set(files.map((file) => Object.values(file.partition).map(String).join())).size).toBe(1);
    }
  }
  const [first] = (await reloaded.plan()).files;
  const kept = (await reloaded.plan()).files.filter((file) => JSON.stringify(Object.values(file.partition).map(String)) !== JSON.stringify(Object.values(first?.partition ?? {}).map(String)));
  await reloaded.overwritePartitions({ partitions: [first?.partition ?? {}], select: `SELECT * FROM (${all}) WHERE false` });
  expect((await reloaded.plan()).files.map((file) => file.path).sort()).toEqual(kept.map((file) => file.path).sort());
});

test('a merge by a bucketed key reads the buckets of its keys only', async () => {
  const table = await create([{ source: 'id', transform: 'bucket[16]' }, { source: 'text', transform: 'void' }, { source: 'seen', transform: 'hour' }]);
  await table.append(`SELECT range AS id, NULL AS small, NULL AS price, NULL AS at, TIMESTAMP '2020-01-01' AS seen, NULL AS noon, 'old' AS text, NULL AS code, NULL AS raw FROM range(1000)`);
  expect((await table.plan()).files).toHaveLength(16);
  expect((await table.plan()).files[0]?.partition).toMatchObject({ text_null: null, seen_hour: 438288 });
  const result = await table.merge({ source: `SELECT unnest([3, 2000])::BIGINT AS id`, on: ['id'], matched: [{ set: { text: "'new'" } }], notMatched: [{ insert: { id: 's.id' } }] });
  expect(result).toMatchObject({ updatedRows: 1, insertedRows: 1, rewrittenFiles: 1 });
  expect(result.candidateFiles).toBeLessThanOrEqual(2);
  const compacted = await table.compact({ minInputFiles: 2 });
  expect(compacted.after.rows).toBe(1001);
});

test('rows of another bucket are refused by an overwrite', async () => {
  const table = await create([{ source: 'id', transform: 'bucket[2147483647]' }]);
  await expect(table.overwritePartitions({ partitions: [{ id_bucket: 1 }], select: rowsOf('id') })).rejects.toThrow(PartitionMismatchError);
});

test.each([
  [{ source: 'noon', transform: 'hour' }, /found type time, expected timestamp or timestamptz/],
  [{ source: 'code', transform: 'truncate[4]' }, /found type uuid, expected int, long, decimal, string or binary/],
  [{ source: 'id', transform: 'bucket[0]' }, /expected one of the transforms identity, bucket\[N\]/],
] as [PartitionSpec[number], RegExp][])('%p is refused', async (field, message) => {
  const outcome = create([field]);
  await expect(outcome).rejects.toThrow(InvalidArgumentError);
  await expect(outcome).rejects.toThrow(message);
});

test('a truncated decimal that its column cannot hold is refused', async () => {
  const table = await createTable({ catalog: catalog(), ports: workspace.ports, schema: { fields: [{ id: 1, name: 'n', required: false, type: 'decimal(2, 0)' }] }, partitioning: [{ source: 'n', transform: 'truncate[1000]' }] });
  await table.append('SELECT 99 AS n');
  await expect(table.append('SELECT -99 AS n')).rejects.toThrow('partition value -1000, a decimal without its point: expected at most 2 digits');
  expect((await (await load()).plan()).rows).toBe(1);
});

describe('a transform that nobody knows', () => {
  /** A table whose transform another writer replaced by one of its own. */
  const foreign = async (prepare: (table: Table) => Promise<void> = async () => undefined): Promise<Table> => {
    await (await create([{ source: 'small', transform: 'truncate[10]' }])).append(rowsOf('small'));
    await prepare(await load());
    const { metadataLocation } = await load();
    const text = Buffer.from(await workspace.ports.io.read(metadataLocation)).toString('utf8');
    await workspace.ports.io.write(metadataLocation, Buffer.from(text.replaceAll('truncate[10]', 'zorder[10]')));
    return load();
  };

  test('does not hinder reading, whatever the filter', async () => {
    const table = await foreign();
    const { sql, files } = await table.scan({ filter: [{ column: 'small', op: '=', value: 9 }] });
    expect(await workspace.engine.rows(`SELECT small FROM (${sql})`)).toEqual([{ small: 9 }]);
    expect(files).toHaveLength(1);
    expect((await table.plan()).rows).toBe(10);
  });

  test.each(['append', 'merge', 'overwrite', 'compact'])('but %s, with an error that names the table and the transform', async (operation) => {
    const table = await foreign();
    const write: Record<string, () => Promise<unknown>> = {
      append: () => table.append(rowsOf('id')),
      merge: () => table.merge({ source: 'SELECT 9 AS small', on: ['small'], matched: [{ delete: true }], mode: 'merge-on-read' }),
      overwrite: () => table.overwritePartitions({ partitions: 'all', select: rowsOf('id') }),
      compact: () => table.compact({ minInputFiles: 1 }).then(() => table.append(rowsOf('id'))),
    };
    const before = await workspace.ports.io.list(`${location()}/`);
    const outcome = write[operation]?.();
    await expect(outcome).rejects.toThrow(UnsupportedFeatureError);
    await expect(outcome).rejects.toThrow(`${location()}: found partition transform "zorder[10]" of field "small_trunc" where files are to be written, which is not supported; expected identity, bucket[N]`);
    expect(await workspace.ports.io.list(`${location()}/`)).toEqual(before);
  });

  test('is left behind by another partitioning, with its manifests as they are', async () => {
    const table = await foreign();
    await table.evolvePartitioning([{ source: 'small', transform: 'bucket[2]' }]);
    for (let round = 0; round < 20; round++) await table.append(rowsOf('small'));
    await table.rewriteManifests();
    expect((await (await load()).plan()).rows).toBe(210);
    await expect(table.merge({ source: 'SELECT 9 AS small', on: ['small'], matched: [{ delete: true }] })).rejects.toThrow('zorder[10]');
  });

  test('hinders reading only where deletes are matched to files by it', async () => {
    const table = await foreign(async (known) => {
      const [file] = (await known.plan()).files;
      await commitDeletes(workspace, location(), { select: `SELECT '${file?.path}' AS file_path, 0::BIGINT AS pos`, partition: file?.partition ?? {} });
    });
    await expect(table.scan()).rejects.toThrow(DeleteFilesError);
    await expect(table.scan()).rejects.toThrow(/-m0\.avro: found deletes in partitions by zorder\[10\], which is not supported; expected deletes in partitions by identity/);
  });
});
