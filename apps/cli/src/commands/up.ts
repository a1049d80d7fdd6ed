import { Option, type Command } from 'commander';
import type { LakeObserver } from '@data-master/embedded-lake';
import { createChangesDisplay, type ChangesDisplay } from '../output/changes-display.ts';
import { openSources, type OpenSources } from '../sources/open-sources.ts';
import { onLake, type CommandContext } from './context.ts';

export function registerUp(program: Command): void {
  program.command('up')
    .description('stay running: take files that are dropped into the raw folder, and changes out of sources')
    .addOption(new Option('--source <name>', 'postgres, the PostgreSQL of this lake, or a source of dm source add; may be repeated').argParser((name: string, names: string[]) => [...new Set([...names, name])]).default([], 'none'))
    .addHelpText('after', `
With --source postgres a PostgreSQL starts in the home of the lake, with the schema dm_core. Its rows, and every
INSERT, UPDATE and DELETE from then on, come to bronze within seconds, then to silver and gold:
  dm up --source postgres
  dm seed --reviews 10000                        in another terminal: rows to begin with
  psql "$(dm source url)" -c "UPDATE dm_core.beer SET beer_name = 'Renamed' WHERE beer_id = 1"
  dm query "SELECT beer_name FROM silver.beer WHERE beer_id = 1"
Ctrl-C ends the agents, then the work that is under way, then the PostgreSQL.`)
    .action(onLake((context, { source }: { source: string[] }) => runUp(context, source)));
}

/** Stays running: takes files that appear in the raw folder, changes of sources, and does what falls due, until it is told to stop. */
async function runUp(context: CommandContext, sourceNames: readonly string[]): Promise<number> {
  const { lake, progress, signal } = context;
  const display = sourceNames.length > 0 ? createChangesDisplay(process.stderr) : undefined;
  let sources: OpenSources | undefined;
  try {
    sources = display && await openSources(lake, sourceNames, display);
    (display ?? progress).say(`Lake in ${lake.home} is up. Drop files into ${lake.rawFolder}/<table>/; stop with Ctrl-C.`);
    await lake.keepUp({ signal, observer: display ? observeChanges(progress, display) : progress });
  } finally {
    await sources?.close();
    display?.close();
  }
  progress.say('Stopped; everything that was under way is finished or pending.');
  return 0;
}

/** Beside the display of changes only what fails is told step by step. */
function observeChanges(progress: LakeObserver, display: ChangesDisplay): LakeObserver {
  return {
    started: () => undefined,
    progressed: () => undefined,
    finished(stage, table, outcome, record) {
      if (outcome === 'failed' || record?.status === 'error') {
        display.say('');
        progress.finished(stage, table, outcome, record);
      } else if (stage === 'bronze' && record) display.arrived(record);
    },
  };
}
