import { readFile } from 'node:fs/promises';
import { parseTableMapping, parseTaskSettings } from '@data-master/change-events';
import { createFileObjectStore } from '@data-master/embedded';
import { TerminalError, type Replication } from '@data-master/ports';
import { createFileTarget, createReplication, guardContracts, selectLakeTables } from '@data-master/replication';
import { createLogger, createSystemClock } from '@data-master/runtime';
import type { LakeModel } from '@data-master/table-contracts';
import type { AgentConfig } from './config.ts';

/** The replication of a configuration, into the raw folder of a lake of this machine. */
export async function wire(config: AgentConfig, model: LakeModel): Promise<Replication> {
  const mapping = config.DM_TABLE_MAPPING === undefined ? selectLakeTables(model) : parseTableMapping(await readDocument(config.DM_TABLE_MAPPING, 'DM_TABLE_MAPPING'));
  const settings = parseTaskSettings(config.DM_TASK_SETTINGS === undefined ? undefined : await readDocument(config.DM_TASK_SETTINGS, 'DM_TASK_SETTINGS'));
  const clock = createSystemClock();
  const logger = createLogger({ level: config.DM_LOG_LEVEL ?? settings.logLevel, fields: { task: config.DM_TASK } });
  if (settings.withoutEffect.length > 0) logger.log('warn', 'settings.without_effect', { settings: settings.withoutEffect });
  const store = createFileObjectStore({ root: config.DM_TARGET });
  return createReplication(config.DM_SOURCE_URL, {
    name: config.DM_TASK, mapping, settings, store, clock, logger,
    target: createFileTarget({ store, clock }),
    contract: guardContracts(model, config.DM_CONTRACT_MODE),
  });
}

async function readDocument(path: string, variable: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TerminalError(`${variable} names ${path}, which cannot be read: ${error instanceof Error ? error.message : String(error)}; expected a JSON document`);
  }
}
