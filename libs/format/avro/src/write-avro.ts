import { writtenCodec } from './block-codecs.ts';
import { createByteSink } from './byte-sink.ts';
import { compileEncoder } from './encoder.ts';
import { AvroValueError } from './errors.ts';
import { plainForm } from './logical-types.ts';
import { magic } from './read-avro.ts';
import type { AvroForm, AvroSchema } from './schema.ts';

/** A block is closed when it has this many bytes before compression, or this many records. */
const blockBytes = 256 * 1024;
const blockRecords = 1000;

export interface AvroWriteOptions {
  /** The marker between blocks, 16 bytes; the same marker and records give the same file. */
  sync: Uint8Array;
  /** Entries of the header besides those of Avro. */
  header?: Readonly<Record<string, string>>;
  form?: AvroForm;
  /** Is told of each record that the schema does not hold, which is then left out; without it the error ends the writing. */
  onMisfit?: (index: number, error: AvroValueError) => void;
}

/**
 * Writes a container file block by block, deflated; memory holds one block. AvroValueError for a record that the schema
 * does not hold, unless `onMisfit` takes it. Inverse of `readAvroRecords`.
 */
export function* writeAvroRecords(schema: AvroSchema, records: Iterable<unknown>, { sync, header = {}, form = plainForm, onMisfit }: AvroWriteOptions): Generator<Uint8Array> {
  const sink = createByteSink();
  const entries = Object.entries({ ...header, 'avro.schema': JSON.stringify(schema), 'avro.codec': writtenCodec.name });
  sink.bytes(magic);
  sink.long(entries.length);
  for (const text of entries.flat()) sink.text(text);
  sink.long(0);
  sink.bytes(sync);
  yield sink.take();

  const encode = compileEncoder(schema, form);
  let count = 0;
  const closeBlock = (): Uint8Array => {
    const body = writtenCodec.compress(sink.take());
    sink.long(count);
    sink.long(body.length);
    sink.bytes(body);
    sink.bytes(sync);
    count = 0;
    return sink.take();
  };
  let index = 0;
  for (const record of records) {
    const before = sink.length;
    try {
      encode(record, sink);
      count += 1;
    } catch (error) {
      if (!onMisfit || !(error instanceof AvroValueError)) throw error;
      sink.cut(before);
      onMisfit(index, error);
    }
    index += 1;
    if (count === blockRecords || sink.length >= blockBytes) yield closeBlock();
  }
  if (count > 0) yield closeBlock();
}
