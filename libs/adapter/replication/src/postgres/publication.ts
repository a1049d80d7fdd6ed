import type pg from 'pg';
import { TerminalError } from '@data-master/ports';
import type { Logger } from '@data-master/ports';
import { identifier, textRows } from './connection.ts';
import type { PostgresTable } from './source-catalog.ts';

/** Makes the publication of a task, or adds the tables that it lacks. Tables whose updates would be refused at the source are left out, and said so. */
export async function ensurePublication(client: pg.Client, name: string, tables: readonly PostgresTable[], logger: Logger): Promise<void> {
  for (const { schema, table } of tables.filter(({ isReplicable }) => !isReplicable)) {
    logger.log('error', 'source.table_without_identity', { table: `${schema}.${table}`, remedy: 'it is loaded, and its changes are not followed: give it a primary key or REPLICA IDENTITY FULL' });
  }
  const wanted = tables.filter(({ isReplicable }) => isReplicable);
  const list = (some: readonly PostgresTable[]): string => some.map(({ schema, table }) => `${identifier(schema)}.${identifier(table)}`).join(', ');
  const [exists] = await textRows(client, 'SELECT puballtables AS all_tables FROM pg_publication WHERE pubname = $1', [name]);
  if (!exists) {
    if (wanted.length === 0) throw new TerminalError('no selected table tells its updates and deletes; expected at least one with a primary key or REPLICA IDENTITY FULL; give them one');
    await client.query(`CREATE PUBLICATION ${identifier(name)} FOR TABLE ${list(wanted)} WITH (publish_via_partition_root = true)`);
    return;
  }
  if (exists['all_tables'] === 't') return;
  const published = new Set((await textRows(client, 'SELECT format(\'%I.%I\', schemaname, tablename) AS name, schemaname, tablename FROM pg_publication_tables WHERE pubname = $1', [name])).map((row) => `${row['schemaname']}.${row['tablename']}`));
  const missing = wanted.filter(({ schema, table }) => !published.has(`${schema}.${table}`));
  if (missing.length > 0) await client.query(`ALTER PUBLICATION ${identifier(name)} ADD TABLE ${list(missing)}`);
}
