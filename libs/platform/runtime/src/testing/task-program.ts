import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '@data-master/ports';
import { createLogger, runTask } from '../index.ts';

/** A task whose work and hand-back are named by the arguments: what it does, and how long after its start it ends. */
const [outcome = 'done', workMs = '0', handBack = 'works'] = process.argv.slice(2);

await runTask(
  async () => {
    process.stdout.write('started\n');
    await delay(Number(workMs));
    if (outcome === 'transient') throw new TransientError('throttled');
    if (outcome === 'failed') throw new Error('row of jane@example.com');
  },
  {
    logger: createLogger(),
    handBack: async () => {
      process.stdout.write('handed back\n');
      if (handBack === 'fails') throw new Error('no connection');
    },
    finishWithinMs: 200,
  },
);
