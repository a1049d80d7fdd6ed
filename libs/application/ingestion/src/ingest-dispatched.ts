import { isClaimable } from '@data-master/control-records';
import { TerminalError, TransientError } from '@data-master/ports';
import { ingestRawObject, type IngestCommand, type IngestOutcome, type IngestPorts } from './ingest-raw-object.ts';

/**
 * Ingests a record for a dispatcher that retries what throws. Rejects with TransientError while another attempt is to
 * come, with TerminalError when the record is in error or unknown. A record that is done, or that another worker holds,
 * is `skipped`: a repeated dispatch does no harm.
 */
export async function ingestDispatched(command: IngestCommand, ports: IngestPorts): Promise<IngestOutcome> {
  const outcome = await ingestRawObject(command, ports);
  if (outcome === 'success') return outcome;
  const record = await ports.control.get(command.controlId);
  if (!record) throw new TerminalError(`control record ${command.controlId} does not exist; expected the control_id of a registered raw object; look at what dispatched it`);
  if (record.status === 'error') throw new TerminalError(`${record.object_key}: ${record.error_message ?? 'in error'}`);
  if (record.status === 'pending') {
    const due = isClaimable(record, ports.clock.now()) ? 'now' : `at ${record.available_at}`;
    throw new TransientError(`${record.object_key}: ${record.error_message ?? 'taken by nobody'}; attempt ${record.attempt_count} of it is over, the next one is due ${due}`);
  }
  return 'skipped';
}
