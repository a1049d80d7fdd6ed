import { beerLake } from '@data-master/beer-lake';
import { createPortableParquetEngine } from '@data-master/parquet-writer';
import { createPiiMasker } from '@data-master/pii-masking';
import type { ParquetEngine } from '@data-master/parquet-writer';
import { createManualClock, createMemoryControlStore, createMemoryLogger, createMemoryObjectStore, createMemoryOutbox } from '@data-master/testing';
import { ingestRawObject, registerRawObject, type IngestPorts } from '../index.ts';

/** Everything that ingestion needs, in memory, on the reference model and the portable engine. */
export function createMemoryLake() {
  const clock = createManualClock();
  const outbox = createMemoryOutbox();
  const control = createMemoryControlStore(outbox);
  const store = createMemoryObjectStore({ clock });
  const logger = createMemoryLogger();
  const ports: IngestPorts = { model: beerLake, store, control, clock, logger, masker: createPiiMasker(new Uint8Array(32).fill(7)), engine: createPortableParquetEngine({ store }) };
  return {
    ...ports, clock, outbox, logger, ports,
    put: (key: string, text: string | Uint8Array) => store.write(key, typeof text === 'string' ? Buffer.from(text) : text),
    /** Puts an object and returns its record. */
    async register(key: string, text: string | Uint8Array) {
      await store.write(key, typeof text === 'string' ? Buffer.from(text) : text);
      return (await registerRawObject(key, ports))!.record;
    },
    ingest: (controlId: string, engine: ParquetEngine = ports.engine, worker = 'worker') => ingestRawObject({ controlId, worker }, { ...ports, engine }),
  };
}

/** An engine that only does what it is told. */
export function engineOf(convert: ParquetEngine['convert']): ParquetEngine {
  return { name: 'portable', convert };
}
