import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { kafkaForm, parseKafkaUrl } from './kafka/kafka-url.ts';

/** A kind of database or log that changes are taken from. */
interface ChangeSource {
  /** Schemes of its URLs. */
  schemes: readonly string[];
  /** Form of its URLs. */
  form: string;
  /** Its client is loaded only when it is used. */
  open: (url: string, task: ReplicationTask) => Promise<Replication>;
}

const changeSources: readonly ChangeSource[] = [
  {
    schemes: ['postgres', 'postgresql'], form: 'postgres://user:password@host:port/database',
    open: async (url, task) => (await import('./postgres/postgres-replication.ts')).createPostgresReplication({ connectionString: url }, task),
  },
  {
    schemes: ['mariadb', 'mysql'], form: 'mariadb://user:password@host:port',
    async open(url, task) {
      const { createMariaDbReplication } = await import('./mariadb/mariadb-replication.ts');
      const { hostname, port, username, password } = new URL(url);
      return createMariaDbReplication({ host: hostname, port: Number(port || 3306), user: decodeURIComponent(username), password: decodeURIComponent(password) }, task);
    },
  },
  {
    schemes: ['kafka', 'kafka+ssl'], form: kafkaForm,
    open: async (url, task) => (await import('./kafka/kafka-replication.ts')).createKafkaReplication(parseKafkaUrl(url), task),
  },
];

/** Forms of the URLs of all change sources. */
export const sourceForms = changeSources.map(({ form }) => form).join(', ');

/** Whether the scheme of a URL names a change source. */
export function isSourceUrl(url: string): boolean {
  return findSource(url) !== undefined;
}

/** The replication of a task from the change source that a URL names; the log says which of its settings do nothing. */
export async function createReplication(url: string, task: ReplicationTask): Promise<Replication> {
  const source = findSource(url);
  if (!source) throw new TerminalError(`the source is ${/^[^:]*/.exec(url)![0].slice(0, 20)}:…; expected ${sourceForms}; correct its URL`);
  const { withoutEffect } = task.settings;
  if (withoutEffect.length > 0) task.logger.log('warn', 'settings.without_effect', { settings: withoutEffect });
  return source.open(url, task);
}

function findSource(url: string): ChangeSource | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(url)?.[1];
  return changeSources.find(({ schemes }) => schemes.some((each) => each === scheme));
}
