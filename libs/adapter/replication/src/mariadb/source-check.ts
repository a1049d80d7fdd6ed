import type { Connection } from 'mysql2/promise';
import { finding, type CheckedTask, type SourceFinding } from '../source-finding.ts';
import { connect, textRows, type MariaDbConnection } from './connection.ts';
import { asLakeError } from './mariadb-errors.ts';
import { readSelectedTables } from './source-catalog.ts';

/** Shorter than this the log may be gone before an agent that was stopped over night is back. */
const leastLogSeconds = 86_400;

/** Looks at everything that a replication needs of a MariaDB, and changes nothing. */
export async function checkMariaDb(connection: MariaDbConnection, task: CheckedTask): Promise<SourceFinding[]> {
  let client: Connection;
  try {
    client = await connect(connection);
  } catch (error) {
    return [finding('connection', false, asLakeError(error, task.name).message, 'a connection', 'correct the URL or the password, start the database, or let this machine in')];
  }
  try {
    const rows = await textRows(client, "SHOW GLOBAL VARIABLES WHERE variable_name IN ('version', 'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'expire_logs_days', 'binlog_expire_logs_seconds', 'server_id')");
    const settings = new Map(rows.map((row) => [row['Variable_name']!.toLowerCase(), row['Value'] ?? '']));
    const grants = (await textRows(client, 'SHOW GRANTS')).map((row) => Object.values(row)[0] ?? '').filter((grant) => /ON \*\.\*/.test(grant)).join(' ');
    const [user] = await textRows(client, 'SELECT current_user() AS name');
    const tables = await readSelectedTables(client, task.mapping);
    const version = settings.get('version') ?? '';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const keptSeconds = Number(settings.get('binlog_expire_logs_seconds') ?? 0) || Number(settings.get('expire_logs_days') ?? 0) * 86_400;
    const setting = (name: string, expected: string, remedy = `set ${name.replaceAll('_', '-')} = ${expected} in the configuration of the server and restart it`): SourceFinding =>
      finding(name, settings.get(name)?.toUpperCase() === expected, settings.get(name) ?? 'not known', expected, remedy);
    const right = (what: string, granted: RegExp): SourceFinding => finding(what, granted.test(grants), granted.test(grants) ? 'given' : 'missing', 'granted on *.*', `GRANT ${what} ON *.* TO ${user!['name']!.replace('@', '@\'')}'`);
    return [
      finding('connection', true, user!['name']!, 'a connection', ''),
      finding('version', /mariadb/i.test(version) && (major > 10 || (major === 10 && minor >= 5)), version, 'MariaDB 10.5 or later', 'upgrade the database; MySQL is not replicated yet'),
      setting('log_bin', 'ON'),
      setting('binlog_format', 'ROW'),
      setting('binlog_row_image', 'FULL'),
      setting('binlog_row_metadata', 'FULL', 'set binlog-row-metadata = FULL: without it changes before an altered table are read by its present columns'),
      finding('server_id', Number(settings.get('server_id')) > 0, settings.get('server_id') ?? '', 'above 0', 'set server-id in the configuration of the server and restart it'),
      finding('log is kept', keptSeconds === 0 || keptSeconds >= leastLogSeconds, keptSeconds === 0 ? 'for ever' : `${keptSeconds} s`, `at least ${leastLogSeconds} s`, 'raise binlog_expire_logs_seconds: what is gone before it is read cannot be had'),
      right('REPLICATION SLAVE', /ALL PRIVILEGES|REPLICATION SLAVE(?! ADMIN)/),
      right('BINLOG MONITOR', /ALL PRIVILEGES|BINLOG MONITOR|REPLICATION CLIENT/),
      finding('tables', tables.length > 0, tables.map(({ schema, table }) => `${schema}.${table}`).join(', ') || 'none', 'at least one that the mapping selects', `compare database and table names of the mapping with those of the server, with case; GRANT SELECT on them: a table that may not be read is not seen`),
      ...tables.map(({ schema, table, key }) => finding(`table ${schema}.${table}`, key.length > 0, key.length > 0 ? `key ${key.join(', ')}` : 'no primary key', 'a primary key', `ALTER TABLE \`${schema}\`.\`${table}\` ADD PRIMARY KEY (…)`)),
    ];
  } finally {
    client.destroy();
  }
}
