import type { ObjectStore } from '@data-master/ports';
import { bronzeColumns } from '@data-master/table-contracts';
import type { BlockOptions } from './block-reader.ts';
import { createBronzeRowMaker } from './bronze-row.ts';
import type { ParquetEngine } from './convert-command.ts';
import { createParsedCsvReader } from './parsed-csv-reader.ts';
import { createParsedJsonReader } from './ndjson-reader.ts';
import { createObjectSink } from './object-sink.ts';
import { openInput } from './open-input.ts';
import { createParquetRowWriter } from './parquet-row-writer.ts';
import { formatRejection } from './rejection.ts';
import { collectUnknown } from './unknown-members.ts';

const usualBlocks: BlockOptions = { blockBytes: 1024 * 1024 };

/**
 * The engine without native code: csv-parse reads, parquetjs writes, one row at a time. Memory is bounded by a row group.
 * It gives what the DuckDB engine gives, and so checks it.
 */
export function createPortableParquetEngine({ store, blocks = usualBlocks }: { store: ObjectStore; blocks?: BlockOptions }): ParquetEngine {
  return {
    name: 'portable',
    convert: async (command) => {
      const quarantine = createObjectSink(store, command.quarantineKey);
      const bronze = createObjectSink(store, command.bronzeKey);
      const left = collectUnknown();
      let accepted = 0;
      let rejected = 0;
      try {
        const input = await openInput(store, command, blocks);
        const { format, columns, firstLine } = input;
        const writer = await createParquetRowWriter(bronzeColumns(command.table), bronze);
        const toBronze = createBronzeRowMaker(command, columns);
        const read = format === 'csv' ? createParsedCsvReader(columns, command.masker, firstLine) : createParsedJsonReader(columns, command.masker, left.onUnknown);
        for await (const block of input.blocks) {
          for (const { row, values, rejection } of read(block)) {
            if (values) {
              await writer.append(toBronze(row, values));
              accepted += 1;
            } else {
              await quarantine.push(Buffer.from(formatRejection(rejection)));
              rejected += 1;
            }
          }
        }
        const bronzeInfo = await writer.close();
        const quarantineInfo = await quarantine.close();
        return { accepted, rejected, unknown: left.unknown, ...(bronzeInfo && { bronze: bronzeInfo }), ...(quarantineInfo && { quarantine: quarantineInfo }) };
      } catch (error) {
        await Promise.all([bronze.abort(error), quarantine.abort(error)]);
        throw error;
      }
    },
  };
}
