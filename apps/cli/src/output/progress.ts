import type { LakeObserver, LakeStage } from '@data-master/embedded-lake';
import { formatCell } from './text-table.ts';

/** Writes progress to a stream: a bar that is redrawn on a terminal, a line per finished step elsewhere. */
export interface Progress extends LakeObserver {
  /** A line of its own. */
  say(text: string): void;
  /** What is at work now, on a terminal only. */
  draw(text: string): void;
  /** Steps that failed so far. */
  readonly failures: number;
}

const barWidth = 24;
const redrawMs = 80;

export function createProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  const startedAt = new Map<string, number>();
  let drawnAt = 0;
  let failures = 0;
  const clear = (): string => (stream.isTTY ? '\r\u001B[2K' : '');
  const label = (stage: LakeStage, table: string): string => `${stage.padEnd(6)} ${table.padEnd(28)}`;
  const draw = (text: string): void => {
    if (!stream.isTTY || now() - drawnAt < redrawMs) return;
    drawnAt = now();
    stream.write(`${clear()}  ${text}`);
  };
  return {
    get failures() {
      return failures;
    },
    draw,
    say: (text) => stream.write(`${clear()}${text}\n`),
    started(stage, table) {
      startedAt.set(`${stage}.${table}`, now());
      drawnAt = 0;
      draw(`${label(stage, table)}…`);
    },
    progressed(stage, table, doneBytes, totalBytes) {
      const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 1;
      const filled = Math.round(share * barWidth);
      draw(`${label(stage, table)}${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(Math.round(share * 100)).padStart(3)} %`);
    },
    finished(stage, table, outcome, record) {
      const seconds = ((now() - (startedAt.get(`${stage}.${table}`) ?? now())) / 1_000).toFixed(1);
      const failed = outcome === 'failed' || record?.status === 'error';
      if (failed) failures += 1;
      if (outcome === 'idle' || outcome === 'skipped') return void stream.write(clear());
      const rows = record && record.status === 'success' ? `${formatCell(record.record_count)} rows` : '';
      const rejected = record?.rejected_count ? `, ${formatCell(record.rejected_count)} to quarantine` : '';
      const error = failed && record?.error_message ? ` ${record.error_message}` : '';
      stream.write(`${clear()}${failed ? '✗' : '✓'} ${label(stage, table)}${seconds.padStart(6)} s  ${rows}${rejected}${error}`.trimEnd() + '\n');
    },
  };
}
