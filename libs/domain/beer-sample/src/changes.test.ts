import { review } from '@data-master/beer-lake';
import { changeColumns, emitRowSchema, rawColumns } from '@data-master/table-contracts';
import { describe, expect, test } from '@jest/globals';
import { generateChanges, generateReviewChanges } from './changes.ts';
import { planReviewMonths } from './review-calendar.ts';
import { generateReviewRows } from './reviews.ts';
import { sampleReviewOptions } from './sample.ts';

const reviews = sampleReviewOptions({ seed: 3, reviews: 5000 });
const rows = Array.from(generateReviewRows(reviews));
const months = planReviewMonths(reviews.count).slice(-4, -1);
const range = { from: months[0]!.from, to: months.at(-1)!.to };
const changes = Array.from(generateReviewChanges({ seed: 9, count: 200, reviews, ...range }));

describe('generateReviewChanges', () => {
  test('changes no review twice and only reviews of the range', () => {
    const ids = changes.map((change) => Number(change.review_id));
    expect(new Set(ids).size).toBe(200);
    const existing = changes.filter(({ operation }) => operation !== 'insert').map((change) => Number(change.review_id));
    expect(existing.every((id) => id > range.from && id <= range.to)).toBe(true);
  });

  test('mixes updates, deletes and inserts, in the shares asked for', () => {
    const count = (operation: string): number => changes.filter((change) => change.operation === operation).length;
    expect(count('delete')).toBeGreaterThan(8);
    expect(count('insert')).toBeGreaterThan(20);
    expect(count('update')).toBeGreaterThan(100);
    const only = Array.from(generateReviewChanges({ seed: 9, count: 50, reviews, deletesPerMille: 1000, insertsPerMille: 0 }));
    expect(only.every(({ operation }) => operation === 'delete')).toBe(true);
  });

  test('updates keep all but the scores, so a review stays in its month', () => {
    for (const change of changes) {
      if (change.operation !== 'update') continue;
      const { beer_id, brewery_id, profile_id, review_time } = rows[Number(change.review_id) - 1]!;
      expect(change).toMatchObject({ beer_id, brewery_id, profile_id, review_time });
    }
  });

  test('inserts follow the last review and fall into the months of the range', () => {
    const inserts = changes.flatMap((change) => (change.operation === 'insert' ? [change] : []));
    expect(inserts.map((change) => Number(change.review_id))).toEqual(inserts.map((_, index) => 5001 + index));
    expect(inserts.every((change) => Number(change.review_time) >= months[0]!.startSeconds)).toBe(true);
  });

  test('fit the contract when they carry a row', () => {
    const schema = emitRowSchema([...rawColumns(review), changeColumns[0]!]);
    for (const change of changes) if (change.operation !== 'delete') expect(schema.safeParse(change).error).toBeUndefined();
  });

  test('refuses more changes than there are reviews', () => {
    expect(() => Array.from(generateReviewChanges({ seed: 1, count: 6000, reviews }))).toThrow('6000 changes in reviews 0 to 5000 of 5000');
  });
});

describe('generateChanges', () => {
  test('writes one JSON object per line, with the same values', () => {
    const lines = Array.from(generateChanges({ seed: 9, count: 200, reviews, ...range }));
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      changes.map((change) => Object.fromEntries(Object.entries(change).map(([name, value]) => [name, name === 'operation' ? value : Number(value)]))),
    );
  });
});
