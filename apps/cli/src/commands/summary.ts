import { performance } from 'node:perf_hooks';
import type { EventCounts, LakeState } from '@data-master/embedded-lake';
import { formatBytes, formatTable } from '../output/text-table.ts';
import type { CommandContext } from './context.ts';

/** The closing object of a run: what is in the lake and what the run took. */
export async function summarize({ lake }: CommandContext): Promise<LakeState & { home: string; durationMs: number; peakRssMb: number }> {
  const state = await lake.state();
  return { home: lake.home, durationMs: Math.round(performance.now()), peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024), ...state };
}

/** The state of the lake for a person. */
export function formatState({ tables, control, quarantined, stream, events }: LakeState): string {
  const filled = tables.filter((table) => table.rows > 0 || table.files > 0);
  const rows = filled.map(({ layer, table, rows: count, files, bytes }) => ({ layer, table, rows: count, files, size: formatBytes(bytes) }));
  const counts = Object.entries(control).map(([status, count]) => `${count} ${status}`).join(', ');
  return `${rows.length > 0 ? formatTable(rows) : 'The lake is empty.'}\n\nControl records: ${counts}. Rows in quarantine: ${quarantined}.${stream && stream.records > 0 ? ` Change stream: ${formatBacklog(stream)}.` : ''}${formatEvents(events)}`;
}

function formatBacklog({ records, bytes, oldestAt }: NonNullable<LakeState['stream']>): string {
  const age = oldestAt ? `, the oldest for ${Math.max(0, Math.round((Date.now() - oldestAt.getTime()) / 1_000))} s` : '';
  return `${records} record${records === 1 ? '' : 's'} (${formatBytes(bytes)}) wait for delivery${age}`;
}

function formatEvents({ waiting, dead, quarantined }: EventCounts): string {
  return waiting + dead + quarantined === 0 ? '' : `\nEvents: ${waiting} on their way, ${quarantined} in quarantine, ${dead} dead letters.`;
}
