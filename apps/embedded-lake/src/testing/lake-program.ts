import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake, type LakeObserver } from '../index.ts';
import { countCommits } from './commit-count.ts';
import { batchKey, gzipped, inputTables, makeReviewChanges, makeSampleInput } from './sample-input.ts';

/**
 * Runs the sample and two rounds of changes through the lake of the environment, as `dm demo` would; what is there already
 * is not done twice. Prints a line for each step, for whoever wants to end this process at a certain one, and at the end
 * how often it committed to the database.
 */
const commits = countCommits();
const lake = await openEmbeddedLake(beerLake, process.env);
const say = (...words: string[]): void => void process.stdout.write(`${words.join(' ')}\n`);
const observer: LakeObserver = {
  started: (stage, table) => say('started', stage, table),
  progressed: (stage, table) => say('progressed', stage, table),
  finished: (stage, table, outcome) => say('finished', stage, table, outcome),
};
say('opened');
const input = makeSampleInput();
const deliver = async (table: string, arrival: number, text: string): Promise<void> => {
  const isNew = await lake.deliver(batchKey(table, arrival), gzipped(text));
  if (isNew) say('delivered', 'raw', table);
};
for (const table of inputTables) await deliver(table, 1, input[table]);
await lake.discover();
await lake.drain({ observer });
await deliver('review', 2, makeReviewChanges(1, 30));
await deliver('beer', 2, '{"operation":"update","beer_id":3,"brewery_id":2,"beer_name":"Renamed","beer_style":"Altbier","beer_abv":4.5}\n{"operation":"delete","beer_id":5}\n');
await deliver('review', 3, makeReviewChanges(3, 30, 12));
await lake.discover();
await lake.drain({ observer });
await lake.close();
say('done', String(commits()));
