import type { Readable } from 'node:stream';
import { createPiiMasker } from '@data-master/pii-masking';
import type { LocalFiles, ObjectStore, QueryEngine, SqlRow } from '@data-master/ports';
import { defineTable, notNull, type SourceTable } from '@data-master/table-contracts';
import type { ConvertCommand, ConvertResult, ParquetEngine } from '../convert-command.ts';

/** A table with every logical type and every treatment. */
export const everything: SourceTable = defineTable({
  name: 'everything',
  doc: 'every logical type and every treatment',
  schemaVersion: 1,
  primaryKey: ['a_long'],
  columns: {
    a_long: { id: 1, type: 'long', required: true, doc: '' },
    an_int: { id: 2, type: 'int', doc: '' },
    a_boolean: { id: 3, type: 'boolean', doc: '' },
    a_float: { id: 4, type: 'float', doc: '' },
    a_double: { id: 5, type: 'double', doc: '' },
    a_date: { id: 6, type: 'date', doc: '' },
    a_timestamp: { id: 7, type: 'timestamp', doc: '' },
    a_small_decimal: { id: 8, type: 'decimal(3,1)', doc: '' },
    a_fraction: { id: 9, type: 'decimal(4,4)', doc: '' },
    a_whole_decimal: { id: 10, type: 'decimal(9,0)', doc: '' },
    a_large_decimal: { id: 11, type: 'decimal(18,3)', doc: '' },
    a_string: { id: 12, type: 'string', required: true, doc: '' },
    a_hashed: { id: 13, type: 'string', doc: '', pii: { kind: 'document', treatment: 'hash' } },
    a_digested: { id: 14, type: 'string', doc: '', pii: { kind: 'phone', treatment: 'sha256' } },
    a_masked: { id: 15, type: 'string', doc: '', pii: { kind: 'name', treatment: 'mask' } },
    a_dropped: { id: 16, type: 'string', doc: '', pii: { kind: 'address', treatment: 'drop' } },
    a_kept: { id: 17, type: 'string', doc: '', pii: { kind: 'username', treatment: 'keep', reason: 'public' } },
    a_ranged: { id: 18, type: 'long', range: [-62_135_596_800n, 253_402_300_799n], doc: '' },
  },
  quality: [notNull('a_long')],
});

/** A table that is quick to write by hand. */
export const people: SourceTable = defineTable({
  name: 'people',
  doc: 'people and what they earn',
  schemaVersion: 1,
  primaryKey: ['id'],
  columns: {
    id: { id: 1, type: 'long', required: true, doc: '' },
    email: { id: 2, type: 'string', required: true, doc: '', pii: { kind: 'email', treatment: 'hash' } },
    note: { id: 3, type: 'string', doc: '' },
    score: { id: 4, type: 'decimal(3,1)', doc: '' },
    born: { id: 5, type: 'date', doc: '' },
  },
  quality: [notNull('id')],
});

export const masker = createPiiMasker(Buffer.alloc(32, 7));
export const arrivedAt = new Date('2026-01-02T03:04:05.678Z');

/** What a conversion left behind. */
export interface Outcome extends Pick<ConvertResult, 'accepted' | 'rejected' | 'unknown'> {
  /** Rows of the Parquet object in its order. */
  rows: SqlRow[];
  /** Names and types of its columns. */
  columns: SqlRow[];
  quarantine: Quarantined[];
}

export interface Quarantined {
  entry?: string;
  line: number;
  row: number;
  column?: string;
  reason: string;
  original: string;
}

export interface Parts {
  store: ObjectStore;
  query: QueryEngine;
  openFiles: () => LocalFiles;
}

/** Converts `content` and reads back everything that came of it. */
export async function convert(engine: ParquetEngine, { store, query, openFiles }: Parts, table: SourceTable, content: string | Uint8Array | Readable, command: Partial<ConvertCommand> = {}): Promise<Outcome> {
  const rawKey = `raw/${table.name}/input-1.gz`;
  const bronzeKey = `bronze/${engine.name}.parquet`;
  const quarantineKey = `quarantine/${engine.name}.ndjson`;
  await store.remove(bronzeKey);
  await store.remove(quarantineKey);
  await store.write(rawKey, typeof content === 'string' ? Buffer.from(content) : content);
  const { accepted, rejected, unknown, bronze, quarantine } = await engine.convert({ table, rawKey, bronzeKey, quarantineKey, arrivedAt, masker, ...command });
  const lines = quarantine ? (await readText(store, quarantineKey)).split('\n').slice(0, -1) : [];
  const files = openFiles();
  try {
    const from = bronze && `read_parquet('${await files.path(bronzeKey)}')`;
    return {
      accepted,
      rejected,
      unknown,
      rows: from ? await query.rows(`SELECT * FROM ${from}`) : [],
      columns: from ? await query.rows(`DESCRIBE FROM ${from}`) : [],
      quarantine: lines.map((line) => JSON.parse(line) as Quarantined),
    };
  } finally {
    await files.dispose();
  }
}

export async function readText(store: ObjectStore, key: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(key)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
