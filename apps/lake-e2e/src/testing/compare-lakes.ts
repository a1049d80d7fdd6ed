import { quoteText } from '@data-master/table-contracts';

/** Answers SQL with rows, over views of the layers of one lake. */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** How two tables differ: rows that only one of them has, counted with repetitions. */
export interface Difference {
  rows: number;
  onlyHere: number;
  onlyThere: number;
}

/** Compares a table of one lake with a Parquet file of the other's rows, by EXCEPT ALL both ways over the table's columns but some. */
export async function compareWithFile(query: Query, table: string, file: string, except: readonly string[] = []): Promise<Difference> {
  const columns = (await query(`DESCRIBE SELECT * FROM ${table}`)).map(({ column_name: name }) => String(name)).filter((name) => !except.includes(name)).map((name) => `"${name}"`).join(', ');
  const [here, there] = [`SELECT ${columns} FROM ${table}`, `SELECT ${columns} FROM read_parquet(${quoteText(file)})`];
  const count = async (sql: string): Promise<number> => Number((await query(`SELECT count(*)::INTEGER AS n FROM (${sql})`))[0]!['n']);
  return { rows: await count(here), onlyHere: await count(`${here} EXCEPT ALL ${there}`), onlyThere: await count(`${there} EXCEPT ALL ${here}`) };
}
