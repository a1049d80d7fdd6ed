import type { openbrewery } from '@data-master/beer-lake';
import type { RowOf } from '@data-master/table-contracts';
import { nameBrewery } from './dimensions.ts';
import { habits, places } from './places.ts';
import { createRandom, type Random } from './random.ts';
import { createWeightedChoice } from './weighted-choice.ts';

export type OpenBreweryRow = RowOf<typeof openbrewery.columns>;

const types = ['micro', 'brewpub', 'planning', 'regional', 'closed', 'contract', 'large', 'nano', 'bar', 'taproom', 'proprietor'] as const;
const typeWeights = [520, 300, 60, 30, 30, 25, 15, 12, 4, 3, 1];

/** Breweries in the form of Open Brewery DB, invented; telephone numbers and sites are of ranges reserved for fiction. */
export function* generateOpenBreweries(seed: number, count: number): Generator<OpenBreweryRow, void, undefined> {
  const random = createRandom(seed, 'openbrewery');
  const cities = createWeightedChoice(places.map((_, rank) => 1 / (rank + 10)));
  const kinds = createWeightedChoice(typeWeights);
  for (let row = 0; row < count; row++) {
    const { city, province, country, east, north } = places[cities.at(random.draw(), random.draw())]!;
    const { phone, postal, streets, address } = habits[country]!;
    const name = nameBrewery(random, country);
    const planned = random.chance(60);
    const located = random.chance(750);
    yield {
      id: formatUuid(random),
      name,
      brewery_type: types[kinds.at(random.draw(), random.draw())]!,
      address_1: planned ? null : address.replace('{street}', random.pick(streets)).replace('{number}', String(1 + random.below(2400))),
      address_2: random.chance(25) ? `Unit ${1 + random.below(40)}` : null,
      address_3: random.chance(5) ? `Building ${'ABCDEF'.charAt(random.below(6))}` : null,
      city,
      state_province: province,
      postal_code: fillDigits(random, postal) || null,
      country,
      phone: random.chance(900) ? fillDigits(random, phone) : null,
      website_url: random.chance(870) ? `https://www.${slugOf(name)}.example` : null,
      longitude: located ? jitter(random, east) : null,
      latitude: located ? jitter(random, north) : null,
    };
  }
}

function fillDigits(random: Random, pattern: string): string {
  return pattern.replace(/#/g, () => String(random.below(10)));
}

/** Degrees to seven places, within 0.08 degrees of a centre in thousandths of a degree. */
function jitter(random: Random, centre: number): number {
  return (centre * 10_000 + random.below(1_600_001) - 800_000) / 10_000_000;
}

function slugOf(name: string): string {
  return name.toLowerCase().normalize('NFD').replace(/[^a-z0-9]+/g, '');
}

function formatUuid(random: Random): string {
  const word = (): string => random.draw().toString(16).padStart(8, '0');
  const hex = word() + word() + word() + word();
  const variant = '89ab'.charAt(random.below(4));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
