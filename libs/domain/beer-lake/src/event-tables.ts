import { defineTable, notNull, unique } from '@data-master/table-contracts';

const score = { type: 'decimal(3,1)' } as const;

export const reviewPosted = defineTable({
  name: 'review_posted',
  doc: 'Events of the type review_posted: an account posted a review of a beer',
  schemaVersion: 1,
  primaryKey: ['event_id'],
  columns: {
    event_id: { id: 1, type: 'string', required: true, doc: 'identifier of the event, a UUID' },
    event: { id: 2, type: 'string', required: true, doc: 'type of the event' },
    version: { id: 3, type: 'long', required: true, doc: 'version of the schema that the event names' },
    occurred_at: { id: 4, type: 'timestamp', required: true, doc: 'when the review was posted' },
    channel: { id: 5, type: 'string', doc: 'where the review was written: web, app or import' },
    review_id: { id: 6, type: 'long', required: true, path: 'review.review_id', doc: 'review identifier' },
    brewery_id: { id: 7, type: 'long', required: true, path: 'review.brewery_id', doc: 'brewery of the reviewed beer' },
    beer_id: { id: 8, type: 'long', required: true, path: 'review.beer_id', doc: 'reviewed beer' },
    profile_id: { id: 9, type: 'long', required: true, path: 'review.profile_id', doc: 'account that wrote the review' },
    review_overall: { id: 10, ...score, required: true, path: 'review.review_overall', doc: 'overall score, 0.0 to 5.0' },
    review_aroma: { id: 11, ...score, path: 'review.review_aroma', doc: 'aroma score' },
    review_appearance: { id: 12, ...score, path: 'review.review_appearance', doc: 'appearance score' },
    review_palate: { id: 13, ...score, path: 'review.review_palate', doc: 'palate score' },
    review_taste: { id: 14, ...score, path: 'review.review_taste', doc: 'taste score' },
    serving: {
      id: 15, type: 'string', path: 'review.serving', doc: 'how the beer was served, as the account wrote it',
      pii: { kind: 'email', treatment: 'redact' },
    },
  },
  quality: [unique('event_id'), notNull('event_id')],
});
