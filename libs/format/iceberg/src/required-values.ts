import { RequiredColumnError } from './errors.ts';
import type { SqlEngine } from './ports.ts';
import { identifier, textLiteral } from './sql-text.ts';
import { childFields, type Field } from './types.ts';

/** A required field inside a nested column, and SQL that is true for rows where it has no value although what it is in has one. */
interface Requirement {
  path: string;
  missing: string;
}

function requirementsInside(field: Field, value: string, path: string, depth: number): Requirement[] {
  const { type } = field;
  if (typeof type === 'string') return [];
  const item = `v${depth}`;
  return childFields(type).flatMap((child) => {
    const inStruct = type.type === 'struct';
    const own = inStruct ? `${value}.${identifier(child.name)}` : item;
    const childPath = `${path}.${child.name}`;
    const isMissing = inStruct ? `${value} IS NOT NULL AND ${own} IS NULL` : `${item} IS NULL`;
    const found = [...(child.required ? [{ path: childPath, missing: isMissing }] : []), ...requirementsInside(child, own, childPath, depth + 1)];
    if (inStruct) return found;
    const items = type.type === 'list' ? value : `map_${child.id === type['key-id'] ? 'keys' : 'values'}(${value})`;
    return found.map((requirement) => ({ ...requirement, missing: `len(list_filter(${items}, lambda ${item}: ${requirement.missing})) > 0` }));
  });
}

/** Reads back nested columns with required fields from files just written; RequiredColumnError when one has no value. */
export async function checkRequiredInside(engine: SqlEngine, fields: readonly Field[], paths: readonly string[]): Promise<void> {
  const requirements = fields.flatMap((field) => requirementsInside(field, identifier(field.name), field.name, 0));
  if (requirements.length === 0 || paths.length === 0) return;
  const counts = requirements.map(({ missing }, index) => `count(*) FILTER (${missing}) AS c${index}`);
  const [row] = await engine.rows(`SELECT ${counts.join(', ')} FROM read_parquet([${paths.map(textLiteral).join(', ')}], hive_partitioning = false)`);
  for (const [index, { path }] of requirements.entries()) {
    const nullRows = Number(row?.[`c${index}`]);
    if (nullRows > 0) throw new RequiredColumnError(path, nullRows);
  }
}
