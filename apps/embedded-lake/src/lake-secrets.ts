import { randomUUID } from 'node:crypto';
import type { FileSecrets, LakeMeta } from '@data-master/embedded';

/** The identity of a lake, by which secrets of several lakes lie in one folder. */
export const lakeIdOf = (meta: LakeMeta): Promise<string> => meta.setIfAbsent('lake_id', randomUUID());

/** Those of the secrets that belong to a lake, by names of their own. */
export function secretsOfLake(lakeId: string, secrets: FileSecrets): FileSecrets {
  const own = (name: string): string => `${name}-${lakeId}`;
  return {
    getOrCreate: (name, sizeBytes) => secrets.getOrCreate(own(name), sizeBytes),
    read: (name) => secrets.read(own(name)),
    write: (name, secret) => secrets.write(own(name), secret),
    remove: (name) => secrets.remove(own(name)),
  };
}
