import type { Spread } from './statistics.ts';

/** One measured number. */
export interface Figure {
  /** Stable name in the JSON results. */
  id: string;
  what: string;
  unit: '×' | 's' | 'MB';
  value: number;
  /** Measured more than once: the ends; `value` is the median. */
  spread?: Spread;
  /** The value is to be at most this; undefined when there is no such wish, or the sizes are not those it was made for. */
  target?: number;
  /** What was measured, in absolute numbers. */
  note: string;
}

/** Whether a figure meets its target; undefined when it has none. */
export function meetsTarget({ value, target }: Pick<Figure, 'value' | 'target'>): boolean | undefined {
  return target === undefined ? undefined : value <= target;
}

/** A number with its unit, to three digits or so. */
export function formatQuantity(value: number, unit: Figure['unit']): string {
  const digits = unit === 'MB' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === '×' ? '' : ' '}${unit}`;
}

/** A table of the figures for a person: what, measured, target, ✓ or ✗, note. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    formatQuantity(figure.value, figure.unit),
    figure.target === undefined ? '' : `≤ ${formatQuantity(figure.target, figure.unit)}`,
    { true: '✓', false: '✗', undefined: ' ' }[String(meetsTarget(figure)) as 'true' | 'false' | 'undefined'],
    figure.spread && figure.spread.count > 1
      ? `${figure.note}; ${figure.spread.count} runs, ${formatQuantity(figure.spread.min, figure.unit)} to ${formatQuantity(figure.spread.max, figure.unit)}`
      : figure.note,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (text: string, column: number): string => (column === 1 || column === 2 ? text.padStart(widths[column]!) : text.padEnd(widths[column] ?? 0));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
