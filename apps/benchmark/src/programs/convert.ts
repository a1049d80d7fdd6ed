import { join } from 'node:path';
import { review } from '@data-master/beer-lake';
import { createDuckDbEngine } from '@data-master/duckdb';
import { createFileLocalFiles, createFileObjectStore } from '@data-master/embedded';
import { createDuckDbParquetEngine, createPortableParquetEngine } from '@data-master/parquet-writer';
import { createPiiMasker } from '@data-master/pii-masking';

/** Converts one raw file of reviews to bronze, wired as the embedded lake wires it. */
export interface ConvertOptions {
  folder: string;
  rawKey: string;
  bronzeKey: string;
  engine: 'duckdb' | 'portable';
}

export interface ConvertReport {
  accepted: number;
  rejected: number;
  /** Of the conversion alone, without the start of the process. */
  convertMs: number;
  bronzeBytes: number;
}

const { folder, rawKey, bronzeKey, engine: engineName } = JSON.parse(process.argv[2] ?? '') as ConvertOptions;
const started = performance.now();
const scratch = join(folder, 'scratch');
const store = createFileObjectStore({ root: folder });
const openFiles = () => createFileLocalFiles({ root: folder, scratch });
const query = await createDuckDbEngine({ memoryLimitMb: 200, threads: 1, spillFolder: join(scratch, 'spill') });
const engine = engineName === 'duckdb' ? createDuckDbParquetEngine({ store, openFiles, query }) : createPortableParquetEngine({ store });

const { accepted, rejected, bronze } = await engine.convert({
  table: review,
  rawKey,
  bronzeKey,
  quarantineKey: 'quarantine/review/benchmark.ndjson',
  arrivedAt: new Date('2025-01-01T00:00:00Z'),
  masker: createPiiMasker(new Uint8Array(32).fill(7)),
});
await query.close();
const report: ConvertReport = { accepted, rejected, convertMs: performance.now() - started, bronzeBytes: bronze?.sizeBytes ?? 0 };
process.stdout.write(`${JSON.stringify(report)}\n`);
