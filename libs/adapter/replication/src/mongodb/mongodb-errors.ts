import { MongoServerError } from 'mongodb';
import { LakeError, TerminalError, TransientError } from '@data-master/ports';

const terminalCodes: Record<number, string> = {
  13: 'grant the user the role read on the database, which allows find and changeStream',
  18: 'correct the user or password of the source',
  8000: 'correct the user or password of the source',
};
/** ChangeStreamFatalError and ChangeStreamHistoryLost. */
const lostCodes = [280, 286];

/** What an error of MongoDB or of the connection means for a replication: wait and connect again, or give up. */
export function asLakeError(error: unknown, task: string): LakeError {
  if (error instanceof LakeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // A reply whose values keep their types has a code that does so too.
  const code = error instanceof MongoServerError && error.code !== undefined ? Number(error.code) : undefined;
  if (code !== undefined && lostCodes.includes(code)) {
    return new TerminalError(`the change stream of task ${task} is lost (${message}): changes since its last position cannot be had; expected the oplog to hold them until they are read; remove the state of the task to load anew, and enlarge the oplog or its storage.oplogMinRetentionHours`);
  }
  const remedy = code === undefined ? undefined : terminalCodes[code];
  if (remedy) return new TerminalError(`the source refuses: ${message}; expected to be served; ${remedy}`);
  return new TransientError(`the source is not reached: ${message}; expected an answer; it is tried again`);
}
