import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '@data-master/embedded-lake';

/** Delivers the change stream of the lake of the environment until it is told to end, or the program that started it is gone. */
try {
  const lake = await openEmbeddedLake(beerLake, process.env);
  try {
    const end = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, () => end.abort());
    process.channel?.unref();
    process.stdout.write('{"event":"delivery.started"}\n');
    await lake.deliverChanges({ signal: end.signal });
  } finally {
    await lake.close();
  }
} catch (error) {
  process.stderr.write(`delivery: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
