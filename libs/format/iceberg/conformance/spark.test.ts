import { afterAll, beforeAll } from '@jest/globals';
import { describeWithPython } from '@data-master/testing';
import { createForeignLake, type ForeignLake } from './foreign-lake.ts';
import { describeMetadataTables } from './metadata-tables.ts';
import { describeSparkEvolution } from './spark-evolution.ts';
import { describeSparkReadsOurs } from './spark-reads-ours.ts';
import { describeSparkWrites } from './spark-writes.ts';

await describeWithPython('Spark and this package', (environment) => {
  let shared: ForeignLake;
  const lake = () => shared;

  beforeAll(async () => {
    shared = await createForeignLake(environment);
  });

  afterAll(() => shared.dispose());

  describeSparkReadsOurs(lake);
  describeMetadataTables(lake);
  describeSparkWrites(lake);
  describeSparkEvolution(lake);
});
