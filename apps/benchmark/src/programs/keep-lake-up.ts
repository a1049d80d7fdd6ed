import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '@data-master/embedded-lake';

/** Keeps the lake of the environment up until SIGTERM; prints a line of JSON for each object that came to bronze. */
export interface BronzeArrival {
  table: string;
  rows: number;
  atMs: number;
}

const lake = await openEmbeddedLake(beerLake, process.env);
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
await lake.keepUp({ signal: end.signal, observer: {
  started: () => undefined,
  progressed: () => undefined,
  finished(stage, table, outcome, record) {
    if (stage === 'bronze' && outcome === 'success' && record) process.stdout.write(`${JSON.stringify({ table, rows: record.record_count, atMs: Date.now() } satisfies BronzeArrival)}\n`);
  },
} });
await lake.close();
