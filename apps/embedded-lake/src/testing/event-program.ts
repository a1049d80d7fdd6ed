import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake } from '../index.ts';
import { countCommits } from './commit-count.ts';
import { postedReview, readOwnSchemas, sendLines } from './sample-events.ts';

/** Sends events in three files, of which one in fifty is invalid, through the lake of the environment; prints commits as it goes. */
const commits = countCommits();
const say = (...words: (string | number)[]): void => void process.stdout.write(`${words.join(' ')}\n`);

const lake = await openEmbeddedLake(beerLake, process.env);
say('opened', commits());
await lake.events.publishSchemas(readOwnSchemas());
for (const first of [0, 400, 800]) {
  await sendLines(lake, Array.from({ length: 400 }, (_none, index) => postedReview(first + index, index % 50 === 49 ? { author: 'none' } : {})));
  say('sent', commits());
  while (await lake.events.run()) say('moved', commits());
  await lake.drain();
  say('drained', commits());
}
await lake.close();
say('done', commits());
