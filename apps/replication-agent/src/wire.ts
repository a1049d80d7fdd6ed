import { readFile } from 'node:fs/promises';
import { createFileObjectStore, createSqliteChangeStream, homeLayout, openStreamDatabase } from '@data-master/embedded';
import { TerminalError, type ChangeTarget, type Clock, type ObjectStore, type Replication } from '@data-master/ports';
import { columnTypes, createFileTarget, createReplication, createStreamTarget, logWrites, readTask } from '@data-master/replication';
import { createLogger, createSystemClock } from '@data-master/runtime';
import type { LakeModel } from '@data-master/table-contracts';
import type { AgentConfig } from './config.ts';

/** A delivery waits for more in its turn, so that the agent of a stream waits less than its DMS default of a second. */
const streamSettings = JSON.stringify({ ChangeProcessingTuning: { CommitTimeout: 0.3 } });

/** The replication of a configuration, into the change stream or the raw folder of a lake of this machine. */
export async function wire(config: AgentConfig, model: LakeModel): Promise<Replication> {
  const task = readTask(model, config.DM_TASK, config.DM_CONTRACT_MODE, {
    mapping: await readDocument(config.DM_TABLE_MAPPING, 'DM_TABLE_MAPPING'),
    settings: (await readDocument(config.DM_TASK_SETTINGS, 'DM_TASK_SETTINGS')) ?? (config.DM_TARGET.home === undefined ? undefined : streamSettings),
  });
  const clock = createSystemClock();
  const logger = createLogger({ level: config.DM_LOG_LEVEL ?? task.settings.logLevel, fields: { task: task.name } });
  const { target, store } = await createTarget(config, model, clock);
  return createReplication(config.DM_SOURCE_URL, { ...task, target: logWrites(target, logger), store, clock, logger });
}

/** The target, and the store of the task's state. */
async function createTarget({ DM_TARGET: { home, folder }, ...config }: AgentConfig, model: LakeModel, clock: Clock): Promise<{ target: ChangeTarget; store: ObjectStore }> {
  const layout = home === undefined ? { stage: folder } : homeLayout(home);
  const store = createFileObjectStore({ root: layout.stage });
  const files = createFileTarget({ store, clock, typesOf: columnTypes(model), settings: { dataFormat: config.DM_TARGET_FORMAT, compressionType: config.DM_TARGET_COMPRESSION } });
  if (!('stream' in layout)) return { store, target: files };
  const stream = createSqliteChangeStream(await openStreamDatabase(layout.stream), clock);
  return { store, target: createStreamTarget({ stream, files }) };
}

async function readDocument(path: string | undefined, variable: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TerminalError(`${variable} names ${path}, which cannot be read: ${error instanceof Error ? error.message : String(error)}; expected a JSON document`);
  }
}
