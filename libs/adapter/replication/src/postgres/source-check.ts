import type pg from 'pg';
import { finding, type CheckedTask, type SourceFinding } from '../source-finding.ts';
import { connect, identifier, textRows, type PostgresConnection } from './connection.ts';
import { asLakeError } from './postgres-errors.ts';
import { readSelectedTables, type PostgresTable } from './source-catalog.ts';

const settingsSql = `
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int >= 130000 AS is_recent,
  current_setting('wal_level') AS wal_level, current_user AS name, current_database() AS database,
  current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) AS free_slots,
  current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_get_wal_senders()) AS free_senders,
  EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolreplication OR rolsuper)) OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication' AND pg_has_role(oid, 'MEMBER')) AS may_replicate,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  EXISTS (SELECT FROM pg_publication WHERE pubname = $1) AS is_published,
  (SELECT to_jsonb(s) ->> 'wal_status' FROM pg_replication_slots s WHERE slot_name = $1) AS slot`;

const tableSql = `
SELECT has_table_privilege($1::oid, 'SELECT') AS may_read,
  (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = $1::oid) OR EXISTS (SELECT FROM pg_publication_tables WHERE pubname = $2 AND format('%I.%I', schemaname, tablename)::regclass = $1::oid) AS may_publish`;

/** Looks at everything that a replication needs of a PostgreSQL, and changes nothing. */
export async function checkPostgres(connection: PostgresConnection, task: CheckedTask): Promise<SourceFinding[]> {
  const slot = `dm_${task.name}`;
  let client: pg.Client;
  try {
    client = await connect(connection);
  } catch (error) {
    return [finding('connection', false, asLakeError(error, slot).message, 'a connection', 'correct the URL or the password, start the database, or let this machine in by pg_hba.conf and the firewall')];
  }
  try {
    const [row] = await textRows(client, settingsSql, [slot]);
    const is = (name: string): boolean => row![name] === 't';
    const { version, wal_level: walLevel, name: user, database, free_slots: slots, free_senders: senders, slot: slotState } = row!;
    const tables = await readSelectedTables(client, task.mapping);
    const isNew = slotState === null;
    const ofTables: SourceFinding[] = [];
    for (const table of tables) ofTables.push(await checkTable(client, table, slot, user!));
    return [
      finding('connection', true, `${user} to database ${database}`, 'a connection', ''),
      finding('version', is('is_recent'), version!, '13 or later', 'upgrade the database'),
      finding('wal_level', walLevel === 'logical', walLevel!, 'logical', "ALTER SYSTEM SET wal_level = 'logical', then restart the database (Aurora and RDS: rds.logical_replication = 1 in the parameter group)"),
      finding('replication slots', !isNew || Number(slots) >= 2, isNew ? `${slots} free` : `${slot} is there`, '2 free: one for the changes, one while a table is added', 'raise max_replication_slots, or drop slots that nobody reads'),
      ...(isNew ? [] : [finding(`slot ${slot}`, slotState !== 'lost', slotState!, 'reserved or extended', `the log that it needs is gone: take the source away and add it again, which loads anew; raise max_slot_wal_keep_size`)]),
      finding('senders of the log', Number(senders) >= 2, `${senders} free`, '2 free', 'raise max_wal_senders'),
      finding('right to replicate', is('may_replicate'), is('may_replicate') ? 'given' : 'missing', 'REPLICATION', `ALTER ROLE ${identifier(user!)} REPLICATION (Aurora and RDS: GRANT rds_replication TO ${identifier(user!)})`),
      finding('right to publish', is('may_create') || is('is_published'), is('is_published') ? `publication ${slot} is there` : is('may_create') ? 'given' : 'missing', 'CREATE on the database', `GRANT CREATE ON DATABASE ${identifier(database!)} TO ${identifier(user!)}`),
      finding('tables', tables.length > 0, tables.map(nameOf).join(', ') || 'none', 'at least one that the mapping selects', 'compare schema and table names of the mapping with those of the database, with case'),
      ...ofTables,
    ];
  } finally {
    await client.end();
  }
}

async function checkTable(client: pg.Client, table: PostgresTable, publication: string, user: string): Promise<SourceFinding> {
  const [row] = await textRows(client, tableSql, [String(table.oid), publication]);
  const name = `${identifier(table.schema)}.${identifier(table.table)}`;
  const faults = [
    ...(row!['may_read'] === 't' ? [] : [['may not be read', `GRANT SELECT ON ${name} TO ${identifier(user)}`]]),
    ...(row!['may_publish'] === 't' ? [] : [['may not be published', `let its owner add it: CREATE PUBLICATION ${publication} FOR TABLE ${name}, or ALTER PUBLICATION ${publication} ADD TABLE ${name}`]]),
    ...(table.isReplicable ? [] : [['has no key that tells its updates', `ALTER TABLE ${name} ADD PRIMARY KEY (…), or REPLICA IDENTITY FULL`]]),
  ];
  const key = table.key.length > 0 ? `key ${table.key.join(', ')}` : 'replica identity full';
  return finding(`table ${nameOf(table)}`, faults.length === 0, faults.map(([fault]) => fault).join('; ') || key, 'readable, publishable, with a key', faults.map(([, remedy]) => remedy).join('; '));
}

const nameOf = ({ schema, table }: PostgresTable): string => `${schema}.${table}`;
