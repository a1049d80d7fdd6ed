import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateReviewRows, sampleReviewOptions } from '@data-master/beer-sample';

/** Writes an event of the type review_posted a line. */
export interface GenerateEventsOptions {
  file: string;
  events: number;
}

const { file, events } = JSON.parse(process.argv[2] ?? '') as GenerateEventsOptions;

function* lines(): Generator<string> {
  let n = 0;
  for (const { review_time, ...review } of generateReviewRows(sampleReviewOptions({ seed: 1, reviews: events }))) {
    const numbers = Object.fromEntries(Object.entries(review).flatMap(([name, value]) => (value === null ? [] : [[name, Number(value)]])));
    n += 1;
    yield `${JSON.stringify({
      event: 'review_posted', version: 2, event_id: `3f0c6a3e-6d0f-4d4b-9a52-${String(n).padStart(12, '0')}`, occurred_at: new Date(Number(review_time) * 1_000).toISOString(), channel: 'app',
      review: { ...numbers, review_overall: numbers['review_overall'] ?? 3, serving: 'on tap' },
    })}\n`;
  }
}

await pipeline(Readable.from(lines()), createWriteStream(file));
process.stdout.write(`${JSON.stringify({ file })}\n`);
