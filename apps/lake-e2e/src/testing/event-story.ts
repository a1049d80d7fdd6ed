const eventId = (number: number): string => `5d0c6a3e-6d0f-4d4b-9a52-${String(number).padStart(12, '0')}`;

function reviewPosted(number: number, version: 1 | 2, more: Record<string, unknown> = {}): string {
  const review = { review_id: 970_000 + number, brewery_id: 1, beer_id: 3, profile_id: 1, review_overall: 4, ...(version === 2 && { review_taste: 3.5, serving: `bottle, ask post.${number}@example.com` }) };
  return JSON.stringify({ event: 'review_posted', version, event_id: eventId(number), occurred_at: '2012-05-26T12:00:00Z', ...(version === 2 && { channel: 'app' }), review, ...more });
}

/** Events that a schema refuses, or that name none. */
export const invalidEvents = [
  'no JSON at all',
  reviewPosted(90, 1, { colour: 'amber' }),
  reviewPosted(91, 2, { channel: 'carrier pigeon' }),
  reviewPosted(92, 1, { version: 9 }),
  JSON.stringify({ event: 'beer_spilled', version: 1 }),
];

/** Events, chapter by chapter: of both versions with invalid ones among them, more of them, and some again. */
export const eventStory: string[][] = [
  [reviewPosted(1, 1), invalidEvents[0]!, reviewPosted(2, 2), ...invalidEvents.slice(1), reviewPosted(3, 1)],
  Array.from({ length: 12 }, (_none, index) => reviewPosted(10 + index, index % 2 === 0 ? 1 : 2)),
  [reviewPosted(2, 2), reviewPosted(10, 1), reviewPosted(30, 2)],
];
