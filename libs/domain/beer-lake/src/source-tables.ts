import { defineTable, notEmpty, notNull, unique } from '@data-master/table-contracts';

export const brewery = defineTable({
  name: 'brewery',
  doc: 'Breweries of the rating site',
  schemaVersion: 1,
  primaryKey: ['brewery_id'],
  columns: {
    brewery_id: { id: 1, type: 'long', required: true, doc: 'brewery identifier' },
    brewery_name: { id: 2, type: 'string', required: true, doc: 'name as the brewery writes it' },
  },
  quality: [unique('brewery_id'), notNull('brewery_id'), notEmpty()],
});

export const beer = defineTable({
  name: 'beer',
  doc: 'Beers with the brewery that makes them',
  schemaVersion: 1,
  primaryKey: ['beer_id'],
  columns: {
    beer_id: { id: 1, type: 'long', required: true, doc: 'beer identifier' },
    brewery_id: { id: 2, type: 'long', required: true, doc: 'brewery that makes the beer' },
    beer_name: { id: 3, type: 'string', required: true, doc: 'name of the beer' },
    beer_style: { id: 4, type: 'string', required: true, doc: 'style, such as American IPA' },
    beer_abv: { id: 5, type: 'decimal(5,2)', doc: 'alcohol by volume, percent' },
  },
  references: { brewery_id: 'brewery' },
  quality: [unique('beer_id'), notNull('beer_id'), notEmpty()],
});

export const profile = defineTable({
  name: 'profile',
  doc: 'Accounts that write reviews',
  schemaVersion: 1,
  primaryKey: ['profile_id'],
  columns: {
    profile_id: { id: 1, type: 'long', required: true, doc: 'account identifier' },
    profile_name: {
      id: 2, type: 'string', required: true, doc: 'public user name',
      pii: { kind: 'username', treatment: 'keep', reason: 'a public user name, shown on the dashboards' },
    },
    email: { id: 3, type: 'string', required: true, doc: 'address of the account', pii: { kind: 'email', treatment: 'hash' } },
    state: { id: 4, type: 'string', required: true, doc: 'US state or territory, two letters' },
  },
  quality: [unique('profile_id'), notNull('profile_id'), notEmpty()],
});

/** 0001-01-01 to 9999-12-31 in seconds of the epoch: the years that every engine has. */
const epochSeconds = [-62_135_596_800n, 253_402_300_799n] as const;

export const review = defineTable({
  name: 'review',
  doc: 'Reviews: five scores of a beer by an account',
  schemaVersion: 1,
  primaryKey: ['review_id'],
  columns: {
    review_id: { id: 1, type: 'long', required: true, doc: 'review identifier' },
    brewery_id: { id: 2, type: 'long', required: true, doc: 'brewery of the reviewed beer' },
    beer_id: { id: 3, type: 'long', required: true, doc: 'reviewed beer' },
    profile_id: { id: 4, type: 'long', required: true, doc: 'account that wrote the review' },
    review_overall: { id: 5, type: 'decimal(3,1)', doc: 'overall score, 1.0 to 5.0' },
    review_aroma: { id: 6, type: 'decimal(3,1)', doc: 'aroma score' },
    review_appearance: { id: 7, type: 'decimal(3,1)', doc: 'appearance score' },
    review_palate: { id: 8, type: 'decimal(3,1)', doc: 'palate score' },
    review_taste: { id: 9, type: 'decimal(3,1)', doc: 'taste score' },
    review_time: { id: 10, type: 'long', required: true, range: epochSeconds, doc: 'when it was written, seconds since 1970 in UTC' },
  },
  references: { brewery_id: 'brewery', beer_id: 'beer', profile_id: 'profile' },
  derived: {
    review_year: { id: 11, type: 'int', derive: { part: 'year', ofEpochSeconds: 'review_time' }, doc: 'year of review_time in UTC' },
    review_month: { id: 12, type: 'int', derive: { part: 'month', ofEpochSeconds: 'review_time' }, doc: 'month of review_time in UTC, 1 to 12' },
  },
  partitionBy: ['review_year', 'review_month'],
  quality: [unique('review_id'), notNull('review_id'), notEmpty()],
});

export const openbrewery = defineTable({
  name: 'openbrewery',
  doc: 'Breweries of Open Brewery DB',
  schemaVersion: 1,
  primaryKey: ['id'],
  columns: {
    id: { id: 1, type: 'string', required: true, doc: 'Open Brewery DB identifier' },
    name: { id: 2, type: 'string', required: true, doc: 'name of the brewery', pii: { kind: 'name', treatment: 'hash' } },
    brewery_type: { id: 3, type: 'string', required: true, doc: 'micro, nano, regional, brewpub, …' },
    address_1: { id: 4, type: 'string', doc: 'address, first line' },
    address_2: { id: 5, type: 'string', doc: 'address, second line' },
    address_3: { id: 6, type: 'string', doc: 'address, third line' },
    city: { id: 7, type: 'string', required: true, doc: 'city' },
    state_province: { id: 8, type: 'string', required: true, doc: 'state or province' },
    postal_code: { id: 9, type: 'string', doc: 'postal code' },
    country: { id: 10, type: 'string', required: true, doc: 'country' },
    phone: { id: 11, type: 'string', doc: 'telephone number', pii: { kind: 'phone', treatment: 'hash' } },
    website_url: { id: 12, type: 'string', doc: 'web site; some rows give an e-mail address', pii: { kind: 'email', treatment: 'redact' } },
    longitude: { id: 13, type: 'double', doc: 'degrees east' },
    latitude: { id: 14, type: 'double', doc: 'degrees north' },
  },
  quality: [unique('id'), notNull('id'), notEmpty()],
});
