import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beerLake } from '@data-master/beer-lake';
import { rawColumns, textReader } from '@data-master/table-contracts';
import { badPerMille, createTraffic, type TrafficOperation, type TrafficOptions, type TrafficQuality } from './index.ts';

const optionsOf = (seed: number, quality: TrafficQuality): TrafficOptions => ({ seed, quality, highest: { brewery: 600, beer: 6000, profile: 3000, review: 100_000 }, firstSecond: 1_350_000_000 });
const fits = ({ table, values }: TrafficOperation): boolean => {
  const columns = rawColumns(beerLake.tables.find(({ name }) => name === table)!);
  return Object.entries(values).every(([name, text]) => {
    const column = columns.find((each) => each.name === name)!;
    return text === null ? !column.required : textReader(column)(text) !== undefined;
  });
};

describe('traffic', () => {
  test('is the same for the same seed, in whatever order it is asked for', () => {
    const [one, two] = [createTraffic(optionsOf(7, 'low')), createTraffic(optionsOf(7, 'low'))];
    const backwards = Array.from({ length: 500 }, (_, index) => two(499 - index)).reverse();
    expect(Array.from({ length: 500 }, (_, index) => one(index))).toEqual(backwards);
    expect(createTraffic(optionsOf(8, 'low'))(0)).not.toEqual(one(0));
  });

  test('a bad record breaks the contract of its table, and a good one keeps it', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(1_000_000), (seed, index) => {
      const operation = createTraffic(optionsOf(seed, 'low'))(index);
      expect([operation.isBad, operation]).toEqual([!fits(operation), operation]);
    }), { numRuns: 2_000 });
  });

  test.each(['high', 'medium', 'low'] as const)('of %s quality has the stated share of bad records, and all kinds of changes', (quality) => {
    const operations = Array.from({ length: 20_000 }, (_, index) => createTraffic(optionsOf(1, quality))(index));
    const bad = operations.filter(({ isBad }) => isBad).length;
    expect(Math.abs(bad - badPerMille[quality] * 20)).toBeLessThanOrEqual(badPerMille[quality]);
    expect([...new Set(operations.map(({ kind, table }) => `${kind} ${table}`))].sort()).toEqual([
      'delete review', 'insert profile', 'insert review', 'update beer', 'update brewery', 'update profile', 'update review',
    ]);
  });

  test('inserts have keys of their own', () => {
    const traffic = createTraffic(optionsOf(1, 'low'));
    const keys = Array.from({ length: 5_000 }, (_, index) => traffic(index)).filter(({ kind }) => kind === 'insert').map(({ table, key }) => `${table} ${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
