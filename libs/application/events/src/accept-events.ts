import { redactText } from '@data-master/pii-masking';
import type { Clock, Logger, ObjectStore, Queue } from '@data-master/ports';
import type { Violation } from './compile-schema.ts';
import type { SchemaRepository } from './schema-repository.ts';
import { validateEvent } from './validate-event.ts';

/** An event as a queue delivers it, at least once. */
export interface RawEvent {
  messageId: string;
  body: string;
}

/** An invalid event, unchanged, with the key of the object that says why. */
export interface DeadEvent {
  body: string;
  quarantineKey: string;
}

export interface AcceptPorts {
  repository: SchemaRepository;
  /** Takes the text of valid events, unchanged. */
  valid: Pick<Queue<string>, 'send'>;
  dead: Pick<Queue<DeadEvent>, 'send'>;
  quarantine: Pick<ObjectStore, 'write'>;
  clock: Clock;
  logger: Logger;
}

export interface Acceptance {
  valid: number;
  invalid: number;
  /** Events that are neither here nor there because a port failed: to be delivered again. */
  failedIds: string[];
}

/** What a quarantine object holds; e-mail addresses are redacted, in the dead-letter queue they are not. */
export interface QuarantinedEvent {
  message_id: string;
  quarantined_at: string;
  size_bytes: number;
  violations: Violation[];
  original: string;
}

const parallelEvents = 10;

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

async function acceptEvent({ messageId, body }: RawEvent, { repository, valid, dead, quarantine, clock }: AcceptPorts): Promise<'valid' | 'invalid'> {
  const validation = validateEvent(body, repository);
  if (validation.outcome === 'valid') {
    await valid.send(messageId, body);
    return 'valid';
  }
  const quarantineKey = `quarantine/events/${messageId}.json`;
  const quarantined: QuarantinedEvent = {
    message_id: messageId,
    quarantined_at: clock.now().toISOString(),
    size_bytes: Buffer.byteLength(body),
    violations: validation.violations.map(({ path, rule, actual, expected }) => ({ path: redactText(path), rule, actual: redactText(actual), expected })),
    original: redactText(body),
  };
  await quarantine.write(quarantineKey, Buffer.from(JSON.stringify(quarantined)));
  await dead.send(messageId, { body, quarantineKey });
  return 'invalid';
}
