import type { GlueClient } from '../glue-catalog.ts';
import type { GlueTable } from '../glue-table.ts';

/** What becomes of the next calls that change a table: lost before or after they take effect, or refused after they did. */
export type GlueFault = 'lost-before' | 'lost-after' | 'refused-after';

/** Glue in memory: versions count up with every update, and an update of another version is refused. */
export function createMemoryGlue(): GlueClient & { tables: Map<string, GlueTable>; faults: GlueFault[] } {
  const tables = new Map<string, GlueTable>();
  const faults: GlueFault[] = [];
  const change = async (effect: () => boolean): Promise<boolean> => {
    const fault = faults.shift();
    if (fault === 'lost-before') throw new Error('request lost');
    const outcome = effect();
    if (fault === 'lost-after') throw new Error('answer lost');
    return fault === 'refused-after' ? false : outcome;
  };
  return {
    tables,
    faults,
    async getTable({ database, table }) {
      return structuredClone(tables.get(`${database}.${table}`));
    },
    createTable: ({ database, input }) =>
      change(() => {
        const key = `${database}.${input.Name}`;
        if (tables.has(key)) return false;
        tables.set(key, { versionId: '0', input: structuredClone(input) });
        return true;
      }),
    updateTable: ({ database, input, versionId }) =>
      change(() => {
        const key = `${database}.${input.Name}`;
        const current = tables.get(key);
        if (current?.versionId !== versionId) return false;
        tables.set(key, { versionId: String(Number(versionId) + 1), input: structuredClone(input) });
        return true;
      }),
  };
}
