import mysql, { type Connection, type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';

/** Where a MariaDB is and who connects. */
export type MariaDbConnection = ConnectionOptions;

/** Options by which values come in one form whatever the server's settings: instants in UTC and whole, numbers with every digit. */
export const plainValues = { dateStrings: true, timezone: 'Z', supportBigNumbers: true, bigNumberStrings: true, jsonStrings: true, charset: 'utf8mb4' } as const;

export async function connect(connection: MariaDbConnection): Promise<Connection> {
  const client = await mysql.createConnection({ connectTimeout: 10_000, ...connection, ...plainValues });
  client.on('error', () => undefined);
  try {
    await client.query("SET time_zone = '+00:00', sql_mode = 'NO_ENGINE_SUBSTITUTION', net_write_timeout = 600");
    return client;
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/** The rows of a query as objects of texts. */
export async function textRows(client: Connection, sql: string, values: unknown[] = []): Promise<Record<string, string | null>[]> {
  const [rows] = await client.query<RowDataPacket[]>({ sql, values, typeCast: (field) => field.string() });
  return rows;
}

/** A name as an SQL identifier. */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
/** A text as an SQL literal. */
export const literal = (text: string): string => mysql.escape(text);
