import { LakeError, TerminalError, TransientError } from '@data-master/ports';

const terminalErrors: Record<number, string> = {
  1044: 'grant the user SELECT on the tables, REPLICATION SLAVE and BINLOG MONITOR',
  1045: 'correct the user or password of the source',
  1142: 'grant the user SELECT on the tables',
  1227: 'grant the user REPLICATION SLAVE and BINLOG MONITOR',
};

/** What an error of MariaDB or of the connection means for a replication: wait and connect again, or give up. */
export function asLakeError(error: unknown, task: string): LakeError {
  if (error instanceof LakeError) return error;
  const { errno, message = String(error) } = typeof error === 'object' && error !== null ? (error as { errno?: number; message?: string }) : {};
  if (errno === 1373 || /Could not find first log file|impossible position|position > file size|was purged|have been purged/i.test(message)) return lostLog(task, message.split('\n')[0]!);
  const remedy = errno === undefined ? undefined : terminalErrors[errno];
  if (remedy) return new TerminalError(`the source refuses: ${message}; expected to be served; ${remedy}`);
  return new TransientError(`the source is not reached: ${message || 'no connection'}; expected a connection; it is tried again`);
}

/** The binary log, and with it the changes since the last position, is gone. */
export function lostLog(task: string, cause: string): TerminalError {
  return new TerminalError(`the binary log that task ${task} needs is lost (${cause}): changes since its last position cannot be had; expected it to be kept until it is read; remove the state of the task to load anew, and raise binlog_expire_logs_seconds`);
}
