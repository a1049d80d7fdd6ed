import type { Figure } from '../harness/figure.ts';
import type { Sizes } from '../options.ts';

/** What a measurement works with. */
export interface MeasurementContext {
  sizes: Sizes;
  scale: number;
  /** A folder of its own, removed afterwards. */
  folder: string;
  /** The target, where the sizes are those that it is meant for. */
  target: (atMost: number) => { target?: number };
  /** Says what of the measurement this machine does not allow; the rest goes on. */
  leftOut: (reason: string) => void;
  /** Tells the person who waits. */
  say: (text: string) => void;
}

/** Measures and gives figures; throws when it cannot measure. */
export type Measure = (context: MeasurementContext) => Promise<Figure[]>;

/** Seconds of milliseconds, for notes. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** A count of rows, for notes. */
export const rows = (count: number): string => count.toLocaleString('en-US');
