import type { beer, brewery, profile } from '@data-master/beer-lake';
import type { RowOf } from '@data-master/table-contracts';
import { beerStyles } from './beer-styles.ts';
import { createRandom, shuffledIndexes, type Random } from './random.ts';
import { createWeightedChoice, popularityByRank } from './weighted-choice.ts';
import { americanTowns, creatures, firstNames, handles, lastNames, mailDomains, qualities, states, things } from './words.ts';

export type BreweryRow = RowOf<typeof brewery.columns>;
export type BeerRow = RowOf<typeof beer.columns>;
export type ProfileRow = RowOf<typeof profile.columns>;

/** Breweries 1 to `count`, names unique. */
export function* generateBreweries(seed: number, count: number): Generator<BreweryRow, void, undefined> {
  const random = createRandom(seed, 'brewery');
  const taken = new Set<string>();
  for (let id = 1; id <= count; id++) {
    yield { brewery_id: BigInt(id), brewery_name: untaken(taken, nameBrewery(random), (name, copy) => `${name} No. ${copy}`) };
  }
}

type Shape = (random: Random) => string;

const americanShapes: readonly Shape[] = [
  (random) => `${random.pick(americanTowns)} Brewing Company`,
  (random) => `${random.pick(qualities)} ${random.pick(creatures)} Brewing Co.`,
  (random) => `${random.pick(things)} & ${random.pick(things)} Brewery`,
  (random) => `${random.pick(americanTowns)} ${random.pick(things)} Brewpub`,
  (random) => `${random.pick(lastNames)}, ${random.pick(lastNames)} & Sons Brewery`,
  (random) => `${random.pick(qualities)} ${random.pick(things)} Beer Works`,
  (random) => `The ${random.pick(qualities)} ${random.pick(creatures)} Tap & Brewery`,
  (random) => `${random.pick(firstNames)} ${random.pick(lastNames)}'s ${random.pick(things)} Ales`,
];
const shapesElsewhere: Readonly<Record<string, readonly Shape[]>> = {
  Germany: [(random) => `Brauerei ${random.pick(lastNames)}, Inh. ${random.pick(firstNames)} ${random.pick(lastNames)}`, (random) => `Gasthausbräu ${random.pick(lastNames)}`],
  France: [(random) => `Brasserie du ${random.pick(creatures)} Doré`, (random) => `Brasserie ${random.pick(firstNames)} ${random.pick(lastNames)}`],
};
const anywhere: readonly Shape[] = [...americanShapes, ...americanShapes, ...Object.values(shapesElsewhere).flat()];

/** The name of a brewery, as usual in the country when one is named. */
export function nameBrewery(random: Random, country?: string): string {
  const shapes = country === undefined ? anywhere : (shapesElsewhere[country] ?? americanShapes);
  return random.pick(shapes)(random);
}

/** Beers 1 to `count` of breweries 1 to `breweries`; a few breweries make most of them. A quarter lack the alcohol. */
export function* generateBeers(seed: number, count: number, breweries: number): Generator<BeerRow, void, undefined> {
  const random = createRandom(seed, 'beer');
  const brewers = createWeightedChoice(popularityByRank(breweries, 40));
  const breweryOfRank = shuffledIndexes(breweries, createRandom(seed, 'brewery size'));
  const styles = createWeightedChoice(beerStyles.map((_, rank) => 1 / (rank + 6)));
  const taken = new Set<string>();
  for (let id = 1; id <= count; id++) {
    const [style, lowest, highest] = beerStyles[styles.at(random.draw(), random.draw())]!;
    const brewery = breweryOfRank[brewers.at(random.draw(), random.draw())]! + 1;
    const name = nameBeer(random, style);
    const abv = lowest + random.below(highest - lowest + 1);
    const named = untaken(taken, `${brewery} ${name}`, (tried, copy) => `${tried} ${batchNames[copy % batchNames.length]!} ${copy}`);
    yield {
      beer_id: BigInt(id),
      brewery_id: BigInt(brewery),
      beer_name: named.slice(String(brewery).length + 1),
      beer_style: style,
      beer_abv: random.chance(260) ? null : `${Math.floor(abv / 10)}.${abv % 10}0`,
    };
  }
}

const batchNames = ['Batch', 'Vintage', 'Series'] as const;
const shortStyles: Readonly<Record<string, string>> = { 'American IPA': 'IPA', 'American Double IPA': 'Double IPA', 'American Pale Ale': 'Pale Ale', 'American Imperial Stout': 'Imperial Stout' };

function nameBeer(random: Random, style: string): string {
  const short = shortStyles[style] ?? style.replace(/^American /, '');
  const shapes: readonly (() => string)[] = [
    () => `${random.pick(qualities)} ${random.pick(things)}`,
    () => `${random.pick(qualities)} ${random.pick(creatures)} ${short}`,
    () => `${random.pick(creatures)}'s ${random.pick(things)}`,
    () => `${random.pick(americanTowns)} ${short}`,
    () => `"${random.pick(qualities)}" ${short}`,
    () => `${random.pick(firstNames)}'s ${random.pick(qualities)} ${short}`,
    () => `${random.pick(things)}, ${random.pick(qualities)} & ${random.pick(things)}`,
    () => `${short} ${1 + random.below(99)}`,
    () => `${random.pick(qualities)} ${random.pick(things)} ${short}`,
  ];
  return random.pick(shapes)();
}

/** Accounts 1 to `count`; user names are unique and every address is at a domain reserved for examples. */
export function* generateProfiles(seed: number, count: number): Generator<ProfileRow, void, undefined> {
  const random = createRandom(seed, 'profile');
  const homes = createWeightedChoice(states.map((_, rank) => 1 / (rank + 8)));
  const taken = new Set<string>();
  for (let id = 1; id <= count; id++) {
    const first = random.pick(firstNames);
    const last = random.pick(lastNames);
    yield {
      profile_id: BigInt(id),
      profile_name: untaken(taken, nameAccount(random, first, last), (name, copy) => `${name}_${copy}`),
      email: `${first}.${last}${random.below(100)}@${random.pick(mailDomains)}`.toLowerCase(),
      state: states[homes.at(random.draw(), random.draw())]!,
    };
  }
}

function nameAccount(random: Random, first: string, last: string): string {
  const shapes: readonly (() => string)[] = [
    () => `${first}${last}${random.below(30)}`.toLowerCase(),
    () => `${first}${last.slice(0, 2)}${1950 + random.below(50)}`,
    () => `${random.pick(qualities)}${random.pick(creatures)}${random.below(100)}`,
    () => `${random.pick(handles)}${random.below(1000)}`,
    () => `${random.pick(qualities)}_${random.pick(creatures)}_${random.pick(handles)}`.toLowerCase(),
    () => `${first.slice(0, 1)}_${last}${random.below(100)}`.toLowerCase(),
  ];
  return random.pick(shapes)();
}

function untaken(taken: Set<string>, wanted: string, another: (name: string, copy: number) => string): string {
  let name = wanted;
  for (let copy = 2; taken.has(name); copy++) name = another(wanted, copy);
  taken.add(name);
  return name;
}
