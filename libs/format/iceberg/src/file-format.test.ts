import { afterEach, beforeEach, expect, test } from '@jest/globals';
import avro from 'avsc';
import { createFileCatalog } from './catalog.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const manifestListFields = `
500 manifest_path string required
501 manifest_length long required
502 partition_spec_id int required
517 content int required
515 sequence_number long required
516 min_sequence_number long required
503 added_snapshot_id long required
504 added_files_count int required
505 existing_files_count int required
506 deleted_files_count int required
512 added_rows_count long required
513 existing_rows_count long required
514 deleted_rows_count long required
507 partitions list<508> optional
508.509 contains_null boolean required
508.518 contains_nan boolean optional
508.510 lower_bound bytes optional
508.511 upper_bound bytes optional
519 key_metadata bytes optional`;

const manifestFields = `
0 status int required
1 snapshot_id long optional
3 sequence_number long optional
4 file_sequence_number long optional
2 data_file struct required
2.134 content int required
2.100 file_path string required
2.101 file_format string required
2.102 partition struct required
2.102.1000 day_month int optional
2.102.1001 region string optional
2.102.1002 amount fixed:decimal(9,2) optional
2.102.1003 day int:date optional
2.103 record_count long required
2.104 file_size_in_bytes long required
2.108 column_sizes map<117 int, 118 long> optional
2.109 value_counts map<119 int, 120 long> optional
2.110 null_value_counts map<121 int, 122 long> optional
2.137 nan_value_counts map<138 int, 139 long> optional
2.125 lower_bounds map<126 int, 127 bytes> optional
2.128 upper_bounds map<129 int, 130 bytes> optional
2.131 key_metadata bytes optional
2.132 split_offsets list<133 long> optional
2.135 equality_ids list<136 int> optional
2.140 sort_order_id int optional
2.143 referenced_data_file string optional`;

interface Shape {
  type: string | Shape | Shape[];
  fields?: { name: string; type: Shape | string | Shape[]; 'field-id': number; default?: unknown }[];
  items?: Shape | string;
  logicalType?: string;
  precision?: number;
  scale?: number;
  'element-id'?: number;
}

/** One line a field: id path, name, type, whether it is required. */
function listFields(schema: Shape, path = ''): string[] {
  return (schema.fields ?? []).flatMap((field) => {
    const union = Array.isArray(field.type);
    const type = (union ? (field.type as Shape[])[1] : field.type) as Shape | string;
    if (union) expect([(field.type as unknown[])[0], field.default]).toEqual(['null', null]);
    const id = `${path}${field['field-id']}`;
    const inner = typeof type === 'string' ? undefined : type.type === 'record' ? type : undefined;
    const element = typeof type === 'object' && type.logicalType !== 'map' && typeof type.items === 'object' ? type.items : undefined;
    return [
      `${id} ${field.name} ${nameOf(type)} ${union ? 'optional' : 'required'}`,
      ...(inner ? listFields(inner, `${id}.`) : []),
      ...(element ? listFields(element, `${(type as Shape)['element-id']}.`) : []),
    ];
  });
}

function nameOf(type: Shape | string): string {
  if (typeof type === 'string') return type;
  if (type.type === 'record') return 'struct';
  if (type.type === 'array' && type.logicalType === 'map') {
    const [key, value] = ((type.items as Shape).fields ?? []).map((field) => `${field['field-id']} ${field.type as string}`);
    return `map<${key}, ${value}>`;
  }
  if (type.type === 'array') return `list<${type['element-id']}${typeof type.items === 'string' ? ` ${type.items}` : ''}>`;
  if (type.logicalType === 'decimal') return `${type.type as string}:decimal(${type.precision},${type.scale})`;
  return `${type.type as string}${type.logicalType === undefined ? '' : `:${type.logicalType}`}`;
}

const long = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => Number(a - b),
});

/** Reads an Avro file with a library that this package does not use. */
async function readForeign(path: string): Promise<{ header: Record<string, string>; schema: Shape; records: Record<string, unknown>[] }> {
  const decoder = avro.createFileDecoder(path, { parseHook: (schema: avro.Schema) => avro.Type.forSchema(schema, { registry: { long }, wrapUnions: false }) });
  const records: Record<string, unknown>[] = [];
  let header: Record<string, string> = {};
  decoder.on('metadata', (_type: unknown, _codec: unknown, raw: { meta: Record<string, Buffer> }) => {
    header = Object.fromEntries(Object.entries(raw.meta).map(([key, value]) => [key, value.toString()]));
  });
  for await (const record of decoder) records.push(record as Record<string, unknown>);
  return { header, schema: JSON.parse(header['avro.schema'] ?? '') as Shape, records };
}

async function createOrders(): Promise<Table> {
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
  return createTable({
    catalog,
    ports: workspace.ports,
    schema: {
      fields: [
        { id: 1, name: 'key', required: true, type: 'long' },
        { id: 2, name: 'day', required: false, type: 'date' },
        { id: 3, name: 'region', required: false, type: 'string' },
        { id: 4, name: 'amount', required: false, type: 'decimal(9, 2)' },
        { id: 5, name: 'ratio', required: false, type: 'double' },
      ],
    },
    partitioning: [
      { source: 'day', transform: 'month' },
      { source: 'region', transform: 'identity' },
      { source: 'amount', transform: 'identity' },
      { source: 'day', transform: 'identity', name: 'day' },
    ],
  });
}

const orders = `SELECT * FROM (VALUES (1, DATE '2011-03-01', 'north', -1.5, 0.5::DOUBLE), (2, NULL, NULL, NULL, 'nan'::DOUBLE)) v(key, day, region, amount, ratio)`;

async function manifestsOf(table: Table): Promise<Record<string, unknown>[]> {
  return (await readForeign(table.currentSnapshot?.['manifest-list'] ?? '')).records;
}

test('the manifest list has the fields and header of the specification', async () => {
  const table = await createOrders();
  const first = await table.append(orders);
  const second = await table.append(orders);
  const { header, schema, records } = await readForeign(table.currentSnapshot?.['manifest-list'] ?? '');
  expect(listFields(schema).join('\n')).toBe(manifestListFields.trim());
  expect(header).toMatchObject({
    'snapshot-id': String(second.snapshot?.['snapshot-id']),
    'parent-snapshot-id': String(first.snapshot?.['snapshot-id']),
    'sequence-number': '2',
    'format-version': '2',
  });
  expect(records.map((record) => [record['sequence_number'], record['added_snapshot_id'], record['added_files_count'], record['added_rows_count']])).toEqual([
    [2n, second.snapshot?.['snapshot-id'], 2, 2n],
    [1n, first.snapshot?.['snapshot-id'], 2, 2n],
  ]);
  expect(records[0]?.['partitions']).toMatchObject([
    { contains_null: true, contains_nan: false, lower_bound: Buffer.from('ee010000', 'hex'), upper_bound: Buffer.from('ee010000', 'hex') },
    { contains_null: true, contains_nan: false, lower_bound: Buffer.from('north'), upper_bound: Buffer.from('north') },
    { contains_null: true, contains_nan: false, lower_bound: Buffer.from('ff6a', 'hex'), upper_bound: Buffer.from('ff6a', 'hex') },
    { contains_null: true, contains_nan: false, lower_bound: Buffer.from('ba3a0000', 'hex'), upper_bound: Buffer.from('ba3a0000', 'hex') },
  ]);
});

test('a manifest has the fields and header of the specification, added files without sequence numbers', async () => {
  const table = await createOrders();
  await table.append(orders);
  const [manifest] = await manifestsOf(table);
  const { header, schema, records } = await readForeign(String(manifest?.['manifest_path']));
  expect(listFields(schema).join('\n')).toBe(manifestFields.trim());
  expect(header).toMatchObject({ 'schema-id': '0', 'partition-spec-id': '0', 'format-version': '2', content: 'data' });
  expect(JSON.parse(header['schema'] ?? '')).toEqual(table.metadata.schemas[0]);
  expect(JSON.parse(header['partition-spec'] ?? '')).toEqual(table.metadata['partition-specs'][0]?.fields);
  for (const record of records) expect(record).toMatchObject({ status: 1, sequence_number: null, file_sequence_number: null });
  const partitions = records.map((record) => ({ ...((record['data_file'] as Record<string, unknown>)['partition'] as object) }));
  expect(partitions).toContainEqual({ day_month: 494, region: 'north', amount: Buffer.from('ffffff6a', 'hex'), day: 15034 });
  expect(partitions).toContainEqual({ day_month: null, region: null, amount: null, day: null });
});

test('a rewritten manifest keeps live files as existing and marks replaced ones, both with their sequence numbers', async () => {
  const table = await createOrders();
  const { snapshot: first } = await table.append(orders);
  const { snapshot: second } = await table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { ratio: '1' } }] });
  const manifests = await manifestsOf(table);
  const entries = await Promise.all(manifests.map(async (manifest) => (await readForeign(String(manifest['manifest_path']))).records));
  const brief = entries.flat().map((entry) => [entry['status'], entry['snapshot_id'], entry['sequence_number'], entry['file_sequence_number']]);
  expect(brief.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
    [0, first?.['snapshot-id'], 1n, 1n],
    [1, second?.['snapshot-id'], null, null],
    [2, second?.['snapshot-id'], 1n, 1n],
  ]);
  expect(manifests.map((manifest) => manifest['min_sequence_number'])).toEqual([2n, 1n]);
});

test('a manifest that holds only removed files is left out of the next snapshot', async () => {
  const table = await createOrders();
  await table.append(orders);
  await table.overwritePartitions({ partitions: 'all', select: `${orders} WHERE false` });
  expect(await manifestsOf(table)).toMatchObject([{ deleted_files_count: 2, existing_files_count: 0, added_files_count: 0 }]);
  expect(table.currentSnapshot?.summary).toMatchObject({ operation: 'delete', 'total-records': '0', 'total-data-files': '0', 'total-files-size': '0' });
  await table.append(orders);
  expect(await manifestsOf(table)).toHaveLength(1);
});

test('split offsets are where the row groups start, sizes and counts those of the file', async () => {
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
  const table = await createTable({ catalog, ports: workspace.ports, schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }] } });
  await table.append('SELECT i AS key FROM range(300000) r(i)');
  const [manifest] = await manifestsOf(table);
  const { records } = await readForeign(String(manifest?.['manifest_path']));
  const file = records[0]?.['data_file'] as Record<string, unknown>;
  const offsets = file['split_offsets'] as bigint[];
  expect(offsets).toHaveLength(3);
  expect(offsets[0]).toBe(4n);
  expect(file['record_count']).toBe(300000n);
  expect(file['file_size_in_bytes']).toBe(BigInt((await workspace.ports.io.read(String(file['file_path']))).length));
  const ids = await workspace.engine.rows(`SELECT name, field_id::INTEGER AS id FROM parquet_schema('${String(file['file_path'])}') WHERE field_id IS NOT NULL`);
  expect(ids).toEqual([{ name: 'key', id: 1 }]);
});

test('snapshot ids of 63 bits survive writing, reading and committing on top', async () => {
  let calls = 0;
  const newUuid = () => `7fffffff-ffff-ffff-0000-${String(calls++).padStart(12, '0')}`;
  const ports = { ...workspace.ports, newUuid };
  const catalog = createFileCatalog({ io: ports.io, location: `${workspace.folder}/t` });
  const properties = { 'write.metadata.compression-codec': 'none' };
  const table = await createTable({ catalog, ports, properties, schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }] } });
  const first = await table.append('SELECT 1 AS key');
  const firstId = first.snapshot?.['snapshot-id'] ?? 0n;
  expect(firstId).toBeGreaterThan(2n ** 62n);
  const reopened = await loadTable({ catalog, ports });
  expect(reopened.currentSnapshot?.['snapshot-id']).toBe(firstId);
  await reopened.append('SELECT 2 AS key');
  const { snapshots, metadata, metadataLocation } = await loadTable({ catalog, ports });
  expect(snapshots.map((snapshot) => snapshot['parent-snapshot-id'])).toEqual([undefined, firstId]);
  expect(metadata['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual(snapshots.map((snapshot) => snapshot['snapshot-id']));
  expect(Buffer.from(await ports.io.read(metadataLocation)).toString()).toContain(`"snapshot-id":${firstId},`);
  const lists = await Promise.all(snapshots.map((snapshot) => readForeign(snapshot['manifest-list'])));
  expect(lists[1]?.records.map((record) => record['added_snapshot_id'])).toEqual(snapshots.map((snapshot) => snapshot['snapshot-id']).reverse());
});

test('metadata points from branch main to the current snapshot and logs the versions before', async () => {
  const table = await createOrders();
  await table.append(orders);
  await table.append(orders);
  const { metadata } = table;
  expect(metadata.refs).toEqual({ main: { 'snapshot-id': metadata['current-snapshot-id'], type: 'branch' } });
  expect(metadata['metadata-log'].map((entry) => entry['metadata-file'].split('/').at(-1))).toEqual(['v1.gz.metadata.json', 'v2.gz.metadata.json']);
  expect(metadata).toMatchObject({ 'last-column-id': 5, 'last-partition-id': 1003, 'last-sequence-number': 2n });
  expect(table.currentSnapshot?.summary).toMatchObject({
    operation: 'append',
    'added-data-files': '2',
    'added-records': '2',
    'total-data-files': '4',
    'total-records': '4',
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
  });
});
