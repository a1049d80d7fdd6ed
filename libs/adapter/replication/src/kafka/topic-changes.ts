import { parseEnvelope, readMembers, type JsonMember } from '@data-master/change-events';
import type { DocumentTable } from '../documents/document-rows.ts';
import { parseMicros } from '../instants.ts';
import { readDebeziumEvent } from './debezium-events.ts';
import type { TopicRecord } from './committed-records.ts';

/** What a record of a topic says of a row. */
export interface TopicChange extends DocumentTable {
  operation: 'insert' | 'update' | 'delete';
  /** Of a delete at least the key. */
  row: readonly JsonMember[];
  before?: readonly JsonMember[];
  /** The row, or what is before, is the key alone. */
  isKeyOnly?: boolean;
  /** When the record does not say, it is the record's own time. */
  commitMicros?: bigint;
  transactionId?: string;
}

/** What a record says of a table. */
export interface TopicControl {
  schema: string;
  table: string;
  control: string;
  details?: string;
}

/** Undefined for a record that concerns no row. The problem holds nothing of the record but names. */
export type ReadRecord = TopicChange | TopicControl | { problem: string } | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a record: an envelope of DMS, an event of Debezium, with or without its schema, or a document, which is the
 * present row of the table that the topic is named after (`schema.table`, what precedes belonging to the schema). A record
 * without a value is a delete of the row that its key names.
 */
export function readTopicRecord(topic: string, { key, value }: Pick<TopicRecord, 'key' | 'value'>, keyOf: (table: string) => readonly string[] | undefined): ReadRecord {
  const dot = topic.lastIndexOf('.');
  const schema = topic.slice(0, Math.max(0, dot));
  const table = topic.slice(dot + 1);
  const keyMembers = key && readKey(key, keyOf(table));
  const keyNames = keyMembers ? keyMembers.map(({ name }) => name) : undefined;
  const ofTopic: DocumentTable = { schema, table, key: keyNames ?? keyOf(table) ?? [] };
  const tombstone = (): ReadRecord => (keyMembers ? { ...ofTopic, operation: 'delete', row: keyMembers, isKeyOnly: true }
    : { problem: `a delete whose record key names no row; expected a key that is an object of its columns, or the value of the one column that is the key of ${table}` });
  if (value === null) return tombstone();
  const text = decode(value);
  const members = text === undefined ? undefined : readMembers(text);
  if (text === undefined || !members) return { problem: 'the value is no JSON object in UTF-8; expected an envelope of DMS, an event of Debezium, or a document' };
  const parts = new Map(members.map((member) => [member.name, member.text]));
  if (isEnvelope(parts)) return readEnvelope(text, keyOf);
  const payload = parts.has('schema') ? parts.get('payload') : undefined;
  if (payload === 'null') return tombstone();
  const event = readDebeziumEvent(payload === undefined ? parts : new Map(readMembers(payload)?.map((member) => [member.name, member.text])), payload === undefined ? undefined : parts.get('schema'));
  if (event) return 'problem' in event || 'control' in event ? event : { ...event, key: keyNames ?? keyOf(event.table) ?? [] };
  const document = payload === undefined ? members : readMembers(payload);
  return document ? { ...ofTopic, operation: 'insert', row: document } : { problem: 'the payload is no JSON object; expected the row' };
}

/** The columns of a key: the members of an object, or its value as the one column of the table's key. */
function readKey(key: Buffer, columns: readonly string[] | undefined): readonly JsonMember[] | undefined {
  const text = decode(key);
  if (text === undefined) return undefined;
  const members = readMembers(text);
  if (members) {
    const payload = members.length === 2 && members.some(({ name }) => name === 'schema') ? members.find(({ name }) => name === 'payload')?.text : undefined;
    return payload === undefined ? members : readMembers(payload) ?? named(payload, columns);
  }
  return named(/^(?:-?\d+|"(?:[^"\\]|\\.)*")$/.test(text) ? text : JSON.stringify(text), columns);
}

function named(text: string, columns: readonly string[] | undefined): JsonMember[] | undefined {
  return columns?.length === 1 ? [{ name: columns[0]!, text }] : undefined;
}

function isEnvelope(parts: ReadonlyMap<string, string>): boolean {
  const metadata = parts.get('metadata');
  return metadata !== undefined && /"record-type"\s*:/.test(metadata);
}

function readEnvelope(text: string, keyOf: (table: string) => readonly string[] | undefined): ReadRecord {
  const { event, problem } = parseEnvelope(text);
  if (problem !== undefined) return { problem };
  const { schemaName: schema, tableName: table } = event;
  if (event.kind === 'control') return { schema, table, control: event.operation, ...(event.control !== undefined && { details: event.control }) };
  const row = readMembers(event.data);
  if (!row) return { problem: 'the data of the envelope are no JSON object; expected the row as {column: value}' };
  const before = event.beforeImage === undefined ? undefined : readMembers(event.beforeImage);
  return {
    schema, table, key: keyOf(table) ?? [], operation: event.operation === 'load' ? 'insert' : event.operation, row,
    ...(before && { before }), ...(event.operation === 'delete' && { isKeyOnly: true }),
    commitMicros: parseMicros(event.commitTimestamp ?? event.timestamp),
    ...(event.transactionId !== undefined && { transactionId: event.transactionId }),
  };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
