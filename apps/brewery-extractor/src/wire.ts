import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createFileObjectStore } from '@data-master/embedded';
import { openBreweryDb, parsePagedApi, type ExtractCommand, type ExtractPorts, type PagedApi } from '@data-master/extraction';
import { TerminalError, type Logger } from '@data-master/ports';
import { createHttpClient, createSystemClock } from '@data-master/runtime';
import type { ExtractorConfig } from './config.ts';

/** The extraction of a configuration, into the bronze folder of a lake of this machine. */
export async function wire(config: ExtractorConfig, logger: Logger): Promise<{ command: ExtractCommand; ports: ExtractPorts }> {
  const clock = createSystemClock();
  const api = config.DM_API === undefined ? openBreweryDb : await readApi(config.DM_API);
  return {
    command: { api: { ...api, baseUrl: config.DM_API_URL ?? api.baseUrl }, run: config.DM_RUN ?? clock.now().toISOString().slice(0, 10) },
    ports: { store: createFileObjectStore({ root: config.DM_TARGET }), http: createHttpClient(), clock, logger, wait: (ms) => delay(ms) },
  };
}

async function readApi(path: string): Promise<PagedApi> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TerminalError(`DM_API names ${path}, which cannot be read: ${error instanceof Object && 'message' in error ? String(error.message) : String(error)}; expected a JSON document`);
  });
  return parsePagedApi(text, `${path}, which DM_API names,`);
}
