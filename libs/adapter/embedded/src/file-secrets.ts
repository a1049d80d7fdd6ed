import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError, type Secrets } from '@data-master/ports';
import { syncFolder } from './atomic-file.ts';
import { errorCode, isMissing, withLakeErrors } from './file-errors.ts';

const secretName = /^[a-z0-9][a-z0-9-]{0,127}$/;

/** Secrets that are made when they are missing, and those that someone gives. */
export interface FileSecrets extends Secrets {
  /** A secret that was given; undefined when none was. */
  read: (name: string) => Promise<Uint8Array | undefined>;
  /** Keeps a secret, in place of the one of that name. */
  write: (name: string, secret: Uint8Array) => Promise<void>;
  remove: (name: string) => Promise<void>;
}

/** Secrets as files of mode 0600 in a folder of mode 0700; a file or folder that others can read is refused. */
export function createFileSecrets({ folder }: { folder: string }): FileSecrets {
  const withSecret = <Result>(name: string, work: (path: string) => Promise<Result>): Promise<Result> => withLakeErrors(`secret ${name}`, async () => {
    if (!secretName.test(name)) throw new TerminalError(`secret name ${JSON.stringify(name)}; expected lower case letters, digits and hyphens; rename it`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await requirePrivate(folder, 0o700);
    return work(join(folder, name));
  });
  return {
    getOrCreate: (name, sizeBytes) => withSecret(name, async (path) => (await readSecret(path, sizeBytes)) ?? (await makeSecret(folder, path, sizeBytes))),
    read: (name) => withSecret(name, (path) => readSecret(path)),
    write: (name, secret) => withSecret(name, async (path) => {
      await writeDraft(folder, secret, (draft) => rename(draft, path));
    }),
    remove: (name) => withSecret(name, (path) => rm(path, { force: true })),
  };
}

async function readSecret(path: string, sizeBytes?: number): Promise<Uint8Array | undefined> {
  try {
    await requirePrivate(path, 0o600);
    const bytes = await readFile(path);
    if (sizeBytes === undefined || bytes.length === sizeBytes) return new Uint8Array(bytes);
    throw new TerminalError(`secret file ${path} has ${bytes.length} bytes; expected ${sizeBytes}; restore it from a backup: a new secret cannot read what the old one hid`);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function makeSecret(folder: string, path: string, sizeBytes: number): Promise<Uint8Array> {
  await writeDraft(folder, randomBytes(sizeBytes), (draft) => link(draft, path).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  }));
  const secret = await readSecret(path, sizeBytes);
  if (secret) return secret;
  throw new TerminalError(`secret file ${path} vanished; expected it to stay once made; leave the folder alone while the lake runs`);
}

/** Writes a secret whole and durably before `publish` gives it its name. */
async function writeDraft(folder: string, secret: Uint8Array, publish: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(folder, `.${randomUUID()}`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(secret);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(draft);
    await syncFolder(folder);
  } finally {
    await rm(draft, { force: true });
  }
}

async function requirePrivate(path: string, expectedMode: number): Promise<void> {
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new TerminalError(
    `${path} has mode ${mode.toString(8)}; expected ${expectedMode.toString(8)}, as it holds secrets; run: chmod ${expectedMode.toString(8)} '${path}'`,
  );
}
