import { defineGoldTable, type GoldTable } from '@data-master/table-contracts';

const month = {
  review_year: { id: 1, type: 'int', doc: 'year of the reviews, UTC' },
  review_month: { id: 2, type: 'int', doc: 'month of the reviews, UTC, 1 to 12' },
} as const;
const totalReviews = { type: 'long', doc: 'number of reviews' } as const;
const averageRating = { type: 'double', doc: 'mean of review_overall, reviews without it left out' } as const;
const byMonth = ['review_year', 'review_month'] as const;

/** Ratings of one thing per month: its columns, the mean and the number of its reviews. */
function ratings(columns: string, having = ''): string {
  return `SELECT review_year, review_month, ${columns}, avg(CAST(review_overall AS DOUBLE)) AS avg_rating, count(*) AS total_reviews
FROM review_flat
GROUP BY review_year, review_month, ${columns}${having}`;
}

const enough = '\nHAVING count(*) >= :min_reviews';
const parameters = { min_reviews: 25 };
const common = { schemaVersion: 1, from: 'review_flat', partitionBy: byMonth } as const;
const byRating = [{ column: 'avg_rating', descending: true }, { column: 'total_reviews', descending: true }] as const;
const byVolume = [{ column: 'total_reviews', descending: true }] as const;

export const topBeersByRating = defineGoldTable({
  ...common, name: 'top_beers_by_rating', doc: 'Beers of each month by mean rating', parameters,
  columns: {
    ...month,
    beer_id: { id: 3, type: 'long', doc: 'beer' },
    beer_name: { id: 4, type: 'string', doc: 'name of the beer' },
    beer_style: { id: 5, type: 'string', doc: 'style of the beer' },
    avg_rating: { id: 6, ...averageRating },
    total_reviews: { id: 7, ...totalReviews },
  },
  grain: [...byMonth, 'beer_id', 'beer_name', 'beer_style'],
  select: ratings('beer_id, beer_name, beer_style', enough),
  orderBy: byRating,
});

export const topBreweriesByRating = defineGoldTable({
  ...common, name: 'top_breweries_by_rating', doc: 'Breweries of each month by mean rating', parameters,
  columns: {
    ...month,
    brewery_id: { id: 3, type: 'long', doc: 'brewery' },
    brewery_name: { id: 4, type: 'string', doc: 'name of the brewery' },
    avg_rating: { id: 5, ...averageRating },
    total_reviews: { id: 6, ...totalReviews },
  },
  grain: [...byMonth, 'brewery_id', 'brewery_name'],
  select: ratings('brewery_id, brewery_name', enough),
  orderBy: byRating,
});

export const topDrinkers = defineGoldTable({
  ...common, name: 'top_drinkers', doc: 'Accounts of each month by number of reviews', parameters: {},
  columns: {
    ...month,
    profile_id: { id: 3, type: 'long', doc: 'account' },
    profile_name: { id: 4, type: 'string', doc: 'public user name' },
    state: { id: 5, type: 'string', doc: 'state of the account' },
    avg_rating: { id: 6, ...averageRating },
    total_reviews: { id: 7, ...totalReviews },
  },
  grain: [...byMonth, 'profile_id', 'profile_name', 'state'],
  select: ratings('profile_id, profile_name, state'),
  orderBy: byVolume,
});

export const topStylesByPopularity = defineGoldTable({
  ...common, name: 'top_styles_by_popularity', doc: 'Styles of each month by number of reviews', parameters,
  columns: {
    ...month,
    beer_style: { id: 3, type: 'string', doc: 'style' },
    avg_rating: { id: 4, ...averageRating },
    total_reviews: { id: 5, ...totalReviews },
  },
  grain: [...byMonth, 'beer_style'],
  select: ratings('beer_style', enough),
  orderBy: byVolume,
});

export const stateByReviewVolume = defineGoldTable({
  ...common, name: 'state_by_review_volume', doc: 'States of each month by number of reviews', parameters: {},
  columns: { ...month, state: { id: 3, type: 'string', doc: 'state of the account' }, total_reviews: { id: 4, ...totalReviews } },
  grain: [...byMonth, 'state'],
  select: `SELECT review_year, review_month, state, count(*) AS total_reviews
FROM review_flat
GROUP BY review_year, review_month, state`,
  orderBy: byVolume,
});

export const breweriesByTypeAndPlace = defineGoldTable({
  name: 'breweries_by_type_and_place', doc: 'Breweries of Open Brewery DB by type and place', schemaVersion: 1,
  from: 'openbrewery', partitionBy: [], parameters: {},
  columns: {
    brewery_type: { id: 1, type: 'string', doc: 'type of brewery' },
    country: { id: 2, type: 'string', doc: 'country' },
    state_province: { id: 3, type: 'string', doc: 'state or province' },
    city: { id: 4, type: 'string', doc: 'city' },
    total_breweries: { id: 5, type: 'long', doc: 'number of breweries' },
  },
  grain: ['brewery_type', 'country', 'state_province', 'city'],
  select: `SELECT brewery_type, country, state_province, city, count(*) AS total_breweries
FROM openbrewery
WHERE deleted_at IS NULL
GROUP BY brewery_type, country, state_province, city`,
  orderBy: [{ column: 'total_breweries', descending: true }],
});

export const goldTables: readonly GoldTable[] = [
  topBeersByRating, topBreweriesByRating, topDrinkers, topStylesByPopularity, stateByReviewVolume, breweriesByTypeAndPlace,
];
