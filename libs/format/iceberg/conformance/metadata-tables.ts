import { stat } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { engineType } from '../src/sql-text.ts';
import type { Table } from '../src/table.ts';
import type { IcebergType } from '../src/types.ts';
import { textOf, type ForeignLake } from './foreign-lake.ts';
import { sampleColumns, sampleRows } from './sample-rows.ts';

/** Iceberg for Spark cannot show the bounds of UUIDs, whoever wrote them: it casts them to text. */
const { code: _uuid, ...columns } = sampleColumns;

function rowsWithoutUuid(start: number, rows: number): string {
  return `SELECT * EXCLUDE (code) FROM (${sampleRows(start, rows)})`;
}

/** Spark's metadata tables tell of our tables what we know of them. */
export function describeMetadataTables(lake: () => ForeignLake): void {
  describe('the metadata table', () => {
    let table: Table;
    const spark = (sql: string) => lake().spark(sql);
    const ours = async () => (await lake().load('described')).scan();

    beforeAll(async () => {
      table = await lake().create('described', columns, [{ source: 'seen', transform: 'month' }, { source: 'flag', transform: 'identity' }]);
      await table.append(rowsWithoutUuid(0, 40));
      await table.append(rowsWithoutUuid(40, 10), { summary: { 'control-ids': 'a,b' } });
      await table.merge({ source: 'SELECT 5::BIGINT AS id', on: ['id'], matched: [{ delete: true }] });
    });

    test('snapshots has the operations, parents and summaries', async () => {
      const rows = await spark('SELECT snapshot_id, parent_id, operation, manifest_list, unix_millis(committed_at) AS at, summary FROM lake.db.described.snapshots ORDER BY committed_at');
      expect(rows).toEqual(
        table.snapshots.map((snapshot, index) => ({
          snapshot_id: String(snapshot['snapshot-id']),
          parent_id: index === 0 ? null : String(table.snapshots[index - 1]?.['snapshot-id']),
          operation: index < 2 ? 'append' : 'overwrite',
          manifest_list: snapshot['manifest-list'],
          at: String(snapshot['timestamp-ms']),
          summary: Object.fromEntries(Object.entries(snapshot.summary).filter(([key]) => key !== 'operation')),
        })),
      );
      expect(rows[1]?.['summary']).toMatchObject({ 'control-ids': 'a,b', 'added-records': '11', 'total-records': '55', 'total-delete-files': '0' });
    });

    test('history, refs and metadata_log_entries lead to the current snapshot', async () => {
      const ids = table.snapshots.map((snapshot) => String(snapshot['snapshot-id']));
      expect(await spark('SELECT snapshot_id, is_current_ancestor FROM lake.db.described.history ORDER BY made_current_at')).toEqual(
        ids.map((id) => ({ snapshot_id: id, is_current_ancestor: true })),
      );
      expect(await spark('SELECT name, type, snapshot_id FROM lake.db.described.refs')).toEqual([{ name: 'main', type: 'BRANCH', snapshot_id: ids[2] }]);
      const log = await spark('SELECT file, latest_snapshot_id FROM lake.db.described.metadata_log_entries ORDER BY timestamp');
      expect(log).toEqual([null, ...ids].map((id, index) => ({ file: `${lake().location('described')}/metadata/v${index + 1}.gz.metadata.json`, latest_snapshot_id: id })));
    });

    test('files has the sizes, counts and partitions of the files that we scan', async () => {
      const scan = await ours();
      const rows = await spark(`SELECT file_path, file_format, content, record_count, file_size_in_bytes, spec_id, partition, size(column_sizes) AS sizes, size(value_counts) AS counts FROM lake.db.described.files ORDER BY file_path`);
      const expected = [];
      for (const { path, rows: count, sizeBytes, partition } of scan.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
        expect((await stat(path)).size).toBe(sizeBytes);
        const month = partition['seen_month'];
        expected.push({
          file_path: path,
          file_format: 'PARQUET',
          content: '0',
          record_count: String(count),
          file_size_in_bytes: String(sizeBytes),
          spec_id: '0',
          partition: { seen_month: typeof month === 'number' ? String(month) : null, flag: partition['flag'] },
          sizes: '15',
          counts: '15',
        });
      }
      expect(rows).toEqual(expected);
    });

    test('files has bounds and counts that hold for every column', async () => {
      const files = await spark('SELECT file_path, readable_metrics FROM lake.db.described.files');
      const { engine } = lake();
      const floating = (type: string) => type === 'float' || type === 'double';
      for (const { file_path: path, readable_metrics: metrics } of files) {
        const from = `read_parquet('${textOf(path)}', hive_partitioning = false)`;
        for (const [column, type] of Object.entries(columns)) {
          const found = (metrics as Record<string, Record<string, string | number | null>>)[column];
          const name = `"${column}"`;
          const [real] = await engine.rows(
            `SELECT count(*)::VARCHAR AS rows, count(*) FILTER (${name} IS NULL)::VARCHAR AS nulls, count(*) FILTER (${floating(type) ? `isnan(${name})` : 'false'})::VARCHAR AS nans FROM ${from}`,
          );
          expect([column, found?.['value_count'], found?.['null_value_count']]).toEqual([column, real?.['rows'], real?.['nulls']]);
          if (floating(type)) expect([column, found?.['nan_value_count'] ?? '?']).toEqual([column, real?.['nans'] === '0' ? '0' : '?']);
          const { lower_bound: low, upper_bound: high } = found ?? {};
          if (real?.['nans'] !== '0' || real['nulls'] === real['rows']) {
            expect([column, low, high]).toEqual([column, null, null]);
            continue;
          }
          const [outside] = await engine.rows(`SELECT count(*)::INTEGER AS n FROM ${from} WHERE ${name} < ${boundSql(type, low)} OR ${name} > ${boundSql(type, high)}`);
          expect([column, low, high, outside?.['n']]).toEqual([column, low, high, 0]);
        }
      }
    });

    test('manifests has their real lengths and counts, and the ranges of the partitions', async () => {
      const rows = await spark('SELECT path, length, content, partition_spec_id, added_snapshot_id, added_data_files_count AS added, existing_data_files_count AS existing, deleted_data_files_count AS deleted, partition_summaries FROM lake.db.described.manifests');
      for (const row of rows) expect(Number(row['length'])).toBe((await stat(textOf(row['path']))).size);
      const live = rows.reduce((sum, row) => sum + Number(row['added']) + Number(row['existing']), 0);
      expect(live).toBe((await ours()).files.length);
      expect(rows.reduce((sum, row) => sum + Number(row['deleted']), 0)).toBe(1);
      expect(rows.flatMap((row) => row['partition_summaries'])).toContainEqual({ contains_null: true, contains_nan: false, lower_bound: '1900-01', upper_bound: '2024-03' });
    });

    test('entries has sequence numbers and states', async () => {
      const rows = await spark('SELECT status, sequence_number, file_sequence_number, snapshot_id, data_file.record_count AS records FROM lake.db.described.entries WHERE status < 2');
      const numbers = new Map(table.snapshots.map((snapshot) => [String(snapshot['snapshot-id']), String(snapshot['sequence-number'])]));
      for (const row of rows) {
        expect(row['sequence_number']).toBe(numbers.get(textOf(row['snapshot_id'])));
        expect(row['file_sequence_number']).toBe(row['sequence_number']);
      }
      expect(rows.reduce((sum, row) => sum + Number(row['records']), 0)).toBe((await ours()).rows);
    });

    test('partitions has the rows and files of each partition', async () => {
      const rows = await spark('SELECT partition, record_count, file_count, total_data_file_size_in_bytes AS bytes, position_delete_record_count AS deletes FROM lake.db.described.partitions');
      const expected = new Map<string, { record_count: number; file_count: number; bytes: number }>();
      for (const { partition, rows: count, sizeBytes } of (await ours()).files) {
        const key = `${String(partition['seen_month'])}/${String(partition['flag'])}`;
        const sum = expected.get(key) ?? { record_count: 0, file_count: 0, bytes: 0 };
        expected.set(key, { record_count: sum.record_count + count, file_count: sum.file_count + 1, bytes: sum.bytes + sizeBytes });
      }
      const found = rows.map((row) => {
        const partition = row['partition'] as Record<string, unknown>;
        return [`${String(partition['seen_month'])}/${String(partition['flag'])}`, { record_count: Number(row['record_count']), file_count: Number(row['file_count']), bytes: Number(row['bytes']) }];
      });
      expect(new Map(found as [string, { record_count: number; file_count: number; bytes: number }][])).toEqual(expected);
    });

    test.each(['all_data_files', 'all_files', 'all_entries', 'all_manifests', 'data_files', 'delete_files', 'position_deletes'])('%s is readable', async (name) => {
      const rows = await spark(`SELECT * FROM lake.db.described.${name}`);
      expect(rows.length > 0).toBe(!name.includes('delete'));
    });
  });
}

function boundSql(type: IcebergType, value: unknown): string {
  const text = `'${String(value).replaceAll("'", "''")}${type === 'timestamptz' ? '+00' : ''}'`;
  return type === 'binary' ? `from_hex(${text})` : `${text}::${engineType(type)}`;
}
