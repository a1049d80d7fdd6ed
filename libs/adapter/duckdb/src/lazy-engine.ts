import type { QueryEngine } from '@data-master/ports';

/** A query engine that is made when it is first used, and again after `release` gave its memory back. */
export interface LazyEngine extends QueryEngine {
  /** Does nothing while the engine is in use. */
  release(): Promise<void>;
}

export function createLazyEngine(create: () => Promise<QueryEngine>): LazyEngine {
  let opened: Promise<QueryEngine> | undefined;
  let users = 0;
  const use = async <Result>(work: (engine: QueryEngine) => Promise<Result>): Promise<Result> => {
    users += 1;
    try {
      return await work(await (opened ??= create()));
    } finally {
      users -= 1;
    }
  };
  const close = async (): Promise<void> => {
    const engine = opened;
    opened = undefined;
    await (await engine)?.close();
  };
  return {
    run: (sql) => use((engine) => engine.run(sql)),
    rows: (sql) => use((engine) => engine.rows(sql)),
    setVariable: (name, value) => use((engine) => engine.setVariable(name, value)),
    session: (work, options) => use((engine) => engine.session(work, options)),
    release: async () => (users > 0 ? undefined : close()),
    close,
  };
}
