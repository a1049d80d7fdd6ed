import { dirname, join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { homeLayout } from '@data-master/embedded';
import type { EmbeddedLake } from '@data-master/embedded-lake';
import { connectionUrl } from '@data-master/operational-database';
import type { ChangesDisplay } from '../output/changes-display.ts';
import { startAgent, type Agent, type AgentOptions } from './agent.ts';
import { startLakePostgres } from './lake-postgres.ts';
import { openSourceRegistry } from './source-registry.ts';

/** Name by which the PostgreSQL of a lake is its source. */
export const ownSource = 'postgres';

/** Sources whose changes come to a lake until they are closed. */
export interface OpenSources {
  /** Ends the agents with what came made durable, then the delivery, then the PostgreSQL of the lake. */
  close: () => Promise<void>;
}

/** Starts an agent for each source, a delivery for all, and the PostgreSQL of the lake when it is a source. */
export async function openSources(lake: EmbeddedLake, names: readonly string[], display: ChangesDisplay): Promise<OpenSources> {
  const registry = openSourceRegistry(lake);
  const known = await Promise.all(names.filter((name) => name !== ownSource).map(registry.get));
  const environments = await Promise.all(known.map(async (source) => ({
    DM_TASK: source.name, DM_SOURCE_URL: await registry.urlOf(source), DM_CONTRACT_MODE: source.contractMode,
    ...(source.mapping && { DM_TABLE_MAPPING: source.mapping }), ...(source.settings && { DM_TASK_SETTINGS: source.settings }),
  })));
  const own = names.includes(ownSource) ? await startLakePostgres(lake) : undefined;
  const logs = dirname(homeLayout(lake.home).logs);
  const start = (name: string, program: AgentOptions['program'], log: string, environment: Record<string, string>): Agent => startAgent({
    program, environment, log: join(logs, `${log}.ndjson`),
    onEvent: (event) => display.tell(name, event),
    onFailure: (reason) => display.tell(name, { event: 'agent.failed', reason }),
  });
  const replicate = (name: string, environment: { DM_TASK: string; DM_SOURCE_URL: string }): Agent =>
    start(name, 'agent', `replication-${environment.DM_TASK}`, { DM_TARGET: `stream:${lake.home}`, DM_LOG_LEVEL: 'info', ...environment });
  if (own) display.say(`PostgreSQL for your SQL client: ${connectionUrl(own.connection, { withPassword: false })}, schema ${beerLake.operational!.schema}; dm source url tells it with the password.`);
  const delivery = start('delivery', 'delivery', 'delivery', { DM_HOME: lake.home });
  const agents = [
    ...(own ? [replicate(ownSource, { DM_TASK: 'core', DM_SOURCE_URL: connectionUrl(own.connection, { withPassword: true }) })] : []),
    ...environments.map((environment) => replicate(environment.DM_TASK, environment)),
  ];
  return {
    async close() {
      await Promise.all(agents.map((agent) => agent.stop()));
      await delivery.stop();
      await own?.stop();
    },
  };
}
