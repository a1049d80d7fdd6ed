import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeAvroRecords } from '@data-master/avro';
import { sheetOf, workbookOf } from '@data-master/raw-files/testing';
import { runDm } from './testing/run-dm.ts';

let root: string;
let home: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-ingest-'));
  home = join(root, 'lake');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const dm = (...args: string[]) => runDm(['--home', home, ...args], { DM_KEYS: join(root, 'keys') });

describe('dm ingest', () => {
  test('files of every kind are taken: a sheet of a workbook, lines by a pattern, zstd and zip of CSV, Parquet, Avro', async () => {
    const text = 'brewery_id,brewery_name\n';
    const files: [name: string, content: Uint8Array, ...options: string[]][] = [
      ['b.xlsx', workbookOf(sheetOf([['brewery_id', 'brewery_name'], [900_001, 'Sheet']])), '--sheet', 'One'],
      ['b.log', Buffer.from('900002: Line\nnothing\n'), '--pattern', '(?<brewery_id>[0-9]+): (?<brewery_name>.+)'],
      ['b.csv.zst', zstdCompressSync(`${text}900003,Zstd\n`)],
      ['b.zip', zipSync({ 'b.csv': Buffer.from(`${text}900004,Zip\n`) })],
      ['b.avro', Buffer.concat([...writeAvroRecords({ type: 'record', name: 'b', fields: [{ name: 'brewery_id', type: 'long' }, { name: 'brewery_name', type: 'string' }] }, [{ brewery_id: 900_005n, brewery_name: 'Avro' }], { sync: Buffer.alloc(16) })])],
    ];
    for (const [name, content, ...options] of files) {
      await writeFile(join(root, name), content);
      expect((await dm('ingest', join(root, name), '--table', 'brewery', ...options)).exitCode).toBe(0);
    }
    const bronze = (await readdir(join(home, 'dm-datalake', 'bronze', 'brewery'), { recursive: true })).find((path) => path.endsWith('.parquet'));
    await cp(join(home, 'dm-datalake', 'bronze', 'brewery', bronze!), join(root, 'bronze.parquet'));
    const foreign = await dm('ingest', join(root, 'bronze.parquet'), '--table', 'brewery');
    expect([foreign.exitCode, (await dm('status')).stdout]).toEqual([1, expect.stringContaining('has 2 unknown (_source_key, _row)')]);
    expect((await dm('query', 'SELECT brewery_name FROM silver.brewery WHERE brewery_id > 900000 ORDER BY brewery_id', '--format', 'csv')).stdout).toBe('brewery_name\nSheet\nLine\nZstd\nZip\nAvro\n');
  });

  test('a sheet or pattern that cannot be is refused with what there is', async () => {
    await writeFile(join(root, 'c.xlsx'), workbookOf(sheetOf([['brewery_id', 'brewery_name'], [900_006, 'x']])));
    expect((await dm('ingest', join(root, 'c.xlsx'), '--table', 'brewery', '--sheet', 'Two')).exitCode).toBe(1);
    expect((await dm('status')).stdout).toContain('has no sheet "Two"; expected one of "One"');
    const { exitCode, stderr } = await dm('ingest', join(root, 'c.xlsx'), '--table', 'brewery', '--pattern', '(?<shoe>.)');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the layout given for brewery finds shoe in a line; expected columns of the table: brewery_id, brewery_name')]);
  });
});
