import { createHash } from 'node:crypto';
import { redactText } from '@data-master/pii-masking';
import type { Queue } from '@data-master/ports';
import type { Violation } from './compile-schema.ts';
import { quarantineEvent, type QuarantinePorts } from './quarantine-event.ts';
import type { FileEvent } from './split-events.ts';
import { tooLarge } from './validate-event.ts';

export interface SendPorts extends QuarantinePorts {
  /** Takes raw events; what is sent at once it may take together. */
  raw: Pick<Queue<string>, 'send'>;
}

export interface SentEvents {
  sent: number;
  /** Events that no queue of texts can hold, with their lines; they are in quarantine. */
  refused: { line: number; violation: Violation }[];
}

const groupEvents = 5_000;
const groupBytes = 16 * 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Puts the events of a file on the queue of raw events. The id of a message follows from its text, so that a file sent
 * again adds nothing to what waits. An event that is too large or no UTF-8 goes to quarantine at once.
 */
export async function sendEvents(events: AsyncIterable<FileEvent>, source: string, ports: SendPorts): Promise<SentEvents> {
  const result: SentEvents = { sent: 0, refused: [] };
  let group: string[] = [];
  let sizeBytes = 0;
  const flush = async (): Promise<void> => {
    await Promise.all(group.map((text) => ports.raw.send(idOf(text), text)));
    result.sent += group.length;
    group = [];
    sizeBytes = 0;
  };
  for await (const event of events) {
    const text = event.bytes && textOf(event.bytes);
    if (text === undefined) {
      const violation = event.bytes ? { path: '', rule: 'encoding', actual: `${event.sizeBytes} bytes that are no UTF-8`, expected: 'UTF-8' } : tooLarge(event.sizeBytes);
      const body = event.bytes ? Buffer.from(event.bytes).toString('utf8') : '';
      await quarantineEvent({ messageId: idOf(`${source}\n${event.line}\n${event.sizeBytes}\n${body}`), body, sizeBytes: event.sizeBytes, violations: [{ ...violation, actual: `${violation.actual} (line ${event.line} of ${redactText(source)})` }] }, ports);
      result.refused.push({ line: event.line, violation });
      continue;
    }
    group.push(text);
    sizeBytes += event.sizeBytes;
    if (group.length >= groupEvents || sizeBytes >= groupBytes) await flush();
  }
  await flush();
  return result;
}

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
