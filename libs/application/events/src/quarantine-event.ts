import { redactText } from '@data-master/pii-masking';
import type { Clock, ObjectStore, Queue } from '@data-master/ports';
import type { Violation } from './compile-schema.ts';

/** An event that goes no further, unchanged, with the key of the object that says why. */
export interface DeadEvent {
  body: string;
  quarantineKey: string;
}

/** What a quarantine object holds; e-mail addresses are redacted, in the dead-letter queue they are not. */
export interface QuarantinedEvent {
  message_id: string;
  quarantined_at: string;
  size_bytes: number;
  violations: Violation[];
  original: string;
}

export interface QuarantinePorts {
  quarantine: Pick<ObjectStore, 'write'>;
  dead: Pick<Queue<DeadEvent>, 'send'>;
  clock: Clock;
}

/** Where quarantined events lie. */
export const eventQuarantine = 'quarantine/events/';

/** Puts an event into quarantine with what it violates, and then on the dead-letter queue; a repetition adds nothing twice. */
export async function quarantineEvent(
  { messageId, body, sizeBytes = Buffer.byteLength(body), violations }: { messageId: string; body: string; sizeBytes?: number; violations: readonly Violation[] },
  { quarantine, dead, clock }: QuarantinePorts,
): Promise<void> {
  const quarantineKey = `${eventQuarantine}${messageId}.json`;
  const quarantined: QuarantinedEvent = {
    message_id: messageId,
    quarantined_at: clock.now().toISOString(),
    size_bytes: sizeBytes,
    violations: violations.map(({ path, rule, actual, expected }) => ({ path: redactText(path), rule, actual: redactText(actual), expected })),
    original: redactText(body),
  };
  await quarantine.write(quarantineKey, Buffer.from(JSON.stringify(quarantined)));
  await dead.send(messageId, { body, quarantineKey });
}
