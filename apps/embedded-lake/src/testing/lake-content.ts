import { cp } from 'node:fs/promises';
import { beerLake } from '@data-master/beer-lake';
import type { SqlRow } from '@data-master/ports';
import { lakeTables, type LakeModel } from '@data-master/table-contracts';
import type { EmbeddedLake } from '../index.ts';
import { makeTemporaryHome, withLake, type TemporaryHome } from './temporary-home.ts';

const textOfBigint = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** Every row of every silver and gold table as sorted JSON, system columns included. */
export async function readAllRows(lake: EmbeddedLake, model: LakeModel = beerLake): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const { layer, name } of lakeTables(model)) {
    const rows = await lake.query(`SELECT * FROM ${layer}.${name}`);
    content[`${layer}.${name}`] = rows.map((row) => JSON.stringify(row, textOfBigint)).sort();
  }
  return content;
}

/** The one row of a select. */
export async function queryOne(lake: EmbeddedLake, sql: string): Promise<SqlRow> {
  const [row, second] = await lake.query(sql);
  if (!row || second) throw new Error(`expected one row of: ${sql}`);
  return row;
}

/** Opens a new lake and closes it: a home to make twins of. */
export async function makeEmptyLake(): Promise<TemporaryHome> {
  const home = await makeTemporaryHome();
  await withLake(home, async () => undefined);
  return home;
}

/** Another empty lake with the identity and the key of `home`: both hash alike, so that their rows can be compared. */
export async function makeTwin(home: TemporaryHome, parent?: string): Promise<TemporaryHome> {
  const twin = await makeTemporaryHome(parent);
  await cp(home.home, twin.home, { recursive: true });
  await cp(home.keys, twin.keys, { recursive: true });
  return twin;
}
