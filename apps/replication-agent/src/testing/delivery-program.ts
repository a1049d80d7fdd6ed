import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '@data-master/embedded-lake';

/** Delivers the change stream of the lake of the environment until SIGTERM. */
const lake = await openEmbeddedLake(beerLake, process.env);
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
process.stdout.write('{"event":"delivering"}\n');
await lake.deliverChanges({ signal: end.signal });
await lake.close();
