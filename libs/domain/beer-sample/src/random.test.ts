import { describe, expect, test } from '@jest/globals';
import { createRandom, drawAt, shuffledIndexes, streamKeys } from './random.ts';
import { createWeightedChoice } from './weighted-choice.ts';

describe('drawAt', () => {
  test('draws the same on every machine', () => {
    expect([0, 1, 2, 2 ** 31, 2 ** 32 - 1].map((position) => drawAt(streamKeys(42, 'golden'), position))).toEqual([3_375_917_919, 2_310_052_911, 898_483_510, 2_812_456_887, 3_251_102_277]);
  });

  test('sets every bit half of the time, whatever the neighbours of position and seed', () => {
    for (const seed of [0, 1, 2 ** 32]) {
      const keys = streamKeys(seed, 'bits');
      const set = new Int32Array(32);
      const kept = new Int32Array(32);
      for (let position = 0; position < 20_000; position++) {
        const draw = drawAt(keys, position);
        const change = draw ^ drawAt(keys, position + 1);
        for (let bit = 0; bit < 32; bit++) {
          set[bit]! += (draw >>> bit) & 1;
          kept[bit]! += (change >>> bit) & 1;
        }
      }
      for (const count of [...set, ...kept]) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    }
  });

  test('gives streams and seeds numbers of their own', () => {
    const starts = [streamKeys(1, 'a'), streamKeys(1, 'b'), streamKeys(2, 'a'), streamKeys(2 ** 32 + 1, 'a')].map((keys) => drawAt(keys, 0));
    expect(new Set(starts).size).toBe(4);
  });
});

describe('shuffledIndexes', () => {
  test('holds every index once', () => {
    const order = shuffledIndexes(1000, createRandom(5, 'order'));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect([...order.slice(0, 5)]).not.toEqual([0, 1, 2, 3, 4]);
  });
});

describe('createWeightedChoice', () => {
  test('chooses as often as the weights say and never what weighs nothing', () => {
    const weights = [1, 0, 5, 2, 12];
    const choice = createWeightedChoice(weights);
    const random = createRandom(1, 'choice');
    const counts = weights.map(() => 0);
    for (let i = 0; i < 40_000; i++) counts[choice.at(random.draw(), random.draw())]!++;
    weights.forEach((weight, index) => expect(Math.abs(counts[index]! - weight * 2000)).toBeLessThanOrEqual(weight === 0 ? 0 : 400));
  });

  test('refuses weights that sum to nothing', () => {
    expect(() => createWeightedChoice([0, 0])).toThrow('2 weights sum to 0; expected at least one weight above 0');
  });
});
