import { TerminalError, TransientError } from '@data-master/ports';
import { ingestRawObject, type IngestCommand, type IngestOutcome, type IngestPorts } from './ingest-raw-object.ts';

/**
 * Ingests a raw object as a task of a state machine: a TransientError while its record has attempts left, a TerminalError
 * when it is in error or unknown. `skipped` is what somebody else works on or has done.
 */
export async function ingestRecord(command: IngestCommand, ports: IngestPorts): Promise<Exclude<IngestOutcome, 'failed'>> {
  const outcome = await ingestRawObject(command, ports);
  if (outcome === 'success') return outcome;
  const record = await ports.control.get(command.controlId);
  if (!record) throw new TerminalError(`control record ${command.controlId} does not exist; expected that of a registered raw object; look at what dispatched it`);
  if (record.status === 'error') throw new TerminalError(record.error_message ?? `control record ${command.controlId} is in error; expected it to be ingested; look at it, then retry`);
  if (record.status === 'pending') throw new TransientError(`${record.error_message ?? `control record ${command.controlId} is pending`}; attempt ${record.attempt_count} is over, the next begins at ${record.available_at}`);
  return 'skipped';
}
