import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeWithPython } from '@data-master/spark/testing';
import { describeCatalogLayout } from './catalog-layout.ts';
import { createForeignLake, type ForeignLake } from './foreign-lake.ts';
import { describeMergeOnRead } from './merge-on-read.ts';
import { describeMetadataTables } from './metadata-tables.ts';
import { describePartitionTransforms } from './partition-transforms.ts';
import { describePyIceberg } from './pyiceberg.ts';
import { describeSparkEdges } from './spark-edges.ts';
import { describeSparkEvolution } from './spark-evolution.ts';
import { describeSparkReadsOurs } from './spark-reads-ours.ts';
import { describeSparkWrites } from './spark-writes.ts';

/** On a busy machine the first query of a kind takes long, because Java compiles it. */
jest.setTimeout(180_000);

await describeWithPython('foreign engines', (environment) => {
  let shared: ForeignLake | undefined;
  const lake = () => {
    if (!shared) throw new Error('found no lake, expected the one that beforeAll makes');
    return shared;
  };

  beforeAll(async () => {
    shared = await createForeignLake(environment);
  });

  afterAll(() => shared?.dispose());

  describeSparkReadsOurs(lake);
  describeSparkEdges(lake);
  describeMetadataTables(lake);
  describeSparkWrites(lake);
  describeSparkEvolution(lake);
  describeMergeOnRead(lake);
  describePartitionTransforms(lake);
  describeCatalogLayout(lake);
  describePyIceberg(lake);
});
