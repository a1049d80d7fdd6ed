import { readFile } from 'node:fs/promises';
import { parseTableMapping, parseTaskSettings } from '@data-master/change-events';
import { createFileObjectStore, createSqliteChangeStream, homeLayout, openStreamDatabase } from '@data-master/embedded';
import { TerminalError, type ChangeTarget, type Clock, type ObjectStore, type Replication } from '@data-master/ports';
import { createFileTarget, createReplication, createStreamTarget, guardContracts, selectLakeTables } from '@data-master/replication';
import { createLogger, createSystemClock } from '@data-master/runtime';
import type { LakeModel } from '@data-master/table-contracts';
import type { AgentConfig } from './config.ts';

/** A delivery waits for more in its turn, so that the agent of a stream waits less than its DMS default of a second. */
const streamSettings = JSON.stringify({ ChangeProcessingTuning: { CommitTimeout: 0.3 } });

/** The replication of a configuration, into the change stream or the raw folder of a lake of this machine. */
export async function wire(config: AgentConfig, model: LakeModel): Promise<Replication> {
  const mapping = config.DM_TABLE_MAPPING === undefined ? selectLakeTables(model) : parseTableMapping(await readDocument(config.DM_TABLE_MAPPING, 'DM_TABLE_MAPPING'));
  const settings = parseTaskSettings(config.DM_TASK_SETTINGS === undefined ? config.DM_TARGET.home !== undefined ? streamSettings : undefined
    : await readDocument(config.DM_TASK_SETTINGS, 'DM_TASK_SETTINGS'));
  const clock = createSystemClock();
  const logger = createLogger({ level: config.DM_LOG_LEVEL ?? settings.logLevel, fields: { task: config.DM_TASK } });
  if (settings.withoutEffect.length > 0) logger.log('warn', 'settings.without_effect', { settings: settings.withoutEffect });
  const { target, store } = await createTarget(config.DM_TARGET, clock);
  return createReplication(config.DM_SOURCE_URL, {
    name: config.DM_TASK, mapping, settings, target, store, clock, logger,
    contract: guardContracts(model, config.DM_CONTRACT_MODE),
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

async function readDocument(path: string, variable: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TerminalError(`${variable} names ${path}, which cannot be read: ${error instanceof Error ? error.message : String(error)}; expected a JSON document`);
  }
}
