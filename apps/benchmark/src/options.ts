import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Sizes {
  /** Reviews of the main measurements. */
  reviews: number;
  /** Reviews of the comparison of the two Parquet engines. */
  engineReviews: number;
  /** Reviews in the Iceberg table that is merged into. */
  tableReviews: number;
  /** Changes of a merge. */
  changes: number;
  /** Files of the table in which a day is planned. */
  plannedFiles: number;
  /** Appends of one file each. */
  appends: number;
  /** Events that are validated, and sent. */
  events: number;
  /** Row changes that an agent finds when it starts, half of them in one transaction. */
  backlogChanges: number;
  /** Seconds of a steady 1,000 changes. */
  steadySeconds: number;
  /** Runs after a warm-up. */
  runs: number;
  /** Runs of Spark after a warm-up. */
  sparkRuns: number;
}

export const measurementNames = ['ingest', 'scale', 'engines', 'files', 'lake', 'merge', 'events', 'replication'] as const;
export type MeasurementName = (typeof measurementNames)[number];

export interface BenchmarkOptions {
  sizes: Sizes;
  /** Whether the sizes are those that the targets are meant for. */
  fullSize: boolean;
  /** Times the rows of the second ingestion; measured only when above 1. */
  scale: number;
  only: readonly MeasurementName[];
  out: string;
  /** File for the figures as Markdown. */
  markdown?: string;
}

export const usage = `usage: benchmark [--quick] [--scale TIMES] [--runs N] [--only ${measurementNames.join(',')}] [--out FILE] [--markdown FILE]`;

const full: Sizes = { reviews: 1_500_000, engineReviews: 100_000, tableReviews: 5_000_000, changes: 100_000, plannedFiles: 1_000, appends: 300, events: 100_000, backlogChanges: 2_000_000, steadySeconds: 30, runs: 5, sparkRuns: 3 };
const quick: Sizes = { reviews: 100_000, engineReviews: 10_000, tableReviews: 200_000, changes: 5000, plannedFiles: 200, appends: 60, events: 10_000, backlogChanges: 100_000, steadySeconds: 8, runs: 2, sparkRuns: 1 };

/** Reads the command line; throws an error that says what was wrong with it. */
export function parseOptions(args: readonly string[]): BenchmarkOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      runs: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string', default: 'dist/benchmark/results.json' },
      markdown: { type: 'string' },
    },
  });
  const sizes = values.quick ? quick : full;
  return {
    sizes: { ...sizes, runs: values.runs === undefined ? sizes.runs : wholeNumber('runs', values.runs) },
    fullSize: !values.quick,
    scale: wholeNumber('scale', values.scale),
    only: values.only === undefined ? measurementNames : values.only.split(',').map(measurementNamed),
    out: values.out,
    ...(values.markdown === undefined ? {} : { markdown: values.markdown }),
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${option} ${text}; expected a whole number from 1`);
  return value;
}

function measurementNamed(text: string): MeasurementName {
  const name = measurementNames.find((candidate) => candidate === text);
  if (!name) throw new Error(`--only ${text}; expected some of ${measurementNames.join(', ')}`);
  return name;
}
