import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, type Identity, type Place } from './identities.ts';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { isObject, requireObject, toText, type Json, type JsonObject } from './json.ts';

/** A resource of a template as it would be deployed. */
export interface Resource extends Identity {
  type: string;
  stackName: string;
  logicalId: string;
  /** Resolved at the time of asking. */
  properties: () => JsonObject;
}

/** All stacks of a synthesized app, seen as if they were deployed. */
export interface Deployment {
  place: Place;
  /** The resources of a type, in the order of the templates. */
  list: (type: string) => Resource[];
  /** The resource of a type with this name or ARN. */
  find: (type: string, refOrArn: string) => Resource;
  /** Tells what the account gave a resource, such as the ARN of a stream; asked from then on in place of the invented one. */
  learn: (resource: Resource, given: { ref?: string; attributes?: Record<string, string> }) => void;
}

interface Stack {
  stackName: string;
  template: JsonObject;
}

/** Reads the assembly in `folder`, as `cdk synth` leaves it: its manifest and the template of each stack. */
export function readAssembly(folder: string): Deployment {
  const read = (file: string): JsonObject => requireObject(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json, file);
  const artifacts = Object.values(requireObject(read('manifest.json')['artifacts'], 'artifacts of the manifest')).map((each) => requireObject(each, 'artifact'));
  const stacks = artifacts.filter(({ type }) => type === 'aws:cloudformation:stack');
  const first = /^aws:\/\/(?<account>\d{12})\/(?<region>[a-z0-9-]+)$/.exec(toText(stacks[0]?.['environment']))?.groups;
  if (!first) throw new Error(`${folder} is an assembly for ${toText(stacks[0]?.['environment'])}; expected stacks with account and region`);
  const place = { account: first['account']!, region: first['region']! };
  return createDeployment(place, stacks.map((artifact) => {
    const properties = requireObject(artifact['properties'], 'properties of a stack');
    return { stackName: toText(properties['stackName'] ?? properties['templateFile']), template: read(toText(properties['templateFile'])) };
  }));
}

/** Resolves references within and between the templates of one account and region. */
export function createDeployment(place: Place, stacks: readonly Stack[]): Deployment {
  const learned = new Map<string, { ref?: string; attributes?: Record<string, string> }>();
  const section = ({ template }: Stack, name: string): JsonObject => (isObject(template[name]) ? template[name] : {});

  const identityOf = (stack: Stack, logicalId: string): Identity & { type: string } => {
    const declared = section(stack, 'Resources')[logicalId];
    if (!isObject(declared)) throw new Error(`stack ${stack.stackName} refers to ${logicalId}; expected a resource or parameter of that stack`);
    const type = toText(declared['Type']);
    const property = (name: string): Json | undefined => {
      const value = isObject(declared['Properties']) ? declared['Properties'][name] : undefined;
      return value === undefined ? undefined : resolveIntrinsics(value, scopeOf(stack));
    };
    const invented = identify({ type, logicalId, stackName: stack.stackName, place, property });
    const given = learned.get(`${stack.stackName}/${logicalId}`);
    return { type, ref: given?.ref ?? invented.ref, attributes: { ...invented.attributes, ...given?.attributes } };
  };

  const scopeOf = (stack: Stack): Scope => ({
    ref: (name) => {
      if (name in pseudoParameters) return pseudoParameters[name]!(place, stack.stackName);
      const parameter = section(stack, 'Parameters')[name];
      if (!isObject(parameter)) return identityOf(stack, name).ref;
      if (parameter['Default'] === undefined) throw new Error(`parameter ${name} of stack ${stack.stackName} has no default; expected templates that need no parameters`);
      return parameter['Default'];
    },
    attribute: (logicalId, attribute) => {
      const { type, attributes } = identityOf(stack, logicalId);
      if (attributes[attribute] === undefined) throw new Error(`attribute ${attribute} of ${type} (${stack.stackName}/${logicalId}) is not known here; expected one of [${Object.keys(attributes).join(', ')}]; add it to src/template/identities.ts`);
      return attributes[attribute];
    },
    importValue: (exportName) => {
      for (const exporting of stacks) {
        for (const output of Object.values(section(exporting, 'Outputs'))) {
          if (!isObject(output) || !isObject(output['Export'])) continue;
          if (resolveIntrinsics(output['Export']['Name']!, scopeOf(exporting)) === exportName) return resolveIntrinsics(output['Value']!, scopeOf(exporting)) ?? null;
        }
      }
      throw new Error(`stack ${stack.stackName} imports ${exportName}; expected a stack that exports it`);
    },
    condition: (name) => evaluate(section(stack, 'Conditions')[name] ?? null, stack),
    mapping: (map, first, second) => requireObject(requireObject(section(stack, 'Mappings')[map], map)[first], `${map}.${first}`)[second] ?? null,
    zones: () => ['a', 'b', 'c'].map((zone) => `${place.region}${zone}`),
  });

  const evaluate = (condition: Json, stack: Stack): boolean => {
    if (!isObject(condition)) throw new Error(`condition ${JSON.stringify(condition)} of stack ${stack.stackName} is not known; expected Fn::Equals, Fn::And, Fn::Or or Fn::Not`);
    const inner = (name: string): Json[] => (condition[name] ?? []) as Json[];
    if (condition['Fn::Equals']) {
      const [one, other] = inner('Fn::Equals').map((each) => JSON.stringify(resolveIntrinsics(each, scopeOf(stack))));
      return one === other;
    }
    if (condition['Fn::Not']) return !evaluate(inner('Fn::Not')[0]!, stack);
    if (condition['Fn::And']) return inner('Fn::And').every((each) => evaluate(each, stack));
    if (condition['Fn::Or']) return inner('Fn::Or').some((each) => evaluate(each, stack));
    throw new Error(`condition ${JSON.stringify(condition)} of stack ${stack.stackName} is not known; expected Fn::Equals, Fn::And, Fn::Or or Fn::Not`);
  };

  const list = (type: string): Resource[] => stacks.flatMap((stack) =>
    Object.entries(section(stack, 'Resources')).flatMap(([logicalId, declared]): Resource[] => {
      if (!isObject(declared) || declared['Type'] !== type) return [];
      if (typeof declared['Condition'] === 'string' && !scopeOf(stack).condition(declared['Condition'])) return [];
      const properties = (): JsonObject => requireObject(resolveIntrinsics(declared['Properties'] ?? {}, scopeOf(stack)), `${stack.stackName}/${logicalId}`);
      return [{ ...identityOf(stack, logicalId), stackName: stack.stackName, logicalId, properties }];
    }));

  return {
    place,
    list,
    find: (type, refOrArn) => {
      const found = list(type).find(({ ref, attributes }) => ref === refOrArn || attributes['Arn'] === refOrArn);
      if (!found) throw new Error(`no ${type} is ${refOrArn}; expected one of ${list(type).map(({ ref }) => ref).join(', ') || 'none at all'}`);
      return found;
    },
    learn: ({ stackName, logicalId }, given) => void learned.set(`${stackName}/${logicalId}`, given),
  };
}

const pseudoParameters: Record<string, (place: Place, stackName: string) => Json | undefined> = {
  'AWS::AccountId': ({ account }) => account,
  'AWS::Region': ({ region }) => region,
  'AWS::Partition': () => 'aws',
  'AWS::URLSuffix': () => 'amazonaws.com',
  'AWS::StackName': (_place, stackName) => stackName,
  'AWS::StackId': ({ account, region }, stackName) => `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/00000000-0000-4000-8000-000000000000`,
  'AWS::NoValue': () => undefined,
};
