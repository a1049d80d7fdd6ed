import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { kafkaForm, parseKafkaUrl } from './kafka/kafka-url.ts';
import type { MariaDbConnection } from './mariadb/connection.ts';
import type { CheckedTask, SourceFinding } from './source-finding.ts';

/** A kind of database or log that changes are taken from. */
interface ChangeSource {
  /** Schemes of its URLs. */
  schemes: readonly string[];
  /** Form of its URLs. */
  form: string;
  /** Its client is loaded only when it is used. */
  open: (url: string, task: ReplicationTask) => Promise<Replication>;
  /** Looks at what it needs and changes nothing; absent where nothing can be looked at beforehand. */
  check?: (url: string, task: CheckedTask) => Promise<SourceFinding[]>;
}

const changeSources: readonly ChangeSource[] = [
  {
    schemes: ['postgres', 'postgresql'], form: 'postgres://user:password@host:port/database',
    open: async (url, task) => (await import('./postgres/postgres-replication.ts')).createPostgresReplication({ connectionString: url }, task),
    check: async (url, task) => (await import('./postgres/source-check.ts')).checkPostgres({ connectionString: url }, task),
  },
  {
    schemes: ['mariadb', 'mysql'], form: 'mariadb://user:password@host:port',
    open: async (url, task) => (await import('./mariadb/mariadb-replication.ts')).createMariaDbReplication(mariaDbConnection(url), task),
    check: async (url, task) => (await import('./mariadb/source-check.ts')).checkMariaDb(mariaDbConnection(url), task),
  },
  {
    schemes: ['kafka', 'kafka+ssl'], form: kafkaForm,
    open: async (url, task) => (await import('./kafka/kafka-replication.ts')).createKafkaReplication(parseKafkaUrl(url), task),
  },
];

function mariaDbConnection(url: string): MariaDbConnection {
  const { hostname, port, username, password } = new URL(url);
  return { host: hostname, port: Number(port || 3306), user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Forms of the URLs of all change sources. */
export const sourceForms = changeSources.map(({ form }) => form).join(', ');

/** Whether the scheme of a URL names a change source. */
export function isSourceUrl(url: string): boolean {
  return findSource(url) !== undefined;
}

/** The replication of a task from the change source that a URL names; the log says which of its settings do nothing. */
export async function createReplication(url: string, task: ReplicationTask): Promise<Replication> {
  const source = requireSource(url);
  const { withoutEffect } = task.settings;
  if (withoutEffect.length > 0) task.logger.log('warn', 'settings.without_effect', { settings: withoutEffect });
  return source.open(url, task);
}

/** What a task needs of the change source that a URL names, each thing with what was found; undefined where nothing can be looked at beforehand. */
export async function checkSource(url: string, task: CheckedTask): Promise<SourceFinding[] | undefined> {
  return requireSource(url).check?.(url, task);
}

function requireSource(url: string): ChangeSource {
  const source = findSource(url);
  if (!source) throw new TerminalError(`the source is ${/^[^:]*/.exec(url)![0].slice(0, 20)}:…; expected ${sourceForms}; correct its URL`);
  return source;
}

function findSource(url: string): ChangeSource | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(url)?.[1];
  return changeSources.find(({ schemes }) => schemes.some((each) => each === scheme));
}
