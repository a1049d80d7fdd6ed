export { createDuckDbEngine, type DuckDbOptions } from './duckdb-engine.ts';
export { createLazyEngine, type LazyEngine } from './lazy-engine.ts';
