import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../src/catalog.ts';
import { engineType, identifier, textLiteral } from '../src/sql-text.ts';
import { createTable, loadTable, type Table } from '../src/table.ts';
import type { Field, IcebergType } from '../src/types.ts';
import { difference, noDifference, type ForeignLake } from './foreign-lake.ts';
import { createMetadataCatalog, relocateFileIO } from './metadata-catalog.ts';
import { sampleColumns, sampleRows } from './sample-rows.ts';

const functions = join(import.meta.dirname, 'pyiceberg.py');

/** Tables that this package and PyIceberg exchange. */
export function describePyIceberg(lake: () => ForeignLake): void {
  const call = <Result>(name: string, parameters: Record<string, unknown>) => lake().python.call<Result>(functions, name, parameters);
  let targets = 0;

  /** SQL over what PyIceberg reads, in the types of the columns, and the number of files that it planned. */
  const scan = async (metadata: string, columns: Readonly<Record<string, IcebergType>>, options: { row_filter?: string; columns?: string[]; snapshot?: string } = {}) => {
    const target = join(lake().folder, 'pyiceberg', `${++targets}.parquet`);
    const files = Number(await call('scan', { metadata, target, ...options }));
    const list = Object.entries(columns).map(([name, type]) => {
      const column = identifier(name);
      return type === 'uuid' ? `CASE WHEN ${column} IS NOT NULL THEN ${column}::UUID END AS ${column}` : `CAST(${column} AS ${engineType(type)}) AS ${column}`;
    });
    return { files, sql: `SELECT ${list.join(', ')} FROM read_parquet(${textLiteral(target)})` };
  };

  const open = async (location: string): Promise<Table> => {
    const io = relocateFileIO(lake().ports.io, 'file://', '');
    return loadTable({ catalog: createMetadataCatalog(io, location), ports: { ...lake().ports, io } });
  };

  describe('PyIceberg reads a table of ours', () => {
    // PyIceberg cannot show the bounds of UUIDs.
    const { code: _uuid, ...columns } = sampleColumns;
    const withoutUuid = (start: number, rows: number) => `SELECT * EXCLUDE (code) FROM (${sampleRows(start, rows)})`;

    const make = async (name: string) => {
      const table = await lake().create(name, sampleColumns, [{ source: 'seen', transform: 'month' }, { source: 'name', transform: 'identity' }, { source: 'price', transform: 'identity' }]);
      await table.append(sampleRows(0, 60));
      await table.append(sampleRows(60, 20));
      await table.merge({ source: 'SELECT * FROM (VALUES (5), (70), (100)) v(id)', on: ['id'], matched: [{ when: 's.id = 5', delete: true }, { set: { name: "'m'" } }], notMatched: [{ insert: { id: 's.id' } }] });
      return table;
    };

    test('whole, by filter, by column and at a snapshot', async () => {
      const { engine } = lake();
      const table = await make('for_python');
      const metadata = table.metadataLocation;
      expect(await difference(engine, (await table.scan()).sql, (await scan(metadata, sampleColumns)).sql)).toEqual(noDifference);

      const filtered = await table.scan({ filter: [{ column: 'id', op: '>=', value: 60n }, { column: 'born', op: '<', value: '2021-01-01' }] });
      const theirs = await scan(metadata, sampleColumns, { row_filter: "id >= 60 and born < '2021-01-01'" });
      expect(await difference(engine, filtered.sql, theirs.sql)).toEqual(noDifference);
      expect(theirs.files).toBe(filtered.files.length);

      const text = await table.scan({ filter: [{ column: 'name', op: '=', value: 'a/b' }], columns: ['id', 'name'] });
      const theirText = await scan(metadata, { id: 'long', name: 'string' }, { row_filter: "name = 'a/b'", columns: ['id', 'name'] });
      expect(await difference(engine, text.sql, theirText.sql)).toEqual(noDifference);
      expect(theirText.files).toBe(text.files.length);

      const [first] = table.snapshots;
      const past = await scan(metadata, sampleColumns, { snapshot: String(first?.['snapshot-id']) });
      expect(await difference(engine, sampleRows(0, 60), past.sql)).toEqual(noDifference);
    });

    test('by buckets, widths and hours, of which a filter leaves as many files as for us', async () => {
      const { engine } = lake();
      const spec = [{ source: 'id', transform: 'bucket[7]' }, { source: 'name', transform: 'truncate[1]' }, { source: 'seen', transform: 'hour' }] as const;
      const table = await lake().create('transformed_for_python', columns, spec);
      await table.append(withoutUuid(0, 60));
      const { metadataLocation } = table;
      expect(await difference(engine, (await table.scan()).sql, (await scan(metadataLocation, columns)).sql)).toEqual(noDifference);
      for (const id of [5, 19, 49]) {
        const ours = await table.scan({ filter: [{ column: 'id', op: '=', value: id }] });
        const theirs = await scan(metadataLocation, columns, { row_filter: `id == ${id}` });
        expect(await difference(engine, ours.sql, theirs.sql)).toEqual(noDifference);
        expect(theirs.files).toBe(ours.files.length);
      }
      const ours = await table.scan({ filter: [{ column: 'name', op: '>=', value: 'a' }, { column: 'seen', op: '<', value: '1970-01-01' }] });
      const theirs = await scan(metadataLocation, columns, { row_filter: "name >= 'a' and seen < '1970-01-01T00:00:00'" });
      expect(await difference(engine, ours.sql, theirs.sql)).toEqual(noDifference);
      const after = await call<string>('register_and_append', { warehouse: join(lake().folder, 'registered'), name: 'transformed_for_python', metadata: metadataLocation, start: 500, count: 10 });
      const appended = await loadTable({ catalog: createMetadataCatalog(lake().ports.io, after), ports: lake().ports });
      expect(await difference(engine, (await appended.scan()).sql, (await scan(after, columns)).sql)).toEqual(noDifference);
      const byId = await appended.scan({ filter: [{ column: 'id', op: '=', value: 503 }] });
      expect(await engine.rows(`SELECT id::INTEGER AS id FROM (${byId.sql})`)).toEqual([{ id: 503 }]);
    });

    test('and inspects its files, manifests and snapshots', async () => {
      const table = await lake().create('inspected', columns, [{ source: 'seen', transform: 'month' }, { source: 'name', transform: 'identity' }]);
      await table.append(withoutUuid(0, 30));
      await table.merge({ source: 'SELECT 7 AS id', on: ['id'], matched: [{ delete: true }] });
      const metadata = table.metadataLocation;
      const { files } = await table.scan();
      const found = await call<Record<string, string>[]>('inspect', { metadata, what: 'files' });
      const shown = (list: { path: string; rows: unknown; sizeBytes: unknown }[]) => list.map((file) => [file.path, String(file.rows), String(file.sizeBytes)]).sort();
      expect(shown(found.map((file) => ({ path: String(file['file_path']), rows: file['record_count'], sizeBytes: file['file_size_in_bytes'] })))).toEqual(shown(files));
      const manifests = await call<Record<string, string>[]>('inspect', { metadata, what: 'manifests' });
      expect(manifests.reduce((sum, manifest) => sum + Number(manifest['added_data_files_count']) + Number(manifest['existing_data_files_count']), 0)).toBe(files.length);
      const snapshots = await call<Record<string, string>[]>('inspect', { metadata, what: 'snapshots' });
      expect(snapshots.map((snapshot) => [snapshot['snapshot_id'], snapshot['operation']])).toEqual(table.snapshots.map((snapshot) => [String(snapshot['snapshot-id']), snapshot.summary['operation']]));
      for (const what of ['entries', 'partitions', 'history', 'refs']) expect(await call<unknown[]>('inspect', { metadata, what })).not.toHaveLength(0);
    });

    test('without snapshots, with columns that must have values and with times of day', async () => {
      const fields: Field[] = [{ id: 1, name: 'id', required: true, type: 'long' }, { id: 2, name: 'noon', required: true, type: 'time' }, { id: 3, name: 'place', required: false, type: { type: 'struct', fields: [{ id: 4, name: 'city', required: false, type: 'string' }] } }];
      const catalog = createFileCatalog({ io: lake().ports.io, location: lake().location('strict_python') });
      const table = await createTable({ catalog, ports: lake().ports, schema: { fields } });
      const shapes: Record<string, IcebergType> = { id: 'long', noon: 'time', place: fields[2]?.type as IcebergType };
      expect(await difference(lake().engine, (await table.scan()).sql, (await scan(table.metadataLocation, shapes)).sql)).toEqual(noDifference);
      await table.append("SELECT * FROM (VALUES (1, TIME '00:00:00.000001', {'city': 'Quito'}), (2, TIME '23:59:59.999999', NULL)) v(id, noon, place)");
      expect(await difference(lake().engine, (await table.scan()).sql, (await scan(table.metadataLocation, shapes)).sql)).toEqual(noDifference);
    });

    test('and appends to it, which we read and go on from', async () => {
      const table = await lake().create('to_python', columns, [{ source: 'at', transform: 'day' }]);
      await table.append(withoutUuid(0, 20));
      const metadataLocation = await call<string>('register_and_append', { warehouse: join(lake().folder, 'registered'), name: 'to_python', metadata: table.metadataLocation, start: 500, count: 30 });
      const catalog = createMetadataCatalog(lake().ports.io, metadataLocation);
      const appended = await loadTable({ catalog, ports: lake().ports });
      const [counts] = await lake().engine.rows(`SELECT count(*)::INTEGER AS n, count(*) FILTER (id >= 500)::INTEGER AS theirs FROM (${(await appended.scan()).sql})`);
      expect(counts).toEqual({ n: 52, theirs: 30 });
      await appended.merge({ source: 'SELECT * FROM (VALUES (1), (501)) v(id)', on: ['id'], matched: [{ set: { name: "'both'" } }] });
      expect(await difference(lake().engine, (await appended.scan()).sql, (await scan(appended.metadataLocation, columns)).sql)).toEqual(noDifference);
    });
  });

  test('bytes of fixed length that PyIceberg writes are read and filtered, and never written', async () => {
    const location = await call<string>('write_fixed', { warehouse: join(lake().folder, 'python_fixed'), name: 'fixed' });
    const table = await open(location);
    const { sql } = await table.scan();
    expect(await difference(lake().engine, sql, (await scan(location, { id: 'long', code: 'fixed[4]' })).sql)).toEqual(noDifference);
    const { sql: filtered, files } = await table.scan({ filter: [{ column: 'code', op: '=', value: Uint8Array.of(0, 0, 0, 7) }] });
    expect(await lake().engine.rows(`SELECT id::INTEGER AS id FROM (${filtered})`)).toEqual([{ id: 7 }]);
    expect(files).toHaveLength(1);
    await expect(table.append("SELECT 1 AS id, 'abcd'::BLOB AS code")).rejects.toThrow('column "code": found type fixed[4], which can be read only');
  });

  describe.each(['none', 'identity', 'times', 'buckets', 'widths'])('a table of PyIceberg with the partitioning %s', (partitioning) => {
    const columnsOf = (table: Table) => Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, type]));

    test('is read after appends and deletes, and written in turns', async () => {
      const { engine } = lake();
      const locations = await call<string[]>('write', { warehouse: join(lake().folder, 'python'), name: `by_${partitioning}`, partitioning });
      for (const location of locations) {
        const table = await open(location);
        expect(await difference(engine, (await table.scan()).sql, (await scan(location, columnsOf(table))).sql)).toEqual(noDifference);
      }
      const table = await open(locations.at(-1) ?? '');
      const [counted] = await engine.rows(`SELECT count(*)::INTEGER AS n, min(id)::INTEGER AS low, max(id)::INTEGER AS high FROM (${(await table.scan()).sql})`);
      expect(counted).toEqual({ n: 44, low: 5, high: 49 });

      const theirs = await scan(table.metadataLocation, { id: 'long' }, { row_filter: "price > 1.50 and at < '2020-03-05T00:00:00+00:00'", columns: ['id'] });
      const ours = await table.scan({ filter: [{ column: 'price', op: '>', value: '1.5' }, { column: 'at', op: '<', value: '2020-03-05T00:00:00Z' }], columns: ['id'] });
      expect(await difference(engine, ours.sql, theirs.sql)).toEqual(noDifference);

      await table.append(`SELECT * REPLACE (id + 1000 AS id) FROM (${(await table.scan()).sql}) WHERE id < 20`);
      await table.merge({ source: 'SELECT * FROM (VALUES (6), (1007), (2000)) v(id)', on: ['id'], matched: [{ when: 's.id = 6', delete: true }, { set: { name: "'merged'", tags: "['t']" } }], notMatched: [{ insert: { id: 's.id' } }] });
      expect(await difference(engine, (await table.scan()).sql, (await scan(table.metadataLocation, columnsOf(table))).sql)).toEqual(noDifference);
    });
  });
}
