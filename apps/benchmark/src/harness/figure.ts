import type { Spread } from './statistics.ts';

/** One measured number. */
export interface Figure {
  /** Stable name in the JSON results. */
  id: string;
  what: string;
  unit: '×' | 's' | 'ms' | 'MB' | '/s' | '';
  value: number;
  /** Measured more than once: the ends; `value` is the median. */
  spread?: Spread;
  /** The value is to be at most this, or at least where `atLeast` says so; undefined when there is no such wish, or the sizes are not those it was made for. */
  target?: number;
  atLeast?: boolean;
  /** What was measured, in absolute numbers. */
  note: string;
}

/** Whether a figure meets its target; undefined when it has none. */
export function meetsTarget({ value, target, atLeast = false }: Pick<Figure, 'value' | 'target' | 'atLeast'>): boolean | undefined {
  if (target === undefined) return undefined;
  return atLeast ? value >= target : value <= target;
}

/** A number with its unit, to three digits or so. */
export function formatQuantity(value: number, unit: Figure['unit']): string {
  const digits = unit === '' || unit === '/s' || (unit === 'MB' && value >= 10) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === '×' || unit === '' ? '' : ' '}${unit}`;
}

function formatTarget({ target, atLeast = false, unit }: Figure): string {
  return target === undefined ? '' : `${atLeast ? '≥' : '≤'} ${formatQuantity(target, unit)}`;
}

function formatNote({ note, spread, unit }: Figure): string {
  return spread && spread.count > 1 ? `${note}; ${spread.count} runs, ${formatQuantity(spread.min, unit)} to ${formatQuantity(spread.max, unit)}` : note;
}

/** The same as a table of Markdown, for the documentation. */
export function formatMarkdown(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => `| ${figure.what} | ${formatQuantity(figure.value, figure.unit)} | ${formatTarget(figure)} | ${formatNote(figure)} |`);
  return ['| what | measured | aim | how |', '|---|---|---|---|', ...rows].join('\n');
}

/** A table of the figures for a person: what, measured, target, ✓ or ✗, note. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    formatQuantity(figure.value, figure.unit),
    formatTarget(figure),
    { true: '✓', false: '✗', undefined: ' ' }[String(meetsTarget(figure)) as 'true' | 'false' | 'undefined'],
    formatNote(figure),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (text: string, column: number): string => (column === 1 || column === 2 ? text.padStart(widths[column]!) : text.padEnd(widths[column] ?? 0));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
