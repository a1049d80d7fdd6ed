import { expect } from '@jest/globals';
import type { CorruptFileError, DeleteFilesError, UnsupportedFeatureError } from '../src/errors.ts';
import { differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';

/**
 * What this package does with parts of the format that not all writers use. False: such a table is refused by an error of
 * its own, and the suites hold it to that. Turn it to true with the support, and they hold it to equal rows instead.
 */
export const supported = {
  positionDeletes: true,
  equalityDeletes: true,
  /** Transforms bucket, truncate, hour and void in the default partition spec or that of a file. */
  otherTransforms: false,
  /** Snapshots and manifests of format version 1 in a table that is of version 2 now. */
  upgradedTables: true,
};

type Refusal = typeof CorruptFileError | typeof DeleteFilesError | typeof UnsupportedFeatureError;

/** Holds reading a table to Spark's rows, or to a refusal while the part of the format is not supported. */
export async function expectRowsOrRefusal(lake: ForeignLake, name: string, isSupported: boolean, refusal: Refusal): Promise<void> {
  if (isSupported) expect(await differenceToSpark(lake, name)).toEqual(noDifference);
  else await expectRefusal(lake.load(name).then((table) => table.scan()), refusal);
}

/** Holds an operation to success with Spark's rows afterwards, or to a refusal that changes nothing. */
export async function expectChangeOrRefusal(lake: ForeignLake, name: string, isSupported: boolean, refusal: Refusal, change: () => Promise<unknown>): Promise<void> {
  if (isSupported) {
    await change();
    expect(await differenceToSpark(lake, name)).toEqual(noDifference);
    return;
  }
  const snapshots = async () => (await lake.spark(`SELECT snapshot_id FROM lake.db.${name}.snapshots`)).length;
  const before = await snapshots();
  await expectRefusal(change(), refusal);
  expect(await snapshots()).toBe(before);
}

async function expectRefusal(outcome: Promise<unknown>, refusal: Refusal): Promise<void> {
  await expect(outcome).rejects.toThrow(refusal);
}
