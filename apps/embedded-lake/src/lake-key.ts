import { createHmac } from 'node:crypto';
import type { LakeMeta } from '@data-master/embedded';
import { keySizeBytes } from '@data-master/pii-masking';
import { TerminalError, type Secrets } from '@data-master/ports';
import { lakeIdOf } from './lake-secrets.ts';

/**
 * The key that hashes this lake's personal columns, made at the first use and kept in `folder`, outside the data.
 * The lake knows the key's fingerprint: with another key the hashes of old and new rows would no longer match, so
 * that is refused.
 */
export async function lakeKey(meta: LakeMeta, secrets: Secrets, folder: string): Promise<Uint8Array> {
  const lakeId = await lakeIdOf(meta);
  const key = await secrets.getOrCreate(`pii-${lakeId}`, keySizeBytes);
  const fingerprint = createHmac('sha256', key).update('data-master key fingerprint').digest('hex').slice(0, 16);
  const known = await meta.setIfAbsent('pii_key_fingerprint', fingerprint);
  if (known !== fingerprint) {
    throw new TerminalError(`the key of lake ${lakeId} has fingerprint ${fingerprint}; expected ${known}, the key that masked its data; put the file pii-${lakeId} back into ${folder}, or name its folder with DM_KEYS`);
  }
  return key;
}
