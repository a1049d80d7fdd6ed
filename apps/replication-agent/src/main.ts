import { parseArgs } from 'node:util';
import { beerLake } from '@data-master/beer-lake';
import { readConfig } from '@data-master/runtime';
import { agentConfigSchema } from './config.ts';
import { wire } from './wire.ts';

try {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
  const replication = await wire(readConfig(agentConfigSchema, process.env), beerLake);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  // Under a program that started it with a channel, it ends when that one is gone.
  process.once('disconnect', () => end.abort());
  process.channel?.unref();
  await (values.once ? replication.load(end.signal) : replication.run(end.signal));
} catch (error) {
  process.stderr.write(`replication-agent: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
