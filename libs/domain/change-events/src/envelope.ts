import { z } from 'zod';
import type { ChangeEvent, StreamEvent } from './change-event.ts';
import { readMembers } from './json-members.ts';
import { changeOperations } from './operations.ts';

const instant = z.string().regex(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d(?::?\d\d)?)?$/, 'expected an instant YYYY-MM-DDTHH:MM:SS.ffffffZ');
const common = { timestamp: instant, 'schema-name': z.string(), 'table-name': z.string().min(1), 'partition-key-type': z.string().optional() };

/** The `metadata` of the envelope that AWS DMS writes to a stream; what it may hold besides is passed over. */
export const envelopeMetadataSchema = z.discriminatedUnion('record-type', [
  z.object({
    ...common,
    'record-type': z.literal('data'),
    operation: z.enum(changeOperations),
    'transaction-id': z.union([z.string(), z.number(), z.null()]).optional(),
    'commit-timestamp': instant.nullable().optional(),
    'stream-position': z.string().nullable().optional(),
  }),
  z.object({ ...common, 'table-name': z.string(), 'record-type': z.literal('control'), operation: z.string().min(1) }),
]);
export type EnvelopeMetadata = z.infer<typeof envelopeMetadataSchema>;

export type ParsedEnvelope = { event: StreamEvent; problem?: undefined } | { problem: string; event?: undefined };

/** Reads an envelope; the problem, without the data, when the text is none. Inverse of `formatEnvelope`. */
export function parseEnvelope(text: string): ParsedEnvelope {
  const members = readMembers(text);
  if (!members) return { problem: 'the record is no JSON object; expected an envelope {data, metadata}' };
  const parts = new Map(members.map((member) => [member.name, member.text]));
  if (parts.size < members.length) return { problem: 'a member of the envelope stands twice; expected each once' };
  const metadataText = parts.get('metadata');
  if (metadataText === undefined) return { problem: 'the envelope has no metadata; expected {data, metadata}' };
  const metadata = envelopeMetadataSchema.safeParse(JSON.parse(metadataText));
  if (!metadata.success) return { problem: `the metadata of the envelope do not fit: ${metadata.error.issues.map((issue) => `${issue.path.join('.') || 'metadata'}: ${issue.message}`).join('; ')}` };
  const transactionId = readMembers(metadataText)?.find(({ name }) => name === 'transaction-id')?.text;
  return eventOf(metadata.data, parts, transactionId);
}

function eventOf(metadata: EnvelopeMetadata, parts: ReadonlyMap<string, string>, transactionId: string | undefined): ParsedEnvelope {
  const base = {
    schemaName: metadata['schema-name'], tableName: metadata['table-name'], timestamp: metadata.timestamp,
    ...(metadata['partition-key-type'] !== undefined && { partitionKeyType: metadata['partition-key-type'] }),
  };
  if (metadata['record-type'] === 'control') {
    const control = parts.get('control') ?? parts.get('data');
    return { event: { kind: 'control', operation: metadata.operation, ...base, ...(control !== undefined && { control }) } };
  }
  const data = parts.get('data');
  const beforeImage = parts.get('before-image');
  if (!data?.startsWith('{')) return { problem: `the envelope has ${data === undefined ? 'no data' : 'data that are no JSON object'}; expected the row as {column: value}` };
  const commitTimestamp = metadata['commit-timestamp'];
  const streamPosition = metadata['stream-position'];
  return {
    event: {
      kind: 'data', operation: metadata.operation, ...base, data,
      ...(beforeImage?.startsWith('{') && { beforeImage }),
      ...(transactionId !== undefined && transactionId !== 'null' && { transactionId: transactionId.replaceAll('"', '') }),
      ...(commitTimestamp != null && { commitTimestamp }),
      ...(streamPosition != null && { streamPosition }),
    },
  };
}

/** Writes an envelope on one line. Inverse of `parseEnvelope`. */
export function formatEnvelope(event: StreamEvent): string {
  const metadata = `"metadata":{"timestamp":"${event.timestamp}","record-type":"${event.kind}","operation":${JSON.stringify(event.operation)}`
    + `${member('partition-key-type', event.partitionKeyType)},"schema-name":${JSON.stringify(event.schemaName)},"table-name":${JSON.stringify(event.tableName)}`;
  if (event.kind === 'control') return `{${event.control === undefined ? '' : `"control":${event.control},`}${metadata}}}`;
  return `{"data":${event.data},${event.beforeImage === undefined ? '' : `"before-image":${event.beforeImage},`}${metadata}${transaction(event)}}}`;
}

function transaction({ transactionId, commitTimestamp, streamPosition }: ChangeEvent): string {
  const id = transactionId === undefined ? '' : `,"transaction-id":${/^(?:0|[1-9]\d*)$/.test(transactionId) ? transactionId : JSON.stringify(transactionId)}`;
  return `${id}${member('commit-timestamp', commitTimestamp)}${member('stream-position', streamPosition)}`;
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}
