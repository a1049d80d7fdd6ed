import { controlRecordSchema, type ControlRecord } from '@data-master/control-records';
import { TerminalError } from '@data-master/ports';

/** A value of DynamoDB, as its API, its streams and their Lambda events have it. */
export interface AttributeValue {
  S?: string | undefined;
  N?: string | undefined;
  BOOL?: boolean | undefined;
  NULL?: boolean | undefined;
  L?: AttributeValue[] | undefined;
  M?: Record<string, AttributeValue> | undefined;
}

export type ControlItem = Record<string, AttributeValue>;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The joined keys of the indexes. */
export const joinedKeys = {
  schema_status: ({ schema_name, status }: Pick<ControlRecord, 'schema_name' | 'status'>) => `${schema_name}:${status}`,
  table_checksum: ({ table_name, checksum }: Pick<ControlRecord, 'table_name' | 'checksum'>) => `${table_name}:${checksum}`,
};

export function encodeControlRecord(record: ControlRecord): ControlItem {
  const joined = Object.entries(joinedKeys).map(([name, join]) => [name, join(record)]);
  return encodeFields({ ...record, ...(Object.fromEntries(joined) as Record<string, string>) });
}

/** The record of an item or of a stream's image; throws a TerminalError when it is none. */
export function decodeControlRecord(item: ControlItem): ControlRecord {
  const fields = Object.fromEntries(Object.entries(item).flatMap(([name, value]) => (name in joinedKeys ? [] : [[name, decode(value)]])));
  const { success, data, error } = controlRecordSchema.safeParse(fields);
  if (success) return data;
  const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new TerminalError(`item ${item['control_id']?.S ?? 'without control_id'} is no control record (${problems}); expected the fields of controlRecordSchema; correct or remove it`);
}

function encodeFields(fields: { [name: string]: Json }): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, encode(value)]));
}

function encode(value: Json): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  return Array.isArray(value) ? { L: value.map(encode) } : { M: encodeFields(value) };
}

function decode({ S, N, BOOL, L, M }: AttributeValue): Json {
  if (N !== undefined) return Number(N);
  if (L) return L.map(decode);
  if (M) return Object.fromEntries(Object.entries(M).map(([name, value]) => [name, decode(value)]));
  return S ?? BOOL ?? null;
}
