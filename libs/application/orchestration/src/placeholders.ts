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

function resolve<Value>(value: Value, values: Readonly<Record<string, string>>): Value;
function resolve(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return value.replace(placeholder, (_match, name: string) => values[name]!);
  if (Array.isArray(value)) return value.map((each) => resolve(each, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each, values)]));
}
