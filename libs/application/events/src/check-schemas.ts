import { checkCompatibility, type Incompatibility } from './check-compatibility.ts';
import { compileSchema, SchemaError } from './compile-schema.ts';
import { isObject } from './json-schema.ts';
import { isCompatibilityMode, type SchemaProblem } from './schema-rules.ts';
import type { SchemaSource } from './schema-repository.ts';

export interface SchemaReport {
  event: string;
  version: number;
  /** Why the schema cannot be used. */
  problems: readonly SchemaProblem[];
  /** The version before, to which the schema owes what it declares; none for the first. */
  previous?: number;
  incompatibilities: Incompatibility[];
}

/** Compiles every schema and compares each version with the one before, by the newer one's `x-compatibility`; by event and version. */
export function checkSchemas(sources: readonly SchemaSource[]): SchemaReport[] {
  const sorted = [...sources].sort((a, b) => (a.event < b.event ? -1 : a.event > b.event ? 1 : a.version - b.version));
  const usable = new Map(sorted.map((source) => [source, findProblems(source.schema)]));
  return sorted.map((source, index) => {
    const { event, version, schema } = source;
    const before = sorted[index - 1];
    const problems = usable.get(source) ?? [];
    if (before?.event !== event) return { event, version, problems, incompatibilities: [] };
    const areUsable = problems.length === 0 && usable.get(before)?.length === 0;
    return { event, version, problems, previous: before.version, incompatibilities: areUsable ? compareSchemas(before.schema, schema) : [] };
  });
}

function compareSchemas(older: unknown, newer: unknown): Incompatibility[] {
  const mode = isObject(newer) ? newer['x-compatibility'] : undefined;
  return isObject(older) && isObject(newer) && isCompatibilityMode(mode) ? checkCompatibility(older, newer, mode) : [];
}

function findProblems(schema: unknown): readonly SchemaProblem[] {
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    if (error instanceof SchemaError) return error.problems;
    throw error;
  }
}
