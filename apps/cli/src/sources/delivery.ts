import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '@data-master/embedded-lake';

/** Brings the change stream of a lake to raw until it is told to stop, or the process that started it is gone. */
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
process.once('disconnect', () => end.abort());
process.channel?.unref();

try {
  const lake = await openEmbeddedLake(beerLake, process.env, { create: false });
  try {
    await lake.deliverChanges({ signal: end.signal });
  } finally {
    await lake.close();
  }
} catch (error) {
  process.stderr.write(`delivery: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
