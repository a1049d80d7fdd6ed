import { dirname, join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { homeLayout, isProcessAlive, processIdentity } from '@data-master/embedded';
import type { EmbeddedLake } from '@data-master/embedded-lake';
import { createOperationalDatabase, createPostgresCluster, type DatabaseConnection, type PostgresCluster } from '@data-master/operational-database';
import { TerminalError } from '@data-master/ports';

/** The operational database of a lake, on a PostgreSQL of its own. */
export interface LakePostgres {
  connection: DatabaseConnection;
  /** Ends the server, unless another process of this lake uses it. */
  stop: () => Promise<void>;
}

const passwordSizeBytes = 24;
const user = 'dm';
const database = 'dm';

/** Starts the PostgreSQL in the home of a lake, or takes over the one that runs there, and makes the operational schema. */
export async function startLakePostgres(lake: EmbeddedLake): Promise<LakePostgres> {
  const cluster = await clusterOf(lake);
  try {
    return { connection: await createOperationalDatabase(await cluster.start(), database, beerLake), stop: cluster.stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Where the PostgreSQL of a lake is, or was when it was last up. */
export async function lastConnection(lake: EmbeddedLake): Promise<DatabaseConnection> {
  const connection = await (await clusterOf(lake)).lastConnection();
  if (!connection) throw new TerminalError(`the lake in ${lake.home} has no PostgreSQL; expected one; make it with dm up --source postgres, or dm seed`);
  return { ...connection, database };
}

async function clusterOf({ home, secrets }: EmbeddedLake): Promise<PostgresCluster> {
  const { postgres: folder, logs } = homeLayout(home);
  const password = Buffer.from(await secrets.getOrCreate('postgres', passwordSizeBytes)).toString('base64url');
  return createPostgresCluster({ folder, log: join(dirname(logs), 'postgres.log'), user, password, process: { identity: processIdentity, isAlive: isProcessAlive } });
}

/** Runs work on the operational database of a lake, which is started for it and stopped afterwards when nobody else has it up. */
export async function withLakePostgres<Result>(lake: EmbeddedLake, work: (connection: DatabaseConnection) => Promise<Result>): Promise<Result> {
  const { connection, stop } = await startLakePostgres(lake);
  try {
    return await work(connection);
  } finally {
    await stop();
  }
}
