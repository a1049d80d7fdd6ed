import { asList, isObject, requireText, type Json, type JsonObject } from './json.ts';

/** What a reference of a template leads to. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource; undefined is `AWS::NoValue`. */
  ref: (name: string) => Json | undefined;
  attribute: (logicalId: string, attribute: string) => Json;
  importValue: (exportName: string) => Json;
  condition: (name: string) => boolean;
  mapping: (map: string, first: string, second: string) => Json;
  zones: () => Json[];
}

/** Replaces every intrinsic function in a value of a template; one that is not known is refused. */
export function resolveIntrinsics(value: Json, scope: Scope): Json | undefined {
  if (Array.isArray(value)) return value.map((each) => resolveIntrinsics(each, scope)).filter((each) => each !== undefined);
  if (!isObject(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0) {
    if (name === 'Ref') return scope.ref(requireText(value['Ref'], 'Ref'));
    if (name.startsWith('Fn::')) return callFunction(name.slice(4), value[name]!, scope);
  }
  const entries = Object.entries(value).map(([key, each]) => [key, resolveIntrinsics(each, scope)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

function callFunction(name: string, parameter: Json, scope: Scope): Json | undefined {
  const resolved = (value: Json | undefined): Json => resolveIntrinsics(value ?? null, scope) ?? null;
  const text = (value: Json | undefined): string => asText(resolved(value), name);
  const list = asList(parameter);
  switch (name) {
    case 'GetAtt': {
      const [logicalId, ...attribute] = typeof parameter === 'string' ? parameter.split('.') : list.map((each) => text(each));
      return scope.attribute(logicalId!, attribute.join('.'));
    }
    case 'Sub': {
      const variables = isObject(list[1]) ? list[1] : {};
      return substitute(requireText(list[0], 'Fn::Sub'), variables, scope);
    }
    case 'Join':
      return asList(resolved(list[1])).map((each) => asText(each, name)).join(requireText(list[0], 'Fn::Join'));
    case 'Split':
      return text(list[1]).split(requireText(list[0], 'Fn::Split'));
    case 'Select': {
      const chosen = asList(resolved(list[1]))[Number(text(list[0]))];
      if (chosen === undefined) throw new Error(`Fn::Select finds nothing at ${text(list[0])}; expected a longer list`);
      return chosen;
    }
    case 'ImportValue':
      return scope.importValue(text(parameter));
    case 'If':
      return resolveIntrinsics(scope.condition(requireText(list[0], 'Fn::If')) ? list[1]! : list[2]!, scope);
    case 'FindInMap':
      return scope.mapping(text(list[0]), text(list[1]), text(list[2]));
    case 'GetAZs':
      return scope.zones();
    case 'Base64':
      return Buffer.from(text(parameter)).toString('base64');
    default:
      throw new Error(`function Fn::${name} of a template is not known here; expected one that src/template/intrinsics.ts resolves; add it there`);
  }
}

function substitute(pattern: string, variables: JsonObject, scope: Scope): string {
  return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const variable = variables[name];
    const [logicalId, ...attribute] = name.split('.');
    const value = variable !== undefined ? resolveIntrinsics(variable, scope) : attribute.length > 0 ? scope.attribute(logicalId!, attribute.join('.')) : scope.ref(name);
    return asText(value, 'Sub');
  });
}

function asText(value: Json | undefined, functionName: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`Fn::${functionName} meets ${JSON.stringify(value)}; expected a text`);
}
