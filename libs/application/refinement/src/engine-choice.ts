import type { Logger } from '@data-master/ports';
import type { EngineName } from './apply-plan.ts';
import type { RefinementPlan } from './refinement-plan.ts';

/** What a plan brings and what there is to work with. */
export interface EngineSizes {
  /** Bytes of the plan's input, compressed. */
  inputSizeBytes: number;
  rows: number;
  /** Memory that DuckDB may use. */
  memorySizeBytes: number;
}

export interface EngineChoice {
  engine: EngineName;
  reason: string;
}

/** DuckDB spills what exceeds its memory; beyond this many times of it, spilling costs more than a cluster. */
const spillFactor = 10;

/** The engine for a plan by its measured size; one machine unless the input is too much for it. */
export function chooseEngine({ inputSizeBytes, rows, memorySizeBytes }: EngineSizes): EngineChoice {
  const bound = spillFactor * memorySizeBytes;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;
  const measured = `${rows} rows in ${megabytes(inputSizeBytes)}`;
  return inputSizeBytes > bound
    ? { engine: 'spark', reason: `${measured} exceed ${megabytes(bound)}, ${spillFactor} times the memory that DuckDB has` }
    : { engine: 'duckdb', reason: `${measured} are within ${megabytes(bound)}, ${spillFactor} times the memory that DuckDB has` };
}

/** The engine for each plan: the one that is configured, else by the plan's size; the log says why. */
export function chooseEngineFor({ engine: configured, memorySizeBytes, logger }: { engine: EngineName | 'auto'; memorySizeBytes: number; logger: Logger }): (plan: RefinementPlan) => Promise<EngineName> {
  return async ({ layer, table, records }) => {
    const inputSizeBytes = records.reduce((sum, record) => sum + record.file_size, 0);
    const rows = records.reduce((sum, record) => sum + record.record_count, 0);
    const measured = chooseEngine({ inputSizeBytes, rows, memorySizeBytes });
    const { engine, reason } = configured === 'auto' ? measured : { engine: configured, reason: 'configured' };
    logger.log('info', 'engine.chosen', { layer, table, engine, reason });
    return engine;
  };
}
