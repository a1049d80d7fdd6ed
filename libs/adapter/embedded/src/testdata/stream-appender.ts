import { createSqliteChangeStream, openStreamDatabase } from '../index.ts';

/** Appends batches of numbered records until it is killed; prints the count of batches that are durable. */
const [path = '', writer = '', batch = ''] = process.argv.slice(2);
const stream = createSqliteChangeStream(await openStreamDatabase(path), { now: () => new Date() });
for (let batches = 0; ; batches += 1) {
  process.stdout.write(`${batches}\n`);
  await stream.append(Array.from({ length: Number(batch) }, (_, n) => ({ partitionKey: writer, data: Buffer.from(`${writer} ${batches * Number(batch) + n}`) })));
}
