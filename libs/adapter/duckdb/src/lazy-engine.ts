import type { QueryEngine } from '@data-master/ports';

/** A query engine that is made when it is first used, and again after `release` gave its memory back. */
export interface LazyEngine extends QueryEngine {
  release(): Promise<void>;
}

export function createLazyEngine(create: () => Promise<QueryEngine>): LazyEngine {
  let opened: Promise<QueryEngine> | undefined;
  const open = (): Promise<QueryEngine> => (opened ??= create());
  const release = async (): Promise<void> => {
    const engine = opened;
    opened = undefined;
    await (await engine)?.close();
  };
  return {
    run: async (sql) => (await open()).run(sql),
    rows: async (sql) => (await open()).rows(sql),
    setVariable: async (name, value) => (await open()).setVariable(name, value),
    session: async (work, options) => (await open()).session(work, options),
    release,
    close: release,
  };
}
