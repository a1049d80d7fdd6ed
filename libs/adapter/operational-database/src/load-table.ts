import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { TerminalError } from '@data-master/ports';
import { quoteIdentifier as quote, rawColumns, type SourceTable } from '@data-master/table-contracts';
import { withConnection, type DatabaseConnection } from './database.ts';

const chunkChars = 65_536;

export interface LoadedTable {
  loaded: number;
  /** Rows whose key was there, which are left as they were. */
  present: number;
}

/**
 * Loads rows, texts in the order of the contract, into a table of the operational schema in one transaction: all of
 * them, or none when `check` or the database refuses. Rows whose key is there are left, so that it may be repeated.
 */
export function loadTable(connection: DatabaseConnection, { schema, table, rows, check }: {
  schema: string;
  table: SourceTable;
  rows: AsyncIterable<(string | null)[]>;
  /** Called when all rows were read; throws to load none. */
  check?: () => void;
}): Promise<LoadedTable> {
  const name = `${quote(schema)}.${quote(table.name)}`;
  const columns = rawColumns(table).map((column) => quote(column.name)).join(', ');
  return withConnection(connection, async (client) => {
    try {
      await client.query(`BEGIN; CREATE TEMPORARY TABLE incoming (LIKE ${name}) ON COMMIT DROP`);
      await pipeline(copyText(rows), client.query(copyFrom(`COPY incoming (${columns}) FROM STDIN`)));
      check?.();
      const { rowCount: loaded } = await client.query(`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM incoming ON CONFLICT DO NOTHING`);
      const { rows: [counted] } = await client.query<{ total: string }>('SELECT count(*) AS total FROM incoming');
      await client.query('COMMIT');
      return { loaded: loaded ?? 0, present: Number(counted!.total) - (loaded ?? 0) };
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      const { code, detail } = error as { code?: string; detail?: string };
      if (code === '23503') throw new TerminalError(`a row of ${table.name} refers to one that is not there (${detail}); expected it in the table that is referred to; seed that one first`, { cause: error });
      throw error;
    }
  });
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Rows in the text format of COPY, in chunks. */
async function* copyText(rows: AsyncIterable<(string | null)[]>): AsyncGenerator<string> {
  let text = '';
  for await (const row of rows) {
    text += `${row.map((value) => (value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, (character) => escapes[character]!))).join('\t')}\n`;
    if (text.length < chunkChars) continue;
    yield text;
    text = '';
  }
  yield text;
}
