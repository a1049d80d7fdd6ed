import type { JsonMember } from '@data-master/change-events';
import { formatMicros } from '../instants.ts';

interface FieldSchema {
  field?: string;
  name?: string;
  parameters?: { scale?: string };
  fields?: FieldSchema[];
}

const date = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

/** The text, as JSON, that an encoded value stands for, by the name of its type. */
const decoders: Record<string, (value: never, field: FieldSchema) => string> = {
  'io.debezium.time.Date': (days: number) => JSON.stringify(date(days)),
  'org.apache.kafka.connect.data.Date': (days: number) => JSON.stringify(date(days)),
  'io.debezium.time.Timestamp': (millis: number) => JSON.stringify(formatMicros(BigInt(millis) * 1000n)),
  'org.apache.kafka.connect.data.Timestamp': (millis: number) => JSON.stringify(formatMicros(BigInt(millis) * 1000n)),
  'io.debezium.time.MicroTimestamp': (micros: number) => JSON.stringify(formatMicros(BigInt(micros))),
  'org.apache.kafka.connect.data.Decimal': (base64: string, { parameters }) => decimal(base64, Number(parameters?.scale ?? 0)),
  'io.debezium.data.VariableScaleDecimal': ({ value, scale }: { value: string; scale: number }) => decimal(value, scale),
};

/** Gives values of encoded types the texts that they stand for, by the schema of their event. */
export function decodeLogicalValues(members: readonly JsonMember[], schema: string, side: 'before' | 'after'): JsonMember[] {
  const fields = fieldsOf(schema, side);
  return members.map((member) => {
    const field = fields.get(member.name);
    const decode = field?.name !== undefined && Object.hasOwn(decoders, field.name) ? decoders[field.name] : undefined;
    return decode && member.text !== 'null' ? { name: member.name, text: decode(JSON.parse(member.text) as never, field!) } : member;
  });
}

type Fields = ReadonlyMap<string | undefined, FieldSchema>;

/** Schemas are long, and the same for all events of a table. */
const known = new Map<string, Record<'before' | 'after', Fields>>();
const maximumKnown = 200;

function fieldsOf(schema: string, side: 'before' | 'after'): Fields {
  let read = known.get(schema);
  if (!read) {
    const { fields } = JSON.parse(schema) as FieldSchema;
    const of = (name: string): Fields => new Map(fields?.find(({ field }) => field === name)?.fields?.map((each) => [each.field, each]));
    read = { before: of('before'), after: of('after') };
    if (known.size === maximumKnown) known.clear();
    known.set(schema, read);
  }
  return read[side];
}

/** A decimal from the bytes of its digits, most significant first, in two's complement. */
function decimal(base64: string, scale: number): string {
  const hex = Buffer.from(base64, 'base64').toString('hex');
  const units = hex === '' ? 0n : BigInt.asIntN(hex.length * 4, BigInt(`0x${hex}`));
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = scale > 0 ? digits.slice(0, -scale) : digits + '0'.repeat(-scale);
  return `${units < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}
