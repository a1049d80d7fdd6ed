import { createRandom, type Random } from './random.ts';
import { firstNames, handles, lastNames, mailDomains, qualities, states, things } from './words.ts';

export type TrafficTable = 'brewery' | 'beer' | 'profile' | 'review';
export type TrafficQuality = 'high' | 'medium' | 'low';

/** Bad records in a thousand operations. */
export const badPerMille: Readonly<Record<TrafficQuality, number>> = { high: 0, medium: 20, low: 200 };

export interface TrafficOptions {
  seed: number;
  quality: TrafficQuality;
  /** Highest key of each table, from 1; new rows are numbered on from there. */
  highest: Readonly<Record<TrafficTable, number>>;
  /** When the first operation takes place, in seconds of the epoch; the next ones a second later each. */
  firstSecond: number;
}

/** One change of one row of the operational database. */
export interface TrafficOperation {
  kind: 'insert' | 'update' | 'delete';
  table: TrafficTable;
  /** Of an insert the key; else the row is the first from this key on, which the caller finds. */
  key: number;
  /** Texts of the columns that it sets. */
  values: Readonly<Record<string, string | null>>;
  /** Of an inserted review: it is of the first beer, and by the first account, from these keys on. */
  refersTo?: { beer: number; profile: number };
  /** The operational database takes it, the contract of its table does not. */
  isBad: boolean;
}

/** Of a thousand good operations. */
const shares: readonly [perMille: number, make: (draw: Draw) => Omit<TrafficOperation, 'isBad'>][] = [
  [480, ({ random, index, highest, firstSecond }) => ({
    kind: 'insert', table: 'review', key: highest.review + 1 + index, values: { ...scores(random), review_time: String(firstSecond + index) },
    refersTo: { beer: popular(random, highest.beer), profile: popular(random, highest.profile) },
  })],
  [300, ({ random, highest }) => ({ kind: 'update', table: 'review', key: any(random, highest.review), values: scores(random) })],
  [100, ({ random, highest }) => ({ kind: 'delete', table: 'review', key: any(random, highest.review), values: {} })],
  [50, ({ random, highest }) => ({ kind: 'update', table: 'beer', key: any(random, highest.beer), values: { beer_abv: `${3 + random.below(9)}.${random.below(10)}0` } })],
  [40, ({ random, highest }) => ({ kind: 'update', table: 'profile', key: any(random, highest.profile), values: { email: address(random), state: random.pick(states) } })],
  [20, ({ random, index, highest }) => ({
    kind: 'insert', table: 'profile', key: highest.profile + 1 + index,
    values: { profile_name: `${random.pick(handles)}_${highest.profile + 1 + index}`, email: address(random), state: random.pick(states) },
  })],
  [10, ({ random, highest }) => ({ kind: 'update', table: 'brewery', key: any(random, highest.brewery), values: { brewery_name: `${random.pick(qualities)} ${random.pick(things)} Brewery` } })],
];

/** Faults that get past an operational database without checks: digits beyond a column's, no number at all, milliseconds for seconds. */
const faults: readonly ((draw: Draw) => Omit<TrafficOperation, 'isBad'>)[] = [
  ({ random, highest }) => ({ kind: 'update', table: 'review', key: any(random, highest.review), values: { review_overall: `${1 + random.below(4)}.375` } }),
  ({ random, highest }) => ({ kind: 'update', table: 'review', key: any(random, highest.review), values: { review_taste: `${100 + random.below(900)}` } }),
  ({ random, highest }) => ({ kind: 'update', table: 'review', key: any(random, highest.review), values: { review_aroma: 'NaN' } }),
  ({ random, highest }) => ({ kind: 'update', table: 'beer', key: any(random, highest.beer), values: { beer_abv: `${3 + random.below(9)}.1234` } }),
  ({ random, index, highest, firstSecond }) => ({
    kind: 'insert', table: 'review', key: highest.review + 1 + index, values: { ...scores(random), review_time: `${firstSecond + index}000` },
    refersTo: { beer: popular(random, highest.beer), profile: popular(random, highest.profile) },
  }),
];

interface Draw extends TrafficOptions {
  random: Random;
  index: number;
}

/** The operation of each number from 0, whatever those before it were: inserts, updates and deletes of reviews, now and then of what they refer to. */
export function createTraffic(options: TrafficOptions): (index: number) => TrafficOperation {
  return (index) => {
    const draw = { ...options, index, random: createRandom(options.seed, `traffic ${index}`) };
    if (draw.random.chance(badPerMille[options.quality])) return { ...draw.random.pick(faults)(draw), isBad: true };
    let left = draw.random.below(1000);
    const [, make] = shares.find(([perMille]) => (left -= perMille) < 0)!;
    return { ...make(draw), isBad: false };
  };
}

const any = (random: Random, highest: number): number => 1 + random.below(highest);
/** The lower a key, the more often. */
const popular = (random: Random, highest: number): number => 1 + random.below(1 + random.below(highest));
const address = (random: Random): string => `${random.pick(firstNames)}.${random.pick(lastNames)}${random.below(100)}@${random.pick(mailDomains)}`.toLowerCase();
const half = (random: Random): string => `${1 + random.below(4)}.${random.below(2) * 5}`;

function scores(random: Random): Record<string, string | null> {
  return Object.fromEntries(['overall', 'aroma', 'appearance', 'palate', 'taste'].map((name) => [`review_${name}`, half(random)]));
}
