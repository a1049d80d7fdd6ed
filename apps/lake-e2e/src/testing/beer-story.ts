import { gzipSync } from 'node:zlib';
import { generateChanges, generateReviewRows, generateSampleCsv, planReviewMonths, sampleReviewOptions, toCsv } from '@data-master/beer-sample';
import { review } from '@data-master/beer-lake';
import { formatRawKey } from '@data-master/medallion-paths';
import type { StreamRecord } from '@data-master/ports';
import { changeStory } from './change-story.ts';
import { eventStory } from './event-story.ts';

/** A raw object as its uploader puts it. */
export interface Delivery {
  key: string;
  body: Uint8Array;
}

/** What arrives together, before the lake is brought up to date. */
export interface Chapter {
  name: string;
  deliveries: Delivery[];
  /** Records of the change stream. */
  changes: readonly StreamRecord[];
  /** Texts for the queue of raw events. */
  events: readonly string[];
}

const options = { seed: 7, reviews: 12_000, breweries: 4, beers: 8, profiles: 20, openbreweries: 12 };
const reviews = sampleReviewOptions(options);
const months = planReviewMonths(options.reviews).slice(-2);
/** Above what a Lambda takes on. */
const largeRows = 100_200;

let arrivals = 0;
/** Each arrives a minute after the one before it. */
function deliver(table: string, text: string, body: Uint8Array = gzipSync(text)): Delivery {
  arrivals += 1;
  const uuid = `00000000-0000-4000-8000-${String(arrivals).padStart(12, '0')}`;
  return { key: formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Date.UTC(2013, 0, 1, 0, arrivals)), uuid }), body };
}
const ndjson = (...rows: Record<string, unknown>[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const joined = (chunks: Iterable<string>): string => [...chunks].join('');

function recentReviews(): string {
  const first = BigInt(months[0]!.from);
  return joined(toCsv(review, [...generateReviewRows(reviews)].filter((row) => row.review_id > first)));
}

const sample = generateSampleCsv({ ...options, reviews: 0 });
const breweries = joined(sample.brewery);
const changes = joined(generateChanges({ seed: 11, count: 40, reviews, from: months[0]!.from, to: months[1]!.to }));
const early = { review_id: 900_001, brewery_id: 1, beer_id: 1, profile_id: 900, review_overall: 4.5, review_time: Math.floor(Date.UTC(2012, 4, 26) / 1000) };
const header = 'review_id,brewery_id,beer_id,profile_id,review_overall,review_aroma,review_appearance,review_palate,review_taste,review_time\n';
const cut = gzipSync(header + Array.from({ length: 400 }, (_, index) => `${700_000 + index},1,1,1,${index % 5},4,4,4,4,${1_338_000_000 + index * 13}\n`).join('')).subarray(0, -300);

/** An address that stands where no contract expects one. */
export const strayAddress = 'leak.stray@example.com';

/** The story: a first load with bad files among good ones, changes of every kind, and what comes late or again; by files, by the change stream and by events. */
export const beerStory: Chapter[] = [
  {
    name: 'the first load, with bad files among good ones',
    changes: changeStory[0]!,
    events: eventStory[0]!,
    deliveries: [
      deliver('brewery', breweries),
      deliver('beer', joined(sample.beer)),
      deliver('profile', joined(sample.profile)),
      deliver('openbrewery', joined(sample.openbrewery)),
      deliver('review', recentReviews()),
      deliver('review_posted', `event_id,event,version,occurred_at,channel,review_id,brewery_id,beer_id,profile_id,review_overall,review_aroma,review_appearance,review_palate,review_taste,serving\ne1,review_posted,2,2026-03-01T12:00:00Z,app,1,1,1,1,4.5,,,,,tap\n`),
      deliver('brewery', `brewery_id,brewery_name\n${Array.from({ length: largeRows }, (_, index) => `${1_000 + index},B${index}\n`).join('')}`),
      deliver('review', '', cut),
      deliver('wine', 'wine_id\n1\n'),
      deliver('profile', `profile_id,profile_name,email,state\n801,Some One,some.one@example.com,CA\nno number,${strayAddress},x,CA\n802,Other One,other.one@example.com,CA\n`),
    ],
  },
  {
    name: 'updates, inserts and deletes',
    changes: changeStory[1]!,
    events: eventStory[1]!,
    deliveries: [
      deliver('review', changes),
      deliver('brewery', breweries),
      deliver('beer', ndjson({ operation: 'update', beer_id: 3, brewery_id: 2, beer_name: 'Renamed "late", truly', beer_style: 'Altbier', beer_abv: 4.5 }, { operation: 'delete', beer_id: 5 })),
      deliver('review', ndjson({ operation: 'insert', ...early })),
      deliver('review', ndjson({ operation: 'delete', review_id: 900_002, _commit_time: '2013-02-03T00:00:00Z' })),
    ],
  },
  {
    name: 'what comes late, and again',
    changes: changeStory[2]!,
    events: eventStory[2]!,
    deliveries: [
      deliver('profile', ndjson({ operation: 'insert', profile_id: 900, profile_name: 'latecomer', email: 'late.comer@example.com', state: 'ZZ' })),
      deliver('review', changes),
      deliver('review', ndjson({ operation: 'update', ...early, review_id: 900_002, review_overall: 1, _commit_time: '2013-02-02T00:00:00Z' })),
      deliver('review', ndjson({ operation: 'update', ...early, review_time: Math.floor(Date.UTC(2012, 5, 10) / 1000), _commit_time: '2013-02-05T00:00:00Z' })),
      deliver('profile', ndjson({ operation: 'delete', profile_id: 2 })),
    ],
  },
];
