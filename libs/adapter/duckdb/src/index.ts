export { createDuckDbEngine, type DuckDbOptions } from './duckdb-engine.ts';
