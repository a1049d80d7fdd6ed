import type { LocalFiles, ObjectStore, QueryEngine } from '@data-master/ports';
import type { BlockOptions } from './block-reader.ts';
import type { ConvertCommand, ConvertResult, ParquetEngine } from './convert-command.ts';
import { createCsvBlockReader } from './csv-block-reader.ts';
import { convertPart } from './duckdb-part.ts';
import { mergeParquet } from './merge-parquet.ts';
import { createLineBlockReader } from './line-block-reader.ts';
import { createLineJudge } from './line-judge.ts';
import { createObjectSink, type ObjectSink } from './object-sink.ts';
import { openInputs, type Input } from './open-input.ts';
import { formatRejection } from './rejection.ts';

/** Parts under conversion at a time; each has a session of its own. */
const parallelParts = 2;

export interface DuckDbParquetOptions {
  store: ObjectStore;
  /** A fresh private folder for each part, disposed of when the part is converted. */
  openFiles: () => LocalFiles;
  /** Best with one thread: the parts are what runs in parallel. */
  query: QueryEngine;
  blocks?: BlockOptions;
}

/**
 * The engine for every size: records are checked as bytes here, then DuckDB converts them part by part while the next
 * part is read. Memory is bounded by the parts under way.
 */
export function createDuckDbParquetEngine({ store, openFiles, query, blocks }: DuckDbParquetOptions): ParquetEngine {
  return {
    name: 'duckdb',
    convert: async (command) => {
      const quarantine = createObjectSink(store, command.quarantineKey);
      const counts = { accepted: 0, rejected: 0 };
      try {
        const parts = convertParts(openInputs(store, command, blocks), command, { openFiles, query, quarantine, counts });
        const bronze = await writeParts(store, command.bronzeKey, parts);
        const rejections = await quarantine.close();
        return { ...counts, ...(bronze && { bronze }), ...(rejections && { quarantine: rejections }) };
      } catch (error) {
        await quarantine.abort(error);
        throw error;
      }
    },
  };
}

async function writeParts(store: ObjectStore, key: string, parts: AsyncGenerator<Uint8Array>): Promise<ConvertResult['bronze']> {
  try {
    const first = await parts.next();
    if (first.done) return undefined;
    return await store.write(key, mergeParquet(chain(first.value, parts)));
  } finally {
    await parts.return(undefined);
  }
}

async function* chain(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* convertParts(
  inputs: AsyncGenerator<Input>, command: ConvertCommand,
  { openFiles, query, quarantine, counts }: { openFiles: () => LocalFiles; query: QueryEngine; quarantine: ObjectSink; counts: { accepted: number; rejected: number } },
): AsyncGenerator<Uint8Array> {
  const underWay: Promise<Uint8Array>[] = [];
  try {
    for await (const input of inputs) {
      const { columns } = input;
      const firstRow = counts.accepted + counts.rejected + 1;
      const read = input.format === 'csv' ? createCsvBlockReader(columns, command.masker, { firstRow, firstLine: input.firstLine }) : createLineBlockReader(createLineJudge(input, command.masker), firstRow);
      for await (const block of input.blocks) {
        const { ready, rejections } = read(block);
        if (rejections.length > 0) await quarantine.push(Buffer.from(rejections.map((each) => formatRejection(each, input, firstRow)).join('')));
        counts.rejected += rejections.length;
        if (!ready) continue;
        counts.accepted += ready.rows;
        const part = convertPart(query, openFiles(), command, columns, ready);
        part.catch(() => undefined);
        underWay.push(part);
        if (underWay.length > parallelParts) yield await (underWay.shift() as Promise<Uint8Array>);
      }
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<Uint8Array>);
  } finally {
    await Promise.allSettled(underWay);
    await inputs.return(undefined);
  }
}
