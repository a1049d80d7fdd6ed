export { generateSample, generateSampleCsv, sampleReviewOptions, type Sample, type SampleOptions } from './sample.ts';
export { generateReviewRows, generateReviews, type ReviewRow } from './reviews.ts';
export { overallWeights, type ReviewedBeer, type ReviewOptions } from './review-source.ts';
export { planReviewMonths, type ReviewMonth } from './review-calendar.ts';
export { generateChanges, generateReviewChanges, type ChangeOptions, type ReviewChange } from './changes.ts';
export { badPerMille, createTraffic, type TrafficOperation, type TrafficOptions, type TrafficQuality, type TrafficTable } from './traffic.ts';
export { generateBeers, generateBreweries, generateProfiles, type BeerRow, type BreweryRow, type ProfileRow } from './dimensions.ts';
export { generateOpenBreweries, type OpenBreweryRow } from './open-breweries.ts';
export { toCsv } from './csv.ts';
