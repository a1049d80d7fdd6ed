import { createHash } from 'node:crypto';
import { writeAvroRecords, type AvroValueError } from '@data-master/avro';
import { formatRawKey, type RawKey } from '@data-master/medallion-paths';
import { redactText } from '@data-master/pii-masking';
import { TerminalError, type Logger, type ObjectStore } from '@data-master/ports';
import type { RawEvent } from './accept-events.ts';
import { avroSchemaOf, type EventAvroSchema } from './avro-schema.ts';
import type { Violation } from './compile-schema.ts';
import { parseExactJson } from './exact-json.ts';
import { quarantineEvent, type QuarantinePorts } from './quarantine-event.ts';
import type { EventSchema, SchemaRepository } from './schema-repository.ts';
import { deliveryOf } from './schema-rules.ts';
import { validateEvent } from './validate-event.ts';

/** A valid event as a queue delivers it, at least once. */
export interface ValidEvent extends RawEvent {
  /** The same at every delivery. */
  sentAt: Date;
}

/** Events of one type that are delivered as JSON. */
export interface JsonBatch {
  event: string;
  /** The same for the same events: a name for the object that they become, where there is one. */
  rawKey: string;
  /** Each on one line, without its end. */
  lines: string[];
}

export interface BatchPorts extends QuarantinePorts {
  repository: SchemaRepository;
  /** Takes the objects of raw. */
  raw: Pick<ObjectStore, 'write'>;
  /** Takes events of types whose schema says `x-delivery: json`; returns when all are durable. */
  json: { readonly maxEventBytes: number; deliver: (batch: JsonBatch) => Promise<void> };
  /** Begins the names of objects. */
  prefix: string;
  logger: Logger;
}

export interface WrittenBatch {
  /** Events that are in raw, or on their way there as JSON. */
  written: number;
  /** Events that their delivery cannot hold. */
  quarantined: number;
  /** Events that are neither here nor there because a port failed: to be delivered again. */
  failedIds: string[];
  /** Objects of raw that were written here. */
  objectKeys: string[];
}

interface Group {
  schema: EventSchema;
  events: ValidEvent[];
}

/**
 * Brings valid events to raw: those of one type and version together, as an Avro file whose schema is that of their
 * version, or as JSON. What a file cannot hold goes to quarantine. The same events give the same objects again; one
 * group's failure is no other's.
 */
export async function writeEventBatch(events: readonly ValidEvent[], ports: BatchPorts): Promise<WrittenBatch> {
  const written: WrittenBatch = { written: 0, quarantined: 0, failedIds: [], objectKeys: [] };
  const settle = async (group: readonly ValidEvent[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      written.failedIds.push(...group.map(({ messageId }) => messageId));
      ports.logger.log('error', 'events.not_written', { events: group.length, error: redactText(error instanceof Error ? error.message : String(error)) });
    }
  };
  const refuse = (event: ValidEvent, violations: readonly Violation[]): Promise<void> => settle([event], async () => {
    await quarantineEvent({ ...event, violations }, ports);
    written.quarantined += 1;
  });

  const { groups, invalid } = groupEvents(events, ports.repository);
  for (const { event, violations } of invalid) await refuse(event, violations);
  for (const group of groups) {
    const { fitting, misfits, deliver } = deliveryOf(group.schema.schema) === 'json' ? prepareJson(group, ports) : prepareAvro(group, ports);
    for (const { event, violation } of misfits) await refuse(event, [violation]);
    if (fitting.length === 0) continue;
    await settle(fitting, async () => {
      const objectKey = await deliver();
      written.written += fitting.length;
      if (objectKey !== undefined) written.objectKeys.push(objectKey);
    });
  }
  ports.logger.log('info', 'events.written', { written: written.written, quarantined: written.quarantined, failed: written.failedIds.length });
  return written;
}

/** Looks at each event again: a schema may be gone since it was found valid. */
function groupEvents(events: readonly ValidEvent[], repository: SchemaRepository) {
  const groups = new Map<EventSchema, Group>();
  const invalid: { event: ValidEvent; violations: Violation[] }[] = [];
  for (const event of [...events].sort(bySending)) {
    const validation = validateEvent(event.body, repository);
    const schema = validation.outcome === 'valid' ? repository.find(validation.schema.event, validation.schema.version) : undefined;
    if (validation.outcome === 'invalid' || !schema) {
      invalid.push({ event, violations: validation.outcome === 'invalid' ? validation.violations : [] });
      continue;
    }
    const group = groups.get(schema) ?? { schema, events: [] };
    groups.set(schema, group);
    group.events.push(event);
  }
  return { groups: groups.values(), invalid };
}

const bySending = (a: ValidEvent, b: ValidEvent): number => a.sentAt.getTime() - b.sentAt.getTime() || (a.messageId < b.messageId ? -1 : 1);

/** What of a group can be delivered, and how. */
interface Prepared {
  fitting: ValidEvent[];
  misfits: { event: ValidEvent; violation: Violation }[];
  /** Gives the key of the object that was written. */
  deliver: () => Promise<string | undefined>;
}

function prepareJson({ schema, events }: Group, { json, prefix }: BatchPorts): Prepared {
  const tooLong = (event: ValidEvent): boolean => Buffer.byteLength(event.body) > json.maxEventBytes;
  const fitting = events.filter((event) => !tooLong(event));
  const misfits = events.filter(tooLong).map((event) => ({ event, violation: { path: '', rule: 'delivery', actual: `${Buffer.byteLength(event.body)} bytes`, expected: `at most ${json.maxEventBytes} bytes, as its delivery takes` } }));
  return {
    fitting, misfits,
    deliver: async () => {
      // Line ends of JSON are white space: within texts they are escaped.
      const lines = fitting.map(({ body }) => body.replace(/[\r\n]+/g, ' '));
      await json.deliver({ event: schema.event, rawKey: formatRawKey({ ...nameOf(schema, fitting, prefix), way: 'stream' }), lines });
      return undefined;
    },
  };
}

function prepareAvro({ schema, events }: Group, { raw, prefix }: BatchPorts): Prepared {
  const form = avroFormOf(schema);
  if (typeof form === 'string') return { fitting: [], misfits: events.map((event) => ({ event, violation: { path: '', rule: 'avro', actual: form, expected: 'a schema with a form in Avro' } })), deliver: () => Promise.resolve(undefined) };
  const misfits: Prepared['misfits'] = [];
  const onMisfit = (index: number, { path, found, expected }: AvroValueError): void => {
    misfits.push({ event: events[index]!, violation: { path: path === '' ? '' : `/${path.replaceAll('.', '/')}`, rule: 'avro', actual: found, expected: `Avro ${expected}` } });
  };
  const sync = createHash('sha256').update(formatRawKey({ ...nameOf(schema, events, prefix), way: 'events' })).digest().subarray(0, 16);
  const file = Buffer.concat([...writeAvroRecords(form, parsed(events), { sync, onMisfit })]);
  const left = new Set(misfits.map(({ event }) => event));
  const fitting = events.filter((event) => !left.has(event));
  return {
    fitting, misfits,
    deliver: async () => {
      const objectKey = formatRawKey({ ...nameOf(schema, fitting, prefix), way: 'events' });
      await raw.write(objectKey, file);
      return objectKey;
    },
  };
}

function* parsed(events: readonly ValidEvent[]): Generator<unknown> {
  for (const { body } of events) yield parseExactJson(body);
}

function avroFormOf({ event, schema }: EventSchema): EventAvroSchema | string {
  try {
    return avroSchemaOf(schema, event);
  } catch (error) {
    if (error instanceof TerminalError) return error.message;
    throw error;
  }
}

/** What names the object of some events of one version: it follows from the events alone. */
function nameOf({ event, version }: EventSchema, events: readonly ValidEvent[], prefix: string): Omit<Extract<RawKey, { uuid: string }>, 'way'> {
  const hex = createHash('sha256').update(`${event}/${version}\n${events.map(({ messageId }) => messageId).join('\n')}`).digest('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
  const latest = events.reduce((time, { sentAt }) => Math.max(time, sentAt.getTime()), 0);
  return { table: event, prefix, at: new Date(Math.floor(latest / 1_000) * 1_000), uuid };
}
