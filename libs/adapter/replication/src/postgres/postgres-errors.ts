import { LakeError, TerminalError, TransientError } from '@data-master/ports';

const terminalCodes: Record<string, string> = {
  '28P01': 'correct the user or password of the source',
  '28000': 'let the user connect: it needs the attribute REPLICATION and a line in pg_hba.conf',
  '3D000': 'correct the name of the database',
  '42501': 'grant the user what the message names: SELECT on the tables, CREATE on the database for the publication, the attribute REPLICATION',
  '42704': 'see whether the replication slot or publication was removed',
};

/**
 * What an error of PostgreSQL or of the connection means for a replication: wait and connect again, or give up. The
 * message names the task's slot where the log that it needs is gone.
 */
export function asLakeError(error: unknown, slot: string): LakeError {
  if (error instanceof LakeError) return error;
  const { code, message } = describe(error);
  if (/can no longer (?:get|access)|has been invalidated|was invalidated|requested WAL segment .* removed/i.test(message)) return lostSlot(slot, message);
  if (/replication slot "[^"]*" does not exist/i.test(message)) return lostSlot(slot, message);
  if (/wal_level/.test(message)) return new TerminalError(`the source writes no logical log (${message}); expected wal_level = logical; set it and restart the database`);
  const remedy = code === undefined ? undefined : terminalCodes[code];
  if (remedy) return new TerminalError(`the source refuses: ${message}; expected to be served; ${remedy}`);
  return new TransientError(`the source is not reached: ${message}; expected a connection; it is tried again`);
}

/** The slot, and with it the changes since its last position, is gone. */
export function lostSlot(slot: string, cause: string): TerminalError {
  return new TerminalError(`replication slot ${slot} is lost (${cause}): changes since its last position cannot be had; expected the slot that the task made; remove the state of the task to load anew, and raise max_slot_wal_keep_size if the log was dropped`);
}

function describe(error: unknown): { code?: string; message: string } {
  const fields = typeof error === 'object' && error !== null ? (error as { code?: unknown; message?: unknown; errors?: unknown[] }) : {};
  if (Array.isArray(fields.errors) && fields.errors.length > 0 && !fields.message) return describe(fields.errors[0]);
  return {
    ...(typeof fields.code === 'string' && { code: fields.code }),
    message: typeof fields.message === 'string' ? fields.message : String(error),
  };
}
