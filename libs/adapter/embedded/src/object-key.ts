import { join } from 'node:path';
import { checkObjectKey } from '@data-master/ports';

/** The path of the object under `root`. */
export function objectPath(root: string, key: string): string {
  checkObjectKey(key);
  return join(root, ...key.split('/'));
}
