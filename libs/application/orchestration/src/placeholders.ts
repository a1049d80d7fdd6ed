import type { MachineDefinition } from './machine-definition.ts';

const placeholder = /\$\{([^}]*)\}/g;

/** The names of the `${Name}` in a definition, each once, in order. */
export function placeholdersOf(definition: MachineDefinition): string[] {
  return [...new Set([...JSON.stringify(definition).matchAll(placeholder)].map((match) => match[1]!))].sort();
}

/** The definition with a value for each `${Name}`; a value that is missing, empty or unknown is refused. */
export function resolvePlaceholders(definition: MachineDefinition, values: Readonly<Record<string, string>>): MachineDefinition {
  const names = placeholdersOf(definition);
  const expected = `expected one for each of ${names.join(', ')}`;
  const missing = names.filter((name) => !values[name]);
  if (missing.length > 0) throw new Error(`placeholders ${missing.join(', ')} have no value; ${expected}`);
  const unknown = Object.keys(values).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`values ${unknown.join(', ')} have no placeholder; ${expected}`);
  return resolve(definition, values);
}

function resolve<Value>(value: Value, values: Readonly<Record<string, string>>): Value {
  const resolved = (each: unknown): unknown => {
    if (typeof each === 'string') return each.replace(placeholder, (_match, name: string) => values[name]!);
    if (Array.isArray(each)) return each.map(resolved);
    return typeof each === 'object' && each !== null ? Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, resolved(inner)])) : each;
  };
  return resolved(value) as Value;
}
