import { LakeError, TerminalError, TransientError } from '@data-master/ports';

const remedies: Record<string, string> = {
  ENOSPC: 'free disk space, then repeat',
  EDQUOT: 'raise the disk quota or free space, then repeat',
  EMFILE: 'raise the limit of open files (ulimit -n) or run less at once, then repeat',
  ENFILE: 'raise the limit of open files of the system, then repeat',
  EIO: 'check the disk, then repeat',
  EBUSY: 'wait until the file is released, then repeat',
  EAGAIN: 'repeat',
  ENOMEM: 'free memory, then repeat',
};

const terminalRemedies: Record<string, string> = {
  EACCES: 'give this user access to the folder',
  EPERM: 'give this user access to the folder',
  EROFS: 'choose a folder on a writable file system',
  ENAMETOOLONG: 'shorten the key',
  ENOTDIR: 'a part of the key is an object itself; choose a key that no object is a folder of',
  EISDIR: 'the key is a folder of other objects; choose another key',
  ENOTEMPTY: 'the key is a folder of other objects; choose another key',
  EEXIST: 'a part of the key is an object itself; choose a key that no object is a folder of',
};

/** The system's error code (`ENOENT`), or undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The error as the ports know it: a full disk or a lost resource is transient, the rest of the system's errors terminal. */
export function asLakeError(error: unknown, action: string): unknown {
  const code = errorCode(error);
  if (error instanceof LakeError || code === undefined) return error;
  const transient = remedies[code];
  if (transient) return new TransientError(`${action} failed with ${code}; expected it to succeed; ${transient}`, { cause: error });
  const terminal = terminalRemedies[code];
  return terminal ? new TerminalError(`${action} failed with ${code}; expected it to succeed; ${terminal}`, { cause: error }) : error;
}

/** Runs `work`, with its errors as `asLakeError` sees them. */
export async function withLakeErrors<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asLakeError(error, action);
  }
}
