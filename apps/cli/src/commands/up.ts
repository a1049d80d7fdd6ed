import type { Command } from 'commander';
import { onLake, type CommandContext } from './context.ts';

const lookAgainMs = 60_000;

export function registerUp(program: Command): void {
  program.command('up')
    .description('stay running and take files that are dropped into the raw folder')
    .action(onLake((context) => runUp(context)));
}

/** Stays running: takes files that appear in the raw folder and does what falls due, until it is told to stop. */
async function runUp(context: CommandContext): Promise<number> {
  const { lake, progress, signal } = context;
  let wake = Promise.withResolvers<void>();
  const watching = await lake.watch(() => wake.resolve());
  signal.addEventListener('abort', () => wake.resolve());
  progress.say(`Lake in ${lake.home} is up. Drop files into ${lake.rawFolder}/<table>/; stop with Ctrl-C.`);
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>();
      await lake.runDue(progress);
      await lake.drain({ observer: progress, signal });
      const timer = setTimeout(() => wake.resolve(), lookAgainMs);
      if (!signal.aborted) await wake.promise;
      clearTimeout(timer);
    }
  } finally {
    await watching.close();
  }
  progress.say('Stopped; everything that was under way is finished or pending.');
  return 0;
}
