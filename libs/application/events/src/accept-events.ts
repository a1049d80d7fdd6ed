import { redactText } from '@data-master/pii-masking';
import type { Logger, Queue } from '@data-master/ports';
import { quarantineEvent, type QuarantinePorts } from './quarantine-event.ts';
import type { SchemaRepository } from './schema-repository.ts';
import { validateEvent } from './validate-event.ts';

/** An event as a queue delivers it, at least once. */
export interface RawEvent {
  messageId: string;
  body: string;
}

export interface AcceptPorts extends QuarantinePorts {
  repository: SchemaRepository;
  /** Takes the text of valid events, unchanged. */
  valid: Pick<Queue<string>, 'send'>;
  logger: Logger;
}

export interface Acceptance {
  valid: number;
  invalid: number;
  /** Events that are neither here nor there because a port failed: to be delivered again. */
  failedIds: string[];
}

/** A queue that can takes what is sent at once together. */
const parallelEvents = 1_000;

/**
 * Sends each valid event on, and puts each invalid one into quarantine and then on the dead-letter queue. One event's
 * failure is no other's. A repeated delivery sends the same message ids and writes the same object again.
 */
export async function acceptEvents(events: readonly RawEvent[], ports: AcceptPorts): Promise<Acceptance> {
  const acceptance: Acceptance = { valid: 0, invalid: 0, failedIds: [] };
  for (let start = 0; start < events.length; start += parallelEvents) {
    await Promise.all(events.slice(start, start + parallelEvents).map(async (event) => {
      try {
        acceptance[await acceptEvent(event, ports)] += 1;
      } catch (error) {
        acceptance.failedIds.push(event.messageId);
        ports.logger.log('error', 'event.failed', { message_id: event.messageId, error: redactText(error instanceof Error ? error.message : String(error)) });
      }
    }));
  }
  ports.logger.log('info', 'events.accepted', { valid: acceptance.valid, invalid: acceptance.invalid, failed: acceptance.failedIds.length });
  return acceptance;
}

async function acceptEvent({ messageId, body }: RawEvent, ports: AcceptPorts): Promise<'valid' | 'invalid'> {
  const validation = validateEvent(body, ports.repository);
  if (validation.outcome === 'valid') await ports.valid.send(messageId, body);
  else await quarantineEvent({ messageId, body, violations: validation.violations }, ports);
  return validation.outcome;
}
