import { TerminalError } from '@data-master/ports';
import { avroSchemaOf } from './avro-schema.ts';
import { checkCompatibility, type Incompatibility } from './check-compatibility.ts';
import { compileSchema, SchemaError } from './compile-schema.ts';
import { isObject, type SchemaObject } from './json-schema.ts';
import { deliveryOf, isCompatibilityMode, type EventDelivery, type SchemaProblem } from './schema-rules.ts';
import type { SchemaSource } from './schema-repository.ts';

export interface SchemaReport {
  event: string;
  version: number;
  delivery: EventDelivery;
  /** Why the schema cannot be used. */
  problems: readonly SchemaProblem[];
  /** The version before, to which the schema owes what it declares; none for the first. */
  previous?: number;
  incompatibilities: Incompatibility[];
}

/** Compiles every schema and compares each version with the one before, by the newer one's `x-compatibility`; by event and version. */
export function checkSchemas(sources: readonly SchemaSource[]): SchemaReport[] {
  const sorted = [...sources].sort((a, b) => (a.event < b.event ? -1 : a.event > b.event ? 1 : a.version - b.version));
  const usable = new Map(sorted.map((source) => [source, findProblems(source)]));
  return sorted.map((source, index) => {
    const { event, version, schema } = source;
    const before = sorted[index - 1];
    const problems = usable.get(source) ?? [];
    const delivery = isObject(schema) ? deliveryOf(schema) : 'avro';
    if (before?.event !== event) return { event, version, delivery, problems, incompatibilities: [] };
    const areUsable = problems.length === 0 && usable.get(before)?.length === 0;
    return { event, version, delivery, problems, previous: before.version, incompatibilities: areUsable ? compareSchemas(before.schema, schema) : [] };
  });
}

function compareSchemas(older: unknown, newer: unknown): Incompatibility[] {
  const mode = isObject(newer) ? newer['x-compatibility'] : undefined;
  return isObject(older) && isObject(newer) && isCompatibilityMode(mode) ? checkCompatibility(older, newer, mode) : [];
}

function findProblems({ event, schema }: SchemaSource): readonly SchemaProblem[] {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof SchemaError) return error.problems;
    throw error;
  }
  return isObject(schema) && deliveryOf(schema) === 'avro' ? findAvroProblem(schema, event) : [];
}

function findAvroProblem(schema: SchemaObject, event: string): readonly SchemaProblem[] {
  try {
    avroSchemaOf(schema, event);
    return [];
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return [{ path: '/x-delivery', actual: `avro, and ${error.message}`, expected: 'a schema with a form in Avro', remedy: 'declare "x-delivery": "json"' }];
  }
}
