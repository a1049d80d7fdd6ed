/** What a plan brings and what there is to work with. */
export interface EngineSizes {
  /** Bytes of the plan's input, compressed. */
  inputSizeBytes: number;
  rows: number;
  /** Memory that DuckDB may use. */
  memorySizeBytes: number;
}

export interface EngineChoice {
  engine: 'duckdb' | 'spark';
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
