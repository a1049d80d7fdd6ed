import { defineLake } from '@data-master/table-contracts';
import { reviewPosted } from './event-tables.ts';
import { goldTables } from './gold-tables.ts';
import { reviewFlat } from './review-flat.ts';
import { beer, brewery, openbrewery, profile, review } from './source-tables.ts';

export { reviewPosted } from './event-tables.ts';
export { beer, brewery, openbrewery, profile, review } from './source-tables.ts';
export { reviewFlat } from './review-flat.ts';
export * from './gold-tables.ts';

/** The reference lake: reviews of beers, the breweries of Open Brewery DB, and events of posted reviews. */
export const beerLake = defineLake({
  name: 'beer-lake',
  tables: [brewery, beer, profile, review, openbrewery, reviewPosted],
  derived: [reviewFlat],
  gold: goldTables,
  operational: { schema: 'dm_core', tables: ['brewery', 'beer', 'profile', 'review'] },
});
