import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeAvroFile } from './avro-file.ts';
import { createFileCatalog } from './catalog.ts';
import {
  CorruptFileError,
  DuplicateSourceKeyError,
  InvalidArgumentError,
  MissingFileError,
  PartitionMismatchError,
  RequiredColumnError,
  TableExistsError,
  TableNotFoundError,
  UnsupportedFeatureError,
} from './errors.ts';
import { formatJson, parseJson } from './json.ts';
import { encodeManifestList } from './manifest-lists.ts';
import { encodeManifest, type DataFile } from './manifests.ts';
import { bindSpec } from './partitions.ts';
import { createManifestReader } from './snapshot-files.ts';
import { createTable, loadTable, type CreateTableOptions, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { Field } from './types.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const fields: Field[] = [
  { id: 1, name: 'key', required: true, type: 'long' },
  { id: 2, name: 'year', required: false, type: 'int' },
];

/** An optional struct whose parts are all required. */
const requiredInside: Field = {
  id: 3,
  name: 'place',
  required: false,
  type: {
    type: 'struct',
    fields: [
      { id: 4, name: 'city', required: true, type: 'string' },
      { id: 5, name: 'at', required: false, type: { type: 'struct', fields: [{ id: 6, name: 'x', required: true, type: 'int' }] } },
      { id: 7, name: 'tags', required: false, type: { type: 'list', 'element-id': 8, element: 'string', 'element-required': true } },
      { id: 9, name: 'marks', required: false, type: { type: 'map', 'key-id': 10, key: 'string', 'value-id': 11, value: 'int', 'value-required': true } },
    ],
  },
};

function catalog() {
  return createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
}

function create(options: Partial<CreateTableOptions> = {}): Promise<Table> {
  return createTable({ catalog: catalog(), ports: workspace.ports, schema: { fields }, partitioning: [{ source: 'year', transform: 'identity' }], properties: { 'write.metadata.compression-codec': 'none' }, ...options });
}

function load(): Promise<Table> {
  return loadTable({ catalog: catalog(), ports: workspace.ports });
}

async function createFilled(): Promise<Table> {
  const table = await create();
  await table.append('SELECT i AS key, 2000 + i % 2 AS year FROM range(4) r(i)');
  return table;
}

async function editMetadata(table: Table, edit: (raw: Record<string, unknown>) => void): Promise<string> {
  const { io } = workspace.ports;
  const raw = parseJson(await io.read(table.metadataLocation), 'test') as Record<string, unknown>;
  edit(raw);
  await io.write(table.metadataLocation, formatJson(raw));
  return table.metadataLocation;
}

describe('metadata', () => {
  const broken: [string, (raw: Record<string, unknown>) => void, new (...args: never[]) => Error, RegExp][] = [
    ['of format version 3', (raw) => void (raw['format-version'] = 3), UnsupportedFeatureError, /format-version 3.*expected format-version 2/],
    ['of format version 1', (raw) => void (raw['format-version'] = 1), UnsupportedFeatureError, /format-version 1/],
    ['without a location', (raw) => void delete raw['location'], CorruptFileError, /"location" missing, expected a text/],
    ['with a schema of another shape', (raw) => void (raw['schemas'] = [{ 'schema-id': 0 }]), CorruptFileError, /"schemas" of another shape/],
    ['with an unknown current schema', (raw) => void (raw['current-schema-id'] = 9), CorruptFileError, /current-schema-id 9/],
    ['with an unknown default spec', (raw) => void (raw['default-spec-id'] = 9), CorruptFileError, /default-spec-id 9/],
    ['with an unknown current snapshot', (raw) => void (raw['current-snapshot-id'] = 9n), CorruptFileError, /current-snapshot-id 9/],
    ['with a snapshot without manifest list', (raw) => void (raw['snapshots'] = [{ 'snapshot-id': 1n }]), CorruptFileError, /"snapshots" of another shape/],
  ];

  test.each(broken)('%s is refused by file and finding', async (_name, edit, error, message) => {
    const file = await editMetadata(await createFilled(), edit);
    const refusal = await load().catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(error);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).toContain(file);
  });

  test('of a truncated file is refused at every length', async () => {
    const table = await createFilled();
    const bytes = await workspace.ports.io.read(table.metadataLocation);
    for (let length = 0; length < bytes.length; length += 97) {
      await workspace.ports.io.write(table.metadataLocation, bytes.subarray(0, length));
      await expect(load()).rejects.toThrow(CorruptFileError);
    }
  });

  test('keys that this package does not know are kept by a commit', async () => {
    const table = await createFilled();
    await editMetadata(table, (raw) => void (raw['statistics'] = [{ 'snapshot-id': 4611686018427387905n, other: 12345678901234567890n }]));
    const reloaded = await load();
    await reloaded.append('SELECT 1 AS key, 1 AS year');
    expect((await load()).metadata).toMatchObject({ statistics: [{ 'snapshot-id': 4611686018427387905n, other: 12345678901234567890n }] });
  });
});

describe('manifests', () => {
  async function pathOfManifest(table: Table): Promise<string> {
    const [manifest] = await createManifestReader(workspace.ports.io).manifests(table.currentSnapshot);
    return manifest?.path ?? '';
  }

  test.each(['manifest', 'manifest list'])('a truncated or altered %s is never read in part', async (kind) => {
    const table = await createFilled();
    const path = kind === 'manifest' ? await pathOfManifest(table) : (table.currentSnapshot?.['manifest-list'] ?? '');
    const bytes = await workspace.ports.io.read(path);
    const afterHeader = Buffer.from(bytes).indexOf(bytes.subarray(-16)) + 16;
    for (const length of [afterHeader, ...Array.from({ length: Math.ceil(bytes.length / 61) }, (_none, index) => index * 61)]) {
      await workspace.ports.io.write(path, bytes.subarray(0, length));
      await expect(load().then((fresh) => fresh.scan())).rejects.toThrow(new RegExp(`${path}: found`));
    }
    const altered = Buffer.from(bytes);
    altered.fill(0xff, bytes.length - 40, bytes.length - 30);
    await workspace.ports.io.write(path, altered);
    await expect(load().then((fresh) => fresh.scan())).rejects.toThrow(CorruptFileError);
  });

  test.each(['manifest', 'manifest list'])('a missing %s is named', async (kind) => {
    const table = await createFilled();
    const path = kind === 'manifest' ? await pathOfManifest(table) : (table.currentSnapshot?.['manifest-list'] ?? '');
    await workspace.ports.io.remove(path);
    const reloaded = await load();
    await expect(reloaded.scan()).rejects.toThrow(MissingFileError);
    await expect(reloaded.scan()).rejects.toThrow(path);
  });

  test('an unknown Avro codec is refused', async () => {
    const table = await createFilled();
    const path = await pathOfManifest(table);
    const bytes = Buffer.from(await workspace.ports.io.read(path));
    const text = bytes.toString('latin1').replace('\x0edeflate', '\x0esnappie');
    await workspace.ports.io.write(path, Buffer.from(text, 'latin1'));
    await expect(load().then((fresh) => fresh.scan())).rejects.toThrow(/the codec "snappie", which is not supported; expected one of null, deflate, zstandard, snappy/);
  });

  test('an Avro file with another schema is not a manifest', async () => {
    const table = await createFilled();
    const path = await pathOfManifest(table);
    const other = writeAvroFile({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'long', 'field-id': 7 }] }, {}, [{ 7: 1n }], Buffer.alloc(16));
    await workspace.ports.io.write(path, other);
    await expect(load().then((fresh) => fresh.scan())).rejects.toThrow(CorruptFileError);
  });
});

describe('files of other writers', () => {
  async function commitForeignFile(file: Partial<DataFile>, content: number): Promise<Table> {
    const table = await createFilled();
    const state = await catalog().load();
    if (!state) throw new Error('no table');
    const { io } = workspace.ports;
    const spec = bindSpec(state.metadata, 0, '');
    const path = `${workspace.folder}/t/metadata/foreign.avro`;
    const reader = createManifestReader(io);
    const [own] = await reader.manifests(table.currentSnapshot);
    const [entry] = own ? await reader.entries(state, own) : [];
    const [schema] = state.metadata.schemas;
    const [stored] = state.metadata['partition-specs'];
    if (!own || !entry || !schema || !stored) throw new Error('no manifest');
    const entries = [{ ...entry, sequenceNumber: 2n, file: { ...entry.file, ...file } }];
    const manifest = encodeManifest(schema, stored, spec, content, entries, Buffer.alloc(16));
    await io.write(path, manifest);
    const listed = { ...own, path, content, lengthBytes: manifest.length, sequenceNumber: 2n };
    const list = encodeManifestList([own, listed], { id: 1n, parentId: undefined, sequenceNumber: 1n }, Buffer.alloc(16));
    await io.write(table.currentSnapshot?.['manifest-list'] ?? '', list);
    return load();
  }

  test.each([
    [{ content: 1, fileFormat: 'AVRO' }, /position delete file .* of format AVRO, which is not supported; expected PARQUET/],
    [{ content: 1, fileFormat: 'PUFFIN' }, /position delete file .* of format PUFFIN/],
    [{ content: 2 }, /equality delete file .* without field ids/],
    [{ content: 2, equalityIds: [77] }, /equality deletes by field 77.*expected top columns with single values/],
    [{ content: 0 }, /data file .* in a manifest of content 1/],
  ])('delete files that cannot be read are refused by every reader and writer that they concern: %j', async (file, message) => {
    const table = await commitForeignFile(file, 1);
    await expect(table.scan()).rejects.toThrow(UnsupportedFeatureError);
    await expect(table.scan()).rejects.toThrow(message);
    await expect(table.merge({ source: 'SELECT i AS key FROM range(9) r(i)', on: ['key'], matched: [{ delete: true }] })).rejects.toThrow(message);
  });

  test.each([
    [{ fileFormat: 'ORC' }, /format ORC, which is not supported; expected PARQUET/],
    [{ keyMetadata: Buffer.from('k') }, /encrypted data file/],
  ])('data files that cannot be read are refused: %j', async (file, message) => {
    const table = await commitForeignFile(file, 0);
    await expect(table.scan()).rejects.toThrow(message);
  });
});

describe('rows', () => {
  test('without a value in a required column are refused with column and count, and leave no file', async () => {
    const table = await create();
    const refusal = await table.append('SELECT CASE WHEN i % 3 = 0 THEN i END AS key, i % 2 AS year FROM range(9) r(i)').catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(RequiredColumnError);
    expect(refusal).toMatchObject({ column: 'key', nullRows: 6 });
    expect(table.currentSnapshot).toBeUndefined();
    expect(await workspace.ports.io.list(`${workspace.folder}/t/data/`)).toEqual([]);
  });

  test('without a value in a required column are refused in a merge as well', async () => {
    const table = await createFilled();
    const refusal = table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { key: 'NULL' } }] });
    await expect(refusal).rejects.toThrow('required column "key": found 1 row(s)');
  });

  test.each([
    ['in a struct', `{'city': NULL, 'at': {'x': 1}, 'tags': ['a'], 'marks': MAP {'k': 1}}`, 'place.city'],
    ['in a struct in a struct', `{'city': 'Quito', 'at': {'x': NULL}, 'tags': ['a'], 'marks': MAP {'k': 1}}`, 'place.at.x'],
    ['in a list', `{'city': 'Quito', 'at': {'x': 1}, 'tags': ['a', NULL], 'marks': MAP {'k': 1}}`, 'place.tags.element'],
    ['in a map', `{'city': 'Quito', 'at': {'x': 1}, 'tags': ['a'], 'marks': MAP {'k': NULL}}`, 'place.marks.value'],
  ])('without a value in a required field %s are refused by path and count, and leave no file', async (_where, bad, path) => {
    const table = await create({ schema: { fields: [...fields, requiredInside] } });
    const good = `{'city': 'Quito', 'at': NULL, 'tags': NULL, 'marks': MAP {}}`;
    const rows = (...places: string[]) => places.map((place, index) => `SELECT ${index} AS key, 2000 AS year, ${place} AS place`).join(' UNION ALL ');
    await table.append(rows(good, 'NULL'));
    const before = await workspace.ports.io.list(`${workspace.folder}/t/`);
    const refusal = await table.append(rows(good, bad, 'NULL', bad)).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(RequiredColumnError);
    expect(refusal).toMatchObject({ column: path, nullRows: 2 });
    await expect(table.merge({ source: `SELECT 0 AS key, ${bad} AS place`, on: ['key'], matched: [{ set: { place: 's.place' } }] })).rejects.toThrow(`required column "${path}": found 1 row(s) without a value`);
    expect(await workspace.ports.io.list(`${workspace.folder}/t/`)).toEqual(before);
  });

  test('outside the listed partitions are refused with partition and count, and leave no file', async () => {
    const table = await createFilled();
    const before = await workspace.ports.io.list(`${workspace.folder}/t/`);
    const refusal = table.overwritePartitions({ partitions: [{ year: 2000 }], select: 'SELECT i AS key, 2000 + i AS year FROM range(3) r(i)' });
    await expect(refusal).rejects.toThrow(PartitionMismatchError);
    await expect(refusal).rejects.toThrow(/found 2 row\(s\) outside the listed partitions, for example year=200[12]/);
    expect(await workspace.ports.io.list(`${workspace.folder}/t/`)).toEqual(before);
  });

  test('with the same key in a merge source are refused with an example', async () => {
    const table = await createFilled();
    const refusal = table.merge({ source: 'SELECT * FROM (VALUES (1), (1), (2), (NULL), (NULL)) v(key)', on: ['key'], matched: [{ delete: true }] });
    await expect(refusal).rejects.toThrow(DuplicateSourceKeyError);
    await expect(refusal).rejects.toThrow(/found 1 key\(s\) \(key\) with several rows, for example 1;/);
    expect(await workspace.engine.rows(`SELECT table_name FROM duckdb_tables()`)).toEqual([]);
  });

  test('that the engine fails on leave no file and no temporary table', async () => {
    const table = await createFilled();
    const before = await workspace.ports.io.list(`${workspace.folder}/t/`);
    const failing = `SELECT CASE WHEN i = 150000 THEN error('row is bad') ELSE i END::BIGINT AS key, i % 3 AS year FROM range(200000) r(i)`;
    await expect(table.append(failing)).rejects.toThrow('row is bad');
    await expect(table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { year: `error('row is bad')` } }] })).rejects.toThrow('row is bad');
    expect(await workspace.ports.io.list(`${workspace.folder}/t/`)).toEqual(before);
    expect(await workspace.engine.rows(`SELECT table_name FROM duckdb_tables()`)).toEqual([]);
  });
});

describe('arguments', () => {
  const refusedSchemas: [string, Field[], RegExp][] = [
    ['no columns', [], /no columns/],
    ['an id twice', [{ id: 1, name: 'a', required: false, type: 'int' }, { id: 1, name: 'b', required: false, type: 'int' }], /found id 1/],
    ['names that differ in case only', [{ id: 1, name: 'a', required: false, type: 'int' }, { id: 2, name: 'A', required: false, type: 'int' }], /regardless of case/],
    ['an unknown type', [{ id: 1, name: 'a', required: false, type: 'varchar' as 'string' }], /found type varchar/],
    ['a fixed type', [{ id: 1, name: 'a', required: false, type: 'fixed[4]' }], /fixed\[4\], which can be read only: .*use binary/],
    ['a decimal of too many digits', [{ id: 1, name: 'a', required: false, type: 'decimal(39, 2)' }], /1 to 38/],
    ['a decimal of more digits after its point than it has', [{ id: 1, name: 'a', required: false, type: 'decimal(4, 5)' }], /a scale up to it/],
  ];

  test.each(refusedSchemas)('a schema with %s is refused', async (_name, columns, message) => {
    await expect(create({ schema: { fields: columns }, partitioning: [] })).rejects.toThrow(message);
  });

  test('a partition spec of unknown columns or unfit types is refused', async () => {
    await expect(create({ partitioning: [{ source: 'yeer', transform: 'identity' }] })).rejects.toThrow(/no column "yeer", expected one of: key, year/);
    await expect(create({ partitioning: [{ source: 'year', transform: 'month' }] })).rejects.toThrow(/found type int, expected date, timestamp or timestamptz/);
    await expect(create({ partitioning: [{ source: 'year', transform: 'identity', name: 'key' }] })).rejects.toThrow(/no column and no other partition field/);
  });

  test('partitions that do not name every field, or none, are refused', async () => {
    const table = await createFilled();
    const overwrite = (partition: Record<string, number | string>) => table.overwritePartitions({ partitions: [partition], select: 'SELECT 1 AS key, 1 AS year' });
    await expect(overwrite({})).rejects.toThrow(/found fields none, expected exactly year/);
    await expect(overwrite({ month: 1 })).rejects.toThrow(InvalidArgumentError);
    await expect(overwrite({ year: 'x' })).rejects.toThrow(/found string x, expected a value of type int/);
  });

  test('merge columns, filters and properties are checked', async () => {
    const table = await createFilled();
    await expect(table.merge({ source: 'SELECT 1 AS key', on: [] })).rejects.toThrow(/no key column/);
    await expect(table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { yeer: '1' } }] })).rejects.toThrow(/no column "yeer"/);
    await expect(table.scan({ filter: [{ column: 'key', op: '=', value: 'x' }] })).rejects.toThrow(/expected a value of type long/);
    await expect(table.scan({ columns: ['nothing'] })).rejects.toThrow(InvalidArgumentError);
    await expect(table.scan({ snapshotId: 5n })).rejects.toThrow(/snapshot 5: found none/);
    const odd = await createTable({
      catalog: createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/odd` }),
      ports: workspace.ports,
      schema: { fields },
      properties: { 'write.target-file-size-bytes': '1 MB' },
    });
    await expect(odd.append('SELECT 1 AS key, 1 AS year')).rejects.toThrow(/write.target-file-size-bytes: found "1 MB", expected a whole number from 1 on/);
  });

  test('a table is created once and must exist to be loaded', async () => {
    await expect(load()).rejects.toThrow(TableNotFoundError);
    await create();
    await expect(create()).rejects.toThrow(TableExistsError);
  });
});

describe('the version hint', () => {
  test.each(['missing', 'stale', 'ahead', 'garbage'])('may be %s', async (state) => {
    const table = await createFilled();
    await table.append('SELECT 9 AS key, 2009 AS year');
    const hint = `${workspace.folder}/t/metadata/version-hint.text`;
    if (state === 'missing') await workspace.ports.io.remove(hint);
    else await workspace.ports.io.write(hint, Buffer.from({ stale: '1', ahead: '77', garbage: 'x' }[state] ?? ''));
    expect((await load()).metadataLocation).toBe(table.metadataLocation);
  });
});
