import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '@data-master/embedded-lake';

/** Delivers the change stream of the lake of the environment until it is told to end, or the program that started it is gone. */
const lake = await openEmbeddedLake(beerLake, process.env);
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, () => end.abort());
process.channel?.unref();
process.stdout.write('{"event":"delivery.started"}\n');
await lake.deliverChanges({ signal: end.signal });
await lake.close();
