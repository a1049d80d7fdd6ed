import type { ObjectStore } from '@data-master/ports';
import { bronzeColumns } from '@data-master/table-contracts';
import type { BlockOptions } from './block-reader.ts';
import { createBronzeRowMaker } from './bronze-row.ts';
import type { ParquetEngine } from './convert-command.ts';
import { createParsedCsvReader } from './parsed-csv-reader.ts';
import { createLineJudge } from './line-judge.ts';
import { createLineReader } from './line-reader.ts';
import { createObjectSink } from './object-sink.ts';
import { openInputs } from './open-input.ts';
import { createParquetRowWriter } from './parquet-row-writer.ts';
import { formatRejection } from './rejection.ts';

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
      let accepted = 0;
      let rejected = 0;
      try {
        const writer = await createParquetRowWriter(bronzeColumns(command.table), bronze);
        for await (const input of openInputs(store, command, blocks)) {
          const { columns } = input;
          const firstRow = accepted + rejected + 1;
          const toBronze = createBronzeRowMaker(command, columns);
          const read = input.format === 'csv' ? createParsedCsvReader(columns, command.masker, { firstRow, firstLine: input.firstLine }) : createLineReader(createLineJudge(input, command.masker), firstRow);
          for await (const block of input.blocks) {
            for (const { row, values, rejection } of read(block)) {
              if (values) {
                await writer.append(toBronze(row, values));
                accepted += 1;
              } else {
                await quarantine.push(Buffer.from(formatRejection(rejection, input, firstRow)));
                rejected += 1;
              }
            }
          }
        }
        const bronzeInfo = await writer.close();
        const quarantineInfo = await quarantine.close();
        return { accepted, rejected, ...(bronzeInfo && { bronze: bronzeInfo }), ...(quarantineInfo && { quarantine: quarantineInfo }) };
      } catch (error) {
        await Promise.all([bronze.abort(error), quarantine.abort(error)]);
        throw error;
      }
    },
  };
}
