import { pagedApiSchema, type PagedApi } from './paged-api.ts';

/** All breweries of Open Brewery DB. It gives at most 200 rows a page, and an array without rows after the last. */
export const openBreweryDb: PagedApi = pagedApiSchema.parse({
  name: 'open_brewery_db',
  baseUrl: 'https://api.openbrewerydb.org/v1/breweries',
  pageSizeParameter: 'per_page',
  pageSize: 200,
  end: 'empty-page',
});
