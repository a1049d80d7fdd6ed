import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { hashFolder } from '../artifacts.ts';

const hashKey = 'dm-content';
const prefix = 'spark/';
/** Written last: it says that all others are there. */
const last = 'main.py';

/** The newest package that was built; undefined when there is none. */
export function newestPackage(folder: string): string | undefined {
  try {
    return readdirSync(folder).map((name) => join(folder, name)).filter((path) => statSync(path).isDirectory()).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  } catch {
    return undefined;
  }
}

/** Puts the Spark package under `spark/` unless it is there; returns whether it was put. */
export async function deploySparkPackage(client: S3Client, bucket: string, folder: string): Promise<boolean> {
  const hash = hashFolder(folder);
  const present = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}${last}` })).catch(() => undefined);
  if (present?.Metadata?.[hashKey] === hash) return false;
  const names = readdirSync(folder).sort((a, b) => Number(a === last) - Number(b === last));
  for (const name of names) await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body: readFileSync(join(folder, name)), Metadata: { [hashKey]: hash } }));
  return true;
}
