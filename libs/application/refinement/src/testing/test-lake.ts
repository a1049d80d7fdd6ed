import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '@data-master/duckdb';
import { createFileLocalFiles, createFileObjectStore, createIcebergFileIO, fileUri } from '@data-master/embedded';
import { createFileCatalog, type FileIO } from '@data-master/iceberg';
import type { LocalFiles, ObjectStore, QueryEngine } from '@data-master/ports';
import { bronzeColumns, dialectsOf, quoteIdentifier as quote, quoteText, type LakeTable, type SourceTable } from '@data-master/table-contracts';
import { createMemoryLogger, type MemoryLogger } from '@data-master/testing';
import type { LakeTables } from '../lake-tables.ts';
import { openLakeTable } from '../open-lake-table.ts';

/** A change as a bronze row has it; columns that are not named are null. */
export type BronzeRow = Record<string, string | number | bigint | null> & { operation: string; _commit_time: string; _position: string };

/** Real Iceberg tables and bronze files in a folder of their own. */
export interface TestLake {
  tables: LakeTables;
  store: ObjectStore;
  files: LocalFiles;
  query: QueryEngine;
  logger: MemoryLogger;
  io: FileIO;
  /** URI of the folder of a table. */
  locationOf(table: LakeTable): string;
  /** Writes rows as a bronze object; `_source_key` is its key, `_row` counts from 1. With `copies`, each row also under the keys that follow its own. */
  writeBronze(table: SourceTable, key: string, rows: readonly BronzeRow[], copies?: number): Promise<void>;
  close(): Promise<void>;
}

export async function createTestLake(): Promise<TestLake> {
  const root = await mkdtemp(join(tmpdir(), 'dm-refinement-'));
  const store = createFileObjectStore({ root });
  const files = createFileLocalFiles({ root, scratch: join(root, 'scratch') });
  const query = await createDuckDbEngine({ memoryLimitMb: 512, threads: 2, spillFolder: join(root, 'spill') });
  const io = createIcebergFileIO({ root, store });
  const logger = createMemoryLogger();
  const locationOf = ({ layer, name }: LakeTable): string => fileUri(join(root, layer, name));
  let tick = 0;
  const tables: LakeTables = {
    open(table, engine) {
      const ports = { io, engine, now: () => 1_700_000_000_000 + (tick += 1), newUuid: randomUUID };
      return openLakeTable(table, { catalog: createFileCatalog({ io, location: locationOf(table) }), ports, logger });
    },
  };
  return {
    tables, store, files, query, logger, io, locationOf,
    async writeBronze(table, key, rows, copies = 1) {
      const columns = bronzeColumns(table);
      const literal = (value: string | number | bigint | null | undefined): string => (value === null || value === undefined ? 'NULL' : typeof value === 'string' ? quoteText(value) : String(value));
      const values = rows.map((row, index) => `(${columns.map((column) => {
        const value = column.name === '_source_key' ? key : column.name === '_row' ? index + 1 : row[column.name];
        return `CAST(${literal(value)} AS ${dialectsOf(column.type).duckdb})`;
      }).join(', ')})`);
      const path = await files.scratchPath(`${randomUUID()}.parquet`);
      const ids = columns.map((column) => `${quote(column.name)}: ${column.id}`).join(', ');
      const copied = copies === 1 ? '' : ` REPLACE (${quote(table.primaryKey[0]!)} + copy AS ${quote(table.primaryKey[0]!)}, _row + copy AS _row)`;
      await query.run(`COPY (SELECT * EXCLUDE (copy)${copied} FROM (VALUES ${values.join(', ')}) AS rows(${columns.map((column) => quote(column.name)).join(', ')}), range(${copies}) AS copies(copy)) TO ${quoteText(path)} (FORMAT parquet, FIELD_IDS {${ids}})`);
      await files.publish(path, key);
    },
    async close() {
      await query.close();
      await files.dispose();
      await rm(root, { recursive: true, force: true });
    },
  };
}
