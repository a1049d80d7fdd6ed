import { dirname, join } from 'node:path';
import { homeLayout } from '@data-master/embedded';
import type { EmbeddedLake } from '@data-master/embedded-lake';
import { connectionUrl } from '@data-master/operational-database';
import type { ChangesDisplay } from '../output/changes-display.ts';
import { startAgent, type Agent } from './agent.ts';
import { startLakePostgres, type LakePostgres } from './lake-postgres.ts';
import { openSourceRegistry } from './source-registry.ts';

/** Name by which the PostgreSQL of a lake is its source. */
export const ownSource = 'postgres';

/** Sources whose changes come to a lake until they are closed. */
export interface OpenSources {
  /** Ends the agents with what came made durable, the delivery with what they streamed in raw, then the PostgreSQL of the lake. */
  close: () => Promise<void>;
}

/** Starts an agent for each source, the delivery of the stream that they fill, and the PostgreSQL of the lake when it is one. */
export async function openSources(lake: EmbeddedLake, names: readonly string[], display: ChangesDisplay): Promise<OpenSources> {
  const registry = openSourceRegistry(lake);
  const known = await Promise.all(names.filter((name) => name !== ownSource).map(registry.get));
  const environments = await Promise.all(known.map(async (source) => ({
    DM_TASK: source.name, DM_SOURCE_URL: await registry.urlOf(source), DM_CONTRACT_MODE: source.contractMode,
    ...(source.mapping && { DM_TABLE_MAPPING: source.mapping }), ...(source.settings && { DM_TASK_SETTINGS: source.settings }),
  })));
  const layout = homeLayout(lake.home);
  const logs = dirname(layout.logs);
  const agents: Agent[] = [];
  const start = (environment: Record<string, string> & { DM_TASK: string }, name: string): void => void agents.push(startAgent({
    program: 'agent', environment: { DM_TARGET: `stream:${lake.home}`, DM_LOG_LEVEL: 'info', ...environment },
    log: join(logs, `replication-${environment.DM_TASK}.ndjson`),
    onEvent: (event) => display.tell(name, event),
    onFailure: (reason) => display.tell(name, { event: 'agent.failed', reason }),
  }));
  const delivery = startAgent({
    program: 'delivery', environment: { DM_HOME: lake.home }, log: join(logs, 'delivery.ndjson'), onEvent: () => undefined,
    onFailure: (reason) => display.tell('delivery', { event: 'agent.failed', reason }),
  });
  let postgres: LakePostgres | undefined;
  if (names.includes(ownSource)) {
    postgres = await startLakePostgres(lake);
    display.say(`PostgreSQL for your SQL client: ${connectionUrl(postgres.connection, { withPassword: false })}, schema dm_core; dm source url tells it with the password.`);
    start({ DM_TASK: 'core', DM_SOURCE_URL: connectionUrl(postgres.connection, { withPassword: true }) }, ownSource);
  }
  environments.forEach((environment) => start(environment, environment.DM_TASK));
  return {
    async close() {
      await Promise.all(agents.map((agent) => agent.stop()));
      await delivery.stop();
      await postgres?.stop();
    },
  };
}
