import { readFile } from 'node:fs/promises';
import { parseTableMapping, parseTaskSettings } from '@data-master/change-events';
import { createFileObjectStore, createSqliteChangeStream, homeLayout, openStreamDatabase } from '@data-master/embedded';
import { TerminalError, type ChangeTarget, type Clock, type ObjectStore } from '@data-master/ports';
import { createFileTarget, createMariaDbReplication, createPostgresReplication, createStreamTarget, type Replication, type ReplicationTask } from '@data-master/replication';
import { createLogger, createSystemClock } from '@data-master/runtime';
import { rawColumns, type LakeModel } from '@data-master/table-contracts';
import type { AgentConfig } from './config.ts';

/** A delivery waits for more in its turn, so that the agent of a stream waits less than its DMS default of a second. */
const streamSettings = JSON.stringify({ ChangeProcessingTuning: { CommitTimeout: 0.3 } });

/** The replication of a configuration, into the change stream or the raw folder of a lake of this machine. */
export async function wire(config: AgentConfig, model: LakeModel): Promise<Replication> {
  const mapping = parseTableMapping(config.DM_TABLE_MAPPING === undefined ? mappingOf(model) : await readDocument(config.DM_TABLE_MAPPING, 'DM_TABLE_MAPPING'));
  const settings = parseTaskSettings(config.DM_TASK_SETTINGS === undefined ? config.DM_TARGET.home !== undefined ? streamSettings : undefined
    : await readDocument(config.DM_TASK_SETTINGS, 'DM_TASK_SETTINGS'));
  const clock = createSystemClock();
  const logger = createLogger({ level: config.DM_LOG_LEVEL ?? settings.logLevel, fields: { task: config.DM_TASK } });
  if (settings.withoutEffect.length > 0) logger.log('warn', 'settings.without_effect', { settings: settings.withoutEffect });
  const { target, store } = await createTarget(config.DM_TARGET, clock);
  const columns = new Map(model.tables.map((table) => [table.name, rawColumns(table).map(({ name }) => name)]));
  return createReplication(config.DM_SOURCE_URL, {
    name: config.DM_TASK, mapping, settings, target, store, clock, logger,
    contract: { mode: config.DM_CONTRACT_MODE, columnsOf: (table) => columns.get(table) },
  });
}

/** The target, and the store of the task's state. */
async function createTarget(target: AgentConfig['DM_TARGET'], clock: Clock): Promise<{ target: ChangeTarget; store: ObjectStore }> {
  if (target.home === undefined) {
    const store = createFileObjectStore({ root: target.folder });
    return { store, target: createFileTarget({ store, clock }) };
  }
  const layout = homeLayout(target.home);
  const store = createFileObjectStore({ root: layout.stage });
  const stream = createSqliteChangeStream(await openStreamDatabase(layout.stream), clock);
  return { store, target: createStreamTarget({ stream, files: createFileTarget({ store, clock }) }) };
}

function createReplication(sourceUrl: string, task: ReplicationTask): Replication {
  const { protocol, hostname, port, username, password } = new URL(sourceUrl);
  if (protocol.startsWith('postgres')) return createPostgresReplication({ connectionString: sourceUrl }, task);
  return createMariaDbReplication({ host: hostname, port: Number(port || 3306), user: decodeURIComponent(username), password: decodeURIComponent(password) }, task);
}

/** The tables of the model, in whatever schema they are. */
function mappingOf(model: LakeModel): string {
  return JSON.stringify({
    rules: model.tables.map(({ name }, index) => ({
      'rule-type': 'selection', 'rule-id': index + 1, 'rule-name': name, 'rule-action': 'include', 'object-locator': { 'schema-name': '%', 'table-name': name },
    })),
  });
}

async function readDocument(path: string, variable: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TerminalError(`${variable} names ${path}, which cannot be read: ${error instanceof Error ? error.message : String(error)}; expected a JSON document`);
  }
}
