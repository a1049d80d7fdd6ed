import pg from 'pg';
import { emitPostgresSchema, quoteIdentifier, type LakeModel } from '@data-master/table-contracts';

/** Where a database is and who connects. */
export interface DatabaseConnection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** Connects; an error of an idle connection ends its next query instead of the process. */
export async function connect(connection: DatabaseConnection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: 'data-master' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs work on a connection of its own. */
export async function withConnection<Result>(connection: DatabaseConnection, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = await connect(connection);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes a database with the operational schema of a lake, or what of it is not there, and returns the connection to it. */
export async function createOperationalDatabase(server: DatabaseConnection, database: string, model: LakeModel): Promise<DatabaseConnection> {
  const name = quoteIdentifier(database);
  await withConnection(server, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
    if (model.operational) await client.query(`ALTER DATABASE ${name} SET search_path = ${quoteIdentifier(model.operational.schema)}, public`);
  });
  const connection = { ...server, database };
  await withConnection(connection, async (client) => {
    await client.query(['BEGIN', ...emitPostgresSchema(model), 'COMMIT'].join('; '));
  });
  return connection;
}

/** The URL by which SQL clients connect; without the password where others may read it. */
export function connectionUrl({ host, port, user, password, database }: DatabaseConnection, { withPassword }: { withPassword: boolean }): string {
  const credentials = withPassword ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}` : encodeURIComponent(user);
  return `postgres://${credentials}@${host}:${port}/${encodeURIComponent(database)}`;
}
