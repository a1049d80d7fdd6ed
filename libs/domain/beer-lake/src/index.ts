import { defineLake } from '@data-master/table-contracts';
import { goldTables } from './gold-tables.ts';
import { reviewFlat } from './review-flat.ts';
import { beer, brewery, openbrewery, profile, review } from './source-tables.ts';

export { beer, brewery, openbrewery, profile, review } from './source-tables.ts';
export { reviewFlat } from './review-flat.ts';
export * from './gold-tables.ts';

/** The reference lake: reviews of beers, and the breweries of Open Brewery DB. */
export const beerLake = defineLake({
  name: 'beer-lake',
  tables: [brewery, beer, profile, review, openbrewery],
  derived: [reviewFlat],
  gold: goldTables,
});
