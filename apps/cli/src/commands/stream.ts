import { InvalidArgumentError, Option, type Command } from 'commander';
import { badPerMille, type TrafficQuality } from '@data-master/beer-sample';
import { withLakePostgres } from '../sources/lake-postgres.ts';
import { emptyReport, runTraffic, type TrafficReport } from '../sources/traffic.ts';
import { formatCell, formatTable } from '../output/text-table.ts';
import { wholeNumber } from './arguments.ts';
import { onLake, type CommandContext } from './context.ts';

interface StreamOptions {
  rps: number;
  duration: number;
  parallel: number;
  quality: TrafficQuality;
  seed: number;
}

const tellEveryMs = 500;
const mostConnections = 50;
const percent = (quality: TrafficQuality): string => `${quality} ${badPerMille[quality] / 10} %`;

export function registerStream(program: Command): void {
  program.command('stream')
    .description('traffic on the PostgreSQL of this lake: inserts, updates and deletes at a rate')
    .option('--rps <r>', 'row changes a second', positive, 100)
    .option('--duration <d>', 'how long, as 30s, 5m or 1h', duration, 30_000)
    .option('--parallel <p>', 'connections that work side by side', positive, 2)
    .addOption(new Option('--quality <q>', `share of bad records: ${percent('high')}, ${percent('medium')}, ${percent('low')}`).choices(Object.keys(badPerMille)).default('high'))
    .option('--seed <s>', 'seed; the same seed gives the same changes', wholeNumber, 1)
    .addHelpText('after', `
A bad record passes the constraints of the database and breaks the contract of the lake: digits beyond a column's,
NaN, milliseconds for seconds. It ends in quarantine with the reason, which dm status counts. Load rows first: dm seed.
  dm up --source postgres                        in one terminal
  dm stream --rps 200 --duration 1m --quality low    in another`)
    .action(onLake((context, options: StreamOptions) => runStream(context, options)));
}

/** Makes traffic and tells what rate it came to; 1 when the database refused something. */
async function runStream(context: CommandContext, { rps, duration: durationMs, parallel, quality, seed }: StreamOptions): Promise<number> {
  const { lake, progress, signal } = context;
  const report = emptyReport();
  await withLakePostgres(lake, async (connection) => {
    progress.say(`${formatCell(rps)} changes a second for ${durationMs / 1_000} s on ${parallel} connections, ${badPerMille[quality] / 10} % of them bad, from seed ${seed}; stop with Ctrl-C`);
    const timer = setInterval(() => progress.draw(`${report.seconds.toFixed(0)} s  ${formatCell(report.operations)} changes, ${rateOf(report).toFixed(1)} a second`), tellEveryMs);
    try {
      await runTraffic({ connection, rps, durationMs, parallel: Math.min(parallel, mostConnections), quality, seed, signal }, report);
    } finally {
      clearInterval(timer);
      progress.say(`✓ ${formatCell(report.operations)} changes in ${report.seconds.toFixed(1)} s, ${rateOf(report).toFixed(1)} a second`);
    }
  });
  const refused = Object.entries(report.errors).map(([code, times]) => `${times} × ${code}`).join(', ');
  context.print(formatTable([{ inserts: report.insert, updates: report.update, deletes: report.delete, 'of them bad': report.bad, 'row was gone': report.missed, refused: refused || 0 }]));
  context.printJson({ ...report, rps: rateOf(report) });
  return refused ? 1 : 0;
}

const rateOf = ({ operations, seconds }: TrafficReport): number => (seconds > 0 ? operations / seconds : 0);

function positive(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, value, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (!unit || Number(value) === 0) throw new InvalidArgumentError('Expected a number of seconds, minutes or hours, as 30s, 5m or 1h.');
  return Number(value) * unitMs[unit]!;
}
