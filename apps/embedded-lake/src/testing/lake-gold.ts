import { beerLake } from '@data-master/beer-lake';
import type { EmbeddedLake } from '../index.ts';
import type { ExpectedGold } from './review-oracle.ts';

/** The gold tables of the reviews in the form of `computeGold`: columns in the order of the contract, joined by bars. */
export async function readGold(lake: EmbeddedLake): Promise<ExpectedGold> {
  const gold: Record<string, string[]> = {};
  for (const { name, from, columns } of beerLake.gold) {
    if (from !== 'review_flat') continue;
    const rows = await lake.query(`SELECT * FROM gold.${name}`);
    gold[name] = rows.map((row) => Object.keys(columns).map((column) => {
      const value = row[column];
      return column === 'avg_rating' ? Number(value).toFixed(9) : value === null ? '' : `${value as string | number | bigint}`;
    }).join('|')).sort();
  }
  return gold as ExpectedGold;
}
