import type { SampleInput } from './sample-input.ts';

type Row = Record<string, string>;

/** Gold as the input says it must be, computed without any part of the lake. Means are rounded to nine digits. */
export type ExpectedGold = Record<'state_by_review_volume' | 'top_drinkers' | 'top_styles_by_popularity' | 'top_breweries_by_rating' | 'top_beers_by_rating', string[]>;

function readRows(csv: string): Row[] {
  const [header = [], ...rows] = csv.trimEnd().split('\n').map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''));
  return rows.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])));
}
const byId = (csv: string, id: string): Map<string, Row> => new Map(readRows(csv).map((row) => [row[id]!, row]));

/** The reviews of the input by identifier, after changes as NDJSON were applied one after the other. */
export function currentReviews(input: SampleInput, ...changes: readonly string[]): Map<string, Row> {
  const reviews = byId(input.review, 'review_id');
  for (const line of changes.flatMap((text) => text.trimEnd().split('\n'))) {
    const { operation, ...row } = Object.fromEntries(Object.entries(JSON.parse(line) as object).map(([name, value]) => [name, value === null ? '' : String(value)]));
    if (operation === 'delete') reviews.delete(row['review_id']!);
    else reviews.set(row['review_id']!, row);
  }
  return reviews;
}

/** Groups reviews as the gold tables do. */
export function computeGold(input: SampleInput, reviews: Map<string, Row>): ExpectedGold {
  const beers = byId(input.beer, 'beer_id');
  const breweries = byId(input.brewery, 'brewery_id');
  const profiles = byId(input.profile, 'profile_id');
  const group = (keyOf: (review: Row) => (string | undefined)[], least: number, withMean: boolean): string[] => {
    const groups = new Map<string, { total: number; scores: number[] }>();
    for (const review of reviews.values()) {
      const at = new Date(Number(review['review_time']) * 1000);
      const key = [at.getUTCFullYear(), at.getUTCMonth() + 1, ...keyOf(review)].join('|');
      const entry = groups.get(key) ?? { total: 0, scores: [] };
      entry.total += 1;
      if (review['review_overall']) entry.scores.push(Number(review['review_overall']));
      groups.set(key, entry);
    }
    return [...groups].filter(([, { total }]) => total >= least)
      .map(([key, { total, scores }]) => `${key}|${withMean ? `${mean(scores).toFixed(9)}|` : ''}${total}`).sort();
  };
  return {
    state_by_review_volume: group((review) => [profiles.get(review['profile_id']!)?.['state']], 1, false),
    top_drinkers: group(({ profile_id: id }) => [id, profiles.get(id!)?.['profile_name'], profiles.get(id!)?.['state']], 1, true),
    top_styles_by_popularity: group(({ beer_id: id }) => [beers.get(id!)?.['beer_style']], 25, true),
    top_breweries_by_rating: group(({ brewery_id: id }) => [id, breweries.get(id!)?.['brewery_name']], 25, true),
    top_beers_by_rating: group(({ beer_id: id }) => [id, beers.get(id!)?.['beer_name'], beers.get(id!)?.['beer_style']], 25, true),
  };
}

const mean = (scores: readonly number[]): number => scores.reduce((sum, score) => sum + score, 0) / scores.length;
