import { beer, brewery, openbrewery, profile } from '@data-master/beer-lake';
import { toCsv } from './csv.ts';
import { generateBeers, generateBreweries, generateProfiles, type BeerRow, type BreweryRow, type ProfileRow } from './dimensions.ts';
import { generateOpenBreweries, type OpenBreweryRow } from './open-breweries.ts';
import type { ReviewOptions } from './review-source.ts';
import { generateReviewRows, generateReviews, type ReviewRow } from './reviews.ts';

/** The size of a sample in rows per table. */
export interface SampleOptions {
  seed: number;
  reviews: number;
  /** Default 600. */
  breweries?: number;
  /** Default 6,000. */
  beers?: number;
  /** Default 3,000. */
  profiles?: number;
  /** Default 2,000. */
  openbreweries?: number;
}

/** The rows of every table that is not made of events, generated anew on each iteration. */
export interface Sample {
  brewery: Iterable<BreweryRow>;
  beer: Iterable<BeerRow>;
  profile: Iterable<ProfileRow>;
  review: Iterable<ReviewRow>;
  openbrewery: Iterable<OpenBreweryRow>;
}

/** Generates a whole reference lake; the number of reviews changes no row of the other tables. */
export function generateSample(options: SampleOptions): Sample {
  const { seed, breweries = 600, beers = 6000, profiles = 3000, openbreweries = 2000 } = options;
  return {
    brewery: again(() => generateBreweries(seed, breweries)),
    beer: again(() => generateBeers(seed, beers, breweries)),
    profile: again(() => generateProfiles(seed, profiles)),
    review: again(() => generateReviewRows(sampleReviewOptions(options))),
    openbrewery: again(() => generateOpenBreweries(seed, openbreweries)),
  };
}

/** The same sample as CSV text in chunks of some 64 KB, one stream per table. */
export function generateSampleCsv(options: SampleOptions): Record<keyof Sample, Iterable<string>> {
  const sample = generateSample(options);
  return {
    brewery: again(() => toCsv(brewery, sample.brewery)),
    beer: again(() => toCsv(beer, sample.beer)),
    profile: again(() => toCsv(profile, sample.profile)),
    review: again(() => generateReviews(sampleReviewOptions(options))),
    openbrewery: again(() => toCsv(openbrewery, sample.openbrewery)),
  };
}

/** What decides the reviews of a sample, for `generateReviews` and `generateChanges`. */
export function sampleReviewOptions({ seed, reviews, breweries = 600, beers = 6000, profiles = 3000 }: SampleOptions): ReviewOptions {
  return {
    seed,
    count: reviews,
    beers: Array.from(generateBeers(seed, beers, breweries)),
    profileIds: Array.from({ length: profiles }, (_, index) => BigInt(index + 1)),
  };
}

function again<Value>(generate: () => Iterator<Value>): Iterable<Value> {
  return { [Symbol.iterator]: generate };
}
