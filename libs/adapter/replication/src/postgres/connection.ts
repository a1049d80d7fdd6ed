import pg from 'pg';

/** Where a PostgreSQL is and who connects. */
export type PostgresConnection = pg.ClientConfig;

/** Values come as text, in one form whatever the server's settings. */
const textForm = '-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c extra_float_digits=1 -c bytea_output=hex -c statement_timeout=0 -c idle_in_transaction_session_timeout=0';

/** Connects; errors that come later end the queries under way and are told to `onError`. */
export async function connect(connection: PostgresConnection, { replication = false, onError }: { replication?: boolean; onError?: (error: Error) => void } = {}): Promise<pg.Client> {
  const client = new pg.Client({
    keepAlive: true, connectionTimeoutMillis: 10_000, application_name: 'data-master', ...connection,
    options: textForm, ...(replication && { replication: 'database' }),
  });
  client.on('error', (error) => onError?.(error));
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** A name as an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** A text as an SQL literal. */
export const literal = (text: string): string => `${text.includes('\\') ? ' E' : ''}'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** The rows of a query as objects of texts. */
export async function textRows(client: pg.Client, sql: string, values: string[] = []): Promise<Record<string, string | null>[]> {
  const types = { getTypeParser: () => (text: string) => text };
  const result = await client.query<Record<string, string | null>>({ text: sql, ...(values.length > 0 && { values }), types: types });
  return result.rows;
}
