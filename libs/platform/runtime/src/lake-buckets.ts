import { TerminalError, type LocalFiles, type ObjectStore } from '@data-master/ports';

/** The bucket of each kind of object. */
const bucketOfPrefix = { 'raw/': 'stage', 'layouts/': 'stage', 'quarantine/': 'stage', 'schemas/': 'stage', 'control/': 'stage', 'errors/': 'stage', 'bronze/': 'datalake', 'plans/': 'datalake' } as const;

/** One thing for each of the lake's buckets. */
export type LakeBuckets<Target> = Record<'stage' | 'datalake', Target>;

/** The lake's objects as one store: the key says which bucket holds it. */
export function joinObjectStores(buckets: LakeBuckets<ObjectStore>): ObjectStore {
  return {
    head: (key) => targetOf(buckets, key).head(key),
    read: (key) => targetOf(buckets, key).read(key),
    readRange: (key, start, end) => targetOf(buckets, key).readRange(key, start, end),
    write: (key, body, options) => targetOf(buckets, key).write(key, body, options),
    list: (prefix) => targetOf(buckets, prefix).list(prefix),
    remove: (key) => targetOf(buckets, key).remove(key),
  };
}

/** The lake's objects as local files; the scratch folder is that of the stage. */
export function joinLocalFiles(buckets: LakeBuckets<LocalFiles>): LocalFiles {
  return {
    path: (key) => targetOf(buckets, key).path(key),
    scratchPath: (fileName) => buckets.stage.scratchPath(fileName),
    writeScratch: (fileName, body) => buckets.stage.writeScratch(fileName, body),
    publish: (scratchPath, key, options) => targetOf(buckets, key).publish(scratchPath, key, options),
    dispose: async () => {
      await Promise.all([buckets.stage.dispose(), buckets.datalake.dispose()]);
    },
  };
}

function targetOf<Target>(buckets: LakeBuckets<Target>, key: string): Target {
  for (const [prefix, bucket] of Object.entries(bucketOfPrefix)) if (key.startsWith(prefix)) return buckets[bucket];
  throw new TerminalError(`key ${key} belongs to no bucket; expected it to begin with one of ${Object.keys(bucketOfPrefix).join(', ')}`);
}
