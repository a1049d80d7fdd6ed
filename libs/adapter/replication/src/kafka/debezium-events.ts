import { readMembers, type JsonMember } from '@data-master/change-events';
import { z } from 'zod';
import { decodeLogicalValues } from './debezium-types.ts';
import type { TopicChange, TopicControl } from './topic-changes.ts';

const whole = z.number().int();
const source = z.looseObject({ table: z.string().optional(), collection: z.string().optional(), schema: z.string().nullish(), db: z.string().nullish(), ts_ms: whole.nullish(), ts_us: whole.nullish(), txId: z.union([z.string(), z.number()]).nullish() });

/** What stands in place of a large value that did not change and that the source's log leaves out. */
const unavailable = '"__debezium_unavailable_value"';

/**
 * Reads the members of an event of Debezium; undefined when they are none. With the schema that may come with it, values
 * that the connector encodes (decimals, dates, timestamps) become the texts that they stand for.
 */
export function readDebeziumEvent(parts: ReadonlyMap<string, string>, schema?: string): Omit<TopicChange, 'key'> | TopicControl | { problem: string } | undefined {
  const operation = parts.get('op');
  const sourceText = parts.get('source');
  if (operation === undefined || sourceText === undefined || !(parts.has('before') || parts.has('after'))) return undefined;
  const parsed = source.safeParse(JSON.parse(sourceText));
  const table = parsed.data?.table ?? parsed.data?.collection;
  if (!parsed.success || table === undefined) return { problem: 'the event of Debezium does not say its table; expected source.table' };
  const of = { schema: parsed.data.schema ?? parsed.data.db ?? '', table };
  if (operation === '"t"') return { ...of, control: 'truncate-table' };
  const read = (member: 'before' | 'after'): readonly JsonMember[] | 'unfit' | undefined => {
    const text = parts.get(member);
    const members = text === undefined ? undefined : readMembers(text);
    if (schema === undefined || !members) return members;
    try {
      return decodeLogicalValues(members, schema, member);
    } catch {
      return 'unfit';
    }
  };
  const before = read('before');
  const after = read('after');
  if (before === 'unfit' || after === 'unfit') return { problem: 'a value does not fit the type that the schema of its event gives it; expected the encoding of Debezium' };
  const common = { ...of, ...timeOf(parsed.data), ...(parsed.data.txId != null && { transactionId: String(parsed.data.txId) }) };
  if (operation === '"d"') return before ? { ...common, operation: 'delete', row: before, isKeyOnly: true } : { problem: 'a delete of Debezium without before; expected the key of the row' };
  const kind = ({ '"c"': 'insert', '"r"': 'insert', '"u"': 'update' } as const)[operation];
  if (!kind || !after) return { problem: `an event of Debezium with op ${operation.slice(0, 12)}${after ? '' : ' and no after'}; expected c, r or u with after, d or t` };
  const known = new Map(before?.map(({ name, text }) => [name, text]));
  const completed = after.map(({ name, text }) => ({ name, text: text === unavailable ? known.get(name) ?? text : text }));
  const missing = completed.find(({ text }) => text === unavailable);
  if (missing) return { problem: `the source left out the unchanged value of ${JSON.stringify(missing.name)}; expected it; set REPLICA IDENTITY FULL on ${table}` };
  return { ...common, operation: kind, row: completed, ...(kind === 'update' && before && { before }) };
}

function timeOf({ ts_us: micros, ts_ms: millis }: z.infer<typeof source>): { commitMicros?: bigint } {
  if (micros) return { commitMicros: BigInt(micros) };
  return millis ? { commitMicros: BigInt(millis) * 1000n } : {};
}
